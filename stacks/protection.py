"""What keeps the platform's data and its site from harm: copies, a firewall, and deletion refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from components.backup_vault import BackupVault, BackupVaultArgs
from components.component import Component
from components.deletion_guard import DeletionGuard, DeletionGuardArgs
from components.naming import logical
from components.web_firewall import WebFirewall, WebFirewallArgs
from stacks.foundation import Foundation
from stacks.paas import Paas
from stacks.stack_config import StackConfig

# By the edge's provider: the header in which it names the address that asks.
CLIENT_ADDRESS_HEADERS = {"cloudflare": "CF-Connecting-IP"}


@dataclass(frozen=True, kw_only=True)
class Protection:
    """The protection's parts."""

    backups: BackupVault
    firewall: WebFirewall

    @property
    def components(self) -> tuple[Component, ...]:
        """The part's components."""
        return (self.backups, self.firewall)


class Part(Protocol):
    """A layer or another part of the platform."""

    @property
    def components(self) -> tuple[Component, ...]:
        """Its components."""


def build_protection(config: StackConfig, foundation: Foundation, paas: Paas) -> Protection:
    """Make what protects data stores and site."""
    settings = config.settings
    environment = settings.environment
    return Protection(
        backups=BackupVault(
            logical(environment.name, "backups"),
            BackupVaultArgs(
                stores={
                    "database": paas.database.instance.arn,
                    # By way of what makes it keep versions, without which AWS Backup refuses it.
                    "documents": foundation.document_store.versioned_arn,
                },
                account_id=foundation.account_id,
                key_arn=foundation.personal_key.arn,
                retention_days=settings.backups.retention_days,
                lock=settings.backups.lock,
                deletion_protection=environment.deletion_protection,
            ),
        ),
        firewall=WebFirewall(
            logical(environment.name, "firewall"),
            WebFirewallArgs(
                load_balancer_arn=paas.site.load_balancer.arn,
                writes_per_address=settings.site.writes_per_address,
                client_address_header=_client_address_header(config),
                key_arn=foundation.personal_key.arn,
                log_retention_days=settings.logs.retention_days if settings.logs.firewall else None,
                deletion_protection=environment.deletion_protection,
            ),
        ),
    )


def _client_address_header(config: StackConfig) -> str | None:
    """What names the person who asks, from when on the edge does the asking.

    Counted by connections, all people would be counted together, as the edge. Until the edge is the only way in,
    whoever knows the balancer's own name can write a header of their own, and so go uncounted; nobody is turned away
    for them.
    """
    edge = config.settings.edge
    return CLIENT_ADDRESS_HEADERS[edge.provider] if edge and edge.proxied else None


def build_deletion_guard(config: StackConfig, parts: Sequence[Part]) -> DeletionGuard:
    """Guard all that the parts made."""
    environment = config.settings.environment
    return DeletionGuard(
        logical(environment.name, "deletion-guard"),
        DeletionGuardArgs(
            platform=[component for part in parts for component in part.components],
            deletion_protection=environment.deletion_protection,
        ),
    )
