"""What others run for the platform: the edge, dashboards and paging, as far as the environment has them.

Each vendor's SDK is imported only where its service is switched on: they take a second and more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.component import Component
from stacks.dashboards import build_dashboards
from stacks.edge import build_edge
from stacks.manifest import Manifest
from stacks.observability import Observability
from stacks.paas import Paas
from stacks.paging import build_paging
from stacks.services import Service
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Saas:
    """The layer's components; none for what the environment does without."""

    components: tuple[Component, ...]


def build_saas(
    config: StackConfig,
    manifests: Mapping[str, Manifest],
    paas: Paas,
    services: Mapping[str, Service],
    observability: Observability,
) -> Saas:
    """Make the layer."""
    components: list[Component] = [*build_edge(config, manifests, paas)]
    pager = build_paging(config, manifests, observability)
    if pager:
        components.append(pager)
    components += build_dashboards(config, paas, services, pager)
    return Saas(components=tuple(components))
