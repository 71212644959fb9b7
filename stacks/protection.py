"""What deletion protection does for the environment as a whole."""

from __future__ import annotations

from collections.abc import Mapping

from components.deletion_guard import DeletionGuard, DeletionGuardArgs
from components.naming import logical
from stacks.foundation import Foundation
from stacks.iaas import Iaas
from stacks.paas import Paas
from stacks.services import Service
from stacks.stack_config import StackConfig


def build_deletion_guard(
    config: StackConfig, foundation: Foundation, paas: Paas, iaas: Iaas, services: Mapping[str, Service]
) -> DeletionGuard:
    """Guard all that the layers made."""
    environment = config.settings.environment
    parts: tuple[Foundation | Paas | Iaas | Service, ...] = (foundation, paas, iaas, *services.values())
    return DeletionGuard(
        logical(environment.name, "deletion-guard"),
        DeletionGuardArgs(
            platform=[component for part in parts for component in part.components],
            deletion_protection=environment.deletion_protection,
        ),
    )
