"""A control plane of real programs in a directory of its own, without nodes: tests play the kubelets themselves."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from sandbox.kubernetes.control_plane import certificates, kubeconfig, programs
from sandbox.kubernetes.provider.cluster import ApiError, Cluster, UnreachableError
from sandbox.kubernetes.provider.configuration import settings
from sandbox.kubernetes.provider.connections import Connection
from sandbox.kubernetes.provider.serve import surroundings
from sandbox.processes import spawn, stop
from sandbox.state import LOOPBACK, SandboxState
from sandbox.toolchain import tools
from sandbox.toolchain.plan import plan

_READY_SECONDS = 60.0
_SERVICES = IPv4Network("172.20.0.0/16")


def eventually(condition: Callable[[], bool], seconds: float = _READY_SECONDS) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.1)


class ControlPlane:
    """etcd, the API server and the controllers. `cluster` is an administrator's way in, `api_server` the process."""

    def __init__(self, state: SandboxState) -> None:
        self.state = state
        self.cluster: Cluster
        self.api_server: subprocess.Popen[bytes]
        self._children: list[subprocess.Popen[bytes]] = []
        self._layout = programs.Cluster(name="test", port=state.ports().kubernetes, service_network=_SERVICES)

    def start(self) -> None:
        directory = self.state.kubernetes
        certificates.make(directory, _SERVICES)
        server = f"https://{LOOPBACK}:{self._layout.port}"
        kubeconfig.write(self.state.kubeconfig, directory, "admin", server)
        user = "kube-controller-manager"
        kubeconfig.write(directory / f"{user}.kubeconfig", directory, user, server)
        self.cluster = Connection(
            replace(surroundings(self.state), exists=lambda: True), settings({}, str(self.state.kubeconfig))
        ).cluster
        self._run(tools.ETCD, programs.etcd())
        self.start_api_server()
        eventually(lambda: self._answers("/api/v1/namespaces/default"))
        self._run(tools.KUBE_CONTROLLER_MANAGER, programs.kube_controller_manager(self._layout))
        eventually(lambda: self._answers("/api/v1/namespaces/default/serviceaccounts/default"))

    def start_api_server(self) -> None:
        """Start the API server, which answers some seconds later."""
        self.api_server = self._run(tools.KUBE_APISERVER, programs.kube_apiserver(self._layout))

    def stop(self) -> None:
        for child in reversed(self._children):
            stop(child, grace=10)

    def _answers(self, path: str) -> bool:
        try:
            return self.cluster.find(path) is not None
        except (UnreachableError, ApiError):
            return False

    def _run(self, tool: tools.Tool, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        found = plan(tool)
        if not found.ready:
            pytest.skip(f"{tool.name} is not there; `./prakerja up` gets it")
        child = spawn(
            [str(found.path), *arguments],
            log=self.state.logs / f"{tool.name}.log",
            environment=programs.ENVIRONMENT,
            directory=self.state.kubernetes,
        )
        self._children.append(child)
        return child


@contextmanager
def control_plane(directory: Path) -> Iterator[ControlPlane]:
    """A control plane that runs."""
    state = SandboxState(directory)
    state.create()
    state.choose_ports()
    made = ControlPlane(state)
    try:
        made.start()
        yield made
    finally:
        made.stop()
