"""Start the node agent: `python -m sandbox.kubernetes.nodes --state-dir DIR`.

Serves the cluster until SIGTERM, and exits 0. Its pods go on, and a later agent adopts them.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
from pathlib import Path

import uvloop

from sandbox.kubernetes.nodes.agent import node_agent
from sandbox.state import SandboxState


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.kubernetes.nodes")
    parser.add_argument("--state-dir", type=Path, required=True, help="the sandbox's directory; holds ports.json")
    state = SandboxState(parser.parse_args().state_dir.absolute())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    uvloop.run(_run(state))


async def _run(state: SandboxState) -> None:
    async with node_agent(state) as agent:
        running = asyncio.create_task(agent.run())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, running.cancel)
        await asyncio.wait([running])
    if not running.cancelled():
        running.result()  # raises what ended it


if __name__ == "__main__":
    main()
