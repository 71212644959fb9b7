"""Rollouts are watched to their ends on machines and in containers, and given up where they don't progress in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from operations.exit_codes import ExitCode, OperationError
from operations.release_sides import Side, SideRollout, WayBack, way_back

_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Failure:
    """Why a service's rollout is given up, and the way back."""

    reason: str
    way_back: WayBack


def follow(sides: Sequence[Side], program: str, tell: Callable[[str], None], patience: float | None = None) -> None:
    """See every rollout to its end; a service goes back, on both sides, where either doesn't get healthy in time.

    program: the release that the program's last update deployed. patience: seconds in which a new machine or pod has to
    become healthy; None for the platform's own.
    Raises OperationError: GATE_FAILED where what the program's last update made does not run in the end.
    """
    failed = Watch(sides, tell, patience).until_settled()
    if failed:
        for name, why in failed.items():
            tell(f"{name} goes back")
            why.way_back.take()
        # With the platform's own patience: who has little for a new release gains nothing by giving up the old one too.
        worse = Watch(sides, tell, None, list(failed)).until_settled()
        reasons = "; ".join(f"{name}: {why.reason}" for name, why in failed.items())
        if worse:
            again = "; ".join(f"{name}: {why.reason}" for name, why in worse.items())
            raise OperationError(f"{reasons}; and the way back failed too: {again}")
        left = [f". {one}" for why in failed.values() for one in why.way_back.stays]
        raise OperationError(f"rolled back: {reasons}{''.join(left)}. {still_named(program)}", ExitCode.GATE_FAILED)
    behind = {name: None for side in sides for name in side.services if side.behind(name, program)}
    if behind:
        raise OperationError(f"{', '.join(behind)}: rolled back before. {still_named(program)}", ExitCode.GATE_FAILED)


def still_named(program: str) -> str:
    """What is said after a way back."""
    return f"The program still names release {program}: revert or mend it, for `pulumi up` would roll it out again"


class Watch:
    """Watches services' rollouts until each has ended, or is to be given up."""

    def __init__(
        self,
        sides: Sequence[Side],
        tell: Callable[[str], None],
        patience: float | None,
        services: Sequence[str] | None = None,
    ) -> None:
        """patience: seconds in which a machine or a pod has to become healthy; None for the platform's own.

        services: those to watch, by default all.
        """
        self._sides = sides
        self._tell = tell
        self._patience = patience
        self._open = [(side, name) for side in sides for name in side.services if services is None or name in services]
        self._seen_under_way: set[tuple[str, str]] = set()
        self._updated: dict[tuple[str, str], int] = {}
        self._since: dict[tuple[str, str], float] = {}
        self._failed: dict[str, Failure] = {}

    def until_settled(self) -> dict[str, Failure]:
        """Wait; returns what has failed, by service."""
        while True:
            current = [(side, side.read(name)) for side, name in self._open]
            self._tell(" · ".join(f"{rollout.service} {rollout.progress}" for _, rollout in current))
            going_on = [(side, rollout.service) for side, rollout in current if self._goes_on(side, rollout)]
            self._open = [(side, name) for side, name in going_on if name not in self._failed]
            if not self._open:
                return self._failed
            time.sleep(_POLL_SECONDS)

    def _goes_on(self, side: Side, rollout: SideRollout) -> bool:
        key = (side.word, rollout.service)
        if rollout.failure and (rollout.under_way or key in self._seen_under_way):
            self._give_up(side, rollout, rollout.failure)
            return False
        if not rollout.under_way:
            return False
        self._seen_under_way.add(key)
        now = time.monotonic()
        if rollout.updated > self._updated.get(key, -1) or not rollout.awaited:
            self._updated[key], self._since[key] = rollout.updated, now
        patience = rollout.grace_seconds if self._patience is None else self._patience
        if now - self._since[key] <= patience:
            return True
        self._give_up(side, rollout, f"new {side.word} did not become healthy within {patience:.0f} s")
        return False

    def _give_up(self, side: Side, rollout: Any, reason: str) -> None:
        if rollout.service not in self._failed:
            self._failed[rollout.service] = Failure(reason, way_back(self._sides, rollout.service, side))
