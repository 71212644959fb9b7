"""Readiness gates for pods behind a binding, put in as they are made: a mutating webhook, as EKS's own.

A policy in the API server could not do it: which Service selects a pod is more than it can look up.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.kubernetes.api.client import KubernetesApi

Json = dict[str, Any]

_PATH = "/mutate-pods"
_NAME = "eks-load-balancing-webhook"
_LABEL = "eks.amazonaws.com/pod-readiness-gate-inject"

GatesFor = Callable[[str, dict[str, str]], list[str]]


def application(gates_for: GatesFor) -> web.Application:
    """The webhook's HTTP application. `gates_for` gets a namespace and a new pod's labels."""

    async def mutate(request: web.Request) -> web.Response:
        review = await request.json()
        asked = review["request"]
        pod = asked["object"]
        patch = gate_patch(pod, gates_for(asked["namespace"], pod["metadata"].get("labels") or {}))
        answer: Json = {"uid": asked["uid"], "allowed": True}
        if patch:
            answer |= {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(patch).encode()).decode()}
        return web.json_response({"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": answer})

    app = web.Application()
    app.add_routes([web.post(_PATH, mutate)])
    return app


def gate_patch(pod: Json, gates: list[str]) -> list[Json]:
    """The JSON patch that adds the gates which a pod lacks."""
    present = pod["spec"].get("readinessGates") or []
    missing = [gate for gate in gates if gate not in {found["conditionType"] for found in present}]
    if not missing:
        return []
    value = [*present, *({"conditionType": gate} for gate in missing)]
    return [{"op": "add", "path": "/spec/readinessGates", "value": value}]


async def register(api: KubernetesApi, url: str, authority: bytes, manager: str) -> None:
    """Have the API server ask at a URL, whose certificate an authority (PEM) signed, before it makes a pod.

    Only in namespaces that ask for it by EKS's label. Without an answer no pod is made there, as on EKS.
    """
    configuration = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": _NAME},
        "webhooks": [
            {
                "name": "readiness-gates.eks.amazonaws.com",
                "clientConfig": {
                    "url": url + _PATH,
                    "caBundle": base64.b64encode(authority).decode(),
                },
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
                "namespaceSelector": {"matchLabels": {_LABEL: "enabled"}},
                "admissionReviewVersions": ["v1"],
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "timeoutSeconds": 5,
            }
        ],
    }
    path = f"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/{_NAME}"
    await api.apply(path, configuration, manager)
