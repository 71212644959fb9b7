"""A container's probes: asked over HTTP, judged by thresholds, as the kubelet does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ProbeSettings:
    """A probe with Kubernetes' defaults filled in; all times in seconds."""

    path: str
    port: int
    headers: tuple[tuple[str, str], ...]
    initial_delay: float
    period: float
    timeout: float
    success_threshold: int
    failure_threshold: int
    grace: float | None


def probe_settings(probe: Json, ports: list[Json]) -> ProbeSettings:
    """Read an httpGet probe of a container with some named ports. Raises ValueError for a port nobody named."""
    request = probe["httpGet"]
    return ProbeSettings(
        path=request.get("path") or "/",
        port=port_number(request["port"], ports),
        headers=tuple((header["name"], header["value"]) for header in request.get("httpHeaders", [])),
        initial_delay=probe.get("initialDelaySeconds", 0),
        period=probe.get("periodSeconds", 10),
        timeout=probe.get("timeoutSeconds", 1),
        success_threshold=probe.get("successThreshold", 1),
        failure_threshold=probe.get("failureThreshold", 3),
        grace=probe.get("terminationGracePeriodSeconds"),
    )


def port_number(port: int | str, ports: list[Json]) -> int:
    """A port by number or by the name that a container gives it. Raises ValueError."""
    if isinstance(port, int):
        return port
    for candidate in ports:
        if candidate.get("name") == port:
            return int(candidate["containerPort"])
    raise ValueError(f"no port of the container is named {port!r}")


class Verdict:
    """What a row of answers amounts to: it turns once a threshold of equal answers in a row is reached."""

    def __init__(self, settings: ProbeSettings, *, initially: bool) -> None:
        self._thresholds = {True: settings.success_threshold, False: settings.failure_threshold}
        self._last: bool | None = None
        self._in_a_row = 0
        self.passed = initially

    def take(self, answer: bool) -> bool:
        """Take one answer; whether a threshold is reached, so that the verdict stands (anew)."""
        self._in_a_row = self._in_a_row + 1 if answer == self._last else 1
        self._last = answer
        if self._in_a_row < self._thresholds[answer]:
            return False
        self.passed = answer
        return True


async def ask(session: aiohttp.ClientSession, address: str, settings: ProbeSettings) -> str | None:
    """Ask once. None where the answer is good, else what is wrong, in the kubelet's words."""
    url = f"http://{address}:{settings.port}{settings.path}"
    try:
        async with session.get(
            url,
            headers={"user-agent": "kube-probe/1", **dict(settings.headers)},
            timeout=aiohttp.ClientTimeout(total=settings.timeout),
            allow_redirects=False,
        ) as response:
            # The kubelet's rule: success is 200 to 399.
            if 200 <= response.status < 400:
                return None
            return f"HTTP probe failed with statuscode: {response.status}"
    except TimeoutError:
        return f'Get "{url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
    except (aiohttp.ClientError, ConnectionError) as error:
        return f'Get "{url}": {error}'


async def keep_asking(
    session: aiohttp.ClientSession,
    address: str,
    settings: ProbeSettings,
    verdict: Verdict,
    on_answer: Callable[[str | None, bool], bool],
) -> None:
    """Ask every period until `on_answer` says that it is enough.

    on_answer: gets what is wrong, or None, and whether the verdict stands with this answer.
    """
    await asyncio.sleep(settings.initial_delay)
    while True:
        fault = await ask(session, address, settings)
        if on_answer(fault, verdict.take(fault is None)):
            return
        await asyncio.sleep(settings.period)
