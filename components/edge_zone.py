"""The domain as the edge serves it: its zone at Cloudflare, and how people are spoken to there.

DNSSEC stays off: both this zone and the one in Route 53 hold every record, and the parent's delegation alone decides
which of them answers. A signature of the one would make the other's answers false until the parent forgets it.

Security headers are the services' own, and pass through; the edge adds none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_cloudflare as cloudflare

from components.component import Classification, Component
from components.naming import logical

MINIMUM_TLS_VERSION: Final = "1.2"
# By Cloudflare's names (Cloudflare API, zone settings), with why none of them is left to its default.
SETTINGS: Final[Mapping[str, str | int]] = {
    # To the load balancer by TLS alone, and only where it shows the domain's own certificate.
    "ssl": "strict",
    "min_tls_version": MINIMUM_TLS_VERSION,
    "tls_1_3": "on",
    # What is sent before the handshake ends can be sent again by others: no registration may come in that way.
    "0rtt": "off",
    "always_use_https": "on",
    # 0: as long as the services say. The default makes it four hours at least.
    "browser_cache_ttl": 0,
    # An old copy of a wave's page tells people what is no longer so.
    "always_online": "off",
    # Both rewrite pages with scripts that the pages' own content security policy forbids.
    "email_obfuscation": "off",
    "rocket_loader": "off",
}


@dataclass(frozen=True, kw_only=True)
class EdgeZoneArgs:
    """domain: the site's domain name, which its parent delegates to the zone's name servers.
    account_id: Cloudflare account that the zone is made in.
    deletion_protection: keep the zone: a new one has other name servers, and the delegation would lead nowhere.
    """

    domain: str
    account_id: str
    deletion_protection: bool


class EdgeZone(Component):
    """The zone, which answers nobody until the domain is delegated to it.

    name_servers: what the parent has to be told.
    """

    layer = "saas"

    def __init__(self, name: str, args: EdgeZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="public"), opts)
        self.zone = cloudflare.Zone(
            name,
            name=args.domain,
            account=cloudflare.ZoneAccountArgs(id=args.account_id),
            type="full",
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        for setting, value in SETTINGS.items():
            cloudflare.ZoneSetting(
                logical(name, setting.replace("_", "-")),
                zone_id=self.zone.id,
                setting_id=setting,
                value=value,
                opts=self.child(),
            )
        self.name_servers = self.zone.name_servers
        self.register_outputs({"name_servers": self.name_servers})
