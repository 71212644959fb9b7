"""Each of a dozen ways to spoil the program is found by a preview, on top of its report; the sound program is clean.

Production's settings, the real engine and the real policies. One base is up for all of them, as a preview changes
nothing in it; the command itself is then given all faults at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from operations.console import err
from operations.exit_codes import ExitCode, OperationError
from operations.preview import markdown
from operations.preview.base import find_base
from operations.preview.base_platform import BasePlatform, base_up
from operations.preview.report import Report
from operations.timeline import Timeline
from tests.end_to_end.platform import Platform

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

TOKEN = "0f8fad5bd9cb469fa16570867728950e"
VARIABLE = json.dumps({"PRAKERJA_API_TOKEN": TOKEN})
ADDED_PORT = """        aws.vpc.SecurityGroupIngressRule(
            logical(name, "ssh"),
            security_group_id=self.security_group.id,
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=22,
            to_port=22,
            opts=self.child(),
        )
        paths = ["""


@dataclass(frozen=True, kw_only=True)
class Spoiled:
    """A program with a fault.

    file, edit: what is written in place of what. rule: that is broken. resource: one that it is broken by.
    """

    file: str
    edit: Mapping[str, str]
    rule: str
    resource: str


SPOILED = {
    "public bucket": Spoiled(
        file="components/closed_bucket.py",
        edit={"restrict_public_buckets=True": 'restrict_public_buckets=name != "prod-documents"'},
        rule="public-bucket",
        resource="prod-documents",
    ),
    "port open to the world": Spoiled(
        file="components/maintenance_host.py",
        edit={"        paths = [": ADDED_PORT},
        rule="open-port",
        resource="prod-maintenance-ssh",
    ),
    "missing encryption": Spoiled(
        file="components/work_queue.py",
        edit={"            kms_master_key_id=args.key_arn,\n": ""},
        rule="missing-encryption",
        resource="prod-queue-notification-dead",
    ),
    "missing backup": Spoiled(
        file="Pulumi.prod.yaml",
        edit={"backup_retention_days: 35": "backup_retention_days: 3"},
        rule="missing-backup",
        resource="prod-database",
    ),
    "write permission on everything": Spoiled(
        file="components/permissions.py",
        edit={'allow(["sqs:SendMessage"], known["arn"])': 'allow(["sqs:SendMessage"], "*")'},
        rule="wildcard-write",
        resource="prod-relay-pods-write-notification",
    ),
    "secret in user data": Spoiled(
        file="stacks/boot.py",
        edit={"    environment = service_environment(": f"    environment = {VARIABLE} | service_environment("},
        rule="secret-in-clear",
        resource="prod-portal",
    ),
    "secret in an environment": Spoiled(
        file="stacks/workloads.py",
        edit={"environment=service_environment(": f"environment={VARIABLE} | service_environment("},
        rule="secret-in-clear",
        resource="prod-portal",
    ),
    "secret in an output": Spoiled(
        file="stacks/outputs.py",
        edit={
            "    for name, field in PlatformOutputs": f'    pulumi.export("api_token", "{TOKEN}")\n'
            "    for name, field in PlatformOutputs"
        },
        rule="secret-in-clear",
        resource="prakerja-sandbox",
    ),
    "region outside Indonesia": Spoiled(
        file="components/alarm_topic.py",
        edit={"        topic = aws": '        aws.Provider(name, region="ap-southeast-1")\n        topic = aws'},
        rule="outside-indonesia",
        resource="prod-alarms",
    ),
    "instance metadata by version 1": Spoiled(
        file="components/virtual_machine.py",
        edit={'METADATA_TOKENS = "required"': 'METADATA_TOKENS = "optional"'},
        rule="imds-v1",
        resource="prod-registration",
    ),
    "TLS below 1.2": Spoiled(
        file="components/site_load_balancer.py",
        edit={"ELBSecurityPolicy-TLS13-1-2-Res-2021-06": "ELBSecurityPolicy-TLS13-1-0-2021-06"},
        rule="weak-tls",
        resource="prod-site-https",
    ),
    "logs kept too short": Spoiled(
        file="components/flow_logs.py",
        edit={"retention_in_days=args.retention_days": "retention_in_days=30"},
        rule="log-retention",
        resource="prod-flows",
    ),
    "missing tags": Spoiled(
        file="components/tags.py",
        edit={"            TagKey.OWNER: component.classification.owner,\n": ""},
        rule="missing-tags",
        resource="prod-database",
    ),
    "privileged pod": Spoiled(
        file="components/pod_template.py",
        edit={"allow_privilege_escalation=False": "allow_privilege_escalation=True, privileged=True"},
        rule="privileged-pod",
        resource="prod-registration",
    ),
}
LOST = {
    "replacement": Spoiled(
        file="components/database.py",
        edit={'"prakerja_master"': '"prakerja_owner"'},
        rule="stateful-loss",
        resource="prod-database",
    ),
    "deletion": Spoiled(
        file="Pulumi.prod.yaml",
        edit={"firewall: true": "firewall: false"},
        rule="stateful-loss",
        resource="prod-firewall",
    ),
}


@pytest.fixture(scope="module")
def base(platform: Platform) -> Iterator[BasePlatform]:
    """The copy of the checkout, up with production's settings."""
    checkout = platform.checkout
    with Timeline(err) as timeline, base_up(checkout, find_base(checkout.repository, "HEAD"), "prod", timeline) as up:
        yield up


@pytest.fixture
def program(platform: Platform) -> Iterator[Platform]:
    """The copy, whose program a test may change."""
    yield platform
    platform.restore()


def preview(base: BasePlatform, program: Platform, spoiled: Spoiled) -> Report:
    program.edit(spoiled.file, spoiled.edit)
    return base.compare(program.directory)


def failures(report: Report) -> list[tuple[str, str]]:
    """What the policies forbid: by which rule, and which resource."""
    assert report.policies is not None
    return [(one.rule, one.urn.rpartition("::")[2]) for one in report.policies.findings if one.result == "fail"]


def first_finding(report: Report) -> str:
    """The first line of report.md that tells of a resource."""
    return next(line for line in markdown.render(report).splitlines() if line.startswith(("- ", "| **")))


def test_the_sound_program_is_clean(base: BasePlatform, program: Platform) -> None:
    report = base.compare(program.directory)
    assert report.sections == []
    assert failures(report) == []
    assert (report.verdict, report.exit_code) == ("no changes", 0)
    assert report.policies is not None
    assert report.policies.counts["pass"] > 200


@pytest.mark.parametrize("fault", SPOILED)
def test_a_fault_is_found_by_its_rule_on_top_of_the_report(fault: str, base: BasePlatform, program: Platform) -> None:
    spoiled = SPOILED[fault]
    report = preview(base, program, spoiled)
    assert (report.exit_code, report.verdict) == (8, "policy failed")
    assert {rule for rule, _ in failures(report)} == {spoiled.rule}
    assert (spoiled.rule, spoiled.resource) in failures(report)
    top = first_finding(report)
    assert "**fails**" in top
    assert f"`{spoiled.rule}`" in top


@pytest.mark.parametrize("fault", LOST)
def test_the_loss_of_something_stateful_is_on_top_of_all(fault: str, base: BasePlatform, program: Platform) -> None:
    lost = LOST[fault]
    report = preview(base, program, lost)
    assert (report.exit_code, report.verdict) == (7, "destructive change")
    assert failures(report) == [(lost.rule, lost.resource)]
    top = first_finding(report)
    assert "**delete**" in top or "**replace**" in top
    assert lost.resource in top


def test_what_the_cloud_refuses_is_on_top_and_what_was_found_before_is_shown_as_incomplete(
    base: BasePlatform, program: Platform
) -> None:
    program.edit("components/pod_template.py", {'TEMPORARY_SPACE: Final = "64Mi"': 'TEMPORARY_SPACE: Final = "much"'})
    spoiled = SPOILED["logs kept too short"]
    report = preview(base, program, spoiled)
    assert (report.exit_code, report.verdict) == (1, "incomplete")
    assert "Deployment" in report.errors[0]
    assert "**error**" in first_finding(report)
    assert (spoiled.rule, spoiled.resource) in failures(report)
    assert any(spoiled.resource in row.names for section in report.sections for row in section.rows)
    assert report.policies is not None
    assert report.policies.counts.keys() == {"pass", "fail", "waived", "not_applicable", "unknown"}
    unknown = {one.rule for one in report.policies.findings if one.result == "unknown" and not one.urn}
    assert {spoiled.rule, "stateful-loss", "waivers"} <= unknown


def test_settings_for_a_region_outside_indonesia_are_refused(base: BasePlatform, program: Platform) -> None:
    program.edit("Pulumi.prod.yaml", {"aws:region: ap-southeast-3": "aws:region: ap-southeast-1"})
    with pytest.raises(OperationError, match="outside Indonesia") as refused:
        base.compare(program.directory)
    assert refused.value.code is ExitCode.FAILED


def test_the_command_finds_all_faults_of_a_program_that_has_them_all(program: Platform) -> None:
    for spoiled in SPOILED.values():
        program.edit(spoiled.file, spoiled.edit)
    done = program.prakerja("preview", "--base", "HEAD", "--json")
    assert done.returncode == 8, done.stderr
    found = failures(Report.model_validate_json(done.stdout))
    assert {(spoiled.rule, spoiled.resource) for spoiled in SPOILED.values()} <= set(found)
