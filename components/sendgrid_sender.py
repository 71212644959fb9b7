"""The domain as a sender in SendGrid, the second way for the site's mail.

Pulumi has no provider for SendGrid: the account, the authenticated domain and the API key are made by hand, once, and
what SendGrid shows for the domain stands in the settings. What is ours, the records and the key's place, is made here.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.component import Classification, Component
from components.data_processor import Bilingual, DataProcessor, TransferGround
from components.dns_record import DnsRecord
from components.naming import logical
from components.secret import secret_without_value

RECORD_TTL_SECONDS = 300
# SendGrid signs by one of two keys, so that it can replace one while the other signs (automated security).
SIGNING_KEYS = ("s1", "s2")


@dataclass(frozen=True, kw_only=True)
class SendGridSenderArgs:
    """domain: that mail comes from.
    zone_id: the domain's public DNS zone.
    subdomain: part of the domain that SendGrid asks for, for mail that comes back.
    host: SendGrid's own host for the account.
    transfer: by what right addresses and mail leave Indonesia.
    key_arn: KMS key that encrypts the API key.
    deletion_protection: keep the API key's secret.
    """

    domain: str
    zone_id: pulumi.Input[str]
    subdomain: str
    host: str
    transfer: TransferGround
    key_arn: pulumi.Input[str]
    deletion_protection: bool


class SendGridSender(Component):
    """The records that prove the domain to SendGrid, and a secret without a value: an operator puts the API key there.

    records: those records, which every zone that may answer for the domain has to hold.
    """

    layer = "saas"

    def __init__(self, name: str, args: SendGridSenderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        self.processors.append(
            DataProcessor(
                name="Twilio (SendGrid)",
                purpose=Bilingual(
                    indonesian="Mengirim surel verifikasi kepada peserta bila dipilih sebagai pengirim",
                    english="Sends participants their mail where it is chosen to",
                ),
                data=["name", "e-mail address", "mail contents"],
                country="US",
                place="United States",
                legal_ground="public service",
                transfer=args.transfer,
            )
        )
        self.key_arn = pulumi.Output.from_input(args.key_arn)
        self.api_key = secret_without_value(
            self,
            logical(name, "api-key"),
            description="SendGrid's API key, which may send mail and nothing else",
            key_arn=args.key_arn,
            deletion_protection=args.deletion_protection,
        )
        self.records = [
            _record(logical(name, "mail"), f"{args.subdomain}.{args.domain}", args.host),
            *(
                _record(logical(name, key), f"{key}._domainkey.{args.domain}", f"{key}.domainkey.{args.host}")
                for key in SIGNING_KEYS
            ),
        ]
        for record in self.records:
            record.in_route53(args.zone_id, self.child())
        self.register_outputs({"api_key": self.api_key.arn})


def _record(name: str, host: str, value: str) -> DnsRecord:
    return DnsRecord(name=name, host=host, type="CNAME", value=value, ttl_seconds=RECORD_TTL_SECONDS)
