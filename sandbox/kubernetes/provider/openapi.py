"""The names that the API server's own schemas allow: asked for when one was refused."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes.provider.cluster import Cluster
from sandbox.kubernetes.provider.kinds import Kind
from sandbox.kubernetes.provider.problems import UNDECLARED, Problem

_STEP = re.compile(r"[^.\[\]]+|\[(?:[^\]\"]|\"[^\"]*\")*\]")
_LISTED = 30


def explained(problem: Problem, kind: Kind, cluster: Cluster) -> Problem:
    """A problem that also says what is allowed, where a field's name is what is wrong."""
    if problem.reason != UNDECLARED:
        return problem
    *parents, name = _STEP.findall(problem.path)
    allowed = sorted(_fields(kind, parents, cluster))
    nearest = difflib.get_close_matches(name, allowed, n=1, cutoff=0.5)
    if nearest:
        return Problem(problem.path, f"is no field here; the nearest that is: {nearest[0]}")
    if 0 < len(allowed) <= _LISTED:
        return Problem(problem.path, f"is no field here; allowed: {', '.join(allowed)}")
    return Problem(problem.path, f"is no field of {kind}")


def _fields(kind: Kind, parents: list[str], cluster: Cluster) -> Iterator[str]:
    prefix = "apis" if kind.group else "api"
    schemas = (cluster.find(f"/openapi/v3/{prefix}/{kind.api_version}") or {}).get("components", {}).get("schemas", {})
    at: dict[str, Any] = next((schema for schema in schemas.values() if _describes(schema, kind)), {})
    for step in parents:
        at = _resolved(at, schemas)
        inner = at.get("items", {}) if step.startswith("[") else at.get("properties", {}).get(step)
        at = inner if inner is not None else at.get("additionalProperties", {})
        if not isinstance(at, dict):
            return
    yield from _resolved(at, schemas).get("properties", {})


def _describes(schema: dict[str, Any], kind: Kind) -> bool:
    version = kind.api_version.rpartition("/")[2]
    return {"group": kind.group, "version": version, "kind": kind.name} in schema.get(
        "x-kubernetes-group-version-kind", ()
    )


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference, alone or among other words, refers to."""
    reference = schema.get("$ref") or next((part["$ref"] for part in schema.get("allOf", ()) if "$ref" in part), None)
    found: dict[str, Any] = schemas.get(reference.rpartition("/")[2], {}) if reference else schema
    return found
