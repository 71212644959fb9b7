"""How long the control plane takes until it is ready, seen from outside while `up` runs."""

from __future__ import annotations

import json
import threading
import time
from types import TracebackType

from operations.exit_codes import OperationError
from sandbox.state import SandboxState

_LOOK_SECONDS = 0.02


class ControlPlaneWatch:
    """A context; after it, `seconds` is the time from the beginning of the first start until it was ready."""

    def __init__(self, state: SandboxState) -> None:
        self._file = state.run / "kubernetes.json"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._seen: dict[str, float] = {}

    def __enter__(self) -> ControlPlaneWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    @property
    def seconds(self) -> float:
        """Raises OperationError where it was not seen to become ready."""
        if not {"starting", "ready"} <= self._seen.keys():
            raise OperationError("the control plane was not seen to become ready")
        return self._seen["ready"] - self._seen["starting"]

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            try:
                status = str(json.loads(self._file.read_text())["status"])
            except FileNotFoundError:
                continue
            self._seen.setdefault(status, time.monotonic())
