"""What the API server serves, as it says itself: which path a kind has, and whether it lies in a namespace."""

from __future__ import annotations

from sandbox.kubernetes.provider.cluster import Cluster, Resource
from sandbox.kubernetes.provider.kinds import Kind


class UnknownKindError(LookupError):
    """A kind that the API server does not serve (yet)."""


class Discovery:
    """The kinds of one cluster. What was found is kept; what was not is asked for again."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[str, dict[str, Resource]] = {}

    def resource(self, kind: Kind) -> Resource:
        """How a kind is served. Raises UnknownKindError, ApiError, UnreachableError."""
        known = self._known.get(kind.api_version, {})
        if kind.name not in known:
            known = self._known[kind.api_version] = self._served(kind.api_version)
        if kind.name in known:
            return known[kind.name]
        others = f"; {kind.api_version} has: {', '.join(sorted(known))}" if known else ""
        raise UnknownKindError(f"the API server does not serve {kind}{others}")

    def _served(self, api_version: str) -> dict[str, Resource]:
        path = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        answer = self._cluster.find(path) or {}
        return {
            served["kind"]: Resource(path, served["name"], served["namespaced"])
            for served in answer.get("resources") or ()
            if "/" not in served["name"]
        }
