"""What containers write reaches their own service's log, and whoever brings it there may write to those logs alone."""

from __future__ import annotations

import copy
import json
import re

import pytest

from components.container_logs import configuration
from tests.components.recorder import Recording
from tests.stacks.environments import run_program, stack_file

pytestmark = pytest.mark.unit

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
SERVICES = ("identity", "notification", "portal", "registration", "relay")
GROUPS = {service: f"/prakerja/prod/{service}" for service in SERVICES}
# As the kubelet names what it links in /var/log/containers.
POD_LOG = "/var/log/containers/portal-7d9f8c6b5d-x2x4q_portal_service-" + "0f" * 32 + ".log"


def sections(text: str, kind: str) -> list[dict[str, str]]:
    """The sections of that kind in Fluent Bit's classic form."""
    return [
        {key: value.strip() for key, value in re.findall(r"^ +(\S+) (.*)$", part, flags=re.MULTILINE)}
        for part in text.split(f"[{kind}]")[1:]
    ]


def matches(pattern: str, path: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), path) is not None


def test_each_service_has_one_log_that_people_find_by_its_name(prod: Recording) -> None:
    found = {
        one.inputs["name"]: one
        for one in prod.of_type(LOG_GROUP)
        if one.inputs.get("name", "").startswith("/prakerja/")
    }
    assert sorted(found) == sorted(GROUPS.values())
    for name, group in found.items():
        assert group.inputs["retentionInDays"] == 180
        assert group.inputs["kmsKeyId"]
        assert group.protect
        assert group.inputs["tags"]["service"] == name.rpartition("/")[2]


def test_a_service_that_leaves_containers_keeps_what_it_wrote_there() -> None:
    config = copy.deepcopy(stack_file("dev")["config"])
    config["prakerja:services"]["portal"].pop("containers")
    config["prakerja:services"]["portal"]["vms"] = 2
    made = run_program("dev", config)
    assert "/prakerja/dev/portal" in {one.inputs.get("name") for one in made.of_type(LOG_GROUP)}
    # Its old pods' last words are still brought there.
    assert "/prakerja/dev/portal" in made.one("aws:eks/addon:Addon", "dev-container-logs").inputs["configurationValues"]


def test_a_service_has_its_log_where_there_are_no_containers() -> None:
    config = copy.deepcopy(stack_file("dev")["config"])
    config.pop("prakerja:kubernetes")
    for placement in config["prakerja:services"].values():
        placement.pop("containers", None)
        placement["vms"] = max(1, placement["vms"])
    names = {one.inputs.get("name") for one in run_program("dev", config).of_type(LOG_GROUP)}
    assert {f"/prakerja/dev/{service}" for service in SERVICES} <= names


def test_the_collector_may_write_to_the_services_logs_and_do_nothing_else(prod: Recording) -> None:
    policy = json.loads(prod.one("aws:iam/rolePolicy:RolePolicy", "prod-container-logs-logs").inputs["policy"])
    assert {action for one in policy["Statement"] for action in one["Action"]} == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    groups = [one for one in prod.of_type(LOG_GROUP) if one.inputs.get("name") in GROUPS.values()]
    assert {one["Resource"] for one in policy["Statement"]} == {
        f"arn:aws:cloudwatch:ap-southeast-3:123456789012:{group.name}:*" for group in groups
    }
    association = prod.one("aws:eks/podIdentityAssociation:PodIdentityAssociation", "prod-container-logs").inputs
    assert (association["namespace"], association["serviceAccount"]) == ("fluent-bit", "fluent-bit")


def test_the_collector_starts_once_it_has_credentials_nodes_and_somewhere_to_write(prod: Recording) -> None:
    addon = prod.one("aws:eks/addon:Addon", "prod-container-logs")
    assert addon.inputs["addonName"] == "fluent-bit"
    needed = [
        prod.one("aws:eks/podIdentityAssociation:PodIdentityAssociation", "prod-container-logs"),
        prod.one("kubernetes:karpenter.sh/v1:NodePool"),
        *(one for one in prod.of_type(LOG_GROUP) if one.inputs.get("name") in GROUPS.values()),
    ]
    assert {one.urn for one in needed} <= addon.dependencies


def test_what_a_pod_writes_goes_to_its_own_services_log_as_it_was_written() -> None:
    config = json.loads(configuration(GROUPS, region="ap-southeast-3"))["config"]
    inputs, outputs = sections(config["inputs"], "INPUT"), sections(config["outputs"], "OUTPUT")
    assert len(inputs) == len(outputs) == len(GROUPS)
    (read,) = [one for one in inputs if matches(one["Path"], POD_LOG)]
    (written,) = [one for one in outputs if one["Match"] == read["Tag"]]
    assert written["log_group_name"] == "/prakerja/prod/portal"
    # The line alone, so that its own fields can be asked for; and from a container's first line on.
    assert written["log_key"] == "log"
    assert read["multiline.parser"] == "cri"
    assert read["Read_from_Head"] == "On"


def test_no_log_is_made_unencrypted_by_writing_to_it_and_nothing_is_given_up() -> None:
    config = json.loads(configuration(GROUPS, region="ap-southeast-3"))["config"]
    for output in sections(config["outputs"], "OUTPUT"):
        assert output["auto_create_group"] == "Off"
        assert output["Retry_Limit"] == "no_limits"
    assert len({one["DB"] for one in sections(config["inputs"], "INPUT")}) == len(GROUPS)
