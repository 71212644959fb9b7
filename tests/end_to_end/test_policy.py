"""The policy pack under the real CLI: every rule finds what breaks it, and nothing else is found."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.policy_stack import REPOSITORY, PolicyStack

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300)]

Results = list[dict[str, Any]]
Previewed = tuple[subprocess.CompletedProcess[str], Results]

INSTANCE = "urn:pulumi:sandbox::small::aws:ec2/instance:Instance::waived-imds-v1"
TEMPLATE = "urn:pulumi:sandbox::small::aws:ec2/launchTemplate:LaunchTemplate::waived-imds-v1"
RULES = {
    "public-bucket",
    "open-port",
    "missing-encryption",
    "missing-backup",
    "stateful-loss",
    "wildcard-write",
    "secret-in-clear",
    "outside-indonesia",
    "imds-v1",
    "weak-tls",
    "log-retention",
    "missing-tags",
    "privileged-pod",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PolicyStack]:
    stack = PolicyStack(tmp_path_factory.mktemp("policy"))
    try:
        stack.program("before")
        for arguments in (["stack", "init", "sandbox"], ["up", "--yes", "--skip-preview"]):
            done = stack.pulumi(*arguments)
            assert done.returncode == 0, done.stdout + done.stderr
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def spoiled(stack: PolicyStack) -> Previewed:
    """One preview of a program that breaks every rule."""
    waive(stack, INSTANCE)
    stack.program("spoiled")
    return stack.pulumi("preview", "--policy-pack", str(stack.pack)), stack.results()


def waive(stack: PolicyStack, urn: str) -> None:
    waiver = {"rule": "imds-v1", "urn": urn, "reason": "a test", "owner": "us", "approver": "them"}
    (stack.pack / "waivers.yaml").write_text(
        f"waivers: [{json.dumps(waiver)[:-1]}, 'expires': 2999-12-31}}]\n"  # YAML, for JSON has no dates
    )


def named(results: Results, name: str) -> dict[str, str]:
    """By rule, what was said of the resources of that name."""
    return {one["rule"]: one["result"] for one in results if one["urn"].rpartition("::")[2] == name}


@pytest.mark.parametrize("rule", sorted(RULES - {"stateful-loss"}))
def test_a_spoiled_resource_is_found_by_the_rule_that_it_breaks(rule: str, spoiled: Previewed) -> None:
    assert named(spoiled[1], rule)[rule] == "fail"


@pytest.mark.parametrize("what", ["deleted", "replaced"])
def test_the_loss_of_something_stateful_is_found(what: str, spoiled: Previewed) -> None:
    (loss,) = (one for one in spoiled[1] if one["rule"] == "stateful-loss" and one["urn"].endswith(f"-loss-{what}"))
    assert (loss["result"], loss["message"].rpartition(" ")[2]) == ("fail", what)


def test_a_renamed_resource_is_no_loss(
    spoiled: Previewed,
) -> None:
    assert named(spoiled[1], "key-before") == {"stateful-loss": "pass"}


def test_what_breaks_no_rule_is_not_found(
    spoiled: Previewed,
) -> None:
    sound = [one for one in spoiled[1] if one["urn"].rpartition("::")[2].startswith("sound-")]
    assert sound
    assert [one for one in sound if one["result"] not in ("pass", "not_applicable")] == []


def test_a_waiver_excuses_its_resource_and_an_unknown_value_is_no_pass(
    spoiled: Previewed,
) -> None:
    assert named(spoiled[1], "waived-imds-v1")["imds-v1"] == "waived"
    assert named(spoiled[1], "unknown-user-data")["secret-in-clear"] == "unknown"


def test_the_preview_fails_and_names_the_rules(
    spoiled: Previewed,
) -> None:
    done, _ = spoiled
    assert done.returncode != 0
    mandatory = set(re.findall(r"\[mandatory\] \[severity: \w+\]\s+(\S+)", done.stdout))
    assert mandatory == RULES
    assert "waived until 2999-12-31" in done.stdout


def test_what_a_preview_could_not_know_is_decided(stack: PolicyStack) -> None:
    waive(stack, TEMPLATE)
    stack.program("mended")
    pack = ("--policy-pack", str(stack.pack))

    preview = stack.pulumi("preview", *pack)
    assert preview.returncode == 0, preview.stdout
    for name in ("unknown-then-sound", "unknown-then-spoiled"):
        assert named(stack.results(), name)["secret-in-clear"] == "unknown"

    refused = stack.pulumi("up", "--yes", "--skip-preview", *pack)
    assert refused.returncode != 0
    assert named(stack.results(), "unknown-then-spoiled")["secret-in-clear"] == "fail"
    assert "::unknown-then-spoiled" not in stack.pulumi("stack", "export").stdout

    done = stack.pulumi("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout
    checked = check(stack)
    assert checked.returncode == 8
    results = json.loads(checked.stdout)["results"]
    assert named(results, "unknown-then-sound")["secret-in-clear"] == "pass"
    assert named(results, "unknown-then-spoiled")["secret-in-clear"] == "fail"
    assert named(results, "waived-imds-v1")["imds-v1"] == "waived"
    assert [one for one in results if one["result"] == "unknown"] == []


def check(stack: PolicyStack) -> subprocess.CompletedProcess[str]:
    """The pack on the stack's exported state, without an engine."""
    exported = stack.directory / "state.json"
    exported.write_text(stack.pulumi("stack", "export").stdout)
    waivers = ["--waivers", str(stack.pack / "waivers.yaml")]
    return subprocess.run(
        [sys.executable, "-m", "policy.command", "check", str(exported), *waivers, "--format", "json"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
