"""At the edge, known attacks and too many writes are turned away, whichever service they are for."""

from __future__ import annotations

import fnmatch
import re

import pytest

from components.edge_firewall import EdgeFirewallArgs, write_expression
from stacks.edge import write_paths
from stacks.manifest import HttpManifest, read_manifests
from tests.components.recorder import Recording
from tests.stacks.environments import REPOSITORY

pytestmark = pytest.mark.unit

RULESET = "cloudflare:index/ruleset:Ruleset"
# What the rules language says of a path.
MATCH = re.compile(r'http\.request\.uri\.path wildcard r#"([^"#]*)"#')


def matches(expression: str, path: str) -> bool:
    """Whether a write to the path is meant; the wildcard's letters count in either case."""
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), path, re.IGNORECASE)
        for pattern in MATCH.findall(expression)
    )


def test_every_path_that_takes_what_people_write_is_counted(prod: Recording) -> None:
    (rule,) = prod.one(RULESET, "prod-edge-firewall-writes").inputs["rules"]
    written_to = [
        path
        for manifest in read_manifests(REPOSITORY / "app").values()
        if isinstance(manifest, HttpManifest) and manifest.data_class != "public"
        for path in manifest.routes.paths
    ]
    assert "/pendaftaran" in written_to
    for path in written_to:
        assert matches(rule["expression"], path.replace("*", "any/thing").replace("?", "x"))
    assert 'http.request.method in {"POST" "PUT" "PATCH" "DELETE"}' in rule["expression"]


def test_the_edge_counts_as_the_sites_own_firewall_does(prod: Recording) -> None:
    (rule,) = prod.one(RULESET, "prod-edge-firewall-writes").inputs["rules"]
    assert rule["action"] == "block"
    limit = rule["ratelimit"]
    behind = prod.one("aws:wafv2/webAcl:WebAcl").inputs["rules"][0]["statement"]["rateBasedStatement"]
    assert (limit["requestsPerPeriod"], limit["period"]) == (behind["limit"], behind["evaluationWindowSec"])
    assert set(limit["characteristics"]) == {"ip.src", "cf.colo.id"}


def test_known_attacks_are_looked_for_in_every_request(prod: Recording) -> None:
    managed = prod.one(RULESET, "prod-edge-firewall-managed").inputs
    assert managed["phase"] == "http_request_firewall_managed"
    assert [(rule["action"], rule["expression"]) for rule in managed["rules"]] == [("execute", "true")] * 2
    assert len({rule["actionParameters"]["id"] for rule in managed["rules"]}) == 2


def test_rules_keep_their_identity_when_others_change(prod: Recording) -> None:
    for ruleset in prod.of_type(RULESET):
        references = [rule["ref"] for rule in ruleset.inputs["rules"]]
        assert len(set(references)) == len(references)


@pytest.mark.parametrize("pattern", ["/a", "/a/*", "/a/?", "/a/*?/b", '/a"b/*', "/*"])
def test_a_pattern_of_the_load_balancer_is_never_counted_narrower_at_the_edge(pattern: str) -> None:
    expression = write_expression([pattern])
    assert "**" not in expression, "Cloudflare refuses it"
    raw = expression.split('r#"')[1].split('"#')[0]
    for path in ("/a", "/a/", "/a/b", "/a/xx/b", '/a"b/c'):
        if fnmatch.fnmatchcase(path, pattern):
            assert fnmatch.fnmatchcase(path, raw)


def test_a_limit_on_no_path_is_refused() -> None:
    with pytest.raises(ValueError, match="write_paths: none given"):
        EdgeFirewallArgs(zone_id="zone", write_paths=[], writes_per_address=100)


def test_services_that_only_show_what_is_public_are_left_out() -> None:
    assert "/*" not in write_paths(read_manifests(REPOSITORY / "app"))
