"""A partner is handed to exactly the services whose manifests ask for it, and they share what it takes."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from stacks import manifest as manifest_module
from stacks.manifest import Manifest
from tests.components.recorder import Recording
from tests.stacks.environments import REPOSITORY, run_program, stack_file

pytestmark = pytest.mark.unit

AWS = "ap-southeast-3:123456789012"
WALLET = {
    "company": "A wallet's company",
    "url": "https://wallet.example/v2",
    "networks": ["198.51.100.0/28", "192.0.2.16/28"],
    "owner": "payments",
    "requests_per_second": 100,
    "connect_seconds": 2,
    "answer_seconds": 20,
    "rotation_days": 14,
    "purpose": {"indonesian": "Membayarkan insentif", "english": "Pays incentives out"},
    "personal_data": ["name", "payment account"],
    "legal_ground": "contract",
    "country": "ID",
    "place": "Jakarta",
}
# What asks for the wallet here, and on how many machines and containers; the third does not.
PLACED: dict[str, dict[str, Any]] = {
    "asker": {"vms": 10, "containers": {"minimum": 2, "maximum": 4}},
    "payer": {"vms": 0, "containers": {"minimum": 2, "maximum": 4}},
    "other": {"vms": 3, "containers": {"minimum": 2, "maximum": 4}},
}


def http(partners: list[str]) -> Manifest:
    document = yaml.safe_load((REPOSITORY / "app/portal/service.yaml").read_text())
    document["needs"] = {"partners": partners}
    return manifest_module.HttpManifest.model_validate_json(json.dumps(document))


def worker(partners: list[str]) -> Manifest:
    document = yaml.safe_load((REPOSITORY / "app/notification/service.yaml").read_text())
    document["needs"] = {"partners": partners}
    return manifest_module.WorkerManifest.model_validate_json(json.dumps(document))


def run(partners: dict[str, Any]) -> Recording:
    config = copy.deepcopy(stack_file("prod")["config"])
    config["prakerja:services"] = PLACED
    config["prakerja:partners"] = partners
    for section in ("prakerja:edge", "prakerja:dashboards", "prakerja:paging"):
        config.pop(section, None)
    asker = http(["wallet"])
    # Two services can't have one place among the site's rules.
    second = {"routes": asker.routes.model_copy(update={"priority": 7})}  # type: ignore[union-attr] # it is of kind http
    manifests = {
        "asker": asker,
        "payer": worker(["wallet", "training"]),
        "other": http([]).model_copy(update=second),
    }
    with (
        patch.object(manifest_module, "read_manifests", return_value=manifests),
        patch("stacks.checks.check_services", return_value=[]),
    ):
        return run_program("prod", config)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return run({"wallet": WALLET})


@pytest.fixture(scope="module")
def without() -> Recording:
    return run({})


def told(recording: Recording, service: str) -> dict[str, str]:
    deployment = recording.one("kubernetes:apps/v1:Deployment", f"prod-{service}").inputs
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one["value"] for one in container["env"]}


def told_machines(recording: Recording, service: str) -> dict[str, str]:
    template = recording.one("aws:ec2/launchTemplate:LaunchTemplate", f"prod-{service}").inputs
    files = yaml.safe_load(base64.b64decode(template["userData"]))["write_files"]
    (text,) = [one["content"] for one in files if one["path"] == "/etc/prakerja/service.env"]
    return dict(line.split("=", 1) for line in text.splitlines())


def of_partners(variables: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name.startswith("PRAKERJA_PARTNER")}


def readable_secrets(recording: Recording, role: str) -> set[str]:
    return {
        statement["Resource"].removeprefix(f"arn:aws:secretsmanager:{AWS}:")
        for policy in recording.of_type("aws:iam/rolePolicy:RolePolicy")
        if policy.inputs["role"] == role
        for statement in json.loads(policy.inputs["policy"])["Statement"]
        if "secretsmanager:GetSecretValue" in statement["Action"]
    }


def networks_out(recording: Recording, service: str) -> set[str]:
    policy = recording.one("kubernetes:networking.k8s.io/v1:NetworkPolicy", f"prod-{service}").inputs
    return {
        peer["ipBlock"]["cidr"]
        for rule in policy["spec"]["egress"]
        for peer in rule["to"]
        if [int(port["port"]) for port in rule["ports"]] == [443]
    }


def test_a_service_that_asks_is_told_where_by_what_and_how_often(recording: Recording) -> None:
    # 11 machines while the fleet is replaced, and 5 containers of each service while it is: 100 a second for 21.
    asked = {
        "PRAKERJA_PARTNERS": "wallet",
        "PRAKERJA_PARTNER_WALLET_URL": "https://wallet.example/v2",
        "PRAKERJA_PARTNER_WALLET_SECRET": f"arn:aws:secretsmanager:{AWS}:prod-partner-wallet-credential",
        "PRAKERJA_PARTNER_WALLET_REQUESTS_PER_SECOND": "4",
        "PRAKERJA_PARTNER_WALLET_CONNECT_SECONDS": "2",
        "PRAKERJA_PARTNER_WALLET_ANSWER_SECONDS": "20",
    }
    webhook = {"PRAKERJA_PARTNER_WALLET_WEBHOOK_SECRET": f"arn:aws:secretsmanager:{AWS}:prod-partner-wallet-webhook"}
    assert of_partners(told(recording, "payer")) == asked
    assert of_partners(told(recording, "asker")) == of_partners(told_machines(recording, "asker")) == asked | webhook


def test_only_who_asks_may_read_the_credential_and_only_who_can_be_called_the_webhook_secret(
    recording: Recording,
) -> None:
    both = {"prod-partner-wallet-credential", "prod-partner-wallet-webhook"}
    assert readable_secrets(recording, "prod-asker") == readable_secrets(recording, "prod-asker-pods") == both
    assert readable_secrets(recording, "prod-payer-pods") == {"prod-partner-wallet-credential"}
    assert readable_secrets(recording, "prod-other") == readable_secrets(recording, "prod-other-pods") == set()


def test_only_who_asks_is_let_out_to_the_partners_networks(recording: Recording) -> None:
    networks = set(WALLET["networks"])  # type: ignore[call-overload] # a list
    for service in ("asker", "payer"):
        assert networks_out(recording, service) == {*networks, "0.0.0.0/0"}
    assert networks_out(recording, "other") == set(), "which needs nothing of AWS's APIs either"
    rules = recording.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    by_group: dict[str, set[str]] = {}
    for rule in rules:
        if rule.inputs.get("cidrIpv4") in networks:
            by_group.setdefault(rule.inputs["securityGroupId"], set()).add(rule.inputs["cidrIpv4"])
            assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (443, 443)
    assert by_group == {"prod-asker-vm-id": networks, "prod-rotation-id": networks}


def test_a_service_that_does_not_ask_is_told_which_partners_there_are_and_nothing_else(recording: Recording) -> None:
    assert of_partners(told(recording, "other")) == {"PRAKERJA_PARTNERS": "wallet"}
    assert of_partners(told_machines(recording, "other")) == {"PRAKERJA_PARTNERS": "wallet"}


def test_without_a_partner_nothing_is_made_for_it_and_who_would_ask_gets_nothing(without: Recording) -> None:
    for service in PLACED:
        assert of_partners(told(without, service)) == {}
        assert readable_secrets(without, f"prod-{service}-pods") == set()
        assert networks_out(without, service) == set()
    assert not [one for one in without.resources if "partner" in one.name or "rotation" in one.name]


def test_auditors_see_whom_a_partner_is_told_of_what(recording: Recording) -> None:
    (processor,) = [one for one in recording.exports["processors"] if one["name"] == WALLET["company"]]
    assert processor["data"] == WALLET["personal_data"]
    assert processor["legal_ground"] == "contract"
    assert processor["purpose"] == {"id": "Membayarkan insentif", "en": "Pays incentives out"}


def test_auditors_see_who_may_have_a_credential_replaced(recording: Recording) -> None:
    policies = recording.exports["identities"]["resource_policies"]
    (policy,) = [one for one in policies if one["kind"] == "function"]
    (statement,) = policy["statements"]
    assert statement["actions"] == ["lambda:InvokeFunction"]
    assert "secretsmanager.amazonaws.com" in json.dumps(statement)
    assert "123456789012" in json.dumps(statement)


def test_somebody_is_told_of_a_credential_that_could_not_be_replaced(recording: Recording) -> None:
    alarm = recording.one("aws:cloudwatch/metricAlarm:MetricAlarm", "prod-rotation-failed").inputs
    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/Lambda", "Errors")
    assert alarm["dimensions"] == {"FunctionName": "prod-rotation"}
    assert alarm["alarmActions"] == ["arn:aws:sns:ap-southeast-3:123456789012:prod-alarms"]
