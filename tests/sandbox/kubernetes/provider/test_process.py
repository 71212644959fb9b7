"""The provider as a process of its own, and what it makes of a cluster that has gone."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from pathlib import Path
from subprocess import Popen

import grpc
import pytest

from sandbox.kubernetes.control_plane import certificates, kubeconfig
from sandbox.processes import spawn, spawn_and_wait_ready, stop
from sandbox.state import LOOPBACK, SandboxState
from tests.sandbox.kubernetes.provider.inputs import CONFIG_MAP, config_map
from tests.sandbox.provider.engine_driver import EngineDriver, Resource
from tests.serving import serving

pytestmark = pytest.mark.sandbox

REPOSITORY = Path(__file__).parents[4]


class Cloud(BaseHTTPRequestHandler):
    """A cloud without a cluster."""

    def do_GET(self) -> None:
        content = json.dumps({"generation": 1, "clusters": []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SandboxState]:
    """A sandbox whose cluster has gone: its certificates are there, and nothing serves."""
    state = SandboxState(tmp_path)
    state.create()
    ports = state.choose_ports()
    certificates.make(state.kubernetes, IPv4Network("172.20.0.0/16"))
    kubeconfig.write(state.kubeconfig, state.kubernetes, "admin", f"https://{LOOPBACK}:{ports.kubernetes}")
    with serving(ThreadingHTTPServer((LOOPBACK, ports.aws), Cloud)):
        yield state


def test_objects_of_a_cluster_that_has_gone_are_gone_and_none_can_be_made(state: SandboxState) -> None:
    def start(extra: Mapping[str, str], descriptors: Sequence[int]) -> Popen[bytes]:
        return spawn(
            [sys.executable, "-m", "sandbox.kubernetes.provider", "--state-dir", str(state.directory)],
            log=state.logs / "provider.log",
            environment={**os.environ, **extra},
            directory=REPOSITORY,
            pass_fds=descriptors,
        )

    process = spawn_and_wait_ready(start, name="provider", timeout=60)
    try:
        engine = EngineDriver(f"{LOOPBACK}:{state.ports().kubernetes_provider}")
        engine.configure()
        lost = Resource(engine, CONFIG_MAP, "it", id="n/it", checked=config_map("it", "n", a="1"))
        lost.delete()
        assert lost.read() is None
        with pytest.raises(grpc.RpcError, match="there is no cluster any more"):
            lost.create()
        engine.channel.close()
    finally:
        stop(process, grace=10)
    assert process.returncode == 0
