"""Partners, the services that ask them, and where those are placed."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.manifest import Manifest
from stacks.stack_config import read_stack_config
from tests.stacks.environments import as_pulumi_hands_over, run_program, stack_file
from tests.stacks.test_stack_config import faults_of

pytestmark = pytest.mark.unit


def without_partners(placement: dict[str, Any]) -> dict[str, Any]:
    """Development's settings without a partner, and its identity service somewhere else."""
    config: dict[str, Any] = stack_file("dev")["config"]
    del config["prakerja:partners"]
    config["prakerja:services"]["identity"] = placement
    return config


@pytest.mark.parametrize("placement", [{"vms": 1}, {"vms": 0, "containers": {"minimum": 1, "maximum": 2}}])
def test_a_worker_whose_partner_is_lacking_is_placed_nowhere(
    placement: dict[str, Any], manifests: dict[str, Manifest]
) -> None:
    (fault,) = faults_of(without_partners(placement), manifests)
    assert fault == (
        "prakerja:services.identity: it asks identity, and prakerja:partners has no such partner; allowed: {vms: 0} "
        "without containers, or prakerja:partners.identity"
    )
    read_stack_config(as_pulumi_hands_over(without_partners({"vms": 0})), manifests)


def test_every_other_service_is_placed_somewhere(manifests: dict[str, Manifest]) -> None:
    config = stack_file("dev")["config"]
    config["prakerja:services"]["identity"] = {"vms": 0}
    config["prakerja:services"]["relay"] = {"vms": 0}
    nowhere = "neither virtual machines nor containers; allowed: vms from 1, containers, or both"
    assert faults_of(config, manifests) == [f"prakerja:services.{name}: {nowhere}" for name in ("relay", "identity")]


def test_a_partner_that_no_service_asks_is_refused(manifests: dict[str, Manifest]) -> None:
    config = stack_file("dev")["config"]
    config["prakerja:partners"]["wallet"] = config["prakerja:partners"]["identity"]
    assert faults_of(config, manifests) == [
        "prakerja:partners.wallet: no service asks it; allowed: one that a service asks (identity)"
    ]


def test_every_process_that_asks_has_a_request_a_second(manifests: dict[str, Manifest]) -> None:
    config = stack_file("dev")["config"]
    config["prakerja:partners"]["identity"]["requests_per_second"] = 2
    (fault,) = faults_of(config, manifests)
    assert fault == (
        "prakerja:partners.identity.requests_per_second: 2, and up to 3 processes ask; allowed: from 3, or fewer of "
        "the services that ask it"
    )


def test_an_environment_without_the_partner_has_the_queue_and_no_process_that_reads_it() -> None:
    made = run_program("dev", without_partners({"vms": 0}))
    assert "dev-identity" not in {one.name for one in made.of_type("kubernetes:apps/v1:Deployment")}
    placed = made.exports["services"]["identity"]
    assert (placed["vms"], placed["containers"]) == (None, None)
    assert [one for one in made.of_type("aws:sqs/queue:Queue") if one.name == "dev-queue-identity"]
    assert not [one for one in made.of_type("aws:secretsmanager/secret:Secret") if "partner" in one.name]
    (container,) = made.one("kubernetes:apps/v1:Deployment", "dev-registration").inputs["spec"]["template"]["spec"][
        "containers"
    ]
    assert "PRAKERJA_PARTNERS" not in {one["name"] for one in container["env"]}
