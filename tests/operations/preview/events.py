"""Engine events of a preview, made up as the engine makes them."""

from __future__ import annotations

from typing import Any

Event = dict[str, Any]

DATABASE = "aws:rds/instance:Instance"
ROLE = "aws:iam/role:Role"
GROUP = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
BUCKET = "aws:s3/bucket:Bucket"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "hidden"}


def urn(type_token: str, name: str) -> str:
    """A resource's URN in stack prod."""
    return f"urn:pulumi:prod::prakerja::prakerja:paas:Something${type_token}::{name}"


def step(
    op: str,
    type_token: str,
    name: str,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    differences: dict[str, str] | None = None,
    **state: Any,
) -> Event:
    """One step. old, new: inputs. differences: property path to kind. state: more of the old state."""
    shared = {"type": type_token, "urn": urn(type_token, name), "custom": True}
    return {
        "resourcePreEvent": {
            "metadata": {
                "op": op,
                "urn": urn(type_token, name),
                "type": type_token,
                "old": None if old is None else {**shared, "inputs": old, "outputs": old, **state},
                "new": None if new is None else {**shared, "inputs": new},
                "detailedDiff": {path: {"diffKind": kind} for path, kind in (differences or {}).items()} or None,
            }
        }
    }


def created(type_token: str, name: str) -> Event:
    """A resource that is made."""
    return step("create", type_token, name, new={})


def deleted(type_token: str, name: str, **state: Any) -> Event:
    """A resource that is deleted."""
    return step("delete", type_token, name, old={}, **state)


def updated(type_token: str, name: str, path: str, before: Any, after: Any) -> Event:
    """A resource of which one top-level input changes in place."""
    return step("update", type_token, name, {path: before}, {path: after}, {path: "update"})


def replaced(type_token: str, name: str, path: str, before: Any, after: Any) -> list[Event]:
    """A resource that one top-level input replaces: three steps."""
    old, new = {path: before}, {path: after}
    differences = {path: "update-replace"}
    return [
        step("create-replacement", type_token, name, old, new, differences),
        step("replace", type_token, name, old, new, differences),
        step("delete-replaced", type_token, name, old),
    ]


def retagged(type_token: str, name: str) -> Event:
    """A resource of which one tag changes."""
    return step(
        "update", type_token, name, {"tags": {"owner": "a"}}, {"tags": {"owner": "b"}}, {"tags.owner": "update"}
    )


def unchanged(type_token: str, name: str) -> Event:
    """A resource that stays as it is."""
    return step("same", type_token, name, {}, {})


def said(severity: str, message: str, about: str = "") -> Event:
    """What the engine or a provider says."""
    return {"diagnosticEvent": {"severity": severity, "message": message, "urn": about}}
