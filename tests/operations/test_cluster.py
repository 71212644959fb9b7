"""Pods are counted by what the Kubernetes API says, asked as the kubeconfig tells."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from operations.cluster import Cluster, ClusterError
from operations.status_report import ContainersStatus
from sandbox.dataplane.certificates import CertificateAuthority
from tests.serving import serving

pytestmark = pytest.mark.unit

PLACED = {
    "portal": {"namespace": "portal", "deployment": "portal", "minimum": 3},
    "relay": {"namespace": "relay", "deployment": "relay", "minimum": 2},
}
DEPLOYMENTS = [
    {"metadata": {"namespace": "portal", "name": "portal"}, "spec": {"replicas": 4}, "status": {"readyReplicas": 3}},
    {"metadata": {"namespace": "other", "name": "relay"}, "spec": {"replicas": 9}, "status": {"readyReplicas": 9}},
]

DEPLOYMENT = "/apis/apps/v1/namespaces/portal/deployments/portal"
requests: list[dict[str, Any]] = []


class _Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"items": DEPLOYMENTS}).encode()
        self.send_response(200 if self.path == "/apis/apps/v1/deployments" else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PATCH(self) -> None:
        """Answers with what it was told; refuses what is not known, as the real one does."""
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        known = urlsplit(self.path).path == DEPLOYMENT
        request = {"path": self.path, "type": self.headers["content-type"], "body": sent}
        if known:
            requests.append(request)
        body = json.dumps(sent if known else {"message": "not found"}).encode()
        self.send_response(200 if known else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Nothing: a test prints what it needs."""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[Path]:
    """Of an API server on loopback."""
    authority = CertificateAuthority(tmp_path)
    chain, key = authority.certificate("127.0.0.1")
    (tmp_path / "both.pem").write_bytes(chain + key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "both.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    server.socket = context.wrap_socket(server.socket, server_side=True)

    def encoded(data: bytes) -> str:
        return base64.b64encode(data).decode()

    cluster = {
        "server": f"https://127.0.0.1:{server.server_address[1]}",
        "certificate-authority-data": encoded((tmp_path / "ca.pem").read_bytes()),
    }
    user = {"client-certificate-data": encoded(chain), "client-key-data": encoded(key)}
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps({"clusters": [{"cluster": cluster}], "users": [{"user": user}]}))
    with serving(server):
        yield file


def test_pods_are_the_deployments_own(kubeconfig: Path) -> None:
    assert Cluster(kubeconfig).containers(PLACED) == {
        "portal": ContainersStatus(desired=4, ready=3),
        "relay": ContainersStatus(desired=2, ready=0),
    }


def test_a_cluster_that_is_not_there_has_no_ready_pod(tmp_path: Path) -> None:
    found = Cluster(tmp_path / "kubeconfig").containers(PLACED)
    assert found == {
        "portal": ContainersStatus(desired=3, ready=0),
        "relay": ContainersStatus(desired=2, ready=0),
    }


def test_an_object_is_applied_in_a_managers_name_over_others(kubeconfig: Path) -> None:
    requests.clear()
    Cluster(kubeconfig).apply(DEPLOYMENT, {"kind": "Deployment"}, "pulumi-kubernetes-1")
    Cluster(kubeconfig).merge(DEPLOYMENT, {"metadata": {}})
    query = "?fieldManager=pulumi-kubernetes-1&force=true&fieldValidation=Strict"
    assert requests == [
        {"path": DEPLOYMENT + query, "type": "application/apply-patch+yaml", "body": {"kind": "Deployment"}},
        {"path": DEPLOYMENT, "type": "application/merge-patch+json", "body": {"metadata": {}}},
    ]


def test_what_the_api_server_refuses_is_told_as_it_says(kubeconfig: Path) -> None:
    with pytest.raises(ClusterError, match="answers 404 to PATCH /apis/other: not found"):
        Cluster(kubeconfig).merge("/apis/other", {})
