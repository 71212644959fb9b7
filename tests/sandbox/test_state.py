"""The sandbox's directory and ports: made once, kept over restarts, private where they must be."""

from __future__ import annotations

import json
import socket
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from sandbox.state import LOOPBACK, PREFERRED_PORTS, PREFERRED_SITE_PORT, SandboxState, sandbox_of

pytestmark = pytest.mark.unit


@pytest.fixture
def state(tmp_path: Path) -> SandboxState:
    state = SandboxState(tmp_path / ".sandbox")
    state.create()
    return state


def test_secrets_are_for_their_owner_alone(state: SandboxState) -> None:
    assert stat.S_IMODE(state.secrets.stat().st_mode) == 0o700


def test_making_it_again_changes_nothing(state: SandboxState) -> None:
    (state.database / "kept").touch()
    state.create()
    assert (state.database / "kept").exists()


def test_ports_are_distinct_and_kept(state: SandboxState) -> None:
    chosen = state.choose_ports()
    assert len(set(asdict(chosen).values())) == len(PREFERRED_PORTS)
    assert state.choose_ports() == chosen
    assert SandboxState(state.directory).ports() == chosen


def test_a_sandbox_of_an_earlier_version_keeps_its_ports_and_gets_what_it_lacks(state: SandboxState) -> None:
    chosen = asdict(state.choose_ports())
    kept = {name: port for name, port in chosen.items() if name in ("site", "aws")}
    state.ports_file.write_text(json.dumps(kept))
    completed = asdict(state.choose_ports())
    assert kept.items() <= completed.items()
    assert completed.keys() == chosen.keys()


def test_a_port_in_use_is_passed_over(state: SandboxState) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a sandbox may have just left it
        try:
            listener.bind((LOOPBACK, PREFERRED_SITE_PORT))
        except OSError:
            pass  # something else listens there already, which serves as well
        else:
            listener.listen()
        assert state.choose_ports().site != PREFERRED_SITE_PORT


def test_asking_for_ports_before_a_sandbox_is_made_is_an_error(state: SandboxState) -> None:
    with pytest.raises(FileNotFoundError):
        state.ports()


def test_a_sandbox_lies_in_its_checkout_unless_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRAKERJA_SANDBOX_DIR", raising=False)
    assert sandbox_of(tmp_path).directory == tmp_path / ".sandbox"
    monkeypatch.setenv("PRAKERJA_SANDBOX_DIR", str(tmp_path / "elsewhere"))
    assert sandbox_of(tmp_path).directory == tmp_path / "elsewhere"


def test_ports_left_to_chance_are_none_that_a_connection_could_be_given(state: SandboxState) -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = asdict(state.choose_ports(dict.fromkeys(PREFERRED_PORTS, 0))).values()
    assert len(set(ports)) == len(PREFERRED_PORTS)
    assert max(ports) < first
    assert not set(ports) & set(PREFERRED_PORTS.values())
