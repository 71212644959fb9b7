"""The API `metrics.k8s.io/v1beta1`, by which the autoscaler and `kubectl top` learn what pods use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from sandbox.kubernetes.api.client import KubernetesApi
from sandbox.kubernetes.api.events import timestamp
from sandbox.kubernetes.api.selectors import selects
from sandbox.kubernetes.nodes.pod import PodWorker
from sandbox.kubernetes.nodes.usage import Usage

Json = dict[str, Any]

GROUP, VERSION = "metrics.k8s.io", "v1beta1"
_ROOT = f"/apis/{GROUP}/{VERSION}"
_SERVICE = {"namespace": "kube-system", "name": "metrics-server"}

Pods = Callable[[], Iterable[PodWorker]]


def application(pods: Pods, usage: Callable[[], dict[int, Usage]]) -> web.Application:
    """The API's HTTP application over some pods and the usage of processes by their ids."""

    def metrics(request: web.Request, namespace: str | None) -> list[Json]:
        selector = request.query.get("labelSelector", "")
        return [
            found
            for worker in pods()
            if namespace in {None, worker.pod["metadata"]["namespace"]}
            and selects(selector, worker.pod["metadata"].get("labels", {}))
            and (found := pod_metrics(worker, usage()))
        ]

    async def discovery(_request: web.Request) -> web.Response:
        return web.json_response(_RESOURCES)

    async def of_pods(request: web.Request) -> web.Response:
        found = metrics(request, request.match_info.get("namespace"))
        return web.json_response(_listed("PodMetricsList", found))

    async def of_pod(request: web.Request) -> web.Response:
        for found in metrics(request, request.match_info["namespace"]):
            if found["metadata"]["name"] == request.match_info["name"]:
                return web.json_response(found)
        return web.json_response({"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}, status=404)

    async def of_nodes(_request: web.Request) -> web.Response:
        return web.json_response(_listed("NodeMetricsList", node_metrics(pods(), usage())))

    app = web.Application()
    app.add_routes(
        [
            web.get(_ROOT, discovery),
            web.get(f"{_ROOT}/pods", of_pods),
            web.get(f"{_ROOT}/nodes", of_nodes),
            web.get(f"{_ROOT}/namespaces/{{namespace}}/pods", of_pods),
            web.get(f"{_ROOT}/namespaces/{{namespace}}/pods/{{name}}", of_pod),
        ]
    )
    return app


async def register(api: KubernetesApi, port: int, manager: str) -> None:
    """Have the API server pass the API on to a port of this machine."""
    service = {"apiVersion": "v1", "kind": "Service", "metadata": _SERVICE}
    service["spec"] = {"type": "ExternalName", "externalName": "localhost"}
    await api.apply("/api/v1/namespaces/kube-system/services/metrics-server", service, manager)
    name = f"{VERSION}.{GROUP}"
    registration = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": name},
        "spec": {
            "group": GROUP,
            "version": VERSION,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "service": {**_SERVICE, "port": port},
            "insecureSkipTLSVerify": True,  # as metrics-server's own manifest does; the caller is verified here
        },
    }
    await api.apply(f"/apis/apiregistration.k8s.io/v1/apiservices/{name}", registration, manager)


def pod_metrics(worker: PodWorker, usage: dict[int, Usage]) -> Json | None:
    """A pod's usage; None until all of its containers have been sampled twice."""
    found = {name: usage.get(runner.state.pid or 0) for name, runner in worker.runners.items()}
    sampled = {name: one for name, one in found.items() if one is not None}
    if not sampled or len(sampled) < len(found):
        return None
    latest = max(sampled.values(), key=lambda one: one.at)
    metadata = worker.pod["metadata"]
    return {
        "kind": "PodMetrics",
        "apiVersion": f"{GROUP}/{VERSION}",
        "metadata": {name: metadata[name] for name in ("name", "namespace", "labels") if name in metadata},
        "timestamp": timestamp(latest.at),
        "window": f"{latest.window:.3f}s",
        "containers": [{"name": name, "usage": _quantities(one.cores, one.memory)} for name, one in sampled.items()],
    }


def node_metrics(pods: Iterable[PodWorker], usage: dict[int, Usage]) -> list[Json]:
    """What the pods of each node use together."""
    nodes: dict[str, list[Usage]] = {}
    for worker in pods:
        processes = (runner.state.pid for runner in worker.runners.values())
        nodes.setdefault(worker.pod["spec"]["nodeName"], []).extend(usage[pid] for pid in processes if pid in usage)
    return [
        {
            "kind": "NodeMetrics",
            "apiVersion": f"{GROUP}/{VERSION}",
            "metadata": {"name": name},
            "timestamp": timestamp(max(one.at for one in found)),
            "window": f"{max(one.window for one in found):.3f}s",
            "usage": _quantities(sum(one.cores for one in found), sum(one.memory for one in found)),
        }
        for name, found in nodes.items()
        if found
    ]


def _quantities(cores: float, memory: int) -> Json:
    return {"cpu": f"{round(cores * 1e9)}n", "memory": f"{memory // 1024}Ki"}


def _listed(kind: str, items: list[Json]) -> Json:
    return {"kind": kind, "apiVersion": f"{GROUP}/{VERSION}", "metadata": {}, "items": items}


_RESOURCES: Json = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": f"{GROUP}/{VERSION}",
    "resources": [
        {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]},
        {"name": "nodes", "singularName": "", "namespaced": False, "kind": "NodeMetrics", "verbs": ["get", "list"]},
    ],
}
