"""The two sides that a service can run on, as rollouts and the ways back see them: machines and containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from operations.aws_apis import sandbox_apis
from operations.checkout import Checkout
from operations.cluster import Cluster
from operations.images import RELEASE_DIGITS, Images
from operations.pod_rollouts import PodRollouts
from operations.rollout import Rollouts


class SideRollout(Protocol):
    """How one service is on one side; grace_seconds and failure tell when it is to be given up."""

    @property
    def service(self) -> str: ...
    @property
    def under_way(self) -> bool: ...
    @property
    def updated(self) -> int: ...
    @property
    def awaited(self) -> bool: ...
    @property
    def grace_seconds(self) -> int: ...
    @property
    def failure(self) -> str | None: ...
    @property
    def progress(self) -> str: ...


class Side(Protocol):
    """All services on one side. A target is what one can go back to: a launch template's version, a ReplicaSet."""

    word: str

    @property
    def services(self) -> list[str]: ...
    def read(self, service: str) -> Any: ...
    def wanted_release(self, rollout: Any) -> str: ...
    def previous(self, rollout: Any) -> str: ...
    def release_of(self, rollout: Any, target: str) -> str: ...
    def at(self, rollout: Any, release: str) -> str | None: ...
    def go_back(self, rollout: Any, target: str) -> None: ...
    def behind(self, service: str, program: str) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Platform:
    """program: the release that the program's last update deployed."""

    machines: Rollouts
    containers: PodRollouts
    program: str

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both."""
        return self.machines, self.containers


@dataclass(frozen=True, kw_only=True)
class WayBack:
    """How a service goes back: each side to its target.

    stays: what is said of a side that can't go there.
    """

    steps: tuple[tuple[Side, Any, str], ...]
    stays: tuple[str, ...] = ()

    def take(self) -> None:
        """Begin; returns at once."""
        for side, rollout, target in self.steps:
            side.go_back(rollout, target)


def open_platform(checkout: Checkout, outputs: Mapping[str, Any]) -> Platform:
    """The running platform, as the stack's outputs name its parts."""
    services = outputs.get("services", {})
    placed = {place: {name: one for name, one in services.items() if one[place]} for place in ("vms", "containers")}
    return Platform(
        machines=Rollouts(checkout, placed["vms"]),
        containers=PodRollouts(
            Cluster(checkout.state.kubeconfig), Images(sandbox_apis(checkout)), placed["containers"]
        ),
        program=outputs["artefact"]["sha256"][:RELEASE_DIGITS],
    )


def way_back(sides: Sequence[Side], service: str, lead: Side) -> WayBack:
    """How a service goes back on every side that it is on.

    lead: the side that chooses, by what it ran before; the others go to the same release, or stay where they run it.
    Raises OperationError where that side has nothing to go back to.
    """
    rollout = lead.read(service)
    target = lead.previous(rollout)
    release = lead.release_of(rollout, target)
    steps, stays = [(lead, rollout, target)], []
    for side in sides:
        if side is lead or service not in side.services:
            continue
        rollout = side.read(service)
        runs = side.wanted_release(rollout)
        if runs == release:
            continue
        found = side.at(rollout, release)
        if found is not None:
            steps.append((side, rollout, found))
        else:
            share = 0 if side.word == "containers" else 100
            stays.append(
                f"{service}: its {side.word} stay on {runs}, as {release} never ran there or is no longer kept; "
                f"`./prakerja weight {service} {share}` takes traffic off them, where they have any"
            )
    return WayBack(steps=tuple(steps), stays=tuple(stays))
