"""What others run for the platform: the edge, dashboards and paging, as far as the environment has them."""

from __future__ import annotations

from dataclasses import dataclass

from components.component import Component
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Saas:
    """The layer's components; none for what the environment does without."""

    components: tuple[Component, ...]


def build_saas(config: StackConfig) -> Saas:
    """Make the layer."""
    return Saas(components=())
