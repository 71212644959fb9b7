"""Grafana reads metrics and nothing else, by a role that it alone can take on, and its token stays out of the state."""

from __future__ import annotations

import json

import pytest

from components.grafana_stack import GrafanaStack, GrafanaStackArgs, short_uid
from tests.components.recorder import Recording, record

pytestmark = pytest.mark.unit

ARGS = GrafanaStackArgs(
    environment="prod",
    region="ap-southeast-3",
    url="https://prakerja.grafana.net",
    aws_account_id="008923505280",
    external_id="1234567",
)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Recording:
    monkeypatch.setenv("GRAFANA_AUTH", "glsa_of-whoever-deploys")
    monkeypatch.setenv("GRAFANA_CLOUD_ACCESS_POLICY_TOKEN", "glc_of-whoever-deploys")
    return record(lambda: GrafanaStack("prod-grafana", ARGS))


def test_the_role_is_for_grafanas_account_and_for_our_stack_alone(made: Recording) -> None:
    (statement,) = json.loads(made.one("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::008923505280:root"},
        "Condition": {"StringEquals": {"sts:ExternalId": "1234567"}},
    }


def test_the_role_reads_metrics_and_nothing_else(made: Recording) -> None:
    (statement,) = json.loads(made.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])["Statement"]
    assert set(statement["Action"]) == {"cloudwatch:GetMetricData", "cloudwatch:ListMetrics"}


def test_the_source_takes_on_the_role_and_keeps_no_key(made: Recording) -> None:
    source = made.one("grafana:oss/dataSource:DataSource").inputs
    settings = json.loads(source["jsonDataEncoded"])
    assert settings["authType"] == "grafana_assume_role"
    assert settings["assumeRoleArn"] == "arn:aws:iam:ap-southeast-3:123456789012:prod-grafana"
    assert "secureJsonDataEncoded" not in source


def test_tokens_go_to_the_provider_by_the_environment_and_never_into_the_state(made: Recording) -> None:
    assert made.one("pulumi:providers:grafana").inputs == {"url": "https://prakerja.grafana.net"}
    assert "whoever-deploys" not in repr([one.inputs for one in made.resources])


def test_a_uid_that_grafana_refuses_is_refused() -> None:
    assert short_uid("prod", "portal") == "prakerja-prod-portal"
    with pytest.raises(ValueError, match="allowed: up to 40"):
        short_uid("prod", "x" * 30)
