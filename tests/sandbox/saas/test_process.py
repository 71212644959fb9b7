"""The vendors' providers as a process: each at its own port, ready when it says so, ended by SIGTERM."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from subprocess import Popen

import pytest
from google.protobuf import empty_pb2

from sandbox.processes import spawn, spawn_and_wait_ready, stop
from sandbox.provider.sdk import SDKS
from sandbox.state import LOOPBACK, PREFERRED_PORTS, SandboxState
from tests.sandbox.provider.engine_driver import EngineDriver

pytestmark = pytest.mark.sandbox

REPOSITORY = Path(__file__).parents[3]


def test_each_port_has_its_own_provider_and_a_record_outlives_the_process(tmp_path: Path) -> None:
    state = SandboxState(tmp_path)
    state.create()
    ports = state.choose_ports(dict.fromkeys(PREFERRED_PORTS, 0))
    at = {
        "cloudflare": ports.cloudflare_provider,
        "grafana": ports.grafana_provider,
        "pagerduty": ports.pagerduty_provider,
        "tls": ports.tls_provider,
    }

    def start(extra: Mapping[str, str], descriptors: Sequence[int]) -> Popen[bytes]:
        return spawn(
            [sys.executable, "-m", "sandbox.saas", "--state-dir", str(tmp_path)],
            log=state.logs / "saas.log",
            environment={**os.environ, **extra},
            directory=REPOSITORY,
            pass_fds=descriptors,
        )

    process = spawn_and_wait_ready(start, name="saas", timeout=60)
    try:
        engines = {name: EngineDriver(f"{LOOPBACK}:{port}") for name, port in at.items()}
        versions = {name: engine.stub.GetPluginInfo(empty_pb2.Empty()).version for name, engine in engines.items()}
        engines["pagerduty"].made("pagerduty:index/escalationPolicy:EscalationPolicy", "it", rules=[])
        assert engines["tls"].made("tls:index/privateKey:PrivateKey", "it", algorithm="ED25519").id
        for engine in engines.values():
            engine.channel.close()
    finally:
        stop(process, grace=10)
    assert process.returncode == 0
    assert versions == {name: version(SDKS[name].distribution) for name in at}
    assert "EscalationPolicy" in (state.saas / "pagerduty.json").read_text()
