"""The base of every component: what it is for decides its token, its children's parent, and their tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import pulumi

from components.data_processor import DataProcessor

Layer = Literal["foundation", "paas", "iaas", "saas", "services"]
DataClass = Literal["public", "internal", "personal"]

# What serves the platform as a whole, rather than one service.
SHARED_SERVICE = "shared"
PLATFORM_OWNER = "platform"


@dataclass(frozen=True, kw_only=True)
class Classification:
    """Whose a component is, and what data it holds; becomes tags of all its resources.

    service: the service it belongs to, or `shared`.
    owner: the team that answers for it.
    data_class: the most sensitive data in it.
    """

    service: str = SHARED_SERVICE
    owner: str = PLATFORM_OWNER
    data_class: DataClass


class Component(pulumi.ComponentResource):
    """A platform component with token `prakerja:<layer>:<class name>`.

    stateful: logical names of the children whose loss is a loss of data or of a promise to others.
    processors: who outside the platform gets personal data by it.
    """

    layer: ClassVar[Layer]

    def __init__(self, name: str, classification: Classification, opts: pulumi.ResourceOptions | None) -> None:
        self.classification = classification
        self.stateful: list[str] = []
        self.processors: list[DataProcessor] = []
        super().__init__(f"prakerja:{self.layer}:{type(self).__name__}", name, None, opts)

    def child(
        self,
        *,
        depends_on: list[pulumi.Resource] | None = None,
        ignore_changes: list[str] | None = None,
        retain_on_delete: bool | None = None,
        replace_on_changes: list[str] | None = None,
        delete_before_replace: bool | None = None,
    ) -> pulumi.ResourceOptions:
        """Options of a child that can be made again."""
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=depends_on,
            ignore_changes=ignore_changes,
            retain_on_delete=retain_on_delete,
            replace_on_changes=replace_on_changes,
            delete_before_replace=delete_before_replace,
        )

    def stateful_child(
        self, name: str, *, protect: bool, depends_on: list[pulumi.Resource] | None = None
    ) -> pulumi.ResourceOptions:
        """Options of a child whose loss is a loss of data or of a promise to others."""
        self.stateful.append(name)
        return pulumi.ResourceOptions(parent=self, protect=protect, depends_on=depends_on)
