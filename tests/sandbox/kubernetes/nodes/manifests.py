"""Small objects for a cluster."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

NODE_POOL: Json = {
    "apiVersion": "karpenter.sh/v1",
    "kind": "NodePool",
    "metadata": {"name": "services"},
    "spec": {
        "template": {
            "metadata": {"labels": {"purpose": "services"}},
            "spec": {
                "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "services"},
                "requirements": [{"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]}],
            },
        }
    },
}


def namespace(name: str, *, gates: bool = False) -> Json:
    labels = {"eks.amazonaws.com/pod-readiness-gate-inject": "enabled"} if gates else {}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def probe(path: str = "/healthz", **settings: Any) -> Json:
    return {"httpGet": {"path": path, "port": "http"}, "periodSeconds": 1, **settings}


def container(image: str, **changes: Any) -> Json:
    """A container that serves the tests' artefact."""
    variables = {"PRAKERJA_SERVICE": "portal", "PRAKERJA_LISTEN_PORT": "8080", "PRAKERJA_DRAIN_SECONDS": "0.2"}
    return {
        "name": "portal",
        "image": image,
        "ports": [{"name": "http", "containerPort": 8080}],
        "env": [{"name": name, "value": value} for name, value in variables.items()],
        "readinessProbe": probe(),
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
        **changes,
    }


def deployment(where: str, replicas: int, found: Json, **pod: Any) -> Json:
    labels = {"app": "portal"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "portal", "namespace": where},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [found], **pod}},
        },
    }


def pod(where: str, name: str, found: Json, **changes: Any) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": where, "labels": {"app": name}},
        "spec": {"containers": [found], **changes},
    }


def service(where: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "portal", "namespace": where},
        "spec": {"selector": {"app": "portal"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
    }


def binding(where: str, target_group: str) -> Json:
    return {
        "apiVersion": "eks.amazonaws.com/v1",
        "kind": "TargetGroupBinding",
        "metadata": {"name": "portal", "namespace": where},
        "spec": {
            "serviceRef": {"name": "portal", "port": 80},
            "targetGroupARN": target_group,
            "targetType": "ip",
        },
    }
