"""The site's DNS zone and its TLS certificate, proved to be ours by a record in that zone."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.dns_record import DnsRecord
from components.naming import logical

VALIDATION_RECORD_TTL_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class PublicCertificateArgs:
    """domain: the site's domain name, which its parent delegates to the zone's name servers.
    deletion_protection: keep the zone: a new one has other name servers, and the delegation would lead nowhere.
    """

    domain: str
    deletion_protection: bool


class PublicCertificate(Component):
    """A certificate that renews itself for as long as its proof is found where the domain is delegated to.

    On the first update ACM waits for the delegation: the zone's name servers have to be told to the parent meanwhile.

    records: the proof, which every zone that may answer for the domain has to hold.
    """

    layer = "paas"

    def __init__(self, name: str, args: PublicCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="public"), opts)
        self.zone = aws.route53.Zone(
            name,
            name=args.domain,
            force_destroy=not args.deletion_protection,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        self.certificate = aws.acm.Certificate(
            name, domain_name=args.domain, validation_method="DNS", opts=self.child()
        )
        proof = self.certificate.domain_validation_options[0]
        shown = DnsRecord(
            name=logical(name, "proof"),
            host=proof.resource_record_name,
            # ACM asks for no other kind (ACM User Guide, DNS validation).
            type="CNAME",
            value=proof.resource_record_value,
            ttl_seconds=VALIDATION_RECORD_TTL_SECONDS,
        )
        self.records = [shown]
        record = shown.in_route53(self.zone.zone_id, self.child())
        validation = aws.acm.CertificateValidation(
            name,
            certificate_arn=self.certificate.arn,
            validation_record_fqdns=[record.fqdn],
            opts=self.child(),
        )
        # Through the validation, so that whoever uses the certificate waits until it is issued.
        self.arn = validation.certificate_arn
        self.register_outputs({"arn": self.arn})
