"""What the sandbox's data plane and its cluster say is wrong with what they run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from operations.checkout import Checkout


def troubles(checkout: Checkout) -> list[str]:
    """One line each, alike ones once: the machine, database, cache, load balancer or cluster, and what it says."""
    run = checkout.state.run
    parts: dict[str, Any] = {}
    if document := _read(run / "dataplane.json"):
        parts |= {"load balancer": document["haproxy"]}
        parts |= {f"database {name}": database for name, database in document["databases"].items()}
        parts |= {f"cache {name}": cache for name, cache in document["caches"].items()}
        parts |= {f"machine {name}": machine for name, machine in document["instances"].items()}
    if cluster := _read(run / "kubernetes.json"):
        parts |= {"cluster": cluster}
    by_error = {part["error"]: name for name, part in reversed(parts.items()) if part["error"]}
    return [f"{name}: {error}" for error, name in reversed(by_error.items())]


def _read(file: Path) -> dict[str, Any]:
    """What a part of the sandbox has written of itself; nothing where it has not begun."""
    try:
        document: dict[str, Any] = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    return document
