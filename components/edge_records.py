"""What the platform needs in the domain's zone, in the edge's zone too: the edge comes and goes without an outage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

from components.component import Classification, Component
from components.dns_record import DnsRecord


@dataclass(frozen=True, kw_only=True)
class EdgeRecordsArgs:
    """zone_id: the edge's zone.
    records: all that stands in the zone in Route 53, but for the site's own address.
    """

    zone_id: pulumi.Input[str]
    records: Sequence[DnsRecord]


class EdgeRecords(Component):
    """Copies of the records. None is proxied: they are answers for others, not ways to the site."""

    layer = "saas"

    def __init__(self, name: str, args: EdgeRecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="public"), opts)
        for record in args.records:
            cloudflare.DnsRecord(
                record.name,
                zone_id=args.zone_id,
                name=_undotted(record.host),
                type=record.type,
                content=_content(record),
                ttl=record.ttl_seconds,
                priority=record.priority,
                proxied=False,
                opts=self.child(),
            )
        self.register_outputs({})


def _content(record: DnsRecord) -> pulumi.Output[str]:
    """The value as Cloudflare keeps it: it would come back changed, and be written anew for ever."""
    if record.type == "TXT":
        return pulumi.Output.concat('"', record.value, '"')
    return _undotted(record.value)


def _undotted(host: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.from_input(host).apply(lambda name: name.removesuffix("."))
