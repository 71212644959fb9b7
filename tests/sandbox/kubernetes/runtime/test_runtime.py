"""The pod runtime by itself: what it starts, what it says of it, and that nothing outlives it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sandbox.dataplane.children import REPOSITORY
from sandbox.dataplane.runner.artefacts import ArtefactSource
from sandbox.kubernetes.nodes.runtime_client import PodRuntime, RuntimeCallError
from sandbox.kubernetes.runtime.protocol import Container, StartRequest, socket_path
from sandbox.processes import spawn, spawn_and_wait_ready, stop
from sandbox.state import SandboxState
from tests.sandbox.dataplane.artefact import build
from tests.sandbox.dataplane.cloud import CloudDouble
from tests.sandbox.dataplane.conftest import alive, free_port, kill, until

pytestmark = pytest.mark.sandbox

T = TypeVar("T")

# Writes what it was given and waits to be told to end.
RUN = """
import os, signal, sys
def preload(): pass
def main():
    print(sys.argv[1:], os.environ.get("COLOUR"), flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.pause()
"""
# A module that is run, not the service: it is given arguments.
JOB = """
import os, sys
print(sys.argv[1:], os.environ["COLOUR"])
sys.exit(7)
"""


class RunningRuntime:
    """A runtime process, its cloud and its sandbox."""

    def __init__(self, directory: Path) -> None:
        self.cloud = CloudDouble()
        self.state = SandboxState(directory)
        self.state.create()
        ports = dict.fromkeys(self.state.choose_ports().__dict__, 1) | {"aws": self.cloud.port, "site": free_port()}
        self.state.ports_file.write_text(json.dumps(ports))
        sha256, data = build(RUN, JOB)
        self.cloud.objects[f"/artefacts/{sha256}.tar"] = data
        self.source = ArtefactSource("artefacts", "3.11", f"{sha256}.tar", sha256)
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        def launch(environment: Any, descriptors: Any) -> subprocess.Popen[bytes]:
            return spawn(
                [sys.executable, "-m", "sandbox.kubernetes.runtime", "--state-dir", str(self.state.directory)],
                log=self.state.logs / "pod-runtime.log",
                environment={**os.environ, **environment},
                directory=REPOSITORY,
                pass_fds=descriptors,
            )

        self.process = spawn_and_wait_ready(launch, name="the runtime", timeout=20)
        return self.process

    def log(self, container: str) -> Path:
        return self.state.logs / "pod" / f"{container}.log"

    def request(self, container: str = "portal", module: str = "app.run", **changes: Any) -> StartRequest:
        settings: dict[str, Any] = {
            "pod_uid": "uid",
            "container": container,
            "attempt": 0,
            "artefact": self.source,
            "module": module,
            "arguments": ["--now"],
            "environment": {"COLOUR": "blue"},
            "process_name": container,
            "log": str(self.log(container)),
        }
        return StartRequest(**settings | changes)

    def run(self, use: Callable[[PodRuntime], Awaitable[T]]) -> T:
        """Do something as a client that has just come."""

        async def main() -> T:
            async with PodRuntime(socket_path(self.state), lambda: None) as client:
                following = asyncio.create_task(client.run())
                await client.synced.wait()
                try:
                    async with asyncio.timeout(20):
                        return await use(client)
                finally:
                    following.cancel()

        return asyncio.run(main())

    def close(self) -> None:
        stop(self.process, grace=20)
        self.cloud.close()


@pytest.fixture
def runtime() -> Iterator[RunningRuntime]:
    directory = Path(tempfile.mkdtemp(prefix="prakerja-"))  # short: Unix sockets' paths have 107 characters
    running = RunningRuntime(directory / "sandbox")
    yield running
    running.close()
    shutil.rmtree(directory)


def test_a_module_runs_with_its_arguments_and_its_exit_status_is_told(runtime: RunningRuntime) -> None:
    async def use(client: PodRuntime) -> Container | None:
        return await client.ended((await client.start(runtime.request(module="app.migrate"))).id)

    ended = runtime.run(use)
    assert ended is not None
    assert ended.exit_status == 7
    assert runtime.log("portal").read_text() == "['--now'] blue\n"


def test_a_later_client_finds_what_an_earlier_one_started(runtime: RunningRuntime) -> None:
    started = runtime.run(lambda client: client.start(runtime.request()))

    async def use(client: PodRuntime) -> Container | None:
        assert client.containers == {started.id: started}
        await client.signal(started.id, signal.SIGTERM)
        return await client.ended(started.id)

    ended = runtime.run(use)
    assert ended is not None
    assert (ended.exit_status, ended.pid) == (0, started.pid)


def test_a_container_is_forgotten_only_once_it_has_ended(runtime: RunningRuntime) -> None:
    async def use(client: PodRuntime) -> None:
        container = await client.start(runtime.request())
        with pytest.raises(RuntimeCallError, match="still runs"):
            await client.forget(container.id)
        await client.signal(container.id, signal.SIGKILL)
        ended = await client.ended(container.id)
        assert ended is not None
        assert ended.exit_status == -signal.SIGKILL
        await client.forget(container.id)
        assert await client.ended(container.id) is None

    runtime.run(use)


def test_an_artefact_that_is_not_there_is_refused(runtime: RunningRuntime) -> None:
    missing = ArtefactSource("artefacts", "3.11", "none.tar", "0" * 64)
    with pytest.raises(RuntimeCallError, match="404"):
        runtime.run(lambda client: client.pull(missing))


def test_a_killed_runtime_leaves_nothing_running_and_its_client_learns_of_it(runtime: RunningRuntime) -> None:
    async def use(client: PodRuntime) -> tuple[Container, Container | None]:
        container = await client.start(runtime.request())
        kill(runtime.process.pid)
        runtime.process.wait()
        await asyncio.to_thread(runtime.start)
        return container, await client.ended(container.id)

    container, ended = runtime.run(use)
    assert ended is None
    until(lambda: not alive(container.pid), "end of the container", 5)


def test_a_stopped_runtime_drains_its_containers(runtime: RunningRuntime) -> None:
    container = runtime.run(lambda client: client.start(runtime.request()))
    stop(runtime.process, grace=20)
    assert runtime.process.returncode == 0
    assert not alive(container.pid)


def test_the_socket_is_its_owners_alone(runtime: RunningRuntime) -> None:
    assert stat.S_IMODE(socket_path(runtime.state).stat().st_mode) == 0o600
