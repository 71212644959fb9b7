"""The edge's zone can't be lost by accident, and speaks modern TLS to people and to the load balancer."""

from __future__ import annotations

import pytest

from tests.components.recorder import Recording

pytestmark = pytest.mark.unit

ZONE = "cloudflare:index/zone:Zone"
SETTING = "cloudflare:index/zoneSetting:ZoneSetting"


def test_the_zone_of_the_sites_domain_is_kept(prod: Recording) -> None:
    zone = prod.one(ZONE)
    assert zone.inputs["name"] == "prakerja.go.id"
    assert zone.inputs["account"] == {"id": "0" * 32}
    assert zone.protect
    assert zone.name in prod.exports["protected"]


def test_nothing_is_said_in_the_clear_or_in_old_tls_on_either_side(prod: Recording) -> None:
    settings = {one.inputs["settingId"]: one.inputs["value"] for one in prod.of_type(SETTING)}
    # To the load balancer: encrypted, and only to whoever shows the domain's own certificate.
    assert settings["ssl"] == "strict"
    assert (settings["min_tls_version"], settings["tls_1_3"]) == ("1.2", "on")
    assert settings["always_use_https"] == "on"
    assert settings["0rtt"] == "off", "a registration could be sent twice by others"


def test_pages_reach_people_as_the_services_wrote_them(prod: Recording) -> None:
    settings = {one.inputs["settingId"]: one.inputs["value"] for one in prod.of_type(SETTING)}
    assert settings["browser_cache_ttl"] == 0
    assert {settings[name] for name in ("always_online", "email_obfuscation", "rocket_loader")} == {"off"}
    assert "security_header" not in settings, "the services send their own"


def test_signatures_of_one_zone_do_not_make_the_other_ones_answers_false(prod: Recording) -> None:
    signed = {"cloudflare:index/zoneDnssec:ZoneDnssec", "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec"}
    assert not signed & {one.type for one in prod.resources}
