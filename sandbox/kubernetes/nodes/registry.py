"""The nodes: one a zone of the cluster's subnets, for as long as a NodePool asks for nodes."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.dataplane.snapshot import Snapshot
from sandbox.kubernetes.api.client import ApiError, KubernetesApi, UnreachableError
from sandbox.kubernetes.api.events import timestamp
from sandbox.kubernetes.api.reflector import Key, Reflector

_log = logging.getLogger(__name__)

Json = dict[str, Any]

_HEARTBEAT_SECONDS = 10  # the kubelet's, a quarter of the lease
_LEASE_SECONDS = 40
_DRAIN_SECONDS = 1  # between looks at a node that is drained
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_NODES = "/api/v1/nodes"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

# One node stands for all those that Auto Mode would start in its zone.
_CAPACITY = {"cpu": "256", "memory": "1Ti", "ephemeral-storage": "1Ti", "pods": "500"}


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node: its zone, its own loopback address, and the subnet that its pods' addresses are from."""

    name: str
    zone: str
    address: str
    subnet: str


def nodes_of(snapshot: Snapshot) -> dict[str, Node]:
    """The nodes that the cluster's subnets make possible, by name; a zone's first subnet counts."""
    wanted = {subnet for cluster in snapshot.clusters for subnet in cluster.subnet_ids}
    subnets = {found.zone: found.cidr for found in reversed(snapshot.subnets) if found.id in wanted}
    nodes = [
        Node(name=f"prakerja-{zone}", zone=zone, address=f"127.0.1.{number}", subnet=subnets[zone])
        for number, zone in enumerate(sorted(subnets), 1)
    ]
    return {node.name: node for node in nodes}


def labels_of(node: Node, pool: Json) -> dict[str, str]:
    """A node's labels: its NodePool's template's, those that its requirements leave no choice in, and its own."""
    template = pool["spec"].get("template", {})
    requirements = template.get("spec", {}).get("requirements", [])
    chosen = {
        one["key"]: one["values"][0]
        for one in requirements
        if one.get("operator") == "In" and len(one.get("values", [])) == 1
    }
    return {
        "kubernetes.io/arch": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "eks.amazonaws.com/compute-type": "auto",
        **chosen,
        **template.get("metadata", {}).get("labels", {}),
        "karpenter.sh/nodepool": pool["metadata"]["name"],
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": node.zone,
        "topology.kubernetes.io/region": node.zone.rstrip("abcdef"),
    }


def node_status(node: Node, kubelet_port: int, version: str, now: str, before: Mapping[str, Json]) -> Json:
    """A ready node's status; `before` are its conditions by type, whose times stay where they have not turned."""
    return {
        "addresses": [
            {"type": "InternalIP", "address": node.address},
            {"type": "Hostname", "address": node.name},
        ],
        "capacity": _CAPACITY,
        "allocatable": _CAPACITY,
        "conditions": [
            _condition("Ready", "True", "KubeletReady", now, before),
            _condition("MemoryPressure", "False", "KubeletHasSufficientMemory", now, before),
            _condition("DiskPressure", "False", "KubeletHasNoDiskPressure", now, before),
            _condition("PIDPressure", "False", "KubeletHasSufficientPID", now, before),
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet_port}},
        "nodeInfo": {
            "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
            "bootID": "",
            "containerRuntimeVersion": "prakerja://1",
            "kernelVersion": os.uname().release,
            "kubeProxyVersion": "",
            "kubeletVersion": version,
            "machineID": node.name,
            "operatingSystem": "linux",
            "osImage": "Prakerja sandbox",
            "systemUUID": node.name,
        },
    }


def _condition(kind: str, status: str, reason: str, now: str, before: Mapping[str, Json]) -> Json:
    known = before.get(kind, {})
    turned = known.get("status") != status
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": "",
        "lastHeartbeatTime": now,
        "lastTransitionTime": now if turned else known["lastTransitionTime"],
    }


class NodeRegistry:
    """Registers the nodes, renews their leases, and removes them when no NodePool is left."""

    def __init__(self, api: KubernetesApi, ports: Callable[[str], int], pods: Reflector) -> None:
        self._api = api
        self._ports = ports
        self._pods = pods
        self.pools = Reflector(api, "/apis/karpenter.sh/v1/nodepools", self._wake)
        self.registered = Reflector(api, _NODES, self._wake)
        self.nodes: dict[str, Node] = {}
        self._news = asyncio.Event()
        self._version = ""
        self._leaving: set[str] = set()  # nodes that are drained, or deleted and perhaps still seen

    def apply(self, snapshot: Snapshot) -> None:
        """Take over the zones and subnets of the cluster."""
        found = nodes_of(snapshot)
        if found and found != self.nodes:
            self.nodes = found
            self._news.set()

    async def run(self) -> None:
        """Keep the nodes until cancelled."""
        for reflector in (self.pools, self.registered):
            await reflector.synced.wait()
        while True:
            self._news.clear()
            try:
                await self._converge()
            except (ApiError, UnreachableError) as error:
                _log.warning("nodes: %s", error)
            try:
                async with asyncio.timeout(_DRAIN_SECONDS if self._leaving else _HEARTBEAT_SECONDS):
                    await self._news.wait()
                await asyncio.sleep(0.1)  # what comes together is answered together
            except TimeoutError:
                continue

    def _wake(self, old: Json | None, new: Json | None) -> None:
        if old is None or new is None or old.get("spec") != new.get("spec") or not _is_ready(new):
            self._news.set()

    async def _converge(self) -> None:
        self._version = self._version or (await self._api.get("/version"))["gitVersion"]
        pools = [pool for pool in self.pools.objects.values() if "deletionTimestamp" not in pool["metadata"]]
        for node in self.nodes.values():
            known = self.registered.objects.get(("", node.name))
            if pools and node.name not in self._leaving:
                await self._keep(node, pools[0], known)
            elif known is not None:
                await self._remove(node)
            else:
                self._leaving.discard(node.name)

    async def _keep(self, node: Node, pool: Json, known: Json | None) -> None:
        labels = labels_of(node, pool)
        if known is None:
            spec: Json = {"providerID": f"prakerja:///{node.zone}/{node.name}"}
            if taints := pool["spec"].get("template", {}).get("spec", {}).get("taints"):
                spec["taints"] = taints
            known = await self._api.create(_NODES, {"metadata": {"name": node.name, "labels": labels}, "spec": spec})
        elif not labels.items() <= known["metadata"].get("labels", {}).items():
            await self._api.patch(f"{_NODES}/{node.name}", {"metadata": {"labels": labels}})
        before = {found["type"]: found for found in known.get("status", {}).get("conditions", [])}
        status = node_status(node, self._ports(node.name), self._version, timestamp(), before)
        if not _is_ready(known) or _endpoint(known) != status["daemonEndpoints"]:
            await self._api.patch(f"{_NODES}/{node.name}/status", {"status": status}, "strategic-merge")
        await self._renew(node, known)

    async def _renew(self, node: Node, known: Json) -> None:
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        spec = {"holderIdentity": node.name, "leaseDurationSeconds": _LEASE_SECONDS, "renewTime": now}
        try:
            await self._api.patch(f"{_LEASES}/{node.name}", {"spec": spec})
        except ApiError as error:
            if error.status != 404:
                raise
            owner = {"apiVersion": "v1", "kind": "Node", "name": node.name, "uid": known["metadata"]["uid"]}
            body = {"metadata": {"name": node.name, "ownerReferences": [owner]}, "spec": spec}
            await self._api.create(_LEASES, body)

    async def _remove(self, node: Node) -> None:
        """Drain a node and, once nothing is left on it, delete it."""
        if node.name not in self._leaving:
            await self._api.patch(f"{_NODES}/{node.name}", {"spec": {"unschedulable": True}})
            self._leaving.add(node.name)
        left = {key: pod for key, pod in self._pods.objects.items() if pod["spec"].get("nodeName") == node.name}
        for key, pod in left.items():
            if "deletionTimestamp" not in pod["metadata"]:
                await self._delete(_pod_path(key))
        if not left:
            await self._delete(f"{_NODES}/{node.name}")

    async def _delete(self, path: str) -> None:
        try:
            await self._api.delete(path)
        except ApiError as error:
            if error.status != 404:
                raise


def _pod_path(key: Key) -> str:
    return f"/api/v1/namespaces/{key[0]}/pods/{key[1]}"


def _is_ready(node: Json) -> bool:
    conditions = node.get("status", {}).get("conditions", [])
    return any(found["type"] == "Ready" and found["status"] == "True" for found in conditions)


def _endpoint(node: Json) -> Json | None:
    found: Json | None = node.get("status", {}).get("daemonEndpoints")
    return found
