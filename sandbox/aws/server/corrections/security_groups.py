"""Security group rules keep their description whatever they refer to.

moto 5.2.5: a rule that refers to a security group or a prefix list loses the description that it was given.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from sandbox.aws.server.corrections.patching import replace

_upstream_init = SecurityGroupRule.__init__


def apply() -> None:
    replace(SecurityGroupRule, __init__=_init, description=property(_description))


def _init(
    rule: SecurityGroupRule,
    ec2_backend: Any,
    ip_protocol: str,
    group_id: str,
    from_port: str | None,
    to_port: str | None,
    ip_range: dict[str, str] | None,
    source_group: dict[str, str] | None = None,
    prefix_list_id: dict[str, str] | None = None,
    **settings: Any,
) -> None:
    _upstream_init(
        rule, ec2_backend, ip_protocol, group_id, from_port, to_port, ip_range, source_group, prefix_list_id, **settings
    )
    rule.__dict__["given_description"] = (source_group or prefix_list_id or {}).get("Description")


def _description(rule: SecurityGroupRule) -> str | None:
    given: str | None = rule.__dict__.get("given_description")
    return rule.ip_range.get("Description") or given
