"""Where the cloud or the engine's state of it is lost, `up` starts clean, says why, and keeps what is left."""

from __future__ import annotations

import json

import pytest

from operations.checkout import Checkout
from operations.lost_cloud import set_aside

pytestmark = pytest.mark.unit


def write_checkpoint(checkout: Checkout, resources: list[dict[str, str]]) -> None:
    checkout.checkpoint.parent.mkdir(parents=True)
    checkout.checkpoint.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}))


@pytest.fixture
def made(checkout: Checkout) -> Checkout:
    """A sandbox that was brought up."""
    write_checkpoint(checkout, [{"urn": "urn:pulumi:sandbox::prakerja::aws:ec2/vpc:Vpc::network"}])
    checkout.state.cloud_snapshot.touch()
    checkout.like_file.write_text("prod\n")
    (checkout.state.database / "data").touch()
    return checkout


def test_nothing_is_done_to_a_whole_sandbox(made: Checkout) -> None:
    assert set_aside(made) is None
    assert made.checkpoint.exists()


def test_nothing_is_done_before_anything_was_made(checkout: Checkout) -> None:
    assert set_aside(checkout) is None


def test_a_destroyed_stack_is_not_lost(checkout: Checkout) -> None:
    write_checkpoint(checkout, [])
    checkout.state.cloud_snapshot.touch()
    checkout.like_file.write_text("prod\n")
    assert set_aside(checkout) is None


def test_a_lost_snapshot_puts_state_and_database_aside(made: Checkout) -> None:
    made.state.cloud_snapshot.unlink()
    reason = set_aside(made)
    assert reason is not None
    assert "cloud.pickle) is gone" in reason
    assert not made.checkpoint.exists()
    assert list(made.state.database.iterdir()) == []
    (kept,) = made.state.directory.glob("lost-*")
    assert (kept / "database" / "data").exists()
    assert str(kept) in reason


def test_a_lost_engine_state_puts_the_cloud_aside(made: Checkout) -> None:
    made.checkpoint.unlink()
    reason = set_aside(made)
    assert reason is not None
    assert "engine's state is gone" in reason
    assert not made.state.cloud_snapshot.exists()
    assert set_aside(made) is None
