"""Elastic Load Balancing keeps many settings as attributes: one list of keys and texts, set by a call of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.provider.declaration import Input, Model, Update
from sandbox.aws.provider.work import Work
from sandbox.provider.values import Value

Keys = Mapping[str, str | Mapping[str, str]]
"""Input name → attribute key; or → (field → attribute key) for an input that is an object."""


def attribute_inputs(keys: Keys, defaults: Mapping[str, Value]) -> dict[str, Input]:
    """The inputs that are attributes, with what AWS has where they aren't set."""
    return {name: Input(read=f"Attributes.{name}", default=defaults.get(name)) for name in keys}


def attribute_update(keys: Keys, kind: str) -> Update:
    """The call that sets the attributes of a `load_balancer` or a `target_group`."""
    arn_parameter = {"load_balancer": "LoadBalancerArn", "target_group": "TargetGroupArn"}[kind]

    def apply(work: Work) -> None:
        texts: dict[str, str] = {}
        for name in keys:
            value = work.get(name)
            if value is not None and (name in work.inputs or name in work.changed):
                texts |= _texts(keys[name], value)
        attributes = [{"Key": key, "Value": text} for key, text in texts.items()]
        work.call(f"modify_{kind}_attributes", Attributes=attributes, **{arn_parameter: work.id})

    return Update(apply, tuple(keys))


def read_attributes(keys: Keys, attributes: list[dict[str, str]]) -> Model:
    """The attributes by input name, objects put together."""
    answered = {attribute["Key"]: attribute["Value"] for attribute in attributes}
    found: Model = {}
    for name, key in keys.items():
        if isinstance(key, str):
            found[name] = answered.get(key)
        else:
            fields = {field: answered[field_key] for field, field_key in key.items() if answered.get(field_key)}
            found[name] = fields or None
    return found


def _texts(key: str | Mapping[str, str], value: Any) -> dict[str, str]:
    if isinstance(key, str):
        return {key: _text(value)}
    return {key[field]: _text(item) for field, item in value.items() if field in key}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
