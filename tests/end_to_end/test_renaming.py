"""A component that gets another name, with its old one as an alias, keeps what it holds."""

from __future__ import annotations

import json

import pytest

from tests.end_to_end.platform import Platform

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

NAMED = '        logical(settings.environment.name, "database"),\n        DatabaseArgs('
RENAMED = NAMED.replace('"database"', '"records"')
ARGUMENTS_END = """\
            backup_retention_days=settings.database.backup_retention_days,
            log_retention_days=settings.logs.retention_days,
            deletion_protection=settings.environment.deletion_protection,
        ),
"""
ALIAS = 'pulumi.ResourceOptions(aliases=[pulumi.Alias(name=logical(settings.environment.name, "database"))]),\n'
ALIASED = f"{ARGUMENTS_END}        {ALIAS}"


def test_a_renamed_component_replaces_nothing_stateful(platform: Platform) -> None:
    up = platform.prakerja("up", "--like", "dev")
    assert up.returncode == 0, up.stderr
    program = platform.directory / "stacks/paas.py"
    text = program.read_text()
    for part in (NAMED, ARGUMENTS_END):
        assert text.count(part) == 1, part
    program.write_text(text.replace(NAMED, RENAMED).replace(ARGUMENTS_END, ALIASED))
    preview = platform.shell("pulumi preview --json --show-sames")
    assert preview.returncode == 0, preview.stdout + preview.stderr
    steps = json.loads(preview.stdout)["steps"]
    databases = [step for step in steps if "aws:rds/instance:Instance" in step["urn"]]
    assert [(step["op"], step["urn"].rpartition("::")[2]) for step in databases] == [("same", "dev-records")]
    # The guard's stand-in for it is made anew under its name; of all that AWS holds nothing goes.
    lost = [step["urn"] for step in steps if step["op"] not in ("same", "create", "update")]
    assert [urn for urn in lost if "$aws:" in urn or "::aws:" in urn] == []
