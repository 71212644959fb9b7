"""The programs of one cluster's control plane, and the agents on it: started in order, stopped in reverse."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from sandbox.kubernetes.control_plane import definitions, kubeconfig, programs
from sandbox.kubernetes.control_plane.client import ApiError, ApiServer, etcd_is_healthy
from sandbox.processes import NotReadyError, spawn, spawn_and_wait_ready, stop
from sandbox.running import ChildRecord
from sandbox.state import LOOPBACK, SandboxState
from sandbox.supervision import Children

# Measured: etcd 0.1 s, the API server 2 s, the controllers 1 s; on a busy machine several times as much.
_READY_SECONDS = 45.0
_POLL_SECONDS = 0.05

# There once the controllers work; a pod can't be made before.
_DEFAULT_SERVICE_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")

# Those that keep objects and check them; nothing comes of the objects.
KEEPERS = PROGRAMS[:2]

# What is EC2's and the kubelet's part on AWS, a module each.
AGENTS = {"pod-runtime": "sandbox.kubernetes.runtime", "nodes": "sandbox.kubernetes.nodes"}
_REPOSITORY = Path(__file__).parents[3]


class StoppedError(NotReadyError):
    """The owner was told to stop while something was being started."""


class ControlPlane:
    """A cluster's control plane; its directory is this process's working directory, with the certificates in it.

    alone: only what keeps and checks objects runs; neither controllers nor agents.
    changed: called after each change of `records`.
    stopping: whether the owner has been told to stop; whatever is waited for is then given up.
    """

    def __init__(
        self,
        state: SandboxState,
        cluster: programs.Cluster,
        *,
        alone: bool = False,
        changed: Callable[[], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._state = state
        self._cluster = cluster
        self._stopping = stopping
        self._api = ApiServer(state.kubernetes, cluster.port)
        starts = (self._start_etcd, self._start_api_server, self._start_controllers, self._start_scheduler)
        run, agents = (KEEPERS, {}) if alone else (PROGRAMS, AGENTS)
        self._programs = Children(dict(zip(run, starts, strict=False)), changed)
        self._agents = Children(
            {name: partial(self._start_agent, name, module) for name, module in agents.items()}, changed
        )

    @property
    def endpoint(self) -> str:
        """The API server's address."""
        return f"https://{LOOPBACK}:{self._cluster.port}"

    @property
    def records(self) -> dict[str, ChildRecord]:
        """Each child that has been started."""
        return {**self._programs.records, **self._agents.records}

    def start(self) -> None:
        """Start the programs. Raises NotReadyError; those started before still run then: call `stop`."""
        directory = self._state.kubernetes
        for name in ("kube-controller-manager", "kube-scheduler"):
            kubeconfig.write(directory / f"{name}.kubeconfig", directory, name, self.endpoint)
        self._programs.start_all(until=self._stopping)
        kubeconfig.write(self._state.kubeconfig, directory, "admin", self.endpoint)

    def begin_agents(self) -> None:
        """Start the agents; without one of them there still is a cluster."""
        self._agents.begin_all()

    def look(self) -> None:
        """Restart what has died."""
        self._programs.look()
        self._agents.look()

    def stop(self) -> None:
        """Stop everything."""
        self._agents.stop()
        self._programs.stop()

    def _start_etcd(self) -> subprocess.Popen[bytes]:
        return self._start("etcd", programs.etcd(), lambda: etcd_is_healthy(Path(programs.ETCD_SOCKET)))

    def _start_api_server(self) -> subprocess.Popen[bytes]:
        arguments = programs.kube_apiserver(self._cluster)
        child = self._start("kube-apiserver", arguments, lambda: self._api.answers("/readyz"))
        try:
            definitions.install(self._api)
            self._wait("kube-apiserver", child, lambda: all(map(self._api.answers, definitions.paths())))
        except (ApiError, OSError) as error:
            stop(child, grace=0)
            raise NotReadyError(f"kube-apiserver failed: {error}") from error
        return child

    def _start_controllers(self) -> subprocess.Popen[bytes]:
        arguments = programs.kube_controller_manager(self._cluster)
        return self._start("kube-controller-manager", arguments, lambda: self._api.answers(_DEFAULT_SERVICE_ACCOUNT))

    def _start_scheduler(self) -> subprocess.Popen[bytes]:
        return self._start("kube-scheduler", programs.kube_scheduler(), lambda: True)

    def _start(self, name: str, arguments: Sequence[str], ready: Callable[[], bool]) -> subprocess.Popen[bytes]:
        child = spawn(
            [str(self._state.binaries / name), *arguments],
            log=self._state.logs / f"{name}.log",
            environment={**_environment(), **programs.ENVIRONMENT},
            directory=self._state.kubernetes,
        )
        self._wait(name, child, ready)
        return child

    def _wait(self, name: str, child: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
        """Return once a child is ready. Raises NotReadyError; the child has then been stopped."""
        deadline = time.monotonic() + _READY_SECONDS
        while not ready():
            if self._stopping():
                stop(child, grace=_READY_SECONDS)
                raise StoppedError(f"{name} was stopped before it was ready")
            if child.poll() is not None:
                raise NotReadyError(f"{name} ended with status {child.returncode}")
            if time.monotonic() > deadline:
                stop(child, grace=0)
                raise NotReadyError(f"{name} was not ready within {_READY_SECONDS:.0f} s")
            time.sleep(_POLL_SECONDS)

    def _start_agent(self, name: str, module: str) -> subprocess.Popen[bytes]:
        def start(extra: Mapping[str, str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
            return spawn(
                [sys.executable, "-u", "-m", module, "--state-dir", str(self._state.directory)],
                log=self._state.logs / f"{name}.log",
                environment={**_environment(), "PYTHONPATH": str(_REPOSITORY), **extra},
                pass_fds=descriptors,
            )

        return spawn_and_wait_ready(start, name=name, timeout=_READY_SECONDS)


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR", "TZ") if name in os.environ}
