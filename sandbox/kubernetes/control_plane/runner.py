"""Making it so that a control plane runs while the cloud has a cluster, and for no other cluster than that."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from ipaddress import IPv4Network

from sandbox.kubernetes.control_plane import certificates, programs
from sandbox.kubernetes.control_plane.cloud import ACTIVE, CloudFollower, Cluster
from sandbox.kubernetes.control_plane.control_plane import KEEPERS, PROGRAMS, ControlPlane
from sandbox.processes import NotReadyError
from sandbox.state import SandboxState
from sandbox.supervision import log

_RETRY_SECONDS = 5.0


class Status(StrEnum):
    """How far the cluster is, as `run/kubernetes.json` says."""

    IDLE = "idle"
    WAITING = "waiting for the programs that `./prakerja up` gets"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


class ClusterRunner:
    """Runs the cloud's cluster; `look` is called now and then, from the main thread.

    alone: only what keeps and checks objects runs; neither controllers nor agents.
    """

    def __init__(
        self, state: SandboxState, cloud: CloudFollower, stopping: Callable[[], bool], *, alone: bool = False
    ) -> None:
        self._state = state
        self._alone = alone
        self._cloud = cloud
        self._stopping = stopping
        self._running: tuple[Cluster, ControlPlane] | None = None
        self._status = Status.IDLE
        self._error: str | None = None
        self._due = 0.0
        self._write()

    def look(self) -> None:
        """Do what there is to do now; returns once that is done."""
        if not self._cloud.known.is_set():  # no answer is not the answer that there is no cluster
            return
        wanted = self._cloud.cluster
        if self._running is not None and (wanted is None or wanted.identity != self._running[0].identity):
            self._stop()
        if wanted is None:
            self._discard()
            self._tell(Status.IDLE)
        elif self._running is None:
            self._start(wanted)
        else:
            self._running[1].look()
            self._report(wanted, self._running[1])

    def stop(self) -> None:
        """Stop the control plane, if it runs; its data stays."""
        self._stop()
        self._tell(Status.IDLE)

    def _stop(self) -> None:
        if self._running is not None:
            self._running[1].stop()
            self._running = None

    def _start(self, cluster: Cluster) -> None:
        if not all((self._state.binaries / name).exists() for name in (KEEPERS if self._alone else PROGRAMS)):
            self._tell(Status.WAITING)
            return
        if time.monotonic() < self._due:
            return
        self._discard(unless=cluster.identity)
        network = IPv4Network(cluster.service_cidr)
        certificates.make(self._state.kubernetes, network)
        settings = programs.Cluster(name=cluster.name, port=self._state.ports().kubernetes, service_network=network)
        control_plane = ControlPlane(
            self._state, settings, alone=self._alone, changed=self._write, stopping=self._stopping
        )
        self._running = cluster, control_plane
        self._tell(Status.STARTING)
        try:
            control_plane.start()
        except NotReadyError as error:
            self._stop()
            self._due = time.monotonic() + _RETRY_SECONDS
            self._tell(Status.FAILED, str(error))
            return
        if self._stopping():
            return
        self._report(cluster, control_plane)
        control_plane.begin_agents()
        self._tell(Status.READY)

    def _report(self, cluster: Cluster, control_plane: ControlPlane) -> None:
        if cluster.status == ACTIVE:
            return
        try:
            self._cloud.report_active(cluster, control_plane.endpoint, self._state.kubernetes / "ca.pem")
        except OSError as error:  # it is being restarted, or has just lost the cluster; the next look knows
            log(f"the cloud could not be told that {cluster.name} serves: {error}")

    def _discard(self, unless: str | None = None) -> None:
        """Discard what belongs to another cluster than that with the identity `unless`."""
        owner = self._state.kubernetes / "cluster"
        if owner.exists() and owner.read_text() == unless:
            return
        for path in self._state.kubernetes.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self._state.kubeconfig.unlink(missing_ok=True)
        if unless is not None:
            owner.write_text(unless)

    def _tell(self, status: Status, error: str | None = None) -> None:
        if (status, error) != (self._status, self._error):
            self._status, self._error = status, error
            log(f"{status.value}{f': {error}' if error else ''}")
            self._write()

    def _write(self) -> None:
        document = {
            "api": self._running[1].endpoint if self._running else None,
            "status": self._status.value,
            "error": self._error,
            "children": {name: asdict(record) for name, record in self._running[1].records.items()}
            if self._running
            else {},
        }
        file = self._state.run / "kubernetes.json"
        temporary = file.with_suffix(".new")
        temporary.write_text(json.dumps(document, indent=1) + "\n")
        temporary.replace(file)
