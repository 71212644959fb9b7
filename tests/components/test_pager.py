"""An alarm reaches the team that answers for it, and goes on until somebody does; the keys for that are secret."""

from __future__ import annotations

import json

import pulumi
import pytest

from components.pager import DELIVERY, Pager, PagerArgs
from stacks.manifest import read_manifests
from tests.components.recorder import Recording, record
from tests.stacks.environments import REPOSITORY, run_program, stack_file

pytestmark = pytest.mark.unit

POLICY = "pagerduty:index/escalationPolicy:EscalationPolicy"
SERVICE = "pagerduty:index/service:Service"
INTEGRATION = "pagerduty:index/serviceIntegration:ServiceIntegration"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
ALARMS = "prod-pager-alarms"
TOPIC = "arn:aws:sns:ap-southeast-3:123456789012:prod-alarms"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # the engine's published mark of one


def test_schedules_are_called_in_order_and_again_until_somebody_answers(prod: Recording) -> None:
    policy = prod.one(POLICY).inputs
    settings = stack_file("prod")["config"]["prakerja:paging"]
    assert [rule["targets"] for rule in policy["rules"]] == [
        [{"type": "schedule_reference", "id": schedule}] for schedule in settings["schedules"]
    ]
    assert {rule["escalationDelayInMinutes"] for rule in policy["rules"]} == {settings["escalation_minutes"]}
    assert policy["numLoops"] == 9


def test_every_team_that_answers_for_something_can_be_called(prod: Recording) -> None:
    owners = {manifest.owner for manifest in read_manifests(REPOSITORY / "app").values()} | {"platform"}
    assert {one.inputs["name"] for one in prod.of_type(SERVICE)} == {f"Prakerja prod: {owner}" for owner in owners}
    events = [one for one in prod.of_type(INTEGRATION) if "type" in one.inputs]
    assert {one.inputs["service"] for one in events} == {f"prod-pager-{owner}-id" for owner in owners}
    assert {one.inputs["type"] for one in events} == {"events_api_v2_inbound_integration"}


def test_severity_says_how_urgent_it_is_and_nothing_is_closed_by_the_clock(prod: Recording) -> None:
    for service in prod.of_type(SERVICE):
        assert service.inputs["incidentUrgencyRule"] == {"type": "constant", "urgency": "severity_based"}
        assert service.inputs["autoResolveTimeout"] == "null"
        assert int(service.inputs["acknowledgementTimeout"]) <= 30 * 60


def test_cloudwatchs_alarms_call_the_platforms_team_and_are_offered_again(prod: Recording) -> None:
    (integration,) = (one.inputs for one in prod.of_type(INTEGRATION) if "vendor" in one.inputs)
    assert (integration["service"], integration["vendor"]) == ("prod-pager-platform-id", "PZQ6AUS")
    subscription = prod.one(SUBSCRIPTION, ALARMS).inputs
    assert (subscription["topic"], subscription["protocol"]) == (TOPIC, "https")
    assert subscription["endpointAutoConfirms"] is True
    assert json.loads(subscription["deliveryPolicy"]) == DELIVERY
    # SNS takes no policy that may last for more than an hour.
    retries = DELIVERY["healthyRetryPolicy"]
    assert isinstance(retries["numRetries"], int)
    assert isinstance(retries["maxDelayTarget"], int)
    assert retries["numRetries"] * retries["maxDelayTarget"] <= 3600


def test_the_mailed_alarms_stay(prod: Recording) -> None:
    mailed = [one.inputs["endpoint"] for one in prod.of_type(SUBSCRIPTION) if one.inputs["protocol"] == "email"]
    assert mailed == stack_file("prod")["config"]["prakerja:alarms"]["emails"]


def test_a_key_is_a_secret_wherever_it_goes(prod: Recording) -> None:
    endpoint = prod.one(SUBSCRIPTION, ALARMS).inputs["endpoint"]
    assert SECRET in endpoint.values()
    assert endpoint["value"] == "https://events.pagerduty.com/integration/prod-pager-cloudwatch-key/enqueue"
    assert prod.one(SUBSCRIPTION, ALARMS).secret_outputs == ("endpoint",)
    assert {one.secret_outputs for one in prod.of_type(INTEGRATION)} == {("integrationKey",)}


def test_each_team_has_a_key_of_its_own_and_it_is_a_secret() -> None:
    def program() -> None:
        args = PagerArgs(
            environment="test", schedules=["P000001"], escalation_minutes=5, owners=["participants"], topic_arn=TOPIC
        )
        pager = Pager("pager", args)
        for owner, key in pager.events_keys.items():
            pulumi.export(owner, pulumi.Output.all(key, key.is_secret()))

    keys = record(program).exports
    assert keys == {
        "participants": ["pager-participants-events-key", True],
        "platform": ["pager-platform-events-key", True],
    }


def test_an_environment_may_have_nobody_called() -> None:
    config = {name: value for name, value in stack_file("prod")["config"].items() if name != "prakerja:paging"}
    recording = run_program("prod", config)
    assert [one for one in recording.resources if one.type.startswith("pagerduty:")] == []
    assert "https" not in {one.inputs["protocol"] for one in recording.of_type(SUBSCRIPTION)}
