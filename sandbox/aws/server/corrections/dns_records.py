"""Route 53's records: one that was deleted can be made again.

moto 5.2.5 refuses to create a record that is equal to one that it ever created, if the zone has any record that sorts
after it. Route 53 refuses one that is there: of the same name, type and set identifier.
"""

from __future__ import annotations

from typing import Any

from moto.route53.exceptions import ResourceRecordAlreadyExists
from moto.route53.models import FakeZone, Route53Backend

from sandbox.aws.server.corrections.patching import replace

_upstream_change = Route53Backend.change_resource_record_sets

Change = dict[str, Any]


def apply() -> None:
    replace(Route53Backend, change_resource_record_sets=_change)


def _change(backend: Route53Backend, zoneid: str, change_list: list[Change]) -> None:
    zone = backend.get_hosted_zone(zoneid)
    for change in change_list:
        if change["Action"] == "CREATE":
            _check_new(zone, change["ResourceRecordSet"])
            while change in zone.rr_changes:
                zone.rr_changes.remove(change)
    _upstream_change(backend, zoneid, change_list)


def _check_new(zone: FakeZone, record: Change) -> None:
    name = record["Name"].removesuffix(".") + "."
    wanted = (name, record["Type"], record.get("SetIdentifier"))
    if any((one.name, one.type, one.set_identifier) == wanted for one in zone.rrsets):
        raise ResourceRecordAlreadyExists(name=name, _type=record["Type"])
