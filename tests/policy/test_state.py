"""An exported state is judged as the engine's own resources are; what it keeps encrypted is not read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policy.command import main
from policy.state import environment_of, resources_of
from policy.values import UNKNOWN, Secret

pytestmark = pytest.mark.unit

SIGNATURE = "4dabf18193072939515e22adb298388d"
ENCRYPTED = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:…"}
INSTANCE = "aws:ec2/instance:Instance"
STACK = "pulumi:pulumi:Stack"


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": list(resources)}}


def exported(type_: str, name: str, **properties: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:prod::prakerja::{type_}::{name}", "type": type_, **properties}


def test_values_are_told_apart() -> None:
    inputs = {"plain": 3.0, "secret": ENCRYPTED, "unknown": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}
    (found,) = resources_of(state(exported(INSTANCE, "it", inputs=inputs)))
    assert found.inputs == {"plain": 3, "secret": Secret(UNKNOWN), "unknown": UNKNOWN}


def test_what_is_on_its_way_out_is_not_judged() -> None:
    assert resources_of(state(exported(INSTANCE, "it", delete=True))) == []


def test_an_empty_stack_has_no_resources() -> None:
    assert resources_of({"version": 3, "deployment": {}}) == []


@pytest.mark.parametrize(("outputs", "expected"), [({"environment": "dev"}, "dev"), ({}, "prod")])
def test_a_stack_says_which_environment_it_is(outputs: dict[str, str], expected: str) -> None:
    assert environment_of(resources_of(state(exported(STACK, "it", outputs=outputs)))) == expected


@pytest.mark.parametrize(
    ("tokens", "region", "code"),
    [("required", "ap-southeast-3", 0), ("optional", "ap-southeast-3", 8), ("required", None, 8)],
)
def test_a_check_fails_where_a_rule_does_or_something_stays_unknown(
    tokens: str, region: str | None, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state.json"
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text("waivers: []\n")
    template = exported(
        "aws:ec2/launchTemplate:LaunchTemplate",
        "it",
        inputs={
            "metadataOptions": {"httpTokens": tokens},
            "blockDeviceMappings": [{"ebs": {"encrypted": "true"}}],
            "tags": dict.fromkeys(("cost-centre", "data-class", "environment", "layer", "owner", "service"), "x"),
        },
    )
    provider = exported("pulumi:providers:aws", "default", inputs={"region": region} if region else {})
    path.write_text(json.dumps(state(template, provider)))
    results = tmp_path / "results.json"
    arguments = ["check", str(path), "--waivers", str(waivers), "--results", str(results)]
    assert main([*arguments, "--format", "json"]) == code
    assert capsys.readouterr().out == results.read_text()
    assert main(["report", str(results)]) == (8 if tokens == "optional" else 0)


def test_what_is_no_state_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "state.json"
    path.write_text("{}")
    with pytest.raises(SystemExit) as ended:
        main(["check", str(path)])
    assert ended.value.code == 2
    assert "pulumi stack export" in capsys.readouterr().err
