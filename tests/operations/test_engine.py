"""What the engine's events tell is counted, its errors are kept once, and what holds values is not kept."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from operations.checkout import Checkout
from operations.engine import Update, release_stale_locks, unfinished_creations, update
from operations.exit_codes import ExitCode, OperationError

pytestmark = pytest.mark.unit

VPC = "urn:pulumi:sandbox::prakerja::aws:ec2/vpc:Vpc::network"


def resource(operation: str) -> dict[str, Any]:
    return {"resOutputsEvent": {"metadata": {"op": operation, "urn": VPC}}}


def diagnostic(severity: str, message: str, urn: str = "") -> dict[str, Any]:
    return {"diagnosticEvent": {"severity": severity, "message": message, "urn": urn}}


def test_resources_are_counted_and_so_are_those_that_changed() -> None:
    update = Update()
    for operation in ("same", "same", "create", "update"):
        update.take(resource(operation))
    assert (update.done, update.changed) == (4, 2)


def test_the_resource_that_the_rest_waits_for_is_named() -> None:
    update = Update()
    for name in ("network", "subnet", "route"):
        update.take({"resourcePreEvent": {"metadata": {"op": "create", "urn": VPC.replace("network", name)}}})
    assert update.summary().endswith("create network")
    update.take(resource("create"))
    assert update.summary().endswith("create subnet")


def test_an_error_names_its_resource() -> None:
    update = Update()
    update.take(diagnostic("error", "CIDR overlaps\n", VPC))
    assert update.errors == ["network: CIDR overlaps"]


def test_an_error_of_the_program_is_its_message_alone() -> None:
    update = Update()
    stack = "urn:pulumi:sandbox::prakerja::pulumi:pulumi:Stack::prakerja-sandbox"
    update.take(diagnostic("error", "prakerja:vms.image is missing", stack))
    assert update.errors == ["prakerja:vms.image is missing"]


def test_debugging_messages_are_dropped() -> None:
    update = Update()
    update.take(diagnostic("debug", "props={'password': 'secret'}"))
    assert "secret" not in repr(update)


def write_lock(checkout: Checkout, pid: int) -> None:
    locks = checkout.backend / ".pulumi" / "locks" / "organization" / "prakerja" / "sandbox"
    locks.mkdir(parents=True)
    (locks / "lock.json").write_text(json.dumps({"pid": pid, "username": "root", "hostname": "here"}))


def test_a_lock_of_an_engine_that_was_killed_is_given_back(checkout: Checkout) -> None:
    write_lock(checkout, pid=2**22 + 1)  # above the kernel's largest pid
    assert release_stale_locks(checkout) == 1
    assert release_stale_locks(checkout) == 0


def test_an_engine_at_work_is_left_alone_and_named(checkout: Checkout) -> None:
    write_lock(checkout, pid=os.getpid())
    with pytest.raises(OperationError, match=f"pid {os.getpid()}") as raised:
        release_stale_locks(checkout)
    assert raised.value.code is ExitCode.REFUSED


def test_what_a_killed_engine_was_creating_is_known(checkout: Checkout) -> None:
    assert unfinished_creations(checkout) == []
    operations = [{"type": "creating", "resource": {"urn": VPC}}, {"type": "updating", "resource": {"urn": VPC}}]
    checkout.checkpoint.parent.mkdir(parents=True)
    checkout.checkpoint.write_text(json.dumps({"checkpoint": {"latest": {"pending_operations": operations}}}))
    assert unfinished_creations(checkout) == ["network"]


@pytest.mark.parametrize("thrown_away", [False, True])
def test_the_state_is_kept_after_each_step_of_all_but_a_stack_that_is_thrown_away(
    checkout: Checkout, *, thrown_away: bool
) -> None:
    pulumi = checkout.binaries / "pulumi"
    pulumi.parent.mkdir(exist_ok=True)
    pulumi.write_text("#!/bin/sh\nexec env > environment\n")
    pulumi.chmod(0o755)
    update(checkout, lambda _: None, thrown_away=thrown_away)
    environment = (checkout.repository / "environment").read_text().splitlines()
    assert ("PULUMI_SKIP_CHECKPOINTS=true" in environment) is thrown_away
