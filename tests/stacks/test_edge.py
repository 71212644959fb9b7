"""The edge comes and goes with its section of the settings, and nothing else changes with it but its credential."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import pytest

from stacks.stack_config import SettingsError
from tests.components.recorder import Recording
from tests.stacks.environments import REPOSITORY, run_program

pytestmark = pytest.mark.unit


def test_without_its_section_there_is_no_edge(config: dict[str, Any], prod: Recording) -> None:
    del config["prakerja:edge"]
    without = run_program("prod", config)
    gone = {one.type.split(":")[0] for one in prod.resources if one.urn not in without.urns()}
    assert "cloudflare" in gone
    assert gone <= {"cloudflare", "tls", "aws", "prakerja"}
    assert set(without.urns()) <= set(prod.urns())
    assert not any(one.type.startswith("cloudflare:") for one in without.resources)
    assert without.exports["exposure"]["edge"] is None
    assert "Cloudflare" not in {one["name"] for one in without.exports["processors"]}


def test_auditors_see_the_edge_among_the_ways_in(config: dict[str, Any], prod: Recording) -> None:
    assert prod.exports["exposure"]["edge"] == {
        "run_by": "Cloudflare",
        "hosts": ["prakerja.go.id"],
        "name_servers": ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
        "minimum_tls_version": "1.2",
        "only_way_in": True,
    }
    other = copy.deepcopy(config)
    other["prakerja:edge"]["only_way_in"] = False
    assert run_program("prod", other).exports["exposure"]["edge"]["only_way_in"] is False


def test_until_the_edge_has_its_certificate_people_are_led_past_it(config: dict[str, Any]) -> None:
    config["prakerja:edge"] |= {"proxied": False, "only_way_in": False}
    made = run_program("prod", config)
    assert not any(one.inputs["proxied"] for one in made.of_type("cloudflare:index/dnsRecord:DnsRecord"))
    assert made.exports["exposure"]["edge"]["hosts"] == []
    assert "Cloudflare" not in {one["name"] for one in made.exports["processors"]}


def test_the_load_balancer_does_not_ask_for_the_edge_while_people_are_led_past_it(config: dict[str, Any]) -> None:
    config["prakerja:edge"] |= {"proxied": False, "only_way_in": True}
    with pytest.raises(SettingsError, match="only_way_in is true with proxied false"):
        run_program("prod", config)


def test_whoever_has_no_edge_does_not_wait_for_its_sdk() -> None:
    program = "import stacks.saas, sys; sys.exit('pulumi_cloudflare' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=False).returncode == 0
