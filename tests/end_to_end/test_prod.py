"""With production's own settings: 100 machines over three zones, and nothing that was promised is ever lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx
import jsonschema
import pytest

from operations.status_report import SCHEMA_FILE
from sandbox.running import holder
from tests.end_to_end.browser import Browser
from tests.end_to_end.platform import Platform, eventually
from tests.end_to_end.processes import family, listening_addresses, named, still_running

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

MACHINES = 100


def applicant(number: int) -> dict[str, str]:
    """What the API takes; another person for each number from 1 to 9999."""
    return {
        "nik": f"320101670398{number:04d}",
        "family_card_number": "3201010101100001",
        "name": "Siti Rahmawati",
        "birth_date": "1998-03-27",
        "email": f"siti{number}@contoh.id",
        "telephone": "0812-3456-7890",
    }


def register(platform: Platform, number: int) -> httpx.Response:
    return httpx.post(f"{platform.site}/api/accounts", json=applicant(number))


def supervisor() -> int:
    held = holder()
    assert held is not None
    return held.pid


@pytest.fixture(scope="module")
def up(platform: Platform) -> subprocess.CompletedProcess[str]:
    """`up` from nothing."""
    up = platform.prakerja("up")
    assert up.returncode == 0, up.stderr
    return up


@pytest.fixture(scope="module")
def prod(platform: Platform, up: subprocess.CompletedProcess[str]) -> Platform:
    """The platform, brought up."""
    eventually(platform.everything_is_healthy, "every machine is healthy")
    return platform


def test_up_says_where_the_site_is_and_how_long_each_part_took(
    platform: Platform, up: subprocess.CompletedProcess[str]
) -> None:
    assert platform.site in up.stdout
    for part in ("Sandbox", "pulumi up", "Site"):
        assert part in up.stderr


def test_status_shows_a_hundred_healthy_machines_over_three_zones(prod: Platform) -> None:
    status = prod.status()
    jsonschema.validate(status, json.loads(SCHEMA_FILE.read_text()))
    vms = [service["vms"] for service in status["services"].values() if service["vms"]]
    assert sum(each["desired"] for each in vms) == sum(each["healthy"] for each in vms) == MACHINES
    assert all(len(each["zones"]) == 3 for each in vms)
    assert (status["like"], status["stale"], status["database"]) == ("prod", False, {"ready": True})


def test_exactly_the_instances_in_service_serve_evenly_over_three_zones(prod: Platform) -> None:
    in_service = prod.in_service()
    assert len(in_service) == MACHINES
    zones = Counter(in_service.values())
    assert len(zones) == 3
    assert max(zones.values()) - min(zones.values()) <= 2
    served = set()
    with httpx.Client(base_url=prod.site) as client:
        for _ in range(10 * MACHINES):
            served.add(client.get("/").headers["x-served-by"])
            served.add(client.get("/openapi.json").headers["x-served-by"])
    assert served == in_service.keys()


def test_a_second_up_changes_nothing(prod: Platform) -> None:
    in_service = prod.in_service()
    again = prod.prakerja("up")
    assert again.returncode == 0, again.stderr
    assert " 0 changed" in again.stderr
    assert prod.in_service() == in_service


def test_the_literal_preview_expects_no_changes(prod: Platform) -> None:
    preview = prod.shell("pulumi preview --expect-no-changes")
    assert preview.returncode == 0, preview.stdout + preview.stderr


def test_the_literal_refresh_finds_no_drift(prod: Platform) -> None:
    refresh = prod.shell("pulumi refresh --yes --skip-preview --expect-no-changes")
    assert refresh.returncode == 0, refresh.stdout + refresh.stderr


def test_destroy_is_refused_naming_all_that_is_protected_and_touches_nothing(prod: Platform) -> None:
    protected = json.loads(prod.shell("pulumi stack output protected").stdout)
    assert protected
    destroy = prod.shell("pulumi destroy --yes --skip-preview")
    assert destroy.returncode != 0
    assert [name for name in protected if f'::{name}"' not in destroy.stdout + destroy.stderr] == []
    untouched = prod.shell("pulumi preview --expect-no-changes")
    assert untouched.returncode == 0, untouched.stdout + untouched.stderr


def test_no_secret_is_in_the_engines_state_in_clear(prod: Platform) -> None:
    instance = prod.client("rds").describe_db_instances()["DBInstances"][0]
    arn = instance["MasterUserSecret"]["SecretArn"]
    password = json.loads(prod.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])["password"]
    assert password not in prod.checkout.checkpoint.read_text()


def test_everything_listens_on_loopback_only(prod: Platform) -> None:
    addresses = listening_addresses(family(supervisor()))
    assert len(addresses) > MACHINES
    assert [address for address in addresses if not address.is_loopback] == []


def test_another_command_at_the_same_time_is_refused_and_names_the_first(prod: Platform) -> None:
    first = prod.start("up")
    eventually(lambda: f"pid {first.pid}" in (prod.checkout.state.run / "operation.lock").read_text(), "it has begun")
    second = prod.prakerja("up")
    assert first.wait(120) == 0
    assert second.returncode == 4
    assert f"pid {first.pid}" in second.stderr
    assert str(prod.checkout.state.directory) in second.stderr


def test_another_checkouts_sandbox_is_refused_and_names_this_one(
    prod: Platform, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Platform(tmp_path_factory.mktemp("other"))
    up = other.prakerja("up")
    assert up.returncode == 4
    assert str(prod.checkout.state.directory) in up.stderr
    assert other.prakerja("down", "--erase").returncode == 0
    assert prod.site_answers()


def test_a_registration_by_the_form_is_kept(prod: Platform, tmp_path: Path) -> None:
    person = applicant(1)
    year, month, day = person.pop("birth_date").split("-")
    with Browser(tmp_path / "profile") as browser:
        browser.open(f"{prod.site}/daftar")
        for name, value in {**person, "birth_day": day, "birth_month": month, "birth_year": year}.items():
            browser.fill(name, value)
        browser.press_enter()
        assert "Pendaftaran Anda sudah tersimpan" in browser.text_of("h1")
    assert person["email"] in prod.emails()


def test_a_registration_outlives_kill_9_of_every_machine_and_of_postgresql(prod: Platform) -> None:
    assert register(prod, 2).status_code == 201
    killed = prod.running()
    assert len(killed) > MACHINES
    for pid in killed | named(family(supervisor()), "postgres"):
        with suppress(ProcessLookupError):  # PostgreSQL's children end by themselves once it has gone
            os.kill(pid, signal.SIGKILL)
    # Targets count as healthy until their next check has failed: what was killed must have gone from the report first.
    eventually(lambda: not killed & prod.running(), "what was killed is known to have ended")
    eventually(prod.everything_is_healthy, "every machine is healthy again", seconds=120)
    eventually(prod.database_answers, "the database has recovered")
    assert {applicant(1)["email"], applicant(2)["email"]} <= prod.emails()

    def is_known() -> bool:
        # A machine that is just being started again answers 502 until the balancer's next check has noticed, as ALB's.
        status = register(prod, 2).status_code
        assert status != 201, "the first registration was lost"
        return status == 409

    eventually(is_known, "the NIK is known")


def test_down_stops_everything_and_up_carries_on(prod: Platform) -> None:
    processes = family(supervisor())
    in_service = prod.in_service()
    assert prod.prakerja("down").returncode == 0
    assert still_running(processes) == set()
    assert prod.prakerja("status").returncode == 3
    up = prod.prakerja("up")
    assert up.returncode == 0, up.stderr
    assert " 0 changed" in up.stderr
    assert prod.in_service() == in_service
    assert applicant(2)["email"] in prod.emails()


def test_a_supervisor_killed_with_sigkill_leaves_nothing_and_the_next_up_works(prod: Platform) -> None:
    eventually(prod.everything_is_healthy, "every machine is healthy")
    assert register(prod, 3).status_code == 201
    processes = family(supervisor())
    os.kill(supervisor(), signal.SIGKILL)
    eventually(lambda: not still_running(processes), "nothing is left running", seconds=20)
    up = prod.prakerja("up")
    assert up.returncode == 0, up.stderr
    eventually(prod.everything_is_healthy, "every machine is healthy")
    assert applicant(3)["email"] in prod.emails()


def test_nothing_tracked_has_changed(prod: Platform) -> None:
    assert prod.changed_files() == ""
