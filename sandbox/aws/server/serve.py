"""Serving the emulated cloud of one state directory until SIGTERM."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from sandbox.aws.server.application import CloudApplication
from sandbox.aws.server.clockwork import Clockwork
from sandbox.aws.server.cloud import REGION, Cloud
from sandbox.aws.server.corrections import apply_all
from sandbox.aws.server.persistence import StateWriter, UnreadableStateError, restore
from sandbox.processes import notify_ready
from sandbox.state import LOOPBACK, SandboxState


class RequestHandler(MotoRequestHandler):
    """Answers `Expect: 100-continue`, which uploads otherwise wait a second for, and logs errors only."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests aren't logged: the supervisor keeps this process's output, for errors."""


def main() -> int:
    """Serve on 127.0.0.1 at the port that the state directory names. Returns the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.aws.server")
    parser.add_argument("--state-dir", type=Path, required=True, help="the sandbox's directory; holds ports.json")
    parser.add_argument(
        "--alone",
        action="store_true",
        help="for one preview: no data plane, what it would report is taken for done at once, and no state is kept",
    )
    arguments = parser.parse_args()
    state = SandboxState(arguments.state_dir.absolute())
    _configure_moto()
    apply_all()
    try:
        restore(state.cloud_snapshot)
    except UnreadableStateError as error:
        print(error, file=sys.stderr)
        return 1
    cloud = Cloud()
    # What is thrown away need not be kept.
    writer = None if arguments.alone else StateWriter(cloud, state.cloud_snapshot)
    server = make_server(
        LOOPBACK, state.ports().aws, CloudApplication(cloud), threaded=True, request_handler=RequestHandler
    )

    def stop(*_: Any) -> None:
        # shutdown() waits for serve_forever(), which runs in the thread that got the signal
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    gc.freeze()  # what is there now stays: looking through it again and again would slow every request
    gc.enable()
    if writer is not None:
        writer.start()
    Clockwork(cloud, without_data_plane=arguments.alone).start()
    notify_ready()
    server.serve_forever()
    if writer is not None:
        writer.stop()
    return 1 if cloud.fault else 0


def _configure_moto() -> None:
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # only the images that someone asks for by name
    os.environ["AWS_DEFAULT_REGION"] = REGION
