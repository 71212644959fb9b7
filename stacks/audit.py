"""What is written down for those who ask later: who changed what, who spoke to whom, who asked for what."""

from __future__ import annotations

from dataclasses import dataclass

from components.access_logs import AccessLogs, AccessLogsArgs
from components.audit_trail import AuditTrail, AuditTrailArgs
from components.component import Component
from components.flow_logs import FlowLogs, FlowLogsArgs
from components.naming import logical
from stacks.foundation import Foundation
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The records' parts."""

    trail: AuditTrail
    flow_logs: FlowLogs
    access_logs: AccessLogs

    @property
    def components(self) -> tuple[Component, ...]:
        """The part's components."""
        return (self.trail, self.flow_logs, self.access_logs)


def build_audit(config: StackConfig, foundation: Foundation) -> Audit:
    """Make them, under the key for internal data."""
    environment = config.settings.environment
    logs = config.settings.logs
    key_arn = foundation.internal_key.arn
    return Audit(
        trail=AuditTrail(
            logical(environment.name, "trail"),
            AuditTrailArgs(
                account_id=foundation.account_id,
                region=config.region,
                key_arn=key_arn,
                retention_days=logs.audit_retention_days,
                deletion_protection=environment.deletion_protection,
            ),
        ),
        flow_logs=FlowLogs(
            logical(environment.name, "flows"),
            FlowLogsArgs(
                vpc_id=foundation.network.vpc.id,
                account_id=foundation.account_id,
                key_arn=key_arn,
                retention_days=logs.retention_days,
                deletion_protection=environment.deletion_protection,
            ),
        ),
        access_logs=AccessLogs(
            logical(environment.name, "requests"),
            AccessLogsArgs(
                account_id=foundation.account_id,
                retention_days=logs.retention_days,
                deletion_protection=environment.deletion_protection,
            ),
        ),
    )
