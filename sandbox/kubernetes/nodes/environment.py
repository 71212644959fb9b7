"""A container's environment variables from its specification, its pod, and what these refer to."""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable
from typing import Any, Literal

Json = dict[str, Any]

Lookup = Callable[[Literal["configmaps", "secrets"], str], Awaitable[Json | None]]
"""Gets a ConfigMap or Secret of the pod's namespace by name; None where there is none."""

_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_.-][A-Za-z0-9_.-]*)\)")
_KEYED_FIELD = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")


class ConfigError(RuntimeError):
    """A container can't be made for now: what its environment refers to isn't there. In the kubelet's words."""


async def resolve(container: Json, pod: Json, address: str, node_address: str, lookup: Lookup) -> dict[str, str]:
    """The variables that a container's `envFrom` and `env` define.

    address, node_address: the pod's and its node's, which fields may refer to. Raises ConfigError.
    """
    variables: dict[str, str] = {}
    for source in container.get("envFrom", []):
        variables |= await _whole_source(source, lookup)
    fields = _fields(pod, address, node_address)
    for entry in container.get("env", []):
        if "valueFrom" in entry:
            value = await _referred(entry["valueFrom"], fields, lookup)
        else:
            value = _expand(entry.get("value", ""), variables)
        if value is not None:
            variables[entry["name"]] = value
    return variables


async def _whole_source(source: Json, lookup: Lookup) -> dict[str, str]:
    if reference := source.get("configMapRef"):
        data = _config_map(await lookup("configmaps", reference["name"]))
        kind = "configmap"
    else:
        reference = source["secretRef"]
        data = _secret(await lookup("secrets", reference["name"]))
        kind = "secret"
    if data is None:
        if reference.get("optional"):
            return {}
        raise ConfigError(f'{kind} "{reference["name"]}" not found')
    return {source.get("prefix", "") + name: value for name, value in data.items()}


async def _referred(source: Json, fields: Callable[[str], str], lookup: Lookup) -> str | None:
    if reference := source.get("fieldRef"):
        return fields(reference["fieldPath"])
    if reference := source.get("configMapKeyRef"):
        return _keyed("configmap", reference, _config_map(await lookup("configmaps", reference["name"])))
    if reference := source.get("secretKeyRef"):
        return _keyed("secret", reference, _secret(await lookup("secrets", reference["name"])))
    raise ConfigError(f"the sandbox's nodes don't resolve valueFrom {', '.join(source)}")


def _keyed(kind: str, reference: Json, data: dict[str, str] | None) -> str | None:
    if data is not None and reference["key"] in data:
        return data[reference["key"]]
    if reference.get("optional"):
        return None
    if data is None:
        raise ConfigError(f'{kind} "{reference["name"]}" not found')
    raise ConfigError(f"couldn't find key {reference['key']} in {kind} {reference['name']}")


def _config_map(found: Json | None) -> dict[str, str] | None:
    return None if found is None else dict(found.get("data") or {})


def _secret(found: Json | None) -> dict[str, str] | None:
    if found is None:
        return None
    return {name: base64.b64decode(value).decode() for name, value in (found.get("data") or {}).items()}


def _fields(pod: Json, address: str, node_address: str) -> Callable[[str], str]:
    metadata, spec = pod["metadata"], pod["spec"]
    known = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"],
        "spec.nodeName": spec["nodeName"],
        "spec.serviceAccountName": spec.get("serviceAccountName", "default"),
        "status.podIP": address,
        "status.podIPs": address,
        "status.hostIP": node_address,
        "status.hostIPs": node_address,
    }

    def value(path: str) -> str:
        if keyed := _KEYED_FIELD.fullmatch(path):
            return str((metadata.get(keyed[1]) or {}).get(keyed[2], ""))
        if path not in known:
            raise ConfigError(f"the sandbox's nodes don't know the field {path}")
        return str(known[path])

    return value


def _expand(value: str, variables: dict[str, str]) -> str:
    """`$(NAME)` is a variable defined before, or stays as it is; `$$` is one dollar."""
    return _REFERENCE.sub(lambda found: "$" if found[1] is None else variables.get(found[1], found[0]), value)
