"""Where each service's log is kept, whatever the service runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.component import Component
from components.naming import logical
from components.service_log import ServiceLog, ServiceLogArgs
from stacks.foundation import Foundation
from stacks.manifest import Manifest
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class ServiceLogs:
    """by_service: of every service, wherever it runs by now: what it wrote is kept."""

    by_service: Mapping[str, ServiceLog]

    @property
    def components(self) -> tuple[Component, ...]:
        """The part's components."""
        return tuple(self.by_service.values())


def build_service_logs(config: StackConfig, manifests: Mapping[str, Manifest], foundation: Foundation) -> ServiceLogs:
    """Make the services' logs."""
    return ServiceLogs(
        by_service={name: _log(name, manifest, config, foundation) for name, manifest in manifests.items()}
    )


def _log(name: str, manifest: Manifest, config: StackConfig, foundation: Foundation) -> ServiceLog:
    environment = config.settings.environment
    return ServiceLog(
        logical(environment.name, name, "log"),
        ServiceLogArgs(
            service=name,
            owner=manifest.owner,
            environment=environment.name,
            key_arn=foundation.internal_key.arn,
            retention_days=config.settings.logs.retention_days,
            deletion_protection=environment.deletion_protection,
        ),
    )
