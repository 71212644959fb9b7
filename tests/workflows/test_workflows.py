"""CI's workflows: valid, with pinned actions and the least permissions, and near production only from main."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.toolchain.obtain import obtain
from sandbox.toolchain.plan import plan
from sandbox.toolchain.tools import ACTIONLINT

REPOSITORY = Path(__file__).parents[2]
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
SCRIPTS = sorted((REPOSITORY / ".ci").iterdir())


def read(path: Path) -> dict[Any, Any]:
    document: dict[Any, Any] = yaml.safe_load(path.read_text())
    return document


def triggers(workflow: dict[Any, Any]) -> set[str]:
    """YAML 1.1 takes the key `on` for a truth value."""
    return set(workflow[True])


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield f"{path.name}:{name}", job


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in jobs():
        for step in job["steps"]:
            yield name, step


@pytest.mark.unit
def test_the_workflows_are_there() -> None:
    assert {path.stem for path in WORKFLOWS} == {"preview", "deploy", "drift"}


@pytest.mark.sandbox
def test_actionlint_finds_nothing() -> None:
    planned = plan(ACTIONLINT)
    obtain(planned)
    done = subprocess.run([planned.path, *WORKFLOWS], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.unit
def test_every_action_is_pinned_to_a_commit_whose_version_is_said() -> None:
    lines = [line for path in WORKFLOWS for line in path.read_text().splitlines() if "uses:" in line]
    assert lines
    unpinned = [line for line in lines if not re.search(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)]
    assert unpinned == []


@pytest.mark.unit
def test_permissions_are_given_to_jobs_one_by_one() -> None:
    assert {path.name: read(path)["permissions"] for path in WORKFLOWS} == {path.name: {} for path in WORKFLOWS}
    granted = {name: {what for what, how in job["permissions"].items() if how == "write"} for name, job in jobs()}
    assert granted == {
        "preview.yml:preview": set(),
        "preview.yml:comment": {"pull-requests"},
        "deploy.yml:preview": {"id-token"},
        "deploy.yml:up": {"id-token"},
        "drift.yml:drift": {"id-token"},
    }


@pytest.mark.unit
def test_code_of_a_pull_request_gets_neither_a_secret_nor_a_role() -> None:
    for path in WORKFLOWS:
        workflow = read(path)
        assert "pull_request_target" not in path.read_text()
        if "pull_request" not in triggers(workflow):
            continue
        assert "secrets." not in path.read_text()
        for job in workflow["jobs"].values():
            assert "id-token" not in job["permissions"]
            assert "self-hosted" not in job["runs-on"]


@pytest.mark.unit
def test_a_secret_goes_to_one_step_of_a_job_in_a_protected_environment() -> None:
    tokens = {"CLOUDFLARE_API_TOKEN", "GRAFANA_AUTH", "PAGERDUTY_TOKEN"}
    given: dict[tuple[str, str], set[str]] = {}
    for name, job in jobs():
        outside = {key: value for key, value in job.items() if key != "steps"}
        assert "secrets." not in json.dumps(outside), name
        given |= {(name, step["name"]): set(step["env"]) for step in job["steps"] if "secrets." in json.dumps(step)}
    assert given == {
        ("deploy.yml:preview", "Preview against AWS"): tokens,
        ("deploy.yml:up", "Bring it up"): tokens,
        ("drift.yml:drift", "Compare AWS and the vendors with the stack"): tokens,
    }


@pytest.mark.unit
def test_a_job_that_may_write_checks_no_code_out() -> None:
    for name, step in steps():
        if name == "preview.yml:comment":
            assert "actions/checkout" not in step.get("uses", "")


@pytest.mark.unit
def test_whatever_takes_a_role_of_aws_is_in_a_protected_environment_inside_the_network() -> None:
    near = {name: job for name, job in jobs() if "id-token" in job["permissions"]}
    assert {name: job["environment"] for name, job in near.items()} == {
        "deploy.yml:preview": "production-preview",
        "deploy.yml:up": "production",
        "drift.yml:drift": "production-preview",
    }
    assert all("self-hosted" in job["runs-on"] for job in near.values())


@pytest.mark.unit
def test_no_checkout_leaves_its_token_behind() -> None:
    for name, step in steps():
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, name


@pytest.mark.unit
def test_no_expression_is_put_into_a_shell_script() -> None:
    assert [step["run"] for _, step in steps() if "${{" in step.get("run", "")] == []


@pytest.mark.unit
def test_what_the_workflows_do_any_ci_can_do() -> None:
    called = {found for _, step in steps() for found in re.findall(r"\.ci/([\w-]+)", step.get("run", ""))}
    assert called == {path.name for path in SCRIPTS} - {"run"}


@pytest.mark.unit
def test_every_job_ends_by_itself_and_production_is_changed_by_one_at_a_time() -> None:
    assert all("timeout-minutes" in job for _, job in jobs())
    for name in ("deploy.yml", "drift.yml"):
        (concurrency,) = (read(path)["concurrency"] for path in WORKFLOWS if path.name == name)
        assert concurrency == {"group": "production", "cancel-in-progress": False}
