"""HAProxy's configuration says what the listeners say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sandbox.dataplane.load_balancer.actions import redirect_location
from sandbox.dataplane.load_balancer.conditions import UnsupportedError, wildcard_expression
from sandbox.dataplane.load_balancer.configuration import Files, render, site_listeners
from sandbox.dataplane.load_balancer.first_checks import matches
from sandbox.dataplane.load_balancer.weights import limits, weights_map
from sandbox.dataplane.snapshot import Listener, LoadBalancer, RedirectConfig, TargetGroup
from sandbox.state import PREFERRED_PORTS, Ports
from tests.sandbox.dataplane import platform

pytestmark = pytest.mark.unit

PORTS = Ports(**PREFERRED_PORTS)


def listeners(*rules: Any) -> list[Listener]:
    return msgspec.convert(platform.load_balancer(*rules), LoadBalancer).listeners


def rendered(*rules: Any, groups: tuple[Any, ...] = ()) -> str:
    converted = msgspec.convert(list(groups), list[TargetGroup])
    return render(listeners(*rules), converted, {}, PORTS, Files(Path("/run")))


@pytest.mark.parametrize(
    ("pattern", "path", "matched"),
    [
        ("/api/*", "/api/", True),
        ("/api/*", "/api", False),
        ("/a?c", "/abc", True),
        ("/a?c", "/ac", False),
        ("/a.c", "/abc", False),
        ("/*/x", "/a/b/x", True),
        ("/it's+(1)", "/it's+(1)", True),
        ("/A", "/a", False),
    ],
)
def test_albs_wildcards_match_as_documented(pattern: str, path: str, matched: bool) -> None:
    expression = wildcard_expression(pattern)
    assert bool(re.search(expression, path)) is matched
    assert "'" not in expression


@pytest.mark.parametrize(
    ("weights", "expected"),
    [([1], [1_000_000]), ([75, 25], [750_000, 1_000_000]), ([0, 999], [0, 1_000_000]), ([0, 0], [0, 0])],
)
def test_weights_become_limits_of_a_drawn_number(weights: list[int], expected: list[int]) -> None:
    assert limits(weights) == expected


def test_a_change_of_weights_or_targets_needs_no_reload() -> None:
    def balancer(one: int) -> Any:
        return platform.rule(1, platform.paths("/*"), platform.forward(one=one, two=100 - one))

    empty = platform.target_group("one", [])
    full = platform.target_group("one", [platform.instance(1, "")])
    assert rendered(balancer(0), groups=(empty,)) == rendered(balancer(50), groups=(full,))
    assert weights_map(listeners(balancer(0))) != weights_map(listeners(balancer(50)))


def test_a_change_of_rules_or_health_checks_needs_a_reload() -> None:
    rule = platform.rule(1, platform.paths("/*"), platform.forward(one=1))
    group = platform.target_group("one", [])
    assert rendered(rule, groups=(group,)) != rendered(rule, groups=(platform.target_group("one", [], path="/x"),))
    assert rendered(rule) != rendered(platform.rule(1, platform.paths("/y"), platform.forward(one=1)))


def test_it_listens_on_loopback_only_and_makes_no_retries() -> None:
    text = rendered()
    assert {line.split()[1] for line in text.splitlines() if line.strip().startswith("bind")} == {
        "127.0.0.1:8080",
        "127.0.0.1:8081",
    }
    assert "retries 0" in text
    assert "redispatch" not in text


@pytest.mark.parametrize(
    ("redirect", "location"),
    [
        ({"Protocol": "HTTPS", "Port": "443"}, '"http://127.0.0.1:8080%[pathq]"'),
        ({"Host": "x.id", "Path": "/", "Query": ""}, '"http://x.id:80/"'),
        (
            {"Port": "81", "Path": "/a/#{path}"},
            '"http://%[req.hdr(host),field(1,:)]:81/a/%[path,regsub(^/,)]?%[query]"',
        ),
    ],
)
def test_redirects_expand_albs_placeholders(redirect: dict[str, str], location: str) -> None:
    config = msgspec.convert({"StatusCode": "HTTP_301", **redirect}, RedirectConfig)
    assert redirect_location(config, "http", "127.0.0.1:8080") == location


@pytest.mark.parametrize(
    ("action", "named"),
    [
        ({"Type": "authenticate-oidc"}, "authenticate-oidc"),
        (
            {
                "Type": "forward",
                "ForwardConfig": {"TargetGroups": [], "TargetGroupStickinessConfig": {"Enabled": True}},
            },
            "stickiness",
        ),
    ],
)
def test_what_it_cannot_do_is_named_with_its_place(action: Any, named: str) -> None:
    with pytest.raises(UnsupportedError, match=f"rule 9.*{named}"):
        rendered(platform.rule(9, platform.paths("/*"), action))


def test_a_second_internet_facing_load_balancer_is_refused() -> None:
    one = msgspec.convert(platform.load_balancer(), LoadBalancer)
    with pytest.raises(UnsupportedError, match="one internet-facing"):
        site_listeners([one, one])


@pytest.mark.parametrize(
    ("matcher", "status", "matched"),
    [
        ("200", "200", True),
        ("200,202", "202", True),
        ("200-299", "204", True),
        ("200-299", "300", False),
        ("200", "", False),
    ],
)
def test_matchers_are_read_as_alb_reads_them(matcher: str, status: str, matched: bool) -> None:
    assert matches(matcher, status) is matched
