"""A sandbox whose cloud, data plane and Kubernetes run, without a Pulumi engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sandbox.dataplane.children import REPOSITORY
from sandbox.processes import spawn, spawn_and_wait_ready, stop
from sandbox.state import LOOPBACK, SandboxState
from sandbox.toolchain.plan import plan
from sandbox.toolchain.tools import KUBERNETES
from tests.sandbox.dataplane.artefact import build
from tests.sandbox.dataplane.conftest import until
from tests.sandbox.kubernetes.nodes.account import Account
from tests.sandbox.kubernetes.nodes.manifests import NODE_POOL, Json

T = TypeVar("T")

_MODULES = ("sandbox.aws.server", "sandbox.dataplane", "sandbox.kubernetes")


class RunningCluster:
    """The processes of one sandbox, its account, and `kubectl`."""

    def __init__(self, directory: Path) -> None:
        self.state = SandboxState(directory)
        self.state.create()
        self.state.choose_ports()
        self.state.binaries.mkdir(exist_ok=True)
        for tool in KUBERNETES:
            found = plan(tool)
            if not found.ready:
                pytest.skip(f"{tool.name} is not there; `./prakerja up` gets it")
            (self.state.binaries / tool.name).symlink_to(found.path)
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        for module in _MODULES:
            self._start(module)
            if module == "sandbox.aws.server":
                self.account = Account(self.state.ports().aws)
                self.image = self.account.push(*build())
        self.until(lambda: self.children().keys() >= {"pod-runtime", "nodes"}, "node agent", 60)
        self.apply(NODE_POOL)
        self.until(lambda: len(self.get("nodes")) == 2, "nodes")

    def restart(self) -> None:
        """Stop Kubernetes, all of it, and start it again."""
        stop(self.processes.pop(), grace=60)
        self._start(_MODULES[-1])

    def stop(self) -> None:
        for process in reversed(self.processes):
            stop(process, grace=60)

    @property
    def site(self) -> str:
        return f"http://{LOOPBACK}:{self.state.ports().site}"

    def children(self) -> dict[str, Json]:
        """What runs of Kubernetes, by name."""
        file = self.state.run / "kubernetes.json"
        return dict(json.loads(file.read_text())["children"]) if file.exists() else {}

    def pid(self, child: str) -> int:
        return int(self.children()[child]["pid"])

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        """Run kubectl; what it prints."""
        done = subprocess.run(
            [str(self.state.binaries / "kubectl"), *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "KUBECONFIG": str(self.state.kubeconfig)},
        )
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}{self.log}"
        return done.stdout

    def apply(self, *objects: Json) -> None:
        self.kubectl("apply", "-f", "-", given=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def get(self, kind: str, namespace: str | None = None) -> list[Json]:
        scope = ["-n", namespace] if namespace else []
        return list(json.loads(self.kubectl("get", kind, *scope, "-o", "json"))["items"])

    def pods(self, namespace: str) -> list[Json]:
        """The pods of a namespace that aren't being deleted."""
        return [pod for pod in self.get("pods", namespace) if "deletionTimestamp" not in pod["metadata"]]

    def ready(self, namespace: str) -> list[Json]:
        return [pod for pod in self.pods(namespace) if condition(pod, "Ready") == "True"]

    def await_ready(self, namespace: str, count: int, seconds: float = 60) -> list[Json]:
        """The pods of a namespace, once so many are ready."""

        def found() -> list[Json] | None:
            pods = self.ready(namespace)
            return pods if len(pods) == count == len(self.get("pods", namespace)) else None

        return self.until(found, f"{count} ready pods in {namespace}", seconds) or []

    def until(self, wanted: Callable[[], T], what: str, seconds: float = 30) -> T:
        return until(wanted, what, seconds, lambda: self.log)

    @property
    def log(self) -> str:
        names = ("nodes", "pod-runtime", "kubernetes")
        files = [self.state.logs / f"{name}.log" for name in names]
        return "".join(f"\n== {file.name}\n{file.read_text()[-4000:]}" for file in files if file.exists())

    def _start(self, module: str) -> None:
        self.processes.append(spawn_and_wait_ready(self._starter(module), name=module, timeout=60))

    def _starter(self, module: str) -> Callable[[Any, Any], subprocess.Popen[bytes]]:
        def start(environment: Any, descriptors: Any) -> subprocess.Popen[bytes]:
            return spawn(
                [sys.executable, "-m", module, "--state-dir", str(self.state.directory)],
                log=self.state.logs / f"{module.removeprefix('sandbox.')}.log",
                environment={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
                directory=REPOSITORY,
                pass_fds=descriptors,
            )

        return start


def condition(pod: Json, kind: str) -> str | None:
    """The status of one of a pod's conditions."""
    found = (one["status"] for one in pod["status"].get("conditions", []) if one["type"] == kind)
    return next(found, None)


@contextmanager
def running_cluster() -> Iterator[RunningCluster]:
    directory = Path(tempfile.mkdtemp(prefix="prakerja-"))  # short: Unix sockets' paths have 107 characters
    cluster = RunningCluster(directory / "sandbox")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(directory, ignore_errors=True)
