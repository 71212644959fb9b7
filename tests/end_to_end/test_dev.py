"""With development's settings: the literal commands, faulty settings, and a sandbox that has lost its cloud."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.end_to_end.platform import Platform, eventually

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def dev(platform: Platform) -> Platform:
    """The platform, brought up."""
    up = platform.prakerja("up", "--like", "dev")
    assert up.returncode == 0, up.stderr
    return platform


@pytest.fixture
def settings(dev: Platform) -> Iterator[Platform]:
    """The platform, whose settings a test may spoil."""
    yield dev
    dev.restore()


def test_six_machines_serve(dev: Platform) -> None:
    eventually(dev.everything_is_healthy, "every machine is healthy")
    assert len(dev.in_service()) == 6


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"deletion_protection:": "deletion_protecton:"}, ["deletion_protecton", "deletion_protection"]),
        ({"prakerja:database:": "prakerjaa:database:"}, ["prakerjaa"]),
        ({"root_volume_gib: 8": "root_volume_gib: large"}, ["root_volume_gib"]),
        ({"portal: {vms: 2,": "portal: {vms: 400,", "10.10.32.0/24": "10.10.32.0/28"}, ["subnet"]),
        ({"cidr: 10.10.0.0/16": "cidr: 10.10.0.0/99"}, ["prakerja:network.cidr", "CIDR"]),
        ({"max_connections: 100": "max_connections: 30"}, ["prakerja:database.max_connections", "30"]),
    ],
    ids=["misspelt key", "misspelt namespace", "wrong type", "fleet over its subnets", "bad CIDR", "connection budget"],
)
def test_faulty_settings_are_one_clear_line_before_any_resource(
    fault: dict[str, str], says: list[str], settings: Platform
) -> None:
    instances = settings.in_service()
    settings.edit("Pulumi.dev.yaml", fault)
    up = settings.prakerja("up")
    assert up.returncode == 1
    error = up.stderr.partition("\nerror: ")[2].strip()
    heading, *faults = error.splitlines()
    assert heading == "the stack file's settings can't be used:"
    assert 1 <= len(faults) <= 2, "one line a fault; a misspelt name is a missing one too"
    for word in says:
        assert word in error
    assert "Traceback" not in up.stderr
    assert settings.in_service() == instances


def test_status_says_when_the_settings_have_changed_since(settings: Platform) -> None:
    settings.edit("Pulumi.dev.yaml", {"portal: {vms: 2,": "portal: {vms: 3,"})
    assert settings.status()["stale"] is True


def test_the_other_environment_is_refused_until_this_one_is_erased(dev: Platform) -> None:
    up = dev.prakerja("up", "--like", "prod")
    assert up.returncode == 4
    assert "./prakerja down --erase" in up.stderr


def test_destroy_and_up_work_by_the_literal_commands(dev: Platform) -> None:
    assert dev.prakerja("up").returncode == 0  # takes up the settings as they are now
    destroy = dev.shell("pulumi destroy --yes --skip-preview")
    assert destroy.returncode == 0, destroy.stdout + destroy.stderr
    assert dev.in_service() == {}
    up = dev.shell("pulumi up --yes --skip-preview")
    assert up.returncode == 0, up.stdout + up.stderr
    eventually(dev.site_answers, "the site answers")


def test_an_interrupted_up_carries_on(dev: Platform) -> None:
    assert dev.shell("pulumi destroy --yes --skip-preview").returncode == 0
    up = dev.start("up")
    eventually(
        lambda: bool(dev.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]),
        "the network is made",
    )
    up.send_signal(signal.SIGINT)
    _, errors = up.communicate(timeout=120)
    assert up.returncode == 130, errors
    again = dev.prakerja("up")
    assert again.returncode == 0, again.stderr
    eventually(dev.everything_is_healthy, "every machine is healthy")


def test_an_engine_that_was_killed_does_not_lock_the_stack_and_what_it_left_is_explained(dev: Platform) -> None:
    assert dev.shell("pulumi destroy --yes --skip-preview").returncode == 0
    dev.shell("pulumi up --yes --skip-preview & sleep 4; kill -KILL $!; wait")
    again = dev.prakerja("up")
    assert "its lock is given back" in again.stderr
    if again.returncode != 0:  # it was creating something, which the cloud may have made all the same
        assert "The engine was killed before while it created" in again.stderr
        assert dev.prakerja("down", "--erase").returncode == 0
        again = dev.prakerja("up", "--like", "dev")
    assert again.returncode == 0, again.stderr


def test_a_sandbox_that_has_lost_its_cloud_starts_clean_and_says_why(dev: Platform) -> None:
    assert dev.prakerja("down").returncode == 0
    dev.checkout.state.cloud_snapshot.unlink()
    up = dev.prakerja("up")
    assert up.returncode == 0, up.stderr
    assert "cloud.pickle) is gone" in up.stderr
    eventually(dev.everything_is_healthy, "every machine is healthy")


def test_nothing_tracked_has_changed(dev: Platform) -> None:
    assert dev.changed_files() == ""


def test_erasing_discards_the_sandbox_and_nothing_else(dev: Platform) -> None:
    assert dev.prakerja("down", "--erase").returncode == 0
    assert not dev.checkout.state.directory.exists()
    assert not dev.checkout.stack_file.exists()
    assert subprocess.run([dev.directory / "prakerja", "status"], check=False, capture_output=True).returncode == 3
