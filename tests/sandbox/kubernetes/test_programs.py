"""The control plane's command lines: on loopback only, nobody anonymous, nothing secret in an argument."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, ip_address
from pathlib import Path

import pytest

from sandbox.kubernetes.control_plane import certificates, definitions, kubeconfig, programs
from sandbox.kubernetes.control_plane.control_plane import PROGRAMS
from sandbox.toolchain.tools import KUBERNETES

pytestmark = pytest.mark.unit

CLUSTER = programs.Cluster(name="prod", port=6443, service_network=IPv4Network("172.20.0.0/16"))
COMMANDS = {
    "etcd": programs.etcd(),
    "kube-apiserver": programs.kube_apiserver(CLUSTER),
    "kube-controller-manager": programs.kube_controller_manager(CLUSTER),
    "kube-scheduler": programs.kube_scheduler(),
}


def options(program: str) -> dict[str, str]:
    return dict(argument.removeprefix("--").split("=", 1) for argument in COMMANDS[program])


def test_the_tools_are_those_that_are_run_and_kubectl() -> None:
    assert set(PROGRAMS) == COMMANDS.keys() == {tool.name for tool in KUBERNETES} - {"kubectl"}


def test_etcd_is_reached_through_the_directory_only() -> None:
    listening = {value for name, value in options("etcd").items() if name.startswith("listen")}
    assert all(address.startswith("unix://") for address in listening)
    assert options("kube-apiserver")["etcd-servers"] in listening


def test_sockets_are_named_by_themselves_whatever_the_depth_of_the_directory() -> None:
    for value in re.findall(r"unix://(\S+?)(?=[,\s]|$)", " ".join(COMMANDS["etcd"])):
        assert "/" not in value


def test_only_the_api_server_listens_and_on_loopback() -> None:
    assert ip_address(options("kube-apiserver")["bind-address"]).is_loopback
    assert options("kube-controller-manager")["secure-port"] == options("kube-scheduler")["secure-port"] == "0"


def test_nobody_is_anonymous_and_everybody_is_authorised() -> None:
    assert options("kube-apiserver")["anonymous-auth"] == "false"
    assert options("kube-apiserver")["authorization-mode"] == "RBAC"


def test_a_privileged_pod_is_refused_by_namespaces_and_policies_as_on_eks() -> None:
    assert options("kube-apiserver")["allow-privileged"] == "true"


def test_every_file_that_an_argument_names_is_made(tmp_path: Path) -> None:
    certificates.make(tmp_path, CLUSTER.service_network)
    for user in ("kube-controller-manager", "kube-scheduler"):
        kubeconfig.write(tmp_path / f"{user}.kubeconfig", tmp_path, user, "https://127.0.0.1:6443")
    named = {
        value
        for program in COMMANDS
        for value in options(program).values()
        if value.endswith((".pem", ".key", ".yaml", ".kubeconfig"))
    }
    assert named <= {file.name for file in tmp_path.iterdir()}


def test_a_kubeconfig_holds_keys_and_is_its_owners_alone(tmp_path: Path) -> None:
    certificates.make(tmp_path, CLUSTER.service_network)
    file = tmp_path / "kubeconfig"
    kubeconfig.write(file, tmp_path, "admin", "https://127.0.0.1:6443")
    kubeconfig.write(file, tmp_path, "admin", "https://127.0.0.1:6444")
    assert file.stat().st_mode & 0o077 == 0
    assert "https://127.0.0.1:6444" in file.read_text()
    assert not (tmp_path / "kubeconfig.new").exists()


def test_definitions_are_named_as_the_api_server_wants_them() -> None:
    assert len(definitions.read()) == len(definitions.paths()) == 3
    for definition in definitions.read():
        spec = definition["spec"]
        assert definition["metadata"]["name"] == f"{spec['names']['plural']}.{spec['group']}"
