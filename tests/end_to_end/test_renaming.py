"""A component that gets another name, with its old one as an alias, keeps what it holds."""

from __future__ import annotations

import json

import pytest

from tests.end_to_end.platform import Platform

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

NAMED = '            logical(environment, "database"),\n            DatabaseArgs('
RENAMED = NAMED.replace('"database"', '"records"')
ARGUMENTS_END = "                deletion_protection=protection,\n            ),\n        ),\n        certificate="
ALIAS = 'pulumi.ResourceOptions(aliases=[pulumi.Alias(name=logical(environment, "database"))]),\n'
ALIASED = ARGUMENTS_END.replace("            ),\n        ),\n", f"            ),\n            {ALIAS}        ),\n")


def test_a_renamed_component_replaces_nothing_stateful(platform: Platform) -> None:
    up = platform.prakerja("up", "--like", "dev")
    assert up.returncode == 0, up.stderr
    program = platform.directory / "stacks/paas.py"
    text = program.read_text()
    for part in (NAMED, ARGUMENTS_END):
        assert text.count(part) == 1, part
    renamed = text.replace(NAMED, RENAMED).replace(ARGUMENTS_END, ALIASED)
    program.write_text(renamed.replace("from components.component", "import pulumi\n\nfrom components.component", 1))
    preview = platform.shell("pulumi preview --json --show-sames")
    assert preview.returncode == 0, preview.stdout + preview.stderr
    steps = json.loads(preview.stdout)["steps"]
    databases = [step for step in steps if "aws:rds/instance:Instance" in step["urn"]]
    assert [(step["op"], step["urn"].rpartition("::")[2]) for step in databases] == [("same", "dev-records")]
    # The guard's stand-in for it is made anew under its name; of all that AWS holds nothing goes.
    lost = [step["urn"] for step in steps if step["op"] not in ("same", "create", "update")]
    assert [urn for urn in lost if "$aws:" in urn or "::aws:" in urn] == []
