"""Starting clean where the sandbox's cloud and the engine's state no longer belong together.

The cloud, the databases behind it and the engine's state of both are kept in three places. One that is lost makes the
others useless: the engine would look for resources that are not there, or make some that are there already.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from operations.checkout import Checkout


def set_aside(checkout: Checkout) -> str | None:
    """Move what is left of a lost cloud out of the way; to be called while no supervisor runs.

    Returns why, and where to, in a sentence; None where nothing is lost.
    """
    state = checkout.state
    if _has_resources(checkout.checkpoint) and not state.cloud_snapshot.exists():
        reason = f"the cloud's snapshot ({state.cloud_snapshot.name}) is gone, but the engine knows of resources in it"
    elif checkout.like() and state.cloud_snapshot.exists() and not checkout.checkpoint.exists():
        reason = "the engine's state is gone, but the cloud still holds what it made"
    else:
        return None
    target = state.directory / f"lost-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    target.mkdir()
    for path in (checkout.backend, state.database, state.cloud_snapshot, checkout.like_file):
        if path.exists():
            path.rename(target / path.name)
    state.create()
    return f"{reason}: starting clean; what was left is in {target}"


def _has_resources(checkpoint: Path) -> bool:
    if not checkpoint.exists():
        return False
    deployment = json.loads(checkpoint.read_text())["checkpoint"].get("latest") or {}
    return bool(deployment.get("resources"))
