"""The provider's settings: what may be set, which cluster they lead to, and which changes name another."""

from __future__ import annotations

import base64
import json
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from sandbox.kubernetes.control_plane import certificates
from sandbox.kubernetes.provider import configuration, kubeconfig
from sandbox.kubernetes.provider.kinds import Kind, UnservedTypeError, kind_of
from sandbox.kubernetes.provider.kubeconfig import Administrator, KubeconfigError
from sandbox.provider.values import UNKNOWN

pytestmark = pytest.mark.unit

SERVER = "https://127.0.0.1:6443"
EXEC = {"command": "/usr/local/bin/aws", "args": ["eks", "get-token", "--cluster-name", "prakerja"]}


@pytest.fixture(scope="module")
def administrator(tmp_path_factory: pytest.TempPathFactory) -> Administrator:
    directory = tmp_path_factory.mktemp("certificates")
    certificates.make(directory, IPv4Network("172.20.0.0/16"))
    return Administrator(server=SERVER, certificate=directory / "admin.pem", key=directory / "admin.key")


def config(administrator: Administrator, server: str = SERVER, **user: Any) -> dict[str, Any]:
    authority = base64.b64encode((administrator.certificate.parent / "ca.pem").read_bytes()).decode()
    return {
        "clusters": [{"name": "it", "cluster": {"server": server, "certificate-authority-data": authority}}],
        "users": [{"name": "me", "user": user}],
        "contexts": [
            {"name": "one", "context": {"cluster": "it", "user": "me", "namespace": "mine"}},
            {"name": "lost", "context": {"cluster": "other", "user": "me"}},
        ],
        "current-context": "one",
    }


def test_the_token_of_eks_is_replaced_by_the_sandbox_s_administrator(administrator: Administrator) -> None:
    access = kubeconfig.access(config(administrator, exec=EXEC), administrator)
    assert (access.server, access.token, access.namespace) == (SERVER, "", "mine")


def test_a_certificate_or_token_in_the_kubeconfig_is_taken_as_it_is(administrator: Administrator) -> None:
    directory = administrator.certificate.parent
    pair = {
        f"client-{name}-data": base64.b64encode((directory / f"kube-scheduler.{suffix}").read_bytes()).decode()
        for name, suffix in (("certificate", "pem"), ("key", "key"))
    }
    kubeconfig.access(config(administrator, **pair), administrator)
    assert kubeconfig.access(config(administrator, token="t"), administrator).token == "t"


@pytest.mark.parametrize(
    ("changes", "context", "reason"),
    [
        ({"server": "https://eks.ap-southeast-3.amazonaws.com"}, "", "the sandbox's cluster is https://127.0.0.1:6443"),
        ({"exec": {"command": "gke-gcloud-auth-plugin"}}, "", "stands in for `aws eks get-token` alone"),
        ({}, "two", "has no context 'two'; it has: one, lost"),
        ({}, "lost", "has no cluster 'other'; it has: it"),
    ],
)
def test_a_way_to_anywhere_else_is_refused(
    administrator: Administrator, changes: dict[str, Any], context: str, reason: str
) -> None:
    with pytest.raises(KubeconfigError, match=reason):
        kubeconfig.access(config(administrator, **changes), administrator, context)


def test_a_kubeconfig_is_read_from_json_from_yaml_and_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text("current-context: a\n")
    for text in ('{"current-context": "a"}', "apiVersion: v1\ncurrent-context: a\n", str(file)):
        assert kubeconfig.parsed(text)["current-context"] == "a"
    with pytest.raises(KubeconfigError, match="neither a kubeconfig nor a file"):
        kubeconfig.parsed("/nowhere")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"kubeconfg": "x"}, "kubeconfg"),
        ({"renderYamlToDirectory": "manifests"}, "renderYamlToDirectory"),
        ({"enableServerSideApply": "false"}, "enableServerSideApply"),
        ({"kubeconfig": "/nowhere"}, "kubeconfig"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_by_name(
    administrator: Administrator, given: dict[str, Any], path: str
) -> None:
    assert [problem.path for problem in configuration.failures(given, administrator)] == [path]


def test_settings_that_are_known_or_not_known_yet_are_taken(administrator: Administrator) -> None:
    text = json.dumps(config(administrator, exec=EXEC))
    assert not list(configuration.failures({"kubeconfig": text, "enableServerSideApply": "true"}, administrator))
    assert not list(configuration.failures({"kubeconfig": UNKNOWN}, administrator))


def test_only_another_cluster_replaces_the_objects(administrator: Administrator) -> None:
    here = json.dumps(config(administrator, exec=EXEC))
    newer = json.dumps(config(administrator, token="t"))
    elsewhere = json.dumps(config(administrator, server="https://127.0.0.1:7443", exec=EXEC))
    assert configuration.replacing({"kubeconfig": here}, {"kubeconfig": newer}) == []
    assert configuration.replacing({"kubeconfig": here}, {"kubeconfig": elsewhere}) == ["kubeconfig"]
    assert configuration.replacing({"kubeconfig": here}, {"kubeconfig": UNKNOWN}) == ["kubeconfig"]


def test_the_cluster_s_identifier_alone_decides_where_it_is_given() -> None:
    old = {"kubeconfig": "a", "clusterIdentifier": "one"}
    assert configuration.replacing(old, {"kubeconfig": UNKNOWN, "clusterIdentifier": "one"}) == []
    assert configuration.replacing(old, {"kubeconfig": "a", "clusterIdentifier": "two"}) == ["clusterIdentifier"]


@pytest.mark.parametrize(
    ("token", "inputs", "kind"),
    [
        ("kubernetes:core/v1:ConfigMap", {}, Kind("v1", "ConfigMap")),
        ("kubernetes:apps/v1:Deployment", {}, Kind("apps/v1", "Deployment")),
        (
            "kubernetes:core/v1:ConfigMapPatch",
            {"apiVersion": "v1", "kind": "ConfigMap"},
            Kind("v1", "ConfigMap", patch=True),
        ),
        (
            "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding",
            {"apiVersion": "eks.amazonaws.com/v1", "kind": "TargetGroupBinding"},
            Kind("eks.amazonaws.com/v1", "TargetGroupBinding"),
        ),
    ],
)
def test_a_token_and_the_inputs_name_the_kind(token: str, inputs: dict[str, str], kind: Kind) -> None:
    assert kind_of(token, inputs) == kind


@pytest.mark.parametrize("token", ["kubernetes:helm.sh/v3:Release", "kubernetes:yaml/v2:ConfigFile"])
def test_what_is_no_object_of_the_api_server_s_is_not_served(token: str) -> None:
    with pytest.raises(UnservedTypeError, match=token):
        kind_of(token, {})
