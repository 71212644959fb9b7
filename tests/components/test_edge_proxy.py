"""The load balancer knows the edge by a certificate of ours, and auditors know what the edge sees."""

from __future__ import annotations

import pytest
from pulumi.runtime import rpc

from tests.components.recorder import Recording

pytestmark = pytest.mark.unit

CERTIFICATE = "cloudflare:index/authenticatedOriginPullsCertificate:AuthenticatedOriginPullsCertificate"
SHOWN = "cloudflare:index/authenticatedOriginPullsSettings:AuthenticatedOriginPullsSettings"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"


def test_the_edge_shows_our_certificate_before_anybody_is_led_through_it(prod: Recording) -> None:
    certificate, shown = prod.one(CERTIFICATE), prod.one(SHOWN)
    assert shown.inputs["enabled"] is True
    assert certificate.urn in shown.dependencies
    site = prod.one(RECORD, "prod-edge-proxy")
    assert shown.urn in site.dependencies
    assert site.inputs["content"] == "prod-site.elb.internal"


def test_the_certificates_key_stays_a_secret(prod: Recording) -> None:
    assert rpc.is_rpc_secret(prod.one(CERTIFICATE).inputs["privateKey"])


def test_auditors_are_told_that_requests_are_read_outside_indonesia_and_by_what_right(prod: Recording) -> None:
    edge = {one["name"]: one for one in prod.exports["processors"]}["Cloudflare"]
    assert edge["country"] != "ID"
    assert edge["transfer_ground"] == "binding safeguards"
    assert {"identity number", "name", "request contents", "network address"} <= set(edge["data"])
    assert set(edge["purpose"]) == {"id", "en"}
