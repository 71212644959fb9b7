"""The way from people through the edge to the load balancer, and past it until the edge is ready.

The edge decrypts every request to look into it, wherever its data centre stands that is nearest to the person. Whether
that is processing outside Indonesia which PP 71/2019 keeps public operators from (Articles 20 and 21) is for the
operator's lawyers to answer, before the domain is delegated to it; the stack's outputs name Cloudflare among the
processors. Cloudflare's Regional Services, which keep decryption in a chosen place, list no Indonesia among the regions
to be chosen (Data Localization Suite, region support); a region of one's own making is by agreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_cloudflare as cloudflare

from components.component import Classification, Component
from components.data_processor import Bilingual, DataProcessor

# A proxied record's time to live is Cloudflare's own choice, and so is this one's where it isn't: 300 seconds
# (Cloudflare DNS, time to live).
AUTOMATIC_TTL: Final = 1
# Where the company sits; its data centres are in many countries more.
COUNTRY: Final = "US"


@dataclass(frozen=True, kw_only=True)
class EdgeProxyArgs:
    """zone_id: the edge's zone.
    domain: the site's domain name.
    load_balancer: DNS name of what stands behind the edge.
    proxied: lead people through the edge, rather than straight to the load balancer. Cloudflare issues the edge's own
        certificate once the domain is delegated to it; until then browsers would be shown none.
    certificate_pem, private_key_pem: what the edge shows the load balancer; ours alone, unlike the certificate that
        Cloudflare shows for all its customers.
    """

    zone_id: pulumi.Input[str]
    domain: str
    load_balancer: pulumi.Input[str]
    proxied: bool
    certificate_pem: pulumi.Input[str]
    private_key_pem: pulumi.Input[str]


class EdgeProxy(Component):
    """The site's own record, and the certificate by which the load balancer knows the edge."""

    layer = "saas"

    def __init__(self, name: str, args: EdgeProxyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        if args.proxied:
            self.processors.append(_processor())
        certificate = cloudflare.AuthenticatedOriginPullsCertificate(
            name,
            zone_id=args.zone_id,
            certificate=args.certificate_pem,
            private_key=args.private_key_pem,
            opts=self.child(),
        )
        shown = cloudflare.AuthenticatedOriginPullsSettings(
            name, zone_id=args.zone_id, enabled=True, opts=self.child(depends_on=[certificate])
        )
        self.record = cloudflare.DnsRecord(
            name,
            zone_id=args.zone_id,
            name=args.domain,
            # At the domain's own name Cloudflare answers a CNAME with addresses, as DNS asks of it there.
            type="CNAME",
            content=args.load_balancer,
            ttl=AUTOMATIC_TTL,
            proxied=args.proxied,
            opts=self.child(depends_on=[shown]),
        )
        self.register_outputs({})


def _processor() -> DataProcessor:
    return DataProcessor(
        name="Cloudflare",
        purpose=Bilingual(
            indonesian="Menerima permintaan ke situs, menyaring serangan dan mengatur antrean, lalu meneruskannya",
            english="Takes requests to the site, turns attacks away and has people queue, then passes them on",
        ),
        data=[
            "name",
            "birth date",
            "e-mail address",
            "telephone number",
            "identity number",
            "family card number",
            "network address",
            "request contents",
        ],
        country=COUNTRY,
        place="Cloudflare's data centre nearest to the person, in any country",
        legal_ground="public service",
        transfer="binding safeguards",
    )
