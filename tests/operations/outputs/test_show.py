"""The command: which stack it reads, and what it refuses to show."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from operations.checkout import Checkout
from operations.console import out
from operations.exit_codes import ExitCode, OperationError
from operations.outputs.format import Format
from operations.outputs.show import show
from tests.operations.outputs.sample import sample_outputs

pytestmark = pytest.mark.unit

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def readable(checkout: Checkout) -> Checkout:
    """A checkout with the schema of the outputs."""
    (checkout.repository / "stacks").mkdir()
    shutil.copy(REPOSITORY / "stacks" / "outputs.schema.json", checkout.repository / "stacks")
    return checkout


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A user's environment whose pulumi knows stack `prod` for those who bring their account along."""
    document = tmp_path / "outputs.json"
    document.write_text(json.dumps(sample_outputs()))
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(
        "#!/bin/sh\n"
        'case "$* as $AWS_PROFILE" in\n'
        f'  "stack output --json --stack prod "*" as auditor") cat {document};;\n'
        '  *) echo "error: no stack named that" >&2; exit 255;;\n'
        "esac\n"
    )
    pulumi.chmod(0o755)
    return {"PATH": f"{tmp_path}:{os.environ['PATH']}", "AWS_PROFILE": "auditor"}


def shown(checkout: Checkout, environment: dict[str, str], form: Format, stack: str | None = "prod") -> str:
    file = checkout.repository / "shown"
    show(checkout, form, stack=stack, file=file, environment=environment)
    return file.read_text()


def test_another_stack_is_read_with_the_users_own_account(readable: Checkout, environment: dict[str, str]) -> None:
    assert json.loads(shown(readable, environment, Format.JSON)) == sample_outputs()


@pytest.mark.parametrize("form", [Format.CSV, Format.HTML])
def test_every_form_is_written_to_the_file_that_was_asked_for(
    form: Format, readable: Checkout, environment: dict[str, str]
) -> None:
    assert "prod-database" in shown(readable, environment, form)


def test_the_table_has_every_role_and_goes_to_the_terminal(
    readable: Checkout, environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "width", 400)
    show(readable, Format.TABLE, stack="prod", file=None, environment=environment)
    printed = capsys.readouterr().out
    for role in sample_outputs()["identities"]["roles"]:
        assert role["name"] in printed


def test_a_stack_that_cannot_be_read_is_named(readable: Checkout, environment: dict[str, str]) -> None:
    with pytest.raises(OperationError, match="stack 'prodd' can't be read: error: no stack named that"):
        shown(readable, environment, Format.JSON, stack="prodd")


def test_where_there_is_no_platform_it_says_how_to_make_one(readable: Checkout) -> None:
    with pytest.raises(OperationError, match="prakerja up") as raised:
        shown(readable, {}, Format.JSON, stack=None)
    assert raised.value.code == ExitCode.NOTHING_RUNNING


def test_outputs_of_another_version_of_the_program_are_refused_by_what_they_lack(
    readable: Checkout, environment: dict[str, str], tmp_path: Path
) -> None:
    older = sample_outputs()
    del older["identities"]
    (tmp_path / "outputs.json").write_text(json.dumps(older))
    with pytest.raises(OperationError, match="missing: identities"):
        shown(readable, environment, Format.HTML)


def test_a_table_is_not_written_to_a_file(readable: Checkout, environment: dict[str, str]) -> None:
    with pytest.raises(OperationError, match="json, csv or html") as raised:
        shown(readable, environment, Format.TABLE)
    assert raised.value.code == ExitCode.WRONG_USE
