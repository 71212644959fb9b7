"""What the vendors have of us, on disk: a file a vendor, beside and apart from Pulumi's own state.

Whoever changes it by hand does what somebody does in a vendor's console.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.provider.values import Properties

_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One resource.

    id: the vendor's. inputs: what was asked for, less what the vendor never answers. added: what the vendor added.
    """

    id: str
    inputs: Properties
    added: Properties


Entries = dict[str, dict[str, Entry]]
"""By type token, then by place."""


class TakenError(ValueError):
    """Something is at the place already."""


class GoneError(LookupError):
    """Nothing is at the place any more."""


class Record:
    """One vendor's file. Any number of threads and processes may use it at once: each change is whole or not at all.

    It may hold secrets, so that only its owner reads it. Nothing is written before something is recorded.
    """

    def __init__(self, directory: Path, vendor: str) -> None:
        self._file = directory / f"{vendor}.json"
        self._lock_file = directory / f"{vendor}.lock"

    def entries(self) -> Entries:
        """All that is recorded."""
        try:
            document = json.loads(self._file.read_text())
        except FileNotFoundError:
            return {}
        return {
            token: {place: Entry(**entry) for place, entry in places.items()}
            for token, places in document["resources"].items()
        }

    def find(self, token: str, place: str) -> Entry | None:
        """What is at a place; None where nothing is."""
        return self.entries().get(token, {}).get(place)

    def add(self, token: str, place: str, entry: Entry, *, over: bool = False) -> None:
        """Record something new. over: it may take another's place. Raises TakenError."""
        with self._changing() as entries:
            places = entries.setdefault(token, {})
            if place in places and not over:
                raise TakenError(f"there is a {token} {place} already")
            places[place] = entry

    def replace(self, token: str, place: str, entry: Entry) -> None:
        """Change what is at a place. Raises GoneError."""
        with self._changing() as entries:
            if place not in entries.get(token, {}):
                raise GoneError(f"there is no {token} {place}")
            entries[token][place] = entry

    def remove(self, token: str, place: str) -> bool:
        """Forget what is at a place; whether there was something."""
        with self._changing() as entries:
            return entries.get(token, {}).pop(place, None) is not None

    @contextmanager
    def _changing(self) -> Iterator[Entries]:
        """Hold the file while it is changed; it is written where the block does not raise."""
        with self._lock_file.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            entries = self.entries()
            yield entries
            self._write(entries)

    def _write(self, entries: Entries) -> None:
        kept = {
            token: {place: asdict(entry) for place, entry in places.items()}
            for token, places in entries.items()
            if places
        }
        temporary = self._file.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as output:
            json.dump({"version": _VERSION, "resources": kept}, output, indent=2, sort_keys=True)
        temporary.replace(self._file)
