"""Virtual machines as processes: they boot, come back, drain and go."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.dataplane.unprivileged import UNPRIVILEGED_USER
from tests.sandbox.dataplane import platform
from tests.sandbox.dataplane.artefact import MIGRATE, build
from tests.sandbox.dataplane.conftest import RunningDataPlane, alive, kill

pytestmark = pytest.mark.sandbox


def launch(running: RunningDataPlane, count: int, **options: Any) -> None:
    """Put `count` instances behind the site's load balancer."""
    data = platform.user_data(running.sha256, **options)
    instances = [platform.instance(number + 1, data) for number in range(count)]

    def change(state: Any) -> None:
        platform.add_instances(state, data, instances)
        state["target_groups"] = [platform.target_group("registration", instances)]
        state["load_balancers"] = [
            platform.load_balancer(platform.rule(10, platform.paths("/*"), platform.forward(registration=1)))
        ]

    running.cloud.update(change)


def machine(running: RunningDataPlane, number: int = 1) -> dict[str, Any]:
    return dict(running.status()["instances"][f"i-{number:017x}"])


def running_pid(running: RunningDataPlane, number: int = 1) -> int | None:
    found = running.status().get("instances", {}).get(f"i-{number:017x}", {})
    return found.get("pid") if found.get("state") == "running" else None


def test_a_hundred_machines_are_healthy_within_seconds_each_at_its_own_address(data_plane: RunningDataPlane) -> None:
    launch(data_plane, 100)
    data_plane.await_healthy(100, seconds=30)
    with httpx.Client(base_url=data_plane.site) as client:
        served = {client.get("/").headers["x-served-by"] for _ in range(100)}
    assert served == {f"i-{number:017x}" for number in range(1, 101)}


def test_a_service_gets_its_user_data_and_what_the_machine_provides(data_plane: RunningDataPlane) -> None:
    launch(data_plane, 1, PRAKERJA_DATABASE_CA_BUNDLE="/etc/prakerja/rds-ca.pem", AWS_REGION="ap-southeast-3")
    data_plane.await_healthy(1)
    lines = httpx.get("http://127.99.1.1:8080/environment").text.splitlines()
    environment = dict(line.split("=", 1) for line in lines)
    assert environment["PRAKERJA_SERVICE"] == "registration"
    assert environment["PRAKERJA_LISTEN_HOST"] == "127.99.1.1"
    assert environment["PRAKERJA_RELEASE"] == data_plane.sha256[:12]
    assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert Path(environment["PRAKERJA_DATABASE_CA_BUNDLE"]) == data_plane.state.secrets / "ca.pem"
    assert environment.keys().isdisjoint({"PYTHONPATH", "VIRTUAL_ENV", "SSH_AUTH_SOCK"})


def test_a_service_inherits_no_descriptor_and_is_not_root(data_plane: RunningDataPlane) -> None:
    launch(data_plane, 1)
    data_plane.await_healthy(1)
    status = Path(f"/proc/{machine(data_plane)['pid']}/status").read_text()
    user = int(next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1])
    assert user == (UNPRIVILEGED_USER if os.geteuid() == 0 else os.geteuid())
    descriptors = httpx.get("http://127.99.1.1:8080/descriptors").text.splitlines()
    others = [found for found in descriptors if not found.endswith(".log") and found != "/dev/null"]
    # its own: the event loop, its wake-up pair, its listening socket, this connection, the listing
    assert len(others) <= 6, others


def test_a_killed_service_is_restarted(data_plane: RunningDataPlane) -> None:
    launch(data_plane, 2)
    data_plane.await_healthy(2)
    first = machine(data_plane)["pid"]
    kill(first)
    data_plane.until(lambda: running_pid(data_plane) not in {None, first}, "restarted service", 5)


def test_a_killed_warm_parent_takes_its_machines_along_and_all_come_back(data_plane: RunningDataPlane) -> None:
    launch(data_plane, 5)
    data_plane.await_healthy(5)
    before = {machine(data_plane, number)["pid"] for number in range(1, 6)}
    kill(machine(data_plane)["warm_parent_pid"])
    data_plane.until(lambda: not any(alive(process) for process in before), "end of the old machines", 5)
    data_plane.until(
        lambda: all(running_pid(data_plane, number) not in {None, *before} for number in range(1, 6)), "new machines"
    )


def test_a_killed_data_plane_leaves_nothing_running(data_plane: RunningDataPlane) -> None:
    data_plane.cloud.secrets[platform.MASTER_SECRET] = '{"username": "master", "password": "p"}'
    data_plane.cloud.update(lambda state: state.update(databases=[platform.database()]))
    launch(data_plane, 3)
    data_plane.await_healthy(3)
    data_plane.until(lambda: data_plane.status()["databases"]["prakerja"]["ready"], "database")
    processes = descendants(data_plane.process.pid)
    assert len(processes) > 6
    kill(data_plane.process.pid)
    data_plane.until(lambda: not any(alive(process) for process in processes), "end of all processes", 10)


def test_a_terminated_machine_drains_ends_and_is_released(data_plane: RunningDataPlane) -> None:
    launch(data_plane, 2, drain=0.5)
    data_plane.await_healthy(2)
    process = machine(data_plane)["pid"]
    identifier = f"i-{1:017x}"

    def terminate(state: Any) -> None:
        state["instances"][0]["state"] = "terminated"
        state["target_groups"][0]["targets"][0]["draining"] = True

    data_plane.cloud.update(terminate)
    data_plane.until(lambda: data_plane.cloud.reports(f"instances/{identifier}"), "release")
    assert not alive(process)
    assert "drained" in (data_plane.state.logs / "vm" / f"{identifier}.log").read_text()


def test_sigterm_stops_everything_within_seconds(data_plane: RunningDataPlane) -> None:
    data_plane.cloud.secrets[platform.MASTER_SECRET] = '{"username": "master", "password": "p"}'
    data_plane.cloud.update(lambda state: state.update(databases=[platform.database()]))
    launch(data_plane, 10)
    data_plane.await_healthy(10)
    data_plane.until(lambda: data_plane.status()["databases"]["prakerja"]["ready"], "database")
    processes = descendants(data_plane.process.pid)
    data_plane.process.send_signal(signal.SIGTERM)
    assert data_plane.process.wait(10) == 0
    assert not any(alive(process) for process in processes)


def test_an_artefact_that_is_not_what_its_digest_says_is_not_run(data_plane: RunningDataPlane) -> None:
    data_plane.cloud.objects[f"/artefacts/artefacts/{data_plane.sha256}.tar"] += b"more"
    launch(data_plane, 1)
    data_plane.until(lambda: "has digest" in str(error_of(data_plane)), "refusal")
    assert list(data_plane.state.artefacts.iterdir()) == []


def test_a_python_that_is_not_there_is_named(data_plane: RunningDataPlane) -> None:
    launch(data_plane, 1, python="3.99")
    data_plane.until(lambda: "Python 3.99" in str(error_of(data_plane)), "error that names it")
    assert "python3.99" in data_plane.log
    assert data_plane.cloud.health()[f"i-{1:017x}:8080"]["state"] == "initial"


def test_a_role_that_may_not_fetch_the_artefact_does_not_get_it(data_plane: RunningDataPlane) -> None:
    launch(data_plane, 1)
    data_plane.await_healthy(1)
    other = platform.user_data(data_plane.sha256, OTHER="1")

    def change(state: Any) -> None:
        platform.add_instances(state, other, [platform.instance(2, other) | {"instance_profile_arn": None}])

    data_plane.cloud.update(change)
    data_plane.until(lambda: "does not allow s3:GetObject" in str(error_of(data_plane, 2)), "refusal")


def test_a_new_release_runs_beside_the_old_until_that_has_gone(data_plane: RunningDataPlane) -> None:
    launch(data_plane, 1)
    data_plane.await_healthy(1)
    old_parent = machine(data_plane)["warm_parent_pid"]
    sha256, data = build(migrate=MIGRATE + "# another release")
    data_plane.cloud.objects[f"/artefacts/artefacts/{sha256}.tar"] = data
    text = platform.user_data(sha256)
    data_plane.cloud.update(lambda state: platform.add_instances(state, text, [platform.instance(2, text)]))
    data_plane.until(lambda: running_pid(data_plane, 2), "new release")
    assert httpx.get("http://127.99.1.2:8080/").headers["x-release"] == sha256[:12]
    assert alive(old_parent)
    data_plane.cloud.update(lambda state: state["instances"][0].update(state="terminated"))
    data_plane.until(lambda: not alive(old_parent), "end of the old warm parent")


def test_a_restarted_cloud_is_told_all_health_anew(data_plane: RunningDataPlane) -> None:
    launch(data_plane, 2)
    data_plane.await_healthy(2)
    data_plane.cloud.restart()
    data_plane.await_healthy(2)


def test_the_maintenance_host_migrates_once_and_says_how_it_went(data_plane: RunningDataPlane) -> None:
    text = platform.maintenance_user_data(PRAKERJA_DATABASE_HOST="127.99.9.5")
    command = f"/usr/local/sbin/prakerja-migrate {data_plane.sha256}"

    def change(state: Any) -> None:
        platform.add_instances(state, text, [platform.instance(1, text)])
        state["associations"] = [
            platform.association("good", [command]),
            platform.association("other", ["rm -rf /"]),
        ]

    data_plane.cloud.update(change)
    good = data_plane.until(lambda: data_plane.cloud.reports("associations/good"), "outcome")
    other = data_plane.until(lambda: data_plane.cloud.reports("associations/other"), "outcome")
    user = UNPRIVILEGED_USER if os.geteuid() == 0 else os.geteuid()
    assert good[0]["status"] == "Success"
    assert f"migrating with 127.99.9.5 as {user}" in good[0]["message"]
    assert other[0]["status"] == "Failed"
    assert "rm -rf /" in other[0]["message"]


def test_a_failed_migration_is_reported_with_what_it_said(data_plane: RunningDataPlane) -> None:
    text = platform.maintenance_user_data(PRAKERJA_DATABASE_HOST="127.99.9.5", MIGRATION="broken")
    command = f"/usr/local/sbin/prakerja-migrate {data_plane.sha256}"

    def change(state: Any) -> None:
        platform.add_instances(state, text, [platform.instance(1, text)])
        state["associations"] = [platform.association("one", [command])]

    data_plane.cloud.update(change)
    outcome = data_plane.until(lambda: data_plane.cloud.reports("associations/one"), "outcome")[0]
    assert outcome["status"] == "Failed"
    assert "the migration is broken" in outcome["message"]


def error_of(running: RunningDataPlane, number: int = 1) -> str | None:
    found = running.status().get("instances", {}).get(f"i-{number:017x}", {})
    error: str | None = found.get("error")
    return error


def descendants(process: int) -> list[int]:
    found = []
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        found += [int(child), *descendants(int(child))]
    return found
