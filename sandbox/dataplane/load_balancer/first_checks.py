"""A new target's first health check.

On ALB a newly registered target is healthy after the first check that it passes, whatever the threshold ("After your
target is registered, it must pass one health check to be considered healthy"). HAProxy makes a new server's first check
only after a whole interval, so that first pass is watched for here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from sandbox.dataplane.snapshot import HealthCheck

_FIRST_DELAY_SECONDS = 0.1
_LONGEST_DELAY_SECONDS = 1.0
_AT_ONCE = 16  # so that a hundred new targets are spread, not met at one instant
_slots = asyncio.Semaphore(_AT_ONCE)


async def first_pass(address: str, check: HealthCheck, passed: Callable[[], Awaitable[None]]) -> None:
    """Check a new target (`host:port`) until it passes, and say so; give up when ALB would call it unhealthy."""
    delay = _FIRST_DELAY_SECONDS
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(check.interval * check.unhealthy_threshold):
            while not await _passes(address, check):
                await asyncio.sleep(delay)
                delay = min(1.5 * delay, _LONGEST_DELAY_SECONDS)
            await passed()


async def _passes(address: str, check: HealthCheck) -> bool:
    host, _, port = address.rpartition(":")
    try:
        async with _slots, asyncio.timeout(check.timeout):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                request = f"GET {check.path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: ELB-HealthChecker/2.0\r\n"
                writer.write(request.encode() + b"Connection: close\r\n\r\n")
                status_line = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return matches(check.matcher, status_line.split(b" ")[1].decode() if status_line.startswith(b"HTTP/") else "")


def matches(matcher: str, status: str) -> bool:
    """Whether a status is in an ALB matcher such as "200,202" or "200-299"."""
    for part in matcher.split(","):
        first, _, last = part.partition("-")
        if status.isdigit() and int(first) <= int(status) <= int(last or first):
            return True
    return False
