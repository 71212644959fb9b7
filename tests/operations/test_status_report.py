"""The report's schema is published, and what is printed keeps to it."""

from __future__ import annotations

import json

import jsonschema
import pytest

from operations.status_report import (
    SCHEMA_FILE,
    CacheStatus,
    ContainersStatus,
    DatabaseStatus,
    QueueStatus,
    ServiceStatus,
    StatusReport,
    ToolStatus,
    VmsStatus,
    ZoneStatus,
    schema,
)

pytestmark = pytest.mark.unit

RUNNING = StatusReport(
    running=True,
    site="http://127.0.0.1:8080",
    like="prod",
    state_dir="/checkout/.sandbox",
    aws_endpoint="http://127.0.0.1:4566",
    tools={"pulumi": ToolStatus(version="3.259.0", path="/checkout/.sandbox/bin/pulumi")},
    services={
        "registration": ServiceStatus(
            kind="http",
            share=0,
            vms=VmsStatus(desired=40, healthy=40, zones={"ap-southeast-3a": ZoneStatus(desired=40, healthy=40)}),
            containers=ContainersStatus(desired=6, ready=6),
        ),
        "relay": ServiceStatus(kind="worker", share=100, vms=None, containers=ContainersStatus(desired=2, ready=1)),
    },
    database=DatabaseStatus(ready=True),
    cache=CacheStatus(ready=True),
    queues={"notification": QueueStatus(waiting=1, in_flight=2, dead=0)},
    kubeconfig="/checkout/.sandbox/kubeconfig",
)


def test_the_published_schema_is_the_models_own() -> None:
    assert json.loads(SCHEMA_FILE.read_text()) == schema(), "run `python -m operations.status_report`"


@pytest.mark.parametrize("report", [RUNNING, StatusReport(running=False, state_dir="/checkout/.sandbox")])
def test_reports_keep_to_the_published_schema(report: StatusReport) -> None:
    jsonschema.validate(json.loads(report.model_dump_json()), json.loads(SCHEMA_FILE.read_text()))


def test_what_the_schema_does_not_know_is_refused() -> None:
    document = json.loads(RUNNING.model_dump_json()) | {"misspelt": 1}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json.loads(SCHEMA_FILE.read_text()))
