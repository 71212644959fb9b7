"""What the vendors have of us in the sandbox can be looked at and changed by hand, as in their consoles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from operations.exit_codes import OperationError
from operations.vendors import vendors
from sandbox.saas.record import Entry, Record
from sandbox.state import SandboxState

pytestmark = pytest.mark.unit

TOKEN = "pagerduty:index/service:Service"
ENTRY = Entry(
    id="PABCDEF",
    inputs={"name": "platform", "escalationPolicy": "PGHIJKL", "description": "ours"},
    added={"status": "active"},
)


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """PagerDuty's record of a sandbox that this checkout has, with one service in it."""
    monkeypatch.setenv("PRAKERJA_SANDBOX_DIR", str(tmp_path))
    state = SandboxState(tmp_path)
    state.create()
    record = Record(state.saas, "pagerduty")
    record.add(TOKEN, "PABCDEF", ENTRY)
    return record


def run(*arguments: str) -> str:
    return CliRunner().invoke(vendors, arguments, catch_exceptions=False).stdout


def test_all_are_listed_by_the_id_that_an_import_takes(record: Record) -> None:
    assert json.loads(run("list", "--json")) == [{"type": TOKEN, "id": "PABCDEF", "called": "platform"}]
    assert "PABCDEF" in run("list")


@pytest.mark.parametrize("name", [TOKEN, "Service"])
def test_one_is_shown_by_its_type_s_name_or_token(record: Record, name: str) -> None:
    assert json.loads(run("show", name, "PABCDEF"))["added"] == {"status": "active"}


def test_inputs_are_set_added_and_taken_away(record: Record) -> None:
    run("set", "Service", "PABCDEF", "name=theirs", 'incidentUrgencyRule={"type": "constant"}', "description=null")
    entry = record.find(TOKEN, "PABCDEF")
    assert entry is not None
    assert entry.inputs == {
        "name": "theirs",
        "escalationPolicy": "PGHIJKL",
        "incidentUrgencyRule": {"type": "constant"},
    }


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("nam=theirs", "nam is not a property of pagerduty:index/service:Service; the nearest that is: name"),
        ("name", "name is not of the form NAME=VALUE"),
        ("name=7", "name must be of type string, not int"),
    ],
)
def test_what_the_vendor_could_not_have_is_refused(record: Record, value: str, says: str) -> None:
    with pytest.raises(OperationError, match=says):
        run("set", "Service", "PABCDEF", value)
    assert record.find(TOKEN, "PABCDEF") == ENTRY


def test_one_is_deleted(record: Record) -> None:
    run("delete", "Service", "PABCDEF")
    assert record.entries() == {}


@pytest.mark.parametrize(("name", "says"), [("Servce", "is no resource type"), ("Team", "is no resource type")])
def test_an_unknown_type_is_refused_and_the_known_are_named(record: Record, name: str, says: str) -> None:
    with pytest.raises(OperationError, match=f"{says}.*EscalationPolicy, Service, ServiceIntegration"):
        run("show", name, "PABCDEF")


def test_what_is_not_there_is_said(record: Record) -> None:
    with pytest.raises(OperationError, match="there is no pagerduty:index/service:Service PZZZZZZ"):
        run("delete", "Service", "PZZZZZZ")
