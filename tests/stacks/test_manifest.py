"""Service manifests are read strictly, and all their faults are told at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.manifest import HttpManifest, ManifestError, WorkerManifest, queues_of, read_manifests

pytestmark = pytest.mark.unit

OBJECTIVES: dict[str, Any] = {"availability_percent": 99.9, "latency_milliseconds": 500}
HTTP: dict[str, Any] = {
    "schema_version": 1,
    "kind": "http",
    "owner": "participants",
    "data_class": "personal",
    "port": 8080,
    "health_path": "/healthz",
    "readiness_path": "/readyz",
    "routes": {"priority": 100, "paths": ["/api/*"]},
    "resources": {"cpu_millicores": 250, "memory_mib": 256},
    "scaling": {"cpu_percent": 60},
    "needs": {"database": {"pool_size": 2}, "secrets": ["identity-key"]},
    "objectives": OBJECTIVES,
    "drain_seconds": 30,
}
WORKER: dict[str, Any] = {
    key: HTTP[key]
    for key in ("schema_version", "owner", "data_class", "port", "health_path", "resources", "scaling", "drain_seconds")
} | {"kind": "worker", "objectives": {"delay_seconds": 60}}


def write(directory: Path, **services: Any) -> Path:
    app = directory / "app"
    for name, document in services.items():
        (app / name).mkdir(parents=True)
        text = document if isinstance(document, str) else yaml.safe_dump(document)
        (app / name / "service.yaml").write_text(text)
    return app


def test_both_kinds_are_read(tmp_path: Path) -> None:
    manifests = read_manifests(write(tmp_path, registration=HTTP, mailer=WORKER))
    assert isinstance(manifests["registration"], HttpManifest)
    assert isinstance(manifests["mailer"], WorkerManifest)
    assert manifests["registration"].pool_size == 2
    assert manifests["mailer"].pool_size == 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"prot": 8080}, "prot: 'prot' is not known; did you mean 'port'? allowed: "),
        ({"kind": "htpp"}, "kind: 'htpp' is not known; did you mean 'http'? allowed: http, worker"),
        ({"port": 80}, "port: Input should be greater than or equal to 1024 (given: 80)"),
        ({"port": "8080"}, "port: Input should be a valid integer (given: '8080')"),
        ({"schema_version": 2}, "schema_version: Input should be 1 (given: 2)"),
        (
            {"data_class": "personl"},
            "data_class: Input should be 'public', 'internal' or 'personal' (given: 'personl'); did you mean",
        ),
        (
            {"needs": {"databse": {"pool_size": 2}}},
            "needs.databse: 'databse' is not known; did you mean 'database'? allowed: cache, database, mail, ",
        ),
        (
            {"needs": {"database": {"poolsize": 2, "pool_size": 2}}},
            "needs.database.poolsize: 'poolsize' is not known; did you mean 'pool_size'? allowed: pool_size",
        ),
        ({"routes": {"priority": 1, "paths": ["api"]}}, "routes.paths.0: not of the right form (given: 'api'); "),
        ({"routes": {"priority": 1, "paths": list("//////")}}, "routes.paths: Tuple should have at most 5 items"),
        ({"objectives": {"latency_milliseconds": 500}}, "objectives.availability_percent: missing"),
        (
            {"objectives": {**OBJECTIVES, "availability_percent": 100}},
            "objectives.availability_percent: Input should be less than 100 (given: 100",
        ),
        (
            {"objectives": {**OBJECTIVES, "availability_percent": 0.999}},
            "objectives.availability_percent: Input should be greater than or equal to 90 (given: 0.999)",
        ),
        (
            {"objectives": {**OBJECTIVES, "latency_milliseconds": 0.5}},
            "objectives.latency_milliseconds: Input should be a valid integer",
        ),
        (
            {"objectives": {**OBJECTIVES, "latency_milliseconds": 5}},
            "objectives.latency_milliseconds: Input should be greater than or equal to 10 (given: 5)",
        ),
        (
            {"objectives": {**OBJECTIVES, "delay_seconds": 60}},
            "objectives.delay_seconds: 'delay_seconds' is not known; did you mean 'latency_milliseconds'? allowed: ",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(change: dict[str, Any], fault: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as refusal:
        read_manifests(write(tmp_path, registration={**HTTP, **change}))
    assert str(refusal.value).startswith(f"app/registration/service.yaml: {fault}")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("objectives", "fault"),
    [
        (OBJECTIVES, "objectives.delay_seconds: missing"),
        ({"delay_seconds": 0}, "objectives.delay_seconds: Input should be greater than or equal to 1 (given: 0)"),
        ({"delay_seconds": 86_401}, "objectives.delay_seconds: Input should be less than or equal to 86400"),
    ],
)
def test_a_worker_promises_how_long_work_waits_and_nothing_else(
    objectives: dict[str, Any], fault: str, tmp_path: Path
) -> None:
    with pytest.raises(ManifestError) as refusal:
        read_manifests(write(tmp_path, mailer={**WORKER, "objectives": objectives}))
    assert f"app/mailer/service.yaml: {fault}" in str(refusal.value)


def test_a_service_that_promises_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"app/registration/service\.yaml: objectives: missing"):
        read_manifests(write(tmp_path, registration={key: HTTP[key] for key in HTTP if key != "objectives"}))


def test_faults_of_all_manifests_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as refusal:
        read_manifests(write(tmp_path, portal="kind: [", registration={**HTTP, "port": 1}, Mailer=WORKER))
    places = [line.split(": ")[0] for line in str(refusal.value).splitlines()]
    assert places == ["app/Mailer/service.yaml", "app/portal/service.yaml", "app/registration/service.yaml"]


def test_two_services_may_not_share_a_priority(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"app/registration/service\.yaml: routes\.priority: 100 is portal's"):
        read_manifests(write(tmp_path, portal=HTTP, registration=HTTP))


def test_a_folder_without_services_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no service found"):
        read_manifests(tmp_path)


def needing(document: dict[str, Any], **queues: list[str]) -> dict[str, Any]:
    return {**document, "needs": {"queues": queues}}


def test_a_queue_that_one_service_writes_and_another_reads_is_the_platforms(tmp_path: Path) -> None:
    services = {"relay": needing(WORKER, write=["notification"]), "mailer": needing(WORKER, read=["notification"])}
    assert queues_of(read_manifests(write(tmp_path, **services))) == ["notification"]


@pytest.mark.parametrize(("side", "lacks"), [("write", "reads"), ("read", "writes to")])
def test_a_queue_with_one_end_is_refused(side: str, lacks: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as refusal:
        read_manifests(write(tmp_path, relay=needing(WORKER, **{side: ["notification"]})))
    assert str(refusal.value) == (
        f"app/relay/service.yaml: needs.queues.{side}.0: no service {lacks} 'notification'; "
        "allowed: a queue that one service at least reads and one writes"
    )


def test_a_queue_that_aws_fills_needs_a_reader_alone_and_no_service_writes_to_it(tmp_path: Path) -> None:
    assert queues_of(read_manifests(write(tmp_path, mailer=needing(WORKER, read=["mailfeedback"])))) == ["mailfeedback"]
    with pytest.raises(ManifestError) as refusal:
        read_manifests(write(tmp_path, relay=needing(WORKER, write=["mailfeedback"])))
    assert str(refusal.value) == (
        "app/relay/service.yaml: needs.queues.write.0: 'mailfeedback' is for what SES tells of mail that came back; "
        "allowed: a queue that services write to"
    )
