"""The API server's refusals as the engine shows them: each field by its path, with what is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.kubernetes.provider.cluster import ApiError, Cluster
from sandbox.kubernetes.provider.kinds import Kind
from sandbox.kubernetes.provider.manifest import PATCH_FORCE
from sandbox.kubernetes.provider.openapi import explained
from sandbox.kubernetes.provider.problems import Problem, problems


class RefusedError(RuntimeError):
    """The API server refuses the object; it is as it was."""


def explained_problems(error: ApiError, kind: Kind, cluster: Cluster) -> list[Problem]:
    """Everything that a refusal names, with the names that are allowed."""
    return [explained(problem, kind, cluster) for problem in problems(error)]


@contextmanager
def explaining(kind: Kind, cluster: Cluster) -> Iterator[None]:
    """Turn the API server's refusal into an error for people. Raises RefusedError."""
    try:
        yield
    except ApiError as error:
        raise RefusedError(_text(error, kind, cluster)) from error


def _text(error: ApiError, kind: Kind, cluster: Cluster) -> str:
    found = explained_problems(error, kind, cluster)
    text = "; ".join(map(str, found)) if found else str(error)
    if any(problem.reason.startswith("conflict with") for problem in found):
        return f'{text}; the annotation {PATCH_FORCE}: "true" takes over what others hold'
    return text
