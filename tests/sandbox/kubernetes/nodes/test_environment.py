"""A container's variables are those that its specification, its pod and what they refer to define."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from sandbox.kubernetes.nodes.environment import ConfigError, resolve

pytestmark = pytest.mark.unit

Json = dict[str, Any]

POD: Json = {
    "metadata": {"name": "portal-1", "namespace": "portal", "uid": "u", "labels": {"app": "portal"}},
    "spec": {"nodeName": "prakerja-a", "serviceAccountName": "portal"},
}
OBJECTS: dict[tuple[str, str], Json] = {
    ("configmaps", "settings"): {"data": {"COLOUR": "blue"}},
    ("secrets", "login"): {"data": {"password": base64.b64encode(b"s3cret").decode()}},
}


def resolved(container: Json) -> dict[str, str]:
    async def look_up(kind: str, name: str) -> Json | None:
        return OBJECTS.get((kind, name))

    return asyncio.run(resolve(container, POD, "10.20.0.254", "127.0.1.1", look_up))


def variable(**source: Json) -> Json:
    return {"env": [{"name": "X", "valueFrom": source}]}


def test_values_refer_to_variables_before_them() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)-$$(A)-$(C)"}]
    assert resolved({"env": env}) == {"A": "1", "B": "1-$(A)-$(C)"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "portal-1"),
        ("metadata.namespace", "portal"),
        ("metadata.labels['app']", "portal"),
        ("metadata.annotations['none']", ""),
        ("spec.nodeName", "prakerja-a"),
        ("spec.serviceAccountName", "portal"),
        ("status.podIP", "10.20.0.254"),
        ("status.hostIP", "127.0.1.1"),
    ],
)
def test_fields_of_the_pod_are_known(path: str, value: str) -> None:
    assert resolved(variable(fieldRef={"fieldPath": path})) == {"X": value}


def test_config_maps_and_secrets_are_read_by_key_and_as_a_whole() -> None:
    assert resolved(variable(configMapKeyRef={"name": "settings", "key": "COLOUR"})) == {"X": "blue"}
    assert resolved(variable(secretKeyRef={"name": "login", "key": "password"})) == {"X": "s3cret"}
    source = [{"prefix": "P_", "configMapRef": {"name": "settings"}}]
    assert resolved({"envFrom": source}) == {"P_COLOUR": "blue"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"configMapKeyRef": {"name": "none", "key": "k"}}, 'configmap "none" not found'),
        ({"secretKeyRef": {"name": "login", "key": "k"}}, "couldn't find key k in secret login"),
        ({"fieldRef": {"fieldPath": "spec.priority"}}, "spec.priority"),
        ({"resourceFieldRef": {"resource": "limits.cpu"}}, "resourceFieldRef"),
    ],
)
def test_what_is_not_there_is_named(source: Json, message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace(".", r"\.")):
        resolved(variable(**source))


def test_what_is_optional_may_be_missing() -> None:
    assert resolved(variable(secretKeyRef={"name": "none", "key": "k", "optional": True})) == {}
    assert resolved({"envFrom": [{"secretRef": {"name": "none", "optional": True}}]}) == {}
