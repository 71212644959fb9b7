"""When a service leads somewhere."""

from __future__ import annotations

from sandbox.kubernetes.provider.awaiting.standing import READY, Observer, Standing
from sandbox.kubernetes.provider.cluster import Object


def service(live: Object, observer: Observer) -> Standing:
    """A ready pod stands behind it, and a load balancer's address before it, where it asks for one."""
    spec = live["spec"]
    if spec.get("type") == "ExternalName" or not spec.get("selector"):
        return READY
    ingress = ((live.get("status") or {}).get("loadBalancer") or {}).get("ingress")
    if spec.get("type") == "LoadBalancer" and not ingress:
        return Standing("its load balancer has no address yet")
    name, namespace = live["metadata"]["name"], live["metadata"]["namespace"]
    slices = observer.items(
        f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
        labelSelector=f"kubernetes.io/service-name={name}",
    )
    endpoints = [endpoint for slice_ in slices for endpoint in slice_.get("endpoints") or ()]
    if any((endpoint.get("conditions") or {}).get("ready") for endpoint in endpoints):
        return READY
    return Standing("no ready pod stands behind it")
