"""A control plane runs for the cluster that the cloud has: its data is its alone, and isn't discarded by mistake."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import msgspec
import pytest

from sandbox.kubernetes.control_plane.cloud import CloudFollower, Cluster
from sandbox.kubernetes.control_plane.runner import ClusterRunner
from sandbox.state import SandboxState

pytestmark = pytest.mark.unit

CLUSTER = Cluster(
    name="prod",
    arn="arn:aws:eks:::cluster/prod",
    status="CREATING",
    created_at="2026-11-24T10:00:00",
    service_cidr="172.20.0.0/16",
)


@dataclass
class Cloud:
    """What is known of the cloud at one moment."""

    cluster: Cluster | None = None
    known: threading.Event = field(default_factory=threading.Event)


@dataclass
class Stage:
    state: SandboxState
    cloud: Cloud

    def look(self, *, alone: bool = False) -> None:
        """What a runner of a new process does first."""
        ClusterRunner(self.state, cast("CloudFollower", self.cloud), lambda: False, alone=alone).look()

    def answer(self, cluster: Cluster | None) -> None:
        self.cloud.cluster = cluster
        self.cloud.known.set()

    def put_programs(self, *names: str) -> None:
        """Programs that end at once; all of them where none is named."""
        self.state.binaries.mkdir()
        for name in names or ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"):
            (self.state.binaries / name).write_text("#!/bin/sh\nexit 3\n")
            (self.state.binaries / name).chmod(0o755)

    @property
    def status(self) -> tuple[str, str | None]:
        document = json.loads((self.state.run / "kubernetes.json").read_text())
        return document["status"], document["error"]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    state = SandboxState(tmp_path)
    state.create()
    state.choose_ports()
    monkeypatch.chdir(state.kubernetes)
    return Stage(state, Cloud())


def test_without_a_cluster_it_is_idle(stage: Stage) -> None:
    stage.answer(None)
    stage.look()
    assert stage.status == ("idle", None)


def test_it_waits_for_programs_that_are_still_being_made(stage: Stage) -> None:
    stage.answer(CLUSTER)
    stage.look()
    assert stage.status[0].startswith("waiting")


def test_alone_it_needs_no_controllers(stage: Stage) -> None:
    stage.put_programs("etcd", "kube-apiserver")
    stage.answer(CLUSTER)
    stage.look()
    assert stage.status[0].startswith("waiting")
    stage.look(alone=True)
    assert stage.status == ("failed", "etcd ended with status 3")


def test_a_program_that_ends_is_told_of(stage: Stage) -> None:
    stage.put_programs()
    stage.answer(CLUSTER)
    stage.look()
    assert stage.status == ("failed", "etcd ended with status 3")


def test_a_cloud_that_does_not_answer_has_no_say(stage: Stage) -> None:
    stage.put_programs()
    stage.answer(CLUSTER)
    stage.look()
    before = (stage.state.kubernetes / "ca.pem").read_bytes()
    stage.cloud = Cloud()
    stage.look()
    assert (stage.state.kubernetes / "ca.pem").read_bytes() == before


def test_a_cluster_keeps_its_data(stage: Stage) -> None:
    stage.put_programs()
    stage.answer(CLUSTER)
    stage.look()
    (stage.state.kubernetes / "etcd").mkdir()
    stage.look()
    assert (stage.state.kubernetes / "etcd").exists()


@pytest.mark.parametrize("later", [None, msgspec.structs.replace(CLUSTER, created_at="2026-11-24T11:00:00")])
def test_a_cluster_that_has_gone_leaves_nothing_to_the_next(stage: Stage, later: Cluster | None) -> None:
    stage.put_programs()
    stage.answer(CLUSTER)
    stage.look()
    before = (stage.state.kubernetes / "ca.pem").read_bytes()
    (stage.state.kubernetes / "etcd").mkdir()
    stage.answer(later)
    stage.look()
    assert not (stage.state.kubernetes / "etcd").exists()
    if later is None:
        assert list(stage.state.kubernetes.iterdir()) == []
    else:
        assert (stage.state.kubernetes / "ca.pem").read_bytes() != before
