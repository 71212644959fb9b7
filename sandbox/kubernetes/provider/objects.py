"""One operation on one object: what the engine asked for, and where the object lies."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.kubernetes.provider.cluster import ApiError, Cluster, Object
from sandbox.kubernetes.provider.discovery import Discovery
from sandbox.kubernetes.provider.kinds import Kind
from sandbox.kubernetes.provider.manifest import field_manager, metadata
from sandbox.provider.values import Properties
from sandbox.provider.waiting import Waiter

PREVIEW_NAMESPACE = "default"


@dataclass
class Work:
    """One operation on one object.

    inputs: those to bring about. old_inputs: those of the object as it is. state: its outputs as last known.
    controllers: whether the cluster's controllers run.
    """

    kind: Kind
    cluster: Cluster
    discovery: Discovery
    waiter: Waiter
    urn: str
    inputs: Properties
    old_inputs: Properties = field(default_factory=dict)
    state: Properties = field(default_factory=dict)
    forced: bool = False
    controllers: bool = True

    @property
    def name(self) -> str:
        """The object's name."""
        return str(metadata(self.inputs)["name"])

    @property
    def namespace(self) -> str:
        """Where the object lies; of no meaning for a kind without namespaces."""
        return str(metadata(self.inputs).get("namespace") or self.cluster.namespace)

    @property
    def path(self) -> str:
        """Where the API has the object. Raises UnknownKindError."""
        return self.discovery.resource(self.kind).object(self.namespace, self.name)

    @property
    def id(self) -> str:
        """The resource's id. Raises UnknownKindError."""
        return f"{self.namespace}/{self.name}" if self.discovery.resource(self.kind).namespaced else self.name

    @property
    def manager(self) -> str:
        """The name under which the object's fields are held."""
        return field_manager(self.inputs, self.state, self.urn)

    def live(self) -> Object | None:
        """The object as it is; None where there is none."""
        return self.cluster.find(self.path)

    def apply(self) -> Object:
        """Have the object be as the inputs say. Raises ApiError, UnknownKindError."""
        return self.cluster.apply(self.path, self._manifest(self.inputs), manager=self.manager, force=self.forced)

    def tried(self, inputs: Properties, *, force: bool = False) -> Object:
        """What the object would be by these inputs; nothing is changed. Raises ApiError, UnknownKindError."""
        force = force or self.forced
        manifest = self._manifest(inputs)
        try:
            return self.cluster.apply(self.path, manifest, manager=self.manager, force=force, dry_run=True)
        except ApiError as error:
            if not error.lacks_namespace:
                raise
        # The namespace will be made by the same update; any other tells as well what is wrong with the object.
        manifest["metadata"] = {**manifest["metadata"], "namespace": PREVIEW_NAMESPACE}
        path = self.discovery.resource(self.kind).object(PREVIEW_NAMESPACE, self.name)
        found = self.cluster.apply(path, manifest, manager=self.manager, force=True, dry_run=True)
        found["metadata"]["namespace"] = self.namespace
        return found

    def _manifest(self, inputs: Properties) -> Object:
        manifest = {name: value for name, value in inputs.items() if not name.startswith("__")}
        return {"apiVersion": self.kind.api_version, "kind": self.kind.name, **manifest}
