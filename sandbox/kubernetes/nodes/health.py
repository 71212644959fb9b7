"""A running container's probes together: startup first, then liveness and readiness."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp

from sandbox.kubernetes.nodes.probes import ProbeSettings, Verdict, keep_asking, probe_settings
from sandbox.kubernetes.nodes.status import ContainerState

Json = dict[str, Any]

OnFault = Callable[[str, str], None]
OnDeath = Callable[[str, float | None], None]


class ContainerHealth:
    """Keeps a container's `started` and `ready`, and says when it must be restarted.

    on_fault: gets the probe's name and what is wrong. on_death: gets the probe's name and its own grace period.
    """

    def __init__(
        self,
        specification: Json,
        address: str,
        state: ContainerState,
        session: aiohttp.ClientSession,
        on_fault: OnFault,
        on_death: OnDeath,
    ) -> None:
        self._specification = specification
        self._address = address
        self._state = state
        self._session = session
        self._on_fault = on_fault
        self._on_death = on_death
        self._kills = True

    def stop_killing(self) -> None:
        """Let no probe restart the container from now on: it is being ended."""
        self._kills = False

    @contextlib.asynccontextmanager
    async def watched(self, on_change: Callable[[], None]) -> AsyncIterator[None]:
        """Probe the container for as long as the context is entered."""
        probing = asyncio.create_task(self._probe(on_change))
        try:
            yield
        finally:
            probing.cancel()
            await asyncio.wait([probing])

    async def _probe(self, on_change: Callable[[], None]) -> None:
        startup, liveness, readiness = (
            self._settings(name) for name in ("startupProbe", "livenessProbe", "readinessProbe")
        )
        if startup and not self._state.started and not await self._passes(startup):
            return
        self._state.started = True
        self._state.ready = self._state.ready or readiness is None
        on_change()
        async with asyncio.TaskGroup() as probes:
            if liveness:
                probes.create_task(self._ask_liveness(liveness))
            if readiness:
                probes.create_task(self._ask_readiness(readiness, on_change))

    async def _passes(self, settings: ProbeSettings) -> bool:
        """Ask the startup probe until it has passed, or has failed for good."""
        verdict = Verdict(settings, initially=False)

        def on_answer(fault: str | None, stands: bool) -> bool:
            self._note("Startup", fault)
            if stands and fault:
                self._die("Startup", settings)
            return stands

        await keep_asking(self._session, self._address, settings, verdict, on_answer)
        return verdict.passed

    async def _ask_liveness(self, settings: ProbeSettings) -> None:
        def on_answer(fault: str | None, stands: bool) -> bool:
            self._note("Liveness", fault)
            if stands and fault:
                self._die("Liveness", settings)
                return True
            return False

        await keep_asking(self._session, self._address, settings, Verdict(settings, initially=True), on_answer)

    async def _ask_readiness(self, settings: ProbeSettings, on_change: Callable[[], None]) -> None:
        verdict = Verdict(settings, initially=self._state.ready)

        def on_answer(fault: str | None, _stands: bool) -> bool:
            self._note("Readiness", fault)
            if self._state.ready != verdict.passed:
                self._state.ready = verdict.passed
                on_change()
            return False

        await keep_asking(self._session, self._address, settings, verdict, on_answer)

    def _note(self, probe: str, fault: str | None) -> None:
        if fault:
            self._on_fault(probe, fault)

    def _die(self, probe: str, settings: ProbeSettings) -> None:
        if self._kills:
            self._on_death(probe, settings.grace)

    def _settings(self, name: str) -> ProbeSettings | None:
        probe = self._specification.get(name)
        return probe_settings(probe, self._specification.get("ports", [])) if probe else None
