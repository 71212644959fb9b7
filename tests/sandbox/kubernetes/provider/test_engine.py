"""A small program under the real Pulumi CLI: what a user sees of the provider."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.launcher import place
from sandbox.kubernetes.provider.cluster import Cluster
from sandbox.toolchain.plan import plan
from sandbox.toolchain.tools import PULUMI
from tests.sandbox.kubernetes.control_plane import ControlPlane

pytestmark = pytest.mark.end_to_end

PROGRAM = """
import json
import pulumi
import pulumi_kubernetes as k8s

config = pulumi.Config()
provider = k8s.Provider(
    "cluster",
    kubeconfig=config.require("kubeconfig"),
    cluster_identifier="arn:test",
    enable_patch_force=config.get_bool("force"),
)
opts = pulumi.ResourceOptions(provider=provider)
namespace = k8s.core.v1.Namespace("place", metadata={"name": "program"}, opts=opts)
meta = {"namespace": namespace.metadata["name"]}
content = k8s.core.v1.ConfigMap("content", metadata=meta, data={"a": config.require("content")}, opts=opts)
secret = k8s.core.v1.Secret("secret", metadata=meta, string_data={"key": "s3cret-value"}, opts=opts)
service = k8s.core.v1.Service(
    "service",
    metadata={**meta, "name": "it", "annotations": {"pulumi.com/skipAwait": "true"}},
    spec={"selector": {"app": "it"}, "ports": [{"port": config.require_int("port")}]},
    opts=opts,
)
workload = k8s.apps.v1.Deployment(
    "workload",
    metadata={**meta, "name": "it"},
    spec={
        "replicas": 0,
        "selector": {"match_labels": {"app": "it"}},
        "template": {
            "metadata": {"labels": {"app": "it"}},
            "spec": {"containers": [{
                "name": "it",
                "image": config.require("image"),
                "env_from": [{"config_map_ref": {"name": content.metadata["name"]}}],
            }]},
        },
    },
    opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[service])),
)
patch = k8s.core.v1.ConfigMapPatch(
    "patch", metadata={"namespace": "kube-system", "name": "shared"}, data={"enabled": "true"}, opts=opts
)
pulumi.export("address", service.spec["cluster_ip"])
pulumi.export("content", content.metadata["name"])
"""


class Stack:
    """A stack of the program in a directory of its own."""

    def __init__(self, directory: Path, provider_address: str, running: ControlPlane) -> None:
        self.directory = directory
        pulumi = plan(PULUMI)
        if not pulumi.ready:
            pytest.skip("pulumi is not there; `./prakerja up` gets it")
        place(pulumi.path, directory / "bin")
        (directory / "Pulumi.yaml").write_text("name: program\nruntime: python\n")
        (directory / "__main__.py").write_text(PROGRAM)
        (directory / "state").mkdir()
        self._environment = {
            **os.environ,
            "PATH": f"{directory / 'bin'}:{os.environ['PATH']}",
            "PULUMI_HOME": str(directory / "home"),
            "PULUMI_BACKEND_URL": f"file://{directory / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_PROVIDERS": f"kubernetes:{provider_address.rpartition(':')[2]}",
        }
        self.pulumi("stack", "init", "test")
        settings = {"kubeconfig": kubeconfig(running), "content": "1", "port": "80", "image": "registry.example/it:1"}
        self.set(settings)

    def pulumi(self, *arguments: str, fails: bool = False) -> str:
        """Run the CLI; answers what it says."""
        run = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.directory,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (run.returncode != 0) == fails, run.stdout
        return run.stdout

    def set(self, settings: Mapping[str, str]) -> None:
        pairs = [item for name, value in settings.items() for item in ("--plaintext", f"{name}={value}")]
        self.pulumi("config", "set-all", *pairs)

    def output(self, name: str) -> str:
        return self.pulumi("stack", "output", name).strip()

    def changes(self) -> dict[str, int]:
        """What the next update would do."""
        found: dict[str, int] = json.loads(self.pulumi("preview", "--json"))["changeSummary"]
        return found


def kubeconfig(running: ControlPlane) -> str:
    """The kubeconfig that a program writes for EKS."""
    authority = base64.b64encode((running.state.kubernetes / "ca.pem").read_bytes()).decode()
    login = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["eks", "get-token", "--cluster-name", "prakerja"],
    }
    server = f"https://127.0.0.1:{running.state.ports().kubernetes}"
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": {"server": server, "certificate-authority-data": authority}}],
        "users": [{"name": "it", "user": {"exec": login}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }
    return json.dumps(document)


def test_a_program_is_previewed_deployed_changed_refused_refreshed_and_destroyed(
    tmp_path: Path, provider_address: str, running: ControlPlane, cluster: Cluster
) -> None:
    shared = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shared", "namespace": "kube-system"}}
    cluster.apply("/api/v1/namespaces/kube-system/configmaps/shared", shared, manager="somebody", force=True)
    stack = Stack(tmp_path, provider_address, running)
    assert stack.changes() == {"create": 8}
    stack.pulumi("up", "--yes", "--skip-preview")
    first_content = stack.output("content")
    assert stack.output("address").startswith("172.20.")
    assert stack.changes() == {"same": 8}
    assert "s3cret-value" not in (tmp_path / "state/.pulumi/stacks/program/test.json").read_text()
    assert "czNjcmV0LXZhbHVl" not in (tmp_path / "state/.pulumi/stacks/program/test.json").read_text()

    stack.set({"port": "70000", "image": "registry.example/it:2"})
    refused = stack.pulumi("preview", fails=True)
    assert "spec.ports[0].port" in refused
    assert "must be between 1 and 65535" in refused
    stack.pulumi("up", "--yes", "--skip-preview", fails=True)
    live = cluster.find("/apis/apps/v1/namespaces/program/deployments/it")
    assert live is not None
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/it:1"

    stack.set({"port": "81", "content": "2"})
    assert stack.changes() == {"same": 5, "update": 2, "replace": 1}
    stack.pulumi("up", "--yes", "--skip-preview")
    assert stack.output("content") != first_content
    assert cluster.find(f"/api/v1/namespaces/program/configmaps/{first_content}") is None

    live = cluster.find("/apis/apps/v1/namespaces/program/deployments/it")
    assert live is not None
    live["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/theirs"
    cluster.call("PUT", "/apis/apps/v1/namespaces/program/deployments/it", body=live)
    stack.pulumi("refresh", "--yes", "--skip-preview")
    assert 'image: conflict with "python-urllib3"' in stack.pulumi("preview", fails=True)
    stack.set({"force": "true"})
    assert stack.changes() == {"same": 6, "update": 2}
    stack.pulumi("up", "--yes", "--skip-preview")
    live = cluster.find("/apis/apps/v1/namespaces/program/deployments/it")
    assert live is not None
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/it:2"

    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert cluster.find("/api/v1/namespaces/program") is None
    left = cluster.find("/api/v1/namespaces/kube-system/configmaps/shared")
    assert left is not None
    assert "data" not in left
