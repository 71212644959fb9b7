"""Start the pod runtime: `python -m sandbox.kubernetes.runtime --state-dir DIR`.

Serves the node agent until SIGTERM; then ends its containers, drained, and exits 0. However it ends, its containers
end with it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import signal
from pathlib import Path

from aiohttp import web

from sandbox.dataplane.cloud import Cloud
from sandbox.dataplane.logs import bound_logs
from sandbox.dataplane.runner.artefacts import Artefacts
from sandbox.dataplane.runner.parents import WarmParents
from sandbox.kubernetes.runtime.containers import Containers
from sandbox.kubernetes.runtime.protocol import socket_path
from sandbox.kubernetes.runtime.server import application
from sandbox.processes import notify_ready
from sandbox.state import SandboxState

_STOP_SECONDS = 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.kubernetes.runtime")
    parser.add_argument("--state-dir", type=Path, required=True, help="the sandbox's directory; holds ports.json")
    state = SandboxState(parser.parse_args().state_dir.absolute())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_run(state))


async def _run(state: SandboxState) -> None:
    logs = state.logs / "pod"
    logs.mkdir(exist_ok=True)
    containers = Containers(Artefacts(state.artefacts, Cloud(state.ports().aws)), WarmParents(logs))
    # The socket's directory may be anybody's to read; who may start processes is not.
    runner = web.AppRunner(application(containers), access_log=None, shutdown_timeout=1)
    await runner.setup()
    path = socket_path(state)
    path.unlink(missing_ok=True)
    await web.UnixSite(runner, str(path)).start()
    path.chmod(0o600)
    bounding = asyncio.create_task(bound_logs([logs]))
    notify_ready()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await stopping.wait()
    bounding.cancel()
    await containers.stop(_STOP_SECONDS)
    await runner.cleanup()


if __name__ == "__main__":
    main()
