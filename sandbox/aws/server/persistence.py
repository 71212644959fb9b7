"""Keeping the emulated cloud over restarts.

The state's file is written as a whole, beside the old one, and moved in its place: a reader sees the state before or
after, never half of it. After `kill -9` at most the changes of the last `DEBOUNCE` seconds (and of the write itself)
are lost, or of longer where there is so much that a write lasts; SIGTERM writes what is left.
"""

from __future__ import annotations

import io
import pickle
import threading
import time
import traceback
from pathlib import Path

from moto import __version__ as moto_version
from moto.backends import get_backend
from moto.core.base_backend import BackendDict, BaseBackend

from sandbox.aws.server.cloud import Cloud
from sandbox.aws.server.pickling import Pickler, Unpickler

FORMAT = 1
"""Grows when files written before can no longer be read."""

DEBOUNCE = 0.5
"""Seconds between a change and its write, so that a burst of changes is written once."""

SHARE = 10
"""At least so many times as long as a write lasted passes until the next: nothing else is done meanwhile."""

VERSIONS = {"format": FORMAT, "moto": moto_version}


class UnreadableStateError(RuntimeError):
    """The file holds a state that this program can't take up."""


def objects_beside(path: Path) -> Path:
    """The directory of the large S3 objects that belong to the state in `path`."""
    return path.with_suffix(".objects")


def dump(objects: Path) -> tuple[bytes, set[str]]:
    """Everything that moto holds, and the names of the files in `objects` that go with it.

    Call it with the cloud's lock held.
    """
    buffer = io.BytesIO()
    pickle.dump(VERSIONS, buffer)
    pickler = Pickler(buffer, objects)
    bucket_accounts = get_backend("s3").bucket_accounts  # type: ignore[attr-defined]
    backends = {str(services.service_name): list(services.iter_backends()) for services in _services_in_use()}
    pickler.dump((bucket_accounts, backends))
    return buffer.getvalue(), pickler.bodies


def restore(path: Path) -> None:
    """Put the backends that `path` holds in moto's place for them. Nothing happens where there is no such file.

    Raises UnreadableStateError, naming the file, where it is damaged or was written by another version.
    """
    if not path.exists():
        return
    hint = "discard it with the sandbox's state (`down --erase`), or run the version that wrote it"
    try:
        with path.open("rb") as file:
            versions = pickle.load(file)  # noqa: S301 - our own file, readable by this user only
            content = Unpickler(file, objects_beside(path)).load() if versions == VERSIONS else None
    except Exception as error:
        raise UnreadableStateError(f"{path} can't be read ({type(error).__name__}: {error}); {hint}") from error
    if content is None:
        raise UnreadableStateError(f"{path} was written by {versions}, this program reads {VERSIONS}; {hint}")
    bucket_accounts, backends = content
    get_backend("s3").bucket_accounts.update(bucket_accounts)  # type: ignore[attr-defined]
    for service, of_service in backends.items():
        for account, region, backend in of_service:
            get_backend(service)[account][region] = backend


def _services_in_use() -> list[BackendDict[BaseBackend]]:
    return list(BackendDict._instances)  # type: ignore[misc]  # noqa: SLF001 - moto keeps no other list of them


class StateWriter(threading.Thread):
    """Writes the cloud to `path` shortly after each change."""

    def __init__(self, cloud: Cloud, path: Path) -> None:
        super().__init__(name="state writer", daemon=True)
        self._cloud = cloud
        self._path = path
        self._objects = objects_beside(path)
        self._objects.mkdir(mode=0o700, exist_ok=True)
        self._written = cloud.changes
        self._stopping = threading.Event()
        self._lasted = 0.0

    def run(self) -> None:
        while not self._stopping.is_set():
            self._cloud.wait_for_change(self._written)
            self._stopping.wait(max(DEBOUNCE, SHARE * self._lasted))
            try:
                self.write()
            except Exception as error:  # noqa: BLE001 - the cloud goes on, and its health says what it can't do
                traceback.print_exc()
                self._written = self._cloud.changes
                self._cloud.fault = f"the state can't be written: {error}"

    def stop(self) -> None:
        """Write what has not been written yet, and end."""
        self._stopping.set()
        self._cloud.mark_changed()
        self.join()

    def write(self) -> None:
        """Write the present state, whether or not it has changed."""
        with self._cloud.lock:
            began = time.monotonic()
            changes = self._cloud.changes
            content, bodies = dump(self._objects)
            self._lasted = time.monotonic() - began
        temporary = self._path.with_suffix(".new")
        temporary.touch(mode=0o600)
        temporary.write_bytes(content)
        temporary.replace(self._path)
        for body in self._objects.iterdir():
            if body.name not in bodies:
                body.unlink()
        self._written = changes
        self._cloud.fault = None
