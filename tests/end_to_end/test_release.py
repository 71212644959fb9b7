"""Releases and failures under load, with development's settings: what users notice, counted by a load generator."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from operations.load import Load, Outcome, during
from tests.end_to_end.platform import Platform, eventually

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

PATHS = ("/", "/pendaftaran")
BOTH_SIDES = ("portal", "registration")
PER_SECOND = 60
LOAD_SECONDS = 240  # the longest; ended when the test is done
HEALTH = "app/common/health.py"
ANSWER = '(b"ok\\n", 200)'
# Unhealthy on machines, whose names begin with i-: `pulumi up` itself waits ten minutes for a Deployment.
UNHEALTHY = '(b"bad\\n", 500 if __import__("os").environ["PRAKERJA_SERVED_BY"].startswith("i-") else 200)'
# ALB asks every 10 s and wants 2 failures (stacks' target groups): so long may a dead machine get requests.
NOTICE_SECONDS = 20


@pytest.fixture(scope="module")
def dev(platform: Platform) -> Platform:
    """The platform, brought up."""
    up = platform.prakerja("up", "--like", "dev")
    assert up.returncode == 0, up.stderr
    eventually(platform.everything_is_healthy, "every machine is healthy")
    return platform


@pytest.fixture
def under_load(dev: Platform, tmp_path: Path) -> Callable[[Callable[[], None]], Outcome]:
    """Does something under load and says what became of the requests made meanwhile."""

    def run(action: Callable[[], None]) -> Outcome:
        load = Load(dev.site, PATHS, per_second=PER_SECOND, seconds=LOAD_SECONDS, results=tmp_path / "results")

        def act_and_end() -> None:
            action()
            load.end()

        return during(load, act_and_end)

    return run


def releases(platform: Platform) -> dict[str, Any]:
    """`release --json`, by service."""
    services: dict[str, Any] = json.loads(platform.prakerja("release", "--json").stdout)["services"]
    return services


def running(platform: Platform, *services: str) -> set[str]:
    """The releases that any machine or pod runs, of some services or all."""
    return {
        release
        for name, service in releases(platform).items()
        if not services or name in services
        for side in service.values()
        if side is not None
        for release in side["running"]
    }


def template(platform: Platform, service: str) -> Any:
    """What a service's Deployment makes pods from."""
    return platform.kubernetes(f"deploy {service} -n {service}")["spec"]["template"]


def database_processes(platform: Platform) -> set[int]:
    """PostgreSQL's own first process, for each database."""
    report = json.loads((platform.checkout.state.run / "dataplane.json").read_text())["databases"]
    return {database["pid"] for database in report.values() if database["pid"]}


def machine_processes(platform: Platform) -> dict[str, int]:
    """The services' processes that run, by instance."""
    report = json.loads((platform.checkout.state.run / "dataplane.json").read_text())["instances"]
    return {
        name: machine["pid"]
        for name, machine in report.items()
        if machine["pid"] and Path(f"/proc/{machine['pid']}").exists()
    }


def test_a_release_rolls_without_a_failed_request(
    dev: Platform, under_load: Callable[[Callable[[], None]], Outcome]
) -> None:
    before, machines = running(dev), set(dev.in_service())
    dev.edit(HEALTH, {ANSWER: '(b"fine\\n", 200)'})

    def release() -> None:
        up = dev.prakerja("up")
        assert up.returncode == 0, up.stderr

    outcome = under_load(release)
    assert outcome.failed == 0, outcome
    assert outcome.requests > PER_SECOND
    (after,) = running(dev)
    assert before.isdisjoint({after})
    assert machines.isdisjoint(dev.in_service())
    found = releases(dev).values()
    assert {service["machines"]["refresh"]["status"] for service in found if service["machines"]} == {"Successful"}
    assert {service["containers"]["under_way"] for service in found} == {False}
    dev.restore()


def test_pods_that_never_become_ready_go_back_and_the_program_still_owns_what_they_run(dev: Platform) -> None:
    before = template(dev, "portal")
    dev.kubectl("set env -n portal deploy/portal PRAKERJA_DATABASE_HOST=127.0.0.9")
    assert releases(dev)["portal"]["containers"]["under_way"]
    waited = dev.prakerja("release", "--wait", "--patience", "15")
    assert waited.returncode == 5, waited.stderr
    assert "portal: new containers did not become healthy" in waited.stderr
    assert template(dev, "portal") == before
    managers = dev.kubernetes("deploy portal -n portal --show-managed-fields")["metadata"]["managedFields"]
    owners = [entry["manager"] for entry in managers if "f:template" in entry["fieldsV1"].get("f:spec", {})]
    assert len(owners) == 1
    assert owners[0].startswith("pulumi-kubernetes")
    assert dev.prakerja("release", "--wait").returncode == 0


def test_a_release_that_never_becomes_healthy_goes_back_unnoticed(
    dev: Platform, under_load: Callable[[Callable[[], None]], Outcome]
) -> None:
    before = running(dev, *BOTH_SIDES)
    dev.edit(HEALTH, {ANSWER: UNHEALTHY})
    results = []

    def release() -> None:
        up = dev.shell("pulumi up --yes --skip-preview")
        assert up.returncode == 0, up.stdout + up.stderr
        results.append(dev.prakerja("release", "--wait", "--patience", "20"))

    outcome = under_load(release)
    assert results[0].returncode == 5, results[0].stderr
    assert "rolled back" in results[0].stderr
    assert outcome.failed == 0, outcome
    eventually(lambda: running(dev, *BOTH_SIDES) == before, "only the release before runs, in containers too")
    assert dev.prakerja("release", "--wait").returncode == 5, "the program's release is still not what runs"
    dev.restore()


def test_going_back_takes_the_release_before(dev: Platform) -> None:
    dev.edit(HEALTH, {ANSWER: '(b"next\\n", 200)'})
    before = running(dev)
    up = dev.prakerja("up")
    assert up.returncode == 0, up.stderr
    assert before.isdisjoint(running(dev))
    assert all(service["containers"]["desired"] not in before for service in releases(dev).values())
    back = dev.prakerja("release", "rollback")
    assert back.returncode == 0, back.stderr
    assert "still names release" in back.stderr
    assert running(dev) == before
    dev.restore()


def test_a_third_of_the_machines_killed_come_back_in_place(
    dev: Platform, under_load: Callable[[Callable[[], None]], Outcome]
) -> None:
    eventually(dev.everything_is_healthy, "every machine is healthy")
    machines = dev.in_service()
    processes = list(machine_processes(dev).values())
    assert len(processes) == len(machines)

    def all_restarted() -> bool:
        running = machine_processes(dev)
        return running.keys() == machines.keys() and set(processes[::3]).isdisjoint(running.values())

    def kill() -> None:
        for process in processes[::3]:
            os.kill(process, signal.SIGKILL)
        eventually(all_restarted, "all have a process again")
        eventually(dev.everything_is_healthy, "every machine is healthy again")

    outcome = under_load(kill)
    assert dev.in_service() == machines
    assert outcome.failed <= NOTICE_SECONDS * PER_SECOND * len(processes[::3]) / len(processes), outcome


def test_a_lost_zone_is_made_up_for(dev: Platform) -> None:
    machines = dev.in_service()
    zone = min(machines.values())
    lost = [instance for instance, where in machines.items() if where == zone]
    dev.client("ec2").terminate_instances(InstanceIds=lost)
    eventually(lambda: dev.in_service().keys().isdisjoint(lost), "the lost machines are out of service")
    eventually(dev.everything_is_healthy, "every machine is healthy again")
    assert len(dev.in_service()) == len(machines)


def test_a_database_that_listens_and_does_not_answer_is_not_ready(dev: Platform) -> None:
    [server] = database_processes(dev)
    os.kill(server, signal.SIGSTOP)  # its proxy, and the socket behind that, accept connections as ever
    try:
        assert dev.status()["database"] == {"ready": False}
    finally:
        os.kill(server, signal.SIGCONT)
    eventually(lambda: dev.status()["database"] == {"ready": True}, "the database is ready again")


def test_a_lost_database_comes_back_at_the_same_endpoint_and_services_reconnect(dev: Platform) -> None:
    [lost] = database_processes(dev)
    os.kill(lost, signal.SIGKILL)
    eventually(lambda: database_processes(dev) - {lost} != set(), "there is another process")
    eventually(dev.everything_is_healthy, "the database is ready again")
    eventually(dev.site_answers, "the site answers")
