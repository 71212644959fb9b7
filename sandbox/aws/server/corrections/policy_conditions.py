"""Policy statements with conditions: they apply where the condition is met, and not at all where it isn't.

moto 5.2.5: it refuses a request when the condition of any statement about it is not met, so that the usual bucket
policy "deny what doesn't come over TLS" denies everything. Every request here counts as one over TLS, since the
loopback address stands for AWS's own; no other condition is ever met.
"""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from sandbox.aws.server.corrections.patching import replace

_upstream_is_action_permitted = IAMPolicyStatement.is_action_permitted


def apply() -> None:
    replace(IAMPolicyStatement, is_action_permitted=_is_action_permitted)


def _is_action_permitted(
    statement: IAMPolicyStatement,
    action: str,
    resource: str = "*",
    principal: str | None = None,
    incoming_condition_values: dict[str, str] | None = None,
) -> PermissionResult:
    content = dict(statement._statement)  # noqa: SLF001 - the statement has no public form
    if incoming_condition_values is None and "Condition" in content:
        if not _is_met(content.pop("Condition")):
            return PermissionResult.NEUTRAL
        statement = IAMPolicyStatement(content)
    return _upstream_is_action_permitted(statement, action, resource, principal, incoming_condition_values)


def _is_met(condition: dict[str, dict[str, Any]]) -> bool:
    return all(
        (operator, key.lower(), str(value).lower()) == ("Bool", "aws:securetransport", "true")
        for operator, tests in condition.items()
        for key, value in tests.items()
    )
