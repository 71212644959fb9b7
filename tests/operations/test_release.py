"""The report says of machines and of pods alike what they run, and keeps to its published schema."""

from __future__ import annotations

import json
from typing import Any, cast

import jsonschema
import pytest
from rich.console import Console

from operations import release
from operations.pod_rollouts import Pod, PodRollout
from operations.release_report import SCHEMA_FILE, schema
from operations.release_sides import Platform
from operations.rollout import Machine, Rollout

pytestmark = pytest.mark.unit


class Machines:
    """The portal's: two, one of them of the release before."""

    services = ("portal",)

    def read(self, service: str) -> Rollout:
        return Rollout(
            service=service,
            group="portal",
            template="lt",
            wanted="2",
            saved="2",
            desired=2,
            grace_seconds=300,
            machines=(Machine("i-1", "1", "InService", healthy=True), Machine("i-2", "2", "Pending", healthy=False)),
            refresh={"Status": "InProgress", "PercentageComplete": 50},
        )

    def release(self, _template: str, version: str) -> str:
        return {"1": "old", "2": "new"}[version]


class Containers:
    """The portal's and the relay's: each two pods of the release before, and one of another."""

    services = ("portal", "relay")

    def read(self, service: str) -> PodRollout:
        return PodRollout(
            service=service,
            image="image-new",
            desired=2,
            updated=0,
            under_way=True,
            grace_seconds=600,
            failure="its pods have made no progress for 600 s" if service == "relay" else None,
            deployment={},
            replica_sets=(),
        )

    def pods(self, rollout: PodRollout) -> list[Pod]:
        name = rollout.service
        old = [Pod(f"{name}-{number}", "image-old", ready=True) for number in (1, 2)]
        return [*old, Pod(f"{name}-3", rollout.image, ready=False)]

    def release(self, image: str) -> str:
        return image.removeprefix("image-")


@pytest.fixture
def report() -> Any:
    """Of those."""
    return release.gather(
        Platform(machines=cast("Any", Machines()), containers=cast("Any", Containers()), program="new")
    )


def test_pods_are_counted_by_release_beside_machines(report: Any) -> None:
    portal, relay = report.services["portal"], report.services["relay"]
    assert {name: (one.healthy, one.number) for name, one in portal.machines.running.items()} == {
        "old": (1, 1),
        "new": (0, 1),
    }
    assert {name: (one.healthy, one.number) for name, one in portal.containers.running.items()} == {
        "old": (2, 2),
        "new": (0, 1),
    }
    assert portal.containers.pods == {"portal-1": "old", "portal-2": "old", "portal-3": "new"}
    assert portal.containers.desired == "new"
    assert relay.machines is None


def test_the_table_has_a_row_for_each_side(report: Any) -> None:
    console = Console(width=120, record=True)
    console.print(release._table(report))
    lines = [" ".join(line.split()) for line in console.export_text().splitlines()]
    assert "portal machines new old 1/1, new 0/1 InProgress 50 %" in lines
    assert "portal containers new old 2/2, new 0/1 under way" in lines
    assert "relay containers new old 2/2, new 0/1 its pods have made no progress for 600 s" in lines


def test_the_published_schema_is_the_models_own_and_reports_keep_to_it(report: Any) -> None:
    assert SCHEMA_FILE.read_text() == schema(), "run `python -m operations.release_report`"
    document = json.loads(report.model_dump_json())
    jsonschema.validate(document, json.loads(SCHEMA_FILE.read_text()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {"misspelt": 1}, json.loads(SCHEMA_FILE.read_text()))
