"""The site's own mail: signed by its domain, sent on by TLS only, and watched for who does not want it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.data_processor import INDONESIA, Bilingual, DataProcessor
from components.dns_record import DnsRecord
from components.naming import MAIL_CONFIGURATION_SET, auto_named, logical

RECORD_TTL_SECONDS = 300
# SES hands out as many signing keys, so that one can be replaced while the others sign.
SIGNING_KEYS: Final = 3
# Where receivers find the public keys: newer regions have a domain of their own (AWS General Reference, SES, DKIM
# domains). Jakarta is one of them.
_KEY_DOMAIN = "dkim.{region}.amazonses.com"
# What receivers do with mail in the domain's name that it has not signed: put it aside, and tell nobody.
UNSIGNED_MAIL = "v=DMARC1; p=quarantine; adkim=s"
# Where mail that comes back is sent to: a name of the domain's own, so that SPF speaks for the domain as DKIM does.
RETURN_SUBDOMAIN = "kirim"
# Amazon SES Developer Guide, using a custom MAIL FROM domain.
_RETURNED_TO = "feedback-smtp.{region}.amazonses.com"
RETURN_PRIORITY = 10
ALLOWED_SENDERS = "v=spf1 include:amazonses.com ~all"


@dataclass(frozen=True, kw_only=True)
class MailSenderArgs:
    """domain: that mail comes from.
    zone_id: the domain's public DNS zone.
    region: AWS region.
    deletion_protection: keep the identity: receivers' trust in it is slow to come back.
    """

    domain: str
    zone_id: pulumi.Input[str]
    region: str
    deletion_protection: bool


class MailSender(Component):
    """The domain as a sender in SES, with the records that prove it, and the rules that its mail is sent by.

    records: those records, which every zone that may answer for the domain has to hold.
    """

    layer = "paas"

    def __init__(self, name: str, args: MailSenderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        self.processors.append(
            DataProcessor(
                name="Amazon Web Services (SES)",
                purpose=Bilingual(
                    indonesian="Mengirim surel verifikasi kepada peserta", english="Sends participants their mail"
                ),
                data=["name", "e-mail address", "mail contents"],
                country=INDONESIA,
                place=args.region,
                legal_ground="public service",
            )
        )
        self.configuration_set = aws.sesv2.ConfigurationSet(
            name,
            configuration_set_name=auto_named(MAIL_CONFIGURATION_SET, name),
            delivery_options=aws.sesv2.ConfigurationSetDeliveryOptionsArgs(tls_policy="REQUIRE"),
            reputation_options=aws.sesv2.ConfigurationSetReputationOptionsArgs(reputation_metrics_enabled=True),
            sending_options=aws.sesv2.ConfigurationSetSendingOptionsArgs(sending_enabled=True),
            suppression_options=aws.sesv2.ConfigurationSetSuppressionOptionsArgs(
                suppressed_reasons=["BOUNCE", "COMPLAINT"]
            ),
            opts=self.child(),
        )
        self.identity = aws.sesv2.EmailIdentity(
            name,
            email_identity=args.domain,
            configuration_set_name=self.configuration_set.configuration_set_name,
            dkim_signing_attributes=aws.sesv2.EmailIdentityDkimSigningAttributesArgs(
                next_signing_key_length="RSA_2048_BIT"
            ),
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        returns = f"{RETURN_SUBDOMAIN}.{args.domain}"
        aws.sesv2.EmailIdentityMailFromAttributes(
            name,
            email_identity=self.identity.email_identity,
            mail_from_domain=returns,
            # Mail is signed all the same: a record that can't be found for a while is no reason to send none.
            behavior_on_mx_failure="USE_DEFAULT_VALUE",
            opts=self.child(),
        )
        self.records = [
            *self._keys(name, args),
            _unsigned_mail(name, args),
            *_returned_mail(name, returns, args.region),
        ]
        for record in self.records:
            record.in_route53(args.zone_id, self.child())
        self.register_outputs({"identity": self.identity.arn})

    def _keys(self, name: str, args: MailSenderArgs) -> list[DnsRecord]:
        tokens = self.identity.dkim_signing_attributes.tokens
        return [
            DnsRecord(
                name=logical(name, "key", str(index + 1)),
                host=pulumi.Output.concat(tokens[index], f"._domainkey.{args.domain}"),
                type="CNAME",
                value=pulumi.Output.concat(tokens[index], ".", _KEY_DOMAIN.format(region=args.region)),
                ttl_seconds=RECORD_TTL_SECONDS,
            )
            for index in range(SIGNING_KEYS)
        ]


def _unsigned_mail(name: str, args: MailSenderArgs) -> DnsRecord:
    return DnsRecord(
        name=logical(name, "dmarc"),
        host=f"_dmarc.{args.domain}",
        type="TXT",
        value=UNSIGNED_MAIL,
        ttl_seconds=RECORD_TTL_SECONDS,
    )


def _returned_mail(name: str, host: str, region: str) -> list[DnsRecord]:
    return [
        DnsRecord(
            name=logical(name, "returns"),
            host=host,
            type="MX",
            value=_RETURNED_TO.format(region=region),
            ttl_seconds=RECORD_TTL_SECONDS,
            priority=RETURN_PRIORITY,
        ),
        DnsRecord(
            name=logical(name, "senders"),
            host=host,
            type="TXT",
            value=ALLOWED_SENDERS,
            ttl_seconds=RECORD_TTL_SECONDS,
        ),
    ]
