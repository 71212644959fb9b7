"""Whoever the domain is delegated to answers with the same records, so that the edge comes and goes unnoticed."""

from __future__ import annotations

from typing import Any

import pytest

from components.dns_record import DnsRecord
from components.edge_records import EdgeRecords, EdgeRecordsArgs
from tests.components.recorder import Recording, record

pytestmark = pytest.mark.unit

COPY = "cloudflare:index/dnsRecord:DnsRecord"
SITE = "prakerja.go.id"


def test_both_zones_hold_the_same_records_but_for_the_sites_own(prod: Recording) -> None:
    original = {
        (one.inputs["name"], one.inputs["type"], one.inputs["ttl"], *one.inputs["records"])
        for one in prod.of_type("aws:route53/record:Record")
        if one.inputs["name"] != SITE
    }
    copied = {
        (one["name"], one["type"], one["ttl"], _as_route53_writes_it(one))
        for one in (copy.inputs for copy in prod.of_type(COPY))
        if one["name"] != SITE
    }
    assert copied == original
    assert {type_ for _, type_, *_ in copied} >= {"CNAME", "TXT"}


def _as_route53_writes_it(copy: dict[str, Any]) -> str:
    priority = f"{copy['priority']:.0f} " if "priority" in copy else ""
    # Quotation marks are of the writing, not of what is said.
    return priority + str(copy["content"]).strip('"')


def test_nothing_but_the_site_goes_through_the_edge(prod: Recording) -> None:
    assert [one.inputs["name"] for one in prod.of_type(COPY) if one.inputs["proxied"]] == [SITE]


def test_the_edge_is_told_names_and_texts_as_it_keeps_them() -> None:
    """Otherwise what comes back differs from what was asked for, and each update writes it anew."""
    records = [
        DnsRecord(name="proof", host="_a.test.", type="CNAME", value="_b.acm.test.", ttl_seconds=300),
        DnsRecord(name="text", host="_dmarc.test", type="TXT", value="v=DMARC1; p=none", ttl_seconds=300),
        DnsRecord(name="server", host="back.test", type="MX", value="mail.test", ttl_seconds=300, priority=10),
    ]
    made = record(lambda: EdgeRecords("edge", EdgeRecordsArgs(zone_id="zone", records=records)))
    assert {one.name: (one.inputs["name"], one.inputs["content"]) for one in made.of_type(COPY)} == {
        "proof": ("_a.test", "_b.acm.test"),
        "text": ("_dmarc.test", '"v=DMARC1; p=none"'),
        "server": ("back.test", "mail.test"),
    }
    assert made.one(COPY, "server").inputs["priority"] == 10


@pytest.mark.parametrize(("type_", "priority"), [("MX", None), ("CNAME", 10)])
def test_mail_servers_and_they_alone_have_a_priority(type_: Any, priority: int | None) -> None:
    with pytest.raises(ValueError, match=r"priority: .* given for 'it'"):
        DnsRecord(name="it", host="a.test", type=type_, value="b.test", ttl_seconds=300, priority=priority)
