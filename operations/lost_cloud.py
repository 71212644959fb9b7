"""Starting clean where the sandbox's cloud and the engine's state no longer belong together.

The cloud, the databases behind it, what the vendors have, and the engine's state of it all are kept apart. One that is
lost makes the others useless: the engine would look for resources that are not there, or make some that are there
already.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from operations.checkout import Checkout


def loss(checkout: Checkout) -> str | None:
    """What is lost, in half a sentence; None where they belong together."""
    snapshot = checkout.state.cloud_snapshot
    if not checkout.checkpoint.exists():
        return "the engine's state is gone" if checkout.like() and snapshot.exists() else None
    try:
        has_resources = _has_resources(checkout.checkpoint)
    except ValueError:
        return f"the engine was killed while it wrote its state, and {checkout.checkpoint.name} can't be read"
    if has_resources and not snapshot.exists():
        return f"the cloud's snapshot ({snapshot.name}) is gone"
    return None


def set_aside(checkout: Checkout) -> Path:
    """Move what is left out of the way, and return where to; to be called while no supervisor runs."""
    state = checkout.state
    target = state.directory / f"lost-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    target.mkdir()
    for path in (checkout.backend, state.database, state.saas, state.cloud_snapshot, checkout.like_file):
        if path.exists():
            path.rename(target / path.name)
    state.create()
    return target


def _has_resources(checkpoint: Path) -> bool:
    deployment = json.loads(checkpoint.read_text())["checkpoint"].get("latest") or {}
    return bool(deployment.get("resources"))
