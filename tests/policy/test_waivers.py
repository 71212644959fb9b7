"""What is wrong with the waivers' file is found, named, and waives nothing."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from policy.waivers import read_waivers
from tests.policy.stacks import TODAY, waiver

pytestmark = pytest.mark.unit

OWN_FILE = Path(__file__).parents[2] / "policy/waivers.yaml"
YESTERDAY = TODAY - datetime.timedelta(days=1)


def entry(**changed: Any) -> dict[str, Any]:
    return {**waiver().as_json(), "expires": TODAY, **changed}


def faults(tmp_path: Path, *entries: Any) -> list[str]:
    path = tmp_path / "waivers.yaml"
    path.write_text(yaml.safe_dump({"waivers": list(entries)}))
    waivers = read_waivers(path, TODAY)
    assert len(waivers.in_force) + len(waivers.faults) == len(entries)
    return list(waivers.faults)


def test_a_waiver_holds_through_its_last_day(tmp_path: Path) -> None:
    assert faults(tmp_path, entry()) == []
    (fault,) = faults(tmp_path, entry(expires=YESTERDAY))
    assert "expired" in fault


@pytest.mark.parametrize("field", ["rule", "urn", "reason", "owner", "approver", "expires"])
def test_every_field_is_needed(field: str, tmp_path: Path) -> None:
    incomplete = entry()
    del incomplete[field]
    for broken in (incomplete, entry(**{field: ""}), entry(**{field: ["x"]})):
        (fault,) = faults(tmp_path, broken)
        assert field in fault


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"rule": "imds-v2"}, "imds-v2"),
        ({"rule": "waivers"}, "waivers"),
        ({"urn": "it"}, "URN"),
        ({"urn": "urn:pulumi:prod::prakerja::aws:ec2/instance:Instance::*"}, "URN"),
        ({"approver": "platform"}, "approve"),
        ({"until": "ever"}, "until"),
        ({"expires": "2027-01-31T00"}, "date"),
    ],
)
def test_what_is_malformed_is_named(changed: dict[str, Any], named: str, tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, entry(**changed))
    assert named in fault


def test_a_second_waiver_for_the_same_is_a_fault(tmp_path: Path) -> None:
    assert len(faults(tmp_path, entry(), entry(reason="another"))) == 1


@pytest.mark.parametrize("text", ["waivers: [", "[]", "waivers: {}", "waivers: []\nothers: []", ""])
def test_a_file_of_another_form_is_a_fault(text: str, tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    assert len(read_waivers(path, TODAY).faults) == 1


def test_the_repositorys_own_waivers_are_well_formed() -> None:
    """Whether they have expired is for the preview to say: a test must not fail by the calendar."""
    assert read_waivers(OWN_FILE, datetime.date(2026, 1, 1)).faults == []
