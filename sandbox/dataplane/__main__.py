"""Start the data plane: `python -m sandbox.dataplane --state-dir DIR`.

Follows the cloud server of that sandbox until SIGTERM; then stops what it runs, in order, and exits 0.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import signal
from pathlib import Path

from sandbox.dataplane.reconcile import DataPlane
from sandbox.state import SandboxState


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.dataplane")
    parser.add_argument("--state-dir", type=Path, required=True, help="the sandbox's directory; holds ports.json")
    state = SandboxState(parser.parse_args().state_dir.absolute())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # HAProxy takes two descriptors a connection
    asyncio.run(_run(state))


async def _run(state: SandboxState) -> None:
    following = asyncio.create_task(DataPlane(state).run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, following.cancel)
    await asyncio.wait([following])
    if not following.cancelled():
        following.result()  # raises what ended it


if __name__ == "__main__":
    main()
