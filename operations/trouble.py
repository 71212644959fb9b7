"""What the sandbox's data plane says is wrong with what it runs."""

from __future__ import annotations

import json
from typing import Any

from operations.checkout import Checkout


def troubles(checkout: Checkout) -> list[str]:
    """One line each, alike ones once: the machine, database, cache or load balancer, and what it says."""
    try:
        document: dict[str, Any] = json.loads((checkout.state.run / "dataplane.json").read_text())
    except FileNotFoundError:  # it has not begun
        return []
    parts = {"load balancer": document["haproxy"]}
    parts |= {f"database {name}": database for name, database in document["databases"].items()}
    parts |= {f"cache {name}": cache for name, cache in document["caches"].items()}
    parts |= {f"machine {name}": machine for name, machine in document["instances"].items()}
    by_error = {part["error"]: name for name, part in reversed(parts.items()) if part["error"]}
    return [f"{name}: {error}" for error, name in reversed(by_error.items())]
