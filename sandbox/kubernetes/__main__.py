"""Start the sandbox's Kubernetes: `python -m sandbox.kubernetes --state-dir DIR [--alone]`.

Follows the cloud until SIGTERM, and runs a control plane while the cloud has a cluster. Alone, that is etcd and the API
server: objects are checked and kept, and nothing comes of them.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
from pathlib import Path

from sandbox.kubernetes.control_plane.cloud import CloudFollower
from sandbox.kubernetes.control_plane.runner import ClusterRunner
from sandbox.processes import notify_ready
from sandbox.state import SandboxState

_POLL_SECONDS = 0.2
# The cloud runs already; it answers the first question at once.
_CLOUD_SECONDS = 10.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.kubernetes")
    parser.add_argument("--state-dir", type=Path, required=True, help="the sandbox's directory; holds ports.json")
    parser.add_argument("--alone", action="store_true", help="run neither controllers nor nodes")
    arguments = parser.parse_args()
    state = SandboxState(arguments.state_dir.absolute())
    stopping = False

    def ask_to_stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    os.chdir(state.kubernetes)
    cloud = CloudFollower(state.ports().aws)
    cloud.start()
    cloud.known.wait(_CLOUD_SECONDS)
    runner = ClusterRunner(state, cloud, lambda: stopping, alone=arguments.alone)
    try:
        runner.look()
        notify_ready()  # a cluster from before serves now: what comes next can call it
        while not stopping:
            time.sleep(_POLL_SECONDS)
            runner.look()
    finally:
        runner.stop()


if __name__ == "__main__":
    main()
