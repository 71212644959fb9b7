"""A record that something of the platform needs in the domain's public zone, whoever serves that zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

RecordType = Literal["CNAME", "MX", "TXT"]


@dataclass(frozen=True, kw_only=True)
class DnsRecord:
    """The component that needs it writes it to the zone in Route 53; an edge that serves the domain copies it.

    name: logical name.
    host: the whole name that it stands at, with or without a dot at its end.
    type: of record.
    value: what it says; a TXT record's text as it is, without quotation marks, 255 characters at most.
    ttl_seconds: how long others may keep it, 60 to 86,400 seconds.
    priority: of mail servers, the lowest first; there exactly where the type is MX.
    """

    name: str
    host: pulumi.Input[str]
    type: RecordType
    value: pulumi.Input[str]
    ttl_seconds: int
    priority: int | None = None

    def __post_init__(self) -> None:
        if (self.type == "MX") != (self.priority is not None):
            raise ValueError(
                f"priority: {self.priority} given for '{self.name}' of type {self.type}; allowed: a number for MX, "
                "none for others"
            )

    def in_route53(self, zone_id: pulumi.Input[str], opts: pulumi.ResourceOptions) -> aws.route53.Record:
        """Make it in a zone in Route 53, which writes a mail server after its priority."""
        value = self.value if self.priority is None else pulumi.Output.concat(str(self.priority), " ", self.value)
        return aws.route53.Record(
            self.name,
            zone_id=zone_id,
            name=self.host,
            type=self.type,
            records=[value],
            ttl=self.ttl_seconds,
            opts=opts,
        )
