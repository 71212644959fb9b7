"""The real control plane: it begins with the cloud's cluster, survives whatever is killed, and ends with it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.kubernetes.control_plane.control_plane import AGENTS, PROGRAMS
from sandbox.processes import spawn, spawn_and_wait_ready, stop
from sandbox.running import start_time
from sandbox.state import SandboxState
from sandbox.toolchain.placing import place_executable
from sandbox.toolchain.plan import plan_all
from sandbox.toolchain.tools import KUBERNETES
from tests.sandbox.kubernetes.nodes.account import CLUSTER, Account
from tests.sandbox.kubernetes.nodes.manifests import NODE_POOL

pytestmark = pytest.mark.sandbox

REPOSITORY = Path(__file__).parents[3]
SECRET = "hunter2-hunter2"


def runs(child: dict[str, Any]) -> bool:
    return bool(start_time(child["pid"]) == child["started"])


class Stage:
    """A cloud with one cluster, and the process that runs it."""

    def __init__(self, directory: Path) -> None:
        self.state = SandboxState(directory)
        self.state.create()
        self.state.choose_ports()
        self._cloud = self._start("sandbox.aws.server", "cloud")
        self._kubernetes: subprocess.Popen[bytes] | None = None
        self.account = Account(self.state.ports().aws)

    def _start(self, module: str, name: str) -> subprocess.Popen[bytes]:
        def start(extra: Any, descriptors: Any) -> subprocess.Popen[bytes]:
            return spawn(
                [sys.executable, "-m", module, "--state-dir", str(self.state.directory)],
                log=self.state.logs / f"{name}.log",
                environment={**os.environ, "PYTHONPATH": str(REPOSITORY), **extra},
                pass_fds=descriptors,
            )

        return spawn_and_wait_ready(start, name=name, timeout=60)

    def start(self) -> None:
        self._kubernetes = self._start("sandbox.kubernetes", "kubernetes")

    def kill(self) -> None:
        assert self._kubernetes is not None
        self._kubernetes.kill()
        self._kubernetes.wait()

    def end(self) -> None:
        if self._kubernetes is not None:
            stop(self._kubernetes, grace=30)

    def discard(self) -> None:
        self.end()
        stop(self._cloud, grace=30)

    def place_programs(self) -> None:
        for found in plan_all(KUBERNETES):
            if not found.ready:
                pytest.skip(f"{found.tool.name} is not there; `./prakerja up` gets it")
            place_executable(found.path, self.state.binaries / found.tool.name)

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads((self.state.run / "kubernetes.json").read_text()))

    @property
    def children(self) -> dict[str, dict[str, Any]]:
        return dict(self.document["children"])

    def running(self) -> dict[str, bool]:
        return {name: runs(child) for name, child in self.children.items()}

    @property
    def cluster(self) -> dict[str, Any]:
        return dict(self.account.client("eks").describe_cluster(name=CLUSTER)["cluster"])

    def kubectl(self, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.state.binaries / "kubectl", "--kubeconfig", self.state.kubeconfig, *arguments],
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )

    def is_ready(self) -> bool:
        """Everything runs, and the API server answers."""
        running = self.running()
        return (
            running.keys() == {*PROGRAMS, *AGENTS} and all(running.values()) and self.kubectl("get", "ns").stdout != ""
        )

    def await_ready(self) -> None:
        self.eventually(self.is_ready, "everything runs")

    def eventually(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            log = (self.state.logs / "kubernetes.log").read_text()
            assert time.monotonic() < deadline, f"{what}: not within a minute: {self.document}\n{log}"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """With an object and a secret in the cluster."""
    directory = Path(tempfile.mkdtemp(prefix="prakerja-"))
    stage = Stage(directory)
    try:
        stage.start()
        assert stage.cluster["status"] == "CREATING"
        stage.place_programs()
        stage.await_ready()
        assert stage.kubectl("create", "secret", "generic", "kept", f"--from-literal=word={SECRET}").returncode == 0
        yield stage
    finally:
        stage.discard()
        shutil.rmtree(directory)


def test_the_cloud_says_where_it_is(stage: Stage) -> None:
    stage.eventually(lambda: stage.cluster["status"] == "ACTIVE", "the cluster is active")
    assert stage.cluster["endpoint"] == stage.document["api"]


def test_pods_can_be_made_at_once(stage: Stage) -> None:
    """The controllers have made what each pod needs."""
    assert stage.kubectl("get", "serviceaccount", "default").returncode == 0


def test_a_misspelt_field_of_a_node_pool_is_refused(stage: Stage) -> None:
    spec = {**NODE_POOL["spec"], "disruptoin": {}}
    done = stage.kubectl("apply", "--dry-run=server", "-f", "-", given=json.dumps({**NODE_POOL, "spec": spec}))
    assert 'unknown field "spec.disruptoin"' in done.stderr


def test_a_secret_is_not_in_clear_on_the_disk(stage: Stage) -> None:
    files = [file for file in (stage.state.kubernetes / "etcd").rglob("*") if file.is_file()]
    assert files
    assert not any(SECRET.encode() in file.read_bytes() for file in files)


def test_only_the_api_server_is_reached_over_the_network(stage: Stage) -> None:
    for name in set(PROGRAMS) - {"kube-apiserver"}:
        sockets = {str(link.readlink()) for link in Path(f"/proc/{stage.children[name]['pid']}/fd").iterdir()}
        listening = {
            f"socket:[{fields[9]}]"
            for table in ("tcp", "tcp6")
            for fields in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:])
            if fields[3] == "0A"  # listening, proc_net_tcp(5)
        }
        assert not sockets & listening


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_program_killed_comes_back_with_its_data(stage: Stage, program: str) -> None:
    stage.await_ready()
    before = stage.children[program]["restarts"]
    os.kill(stage.children[program]["pid"], signal.SIGKILL)
    stage.eventually(lambda: stage.children[program]["restarts"] == before + 1, f"{program} is restarted")
    stage.await_ready()
    assert stage.kubectl("get", "secret", "kept").returncode == 0


def test_killed_it_leaves_nothing_running_and_carries_on(stage: Stage) -> None:
    stage.await_ready()
    stage.kill()
    stage.eventually(lambda: not any(stage.running().values()), "all that it ran has ended")
    stage.start()
    assert stage.is_ready()  # whoever starts next can call the cluster
    assert stage.kubectl("get", "secret", "kept").returncode == 0


def test_stopped_it_leaves_nothing_running(stage: Stage) -> None:
    stage.await_ready()
    ran = stage.children.values()
    stage.end()
    assert not any(map(runs, ran))
    assert stage.children == {}
    stage.start()


def test_a_cluster_that_is_made_in_place_of_another_is_empty(stage: Stage) -> None:
    stage.await_ready()
    settings = {
        name: stage.cluster[name]
        for name in ("name", "version", "roleArn", "accessConfig", "computeConfig", "storageConfig")
    }
    eks = stage.account.client("eks")
    eks.delete_cluster(name=CLUSTER)
    stage.eventually(lambda: stage.document["status"] == "idle", "nothing runs")
    assert not stage.state.kubeconfig.exists()
    eks.create_cluster(
        **settings,
        bootstrapSelfManagedAddons=False,
        resourcesVpcConfig={"subnetIds": stage.account.subnets},
        kubernetesNetworkConfig={"elasticLoadBalancing": {"enabled": True}},
    )
    stage.await_ready()
    assert "NotFound" in stage.kubectl("get", "secret", "kept").stderr
