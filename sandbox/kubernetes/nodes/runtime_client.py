"""The agent's side of the pod runtime: its calls, and what is known of its containers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import aiohttp
import msgspec

from sandbox.dataplane.runner.artefacts import ArtefactSource
from sandbox.kubernetes.runtime.protocol import Container, Listing, SignalRequest, StartRequest

_log = logging.getLogger(__name__)

_LONG_POLL_SECONDS = 20
_ANSWER_SECONDS = 150  # beyond the time that the first import of an artefact may take
_RETRY_SECONDS = 0.2


class RuntimeCallError(RuntimeError):
    """The runtime refused a call; the message says why."""


class RuntimeGoneError(RuntimeCallError):
    """The runtime isn't there."""


class PodRuntime:
    """A client of the runtime, and its containers as of its last listing. Use it as an asynchronous context."""

    def __init__(self, socket: Path, on_listing: Callable[[], None]) -> None:
        self._socket = socket
        self._on_listing = on_listing
        self._session: aiohttp.ClientSession | None = None
        self._generation = 0
        self._news = asyncio.Condition()
        self.containers: dict[str, Container] = {}
        self.synced = asyncio.Event()

    async def __aenter__(self) -> PodRuntime:
        connector = aiohttp.UnixConnector(str(self._socket), limit=0)
        self._session = aiohttp.ClientSession("http://runtime", connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def run(self) -> None:
        """Follow the runtime until cancelled."""
        while True:
            path = f"/containers?after={self._generation}&timeout={_LONG_POLL_SECONDS}"
            try:
                listing = msgspec.json.decode(await self._call("GET", path), type=Listing)
            except RuntimeGoneError as error:
                if self.synced.is_set():
                    _log.warning("%s", error)
                self.synced.clear()
                self._generation = 0  # of another runtime, every listing is news
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            async with self._news:
                self._generation = listing.generation
                # A container that was started meanwhile may be younger than the listing.
                younger = {key: one for key, one in self.containers.items() if one.generation > listing.generation}
                self.containers = {one.id: one for one in listing.containers} | younger
                self._news.notify_all()
            self.synced.set()
            self._on_listing()

    async def pull(self, source: ArtefactSource) -> None:
        """Have an artefact fetched. Raises RuntimeCallError; so do all others."""
        await self._call("POST", "/images", msgspec.json.encode(source))

    async def start(self, request: StartRequest) -> Container:
        """Start a container."""
        answer = await self._call("POST", "/containers", msgspec.json.encode(request))
        container = msgspec.json.decode(answer, type=Container)
        async with self._news:
            known = self.containers.get(container.id)
            if known is None or known.generation < container.generation:
                self.containers[container.id] = container
        return container

    async def signal(self, container_id: str, number: int) -> None:
        await self._call("POST", f"/containers/{container_id}/signal", msgspec.json.encode(SignalRequest(number)))

    async def forget(self, container_id: str) -> None:
        """Drop the record of a container that has ended."""
        await self._call("DELETE", f"/containers/{container_id}")
        self.containers.pop(container_id, None)

    async def ended(self, container_id: str) -> Container | None:
        """The record of a container once it has ended; None where it went with its runtime."""
        async with self._news:
            await self._news.wait_for(lambda: self._has_ended(container_id))
            return self.containers.get(container_id)

    def _has_ended(self, container_id: str) -> bool:
        found = self.containers.get(container_id)
        return found is None or found.exit_status is not None

    async def _call(self, method: str, path: str, body: bytes | None = None) -> bytes:
        if self._session is None:
            raise RuntimeGoneError("the client has not been entered")
        try:
            async with self._session.request(
                method, path, data=body, timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
            ) as response:
                answer = await response.read()
                if response.status != 200:
                    raise RuntimeCallError(msgspec.json.decode(answer)["error"])
                return answer
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RuntimeGoneError(f"the pod runtime does not answer: {type(error).__name__}") from error
