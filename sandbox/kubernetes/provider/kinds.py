"""Which kind of object a resource type is, as its token and inputs say."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.provider.values import Properties

# Made by charts and files on the program's side or by the real provider's own code, not by the API server.
_UNSERVED_MODULES = ("helm.sh/", "yaml", "kustomize")


class UnservedTypeError(LookupError):
    """A resource type that is no single object of the API server."""


@dataclass(frozen=True)
class Kind:
    """A kind of object.

    api_version: as manifests have it (`v1`, `apps/v1`). patch: whether the resource sets some fields of an object that
    others make and delete.
    """

    api_version: str
    name: str
    patch: bool = False

    @property
    def group(self) -> str:
        """The API group; empty for the core."""
        return self.api_version.rpartition("/")[0]

    @property
    def key(self) -> str:
        """The kind whatever its version: `Deployment.apps`, `Service`."""
        return f"{self.name}.{self.group}".rstrip(".")

    def __str__(self) -> str:
        return f"{self.api_version} {self.name}"


def kind_of(token: str, inputs: Properties) -> Kind:
    """The kind of a resource; an import has no inputs, and its token says all.

    Raises UnservedTypeError.
    """
    _, module, name = token.split(":", 2)
    if module.startswith(_UNSERVED_MODULES) or (name.endswith("List") and "items" in inputs):
        raise UnservedTypeError(f"the sandbox does not serve {token}; declare the objects themselves")
    api_version = inputs.get("apiVersion") or module.removeprefix("core/")
    kind = inputs.get("kind") or name
    return Kind(str(api_version), str(kind), patch=name == f"{kind}Patch")
