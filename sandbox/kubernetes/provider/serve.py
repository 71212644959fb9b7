"""Serve the provider: `python -m sandbox.kubernetes.provider --state-dir DIR [--alone]`."""

from __future__ import annotations

import argparse
from pathlib import Path

import urllib3

from sandbox.kubernetes.provider.connections import Connections, Surroundings
from sandbox.kubernetes.provider.kubeconfig import Administrator
from sandbox.kubernetes.provider.service import Service
from sandbox.processes import notify_ready
from sandbox.provider.serving import serve, stop_at_signal
from sandbox.state import LOOPBACK, SandboxState

_CLOUD_SECONDS = 10.0


def surroundings(state: SandboxState, *, controllers: bool = True) -> Surroundings:
    """Where the sandbox's own cluster is found. controllers: whether any run in it."""
    ports = state.ports()
    administrator = Administrator(
        server=f"https://{LOOPBACK}:{ports.kubernetes}",
        certificate=state.kubernetes / "admin.pem",
        key=state.kubernetes / "admin.key",
    )
    return Surroundings(
        administrator=administrator,
        kubeconfig=state.kubeconfig,
        exists=lambda: cluster_exists(f"http://{LOOPBACK}:{ports.aws}"),
        controllers=controllers,
    )


def cluster_exists(cloud: str) -> bool:
    """Whether the cloud has a cluster; that it has is taken for granted while the cloud does not answer."""
    try:
        answer = urllib3.request("GET", f"{cloud}/_sandbox/snapshot", timeout=_CLOUD_SECONDS, retries=False)
    except urllib3.exceptions.HTTPError:
        return True
    return answer.status != 200 or bool(answer.json().get("clusters"))


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="sandbox.kubernetes.provider")
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument(
        "--alone", action="store_true", help="the cluster has no controllers: don't wait for what they would do"
    )
    arguments = parser.parse_args()
    state = SandboxState(arguments.state_dir)
    connections = Connections(surroundings(state, controllers=not arguments.alone))
    server, _ = serve(f"{LOOPBACK}:{state.ports().kubernetes_provider}", Service(connections))
    stop_at_signal(server)
    notify_ready()
    server.wait_for_termination()
