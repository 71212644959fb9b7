"""Where containers' output is: one file a run of a container, all in one directory."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_UID_DIGITS = 8


class PodLogs:
    """The log files of pods: `<namespace>_<pod>_<uid>_<container>_<attempt>.log`, of the uid 8 digits."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def file(self, pod: Json, container: str, attempt: int) -> Path:
        """The log of one run of a container."""
        return self._directory / f"{_prefix(pod)}{container}_{attempt}.log"

    def drop_old(self, pod: Json, container: str, attempt: int) -> None:
        """Drop what is older than the run before this one."""
        for old in range(attempt - 1):
            self._drop(self.file(pod, container, old))

    def drop_pod(self, pod: Json) -> None:
        """Drop all logs of a pod that has gone."""
        for file in self._directory.glob(f"{_prefix(pod)}*.log"):
            self._drop(file)

    def sweep(self, pods: Collection[Json]) -> None:
        """Drop the logs of all pods but these."""
        kept = tuple(_prefix(pod) for pod in pods)
        for file in self._directory.glob("*_*_*_*_*.log"):
            if not file.name.startswith(kept):
                self._drop(file)

    @staticmethod
    def _drop(file: Path) -> None:
        for path in (file, file.with_suffix(".log.1")):
            path.unlink(missing_ok=True)


def _prefix(pod: Json) -> str:
    metadata = pod["metadata"]
    return f"{metadata['namespace']}_{metadata['name']}_{metadata['uid'][:_UID_DIGITS]}_"
