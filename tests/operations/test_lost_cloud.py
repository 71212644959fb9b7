"""Where the cloud or the engine's state of it is lost, `up` starts clean, says why, and keeps what is left."""

from __future__ import annotations

import json

import pytest

from operations.checkout import Checkout
from operations.lost_cloud import loss, set_aside

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
    (checkout.state.saas / "grafana.json").touch()
    return checkout


def test_a_whole_sandbox_is_not_lost(made: Checkout) -> None:
    assert loss(made) is None


def test_nothing_is_lost_before_anything_was_made(checkout: Checkout) -> None:
    assert loss(checkout) is None


def test_a_destroyed_stack_is_not_lost(checkout: Checkout) -> None:
    write_checkpoint(checkout, [])
    checkout.state.cloud_snapshot.touch()
    checkout.like_file.write_text("prod\n")
    assert loss(checkout) is None


def test_a_lost_snapshot_is_named(made: Checkout) -> None:
    made.state.cloud_snapshot.unlink()
    assert loss(made) == "the cloud's snapshot (cloud.pickle) is gone"


def test_a_lost_engine_state_is_named(made: Checkout) -> None:
    made.checkpoint.unlink()
    assert loss(made) == "the engine's state is gone"


@pytest.mark.parametrize("content", ["", '{"checkpoint": {"la'])
def test_a_half_written_engine_state_is_named(content: str, made: Checkout) -> None:
    made.checkpoint.write_text(content)
    assert "sandbox.json can't be read" in str(loss(made))


def test_what_is_left_is_kept_aside_and_nothing_is_lost_afterwards(made: Checkout) -> None:
    made.state.cloud_snapshot.unlink()
    kept = set_aside(made)
    assert (kept / "database" / "data").exists()
    assert (kept / "saas" / "grafana.json").exists()
    assert not made.checkpoint.exists()
    assert [*made.state.database.iterdir(), *made.state.saas.iterdir()] == []
    assert loss(made) is None
