"""A resource's inputs as an object's manifest: its name, its place, and what of it is secret."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping

from sandbox.kubernetes.provider.cluster import Object
from sandbox.kubernetes.provider.kinds import Kind
from sandbox.provider.values import UNKNOWN, Properties, Secret, Value

AUTONAMED = "pulumi.com/autonamed"
SKIP_AWAIT = "pulumi.com/skipAwait"
WAIT_FOR = "pulumi.com/waitFor"
TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds"
PATCH_FORCE = "pulumi.com/patchForce"
PATCH_FIELD_MANAGER = "pulumi.com/patchFieldManager"
DELETION_PROPAGATION = "pulumi.com/deletionPropagationPolicy"

FIELD_MANAGER = "__fieldManager"
_RANDOM_DIGITS = 8
# What the server alone writes, so that no manifest says it.
_SERVER_METADATA = ("managedFields", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink")
_SERVER_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")


def metadata(inputs: Mapping[str, Value]) -> Mapping[str, Value]:
    """The metadata, as far as they are known."""
    found = inputs.get("metadata")
    return found if isinstance(found, Mapping) else {}


def annotation(inputs: Mapping[str, Value], name: str) -> str:
    """An annotation's text; empty where it isn't set."""
    annotations = metadata(inputs).get("annotations")
    found = annotations.get(name) if isinstance(annotations, Mapping) else None
    return found if isinstance(found, str) else ""


def named(inputs: Properties, old: Properties, logical_name: str, seed: bytes) -> Properties:
    """The inputs with a name: the object's old one where it was generated, else a new one.

    seed: the engine's, so that a preview and the update after it agree; may be empty.
    """
    if "name" in metadata(inputs) or inputs.get("metadata") is UNKNOWN:
        return inputs
    if annotation(old, AUTONAMED):
        name = metadata(old)["name"]
    else:
        digits = hashlib.sha256(seed).hexdigest() if seed else secrets.token_hex(_RANDOM_DIGITS)
        name = f"{logical_name}-{digits[:_RANDOM_DIGITS]}"
    annotations = metadata(inputs).get("annotations", {})
    marked = annotations if annotations is UNKNOWN else {**annotations, AUTONAMED: "true"}
    return {**inputs, "metadata": {**metadata(inputs), "name": name, "annotations": marked}}


def in_namespace(inputs: Properties, namespace: str) -> Properties:
    """The inputs with a namespace where they name none."""
    if metadata(inputs).get("namespace") or inputs.get("metadata") is UNKNOWN:
        return inputs
    return {**inputs, "metadata": {**metadata(inputs), "namespace": namespace}}


def with_secrets(properties: Properties, kind: Kind) -> Properties:
    """The properties, with the content of a Secret marked for the engine to encrypt."""
    if kind.key != "Secret":
        return properties
    return {name: Secret(value) if name in ("data", "stringData") else value for name, value in properties.items()}


def field_manager(inputs: Properties, state: Properties, urn: str) -> str:
    """The name under which the object's fields are held: its own for each resource, the same while it lives."""
    chosen = annotation(inputs, PATCH_FIELD_MANAGER) or state.get(FIELD_MANAGER)
    return chosen or f"pulumi-kubernetes-{hashlib.sha256(urn.encode()).hexdigest()[:_RANDOM_DIGITS]}"


def managers(live: Object) -> list[str]:
    """Who holds fields of an object."""
    return list(dict.fromkeys(entry.get("manager", "") for entry in metadata(live).get("managedFields") or ()))


def state_of(live: Object, manager: str) -> Properties:
    """The outputs that the engine keeps of an object."""
    kept = {name: value for name, value in metadata(live).items() if name != "managedFields"}
    return {**live, "metadata": kept, FIELD_MANAGER: manager}


def as_declared(live: Object) -> Properties:
    """The manifest that would make an object such as this one, without what the server and its controllers add.

    It is what an import takes over, and tells whether two states of an object say the same.
    """
    kept = {name: value for name, value in metadata(live).items() if name not in _SERVER_METADATA}
    annotations = {k: v for k, v in (kept.pop("annotations", None) or {}).items() if k not in _SERVER_ANNOTATIONS}
    if annotations:
        kept["annotations"] = annotations
    return {**{name: value for name, value in live.items() if name != "status"}, "metadata": kept}
