"""No secret lies in the clear: not in user data, which every process on a machine can read, not in an environment
variable, not in an output of the stack.

A value that the engine holds as secret is one. Of the rest it is told by form: keys as AWS and OpenSSL write them, and
variables whose names say so while their values are no references.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

from policy.resource import STACK_TYPE, Resource, Stack
from policy.rule import Check, ResourceCheck, StackCheck, each, of_types
from policy.values import UNKNOWN, Secret, UnknownValueError, items, known, leaves, read

_FORMS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}"),
    "a password in an address": re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@$]{3,}@"),
}
_SECRET_NAME = re.compile(r"(?i)(passw(or)?d|secret|token|api_?key|private_?key|credential)")
# What a variable may hold that is named after a secret: where it is kept, or what it is called there.
_REFERENCE = re.compile(r"(?i)^(arn:|/|https?://|file:|\$|['\"]?\$|`|true$|false$|\d*$)")
_ASSIGNMENT = re.compile(r"(?m)^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$")
_SHORTEST_SECRET = 8

_USER_DATA = {
    "aws:ec2/instance:Instance": ("userData", "userDataBase64"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("userData",),
    "aws:ec2/launchConfiguration:LaunchConfiguration": ("userData", "userDataBase64"),
}
_WORKLOADS = (
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:apps/v1:DaemonSet",
    "kubernetes:batch/v1:Job",
    "kubernetes:core/v1:Pod",
)


def _user_data(resource: Resource) -> Iterator[str]:
    def judge(name: str) -> Iterator[str]:
        value = resource.inputs.get(name)
        if isinstance(value, Secret):
            yield f"{name} holds a value that is secret"
        elif value is not None:
            yield from _in_text(name, _plain(known(value, name)))

    return each(_USER_DATA[resource.type], judge)


def _plain(user_data: str) -> str:
    """The text of user data, which is given as it is or in base64."""
    try:
        return base64.b64decode(user_data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return user_data


def _containers(workload: Resource) -> Iterator[str]:
    specification = read(workload.inputs, "spec.template.spec") or read(workload.inputs, "spec") or {}
    for kind in ("containers", "initContainers"):
        for container in items(specification, kind):
            variables = {str(one.get("name")): one.get("value") for one in items(container, "env")}
            yield from _in_variables(variables)


def _function(function: Resource) -> Iterator[str]:
    return _in_variables(read(function.inputs, "environment.variables"))


def _settings(config_map: Resource) -> Iterator[str]:
    return _in_variables(read(config_map.inputs, "data"))


def _in_variables(variables: Mapping[str, Any] | None) -> Iterator[str]:
    return each((variables or {}).items(), lambda variable: _in_variable(*variable))


def _in_variable(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Secret):
        yield f"the variable {name} holds a value that is secret"
    elif value is not None:
        text = str(known(value, name))
        if _SECRET_NAME.search(name) and not _REFERENCE.match(text):
            yield f"the variable {name} holds a secret by its name, and no reference to one"
        yield from _of_form(f"the variable {name}", text)


def _in_text(where: str, text: str) -> Iterator[str]:
    for name, value in _ASSIGNMENT.findall(text):
        if _SECRET_NAME.search(name) and value and not _REFERENCE.match(value):
            yield f"{where} sets {name}, a secret by its name, to no reference of one"
    yield from _of_form(where, text)


def _of_form(where: str, text: str) -> Iterator[str]:
    for what, form in _FORMS.items():
        if form.search(text):
            yield f"{where} holds {what}"


def _outputs(root: Resource, stack: Stack) -> Iterator[str]:
    secrets = set(_secrets_of(stack))
    unknown = []
    for path, value in leaves(root.outputs):
        if value is UNKNOWN:
            unknown.append(path)
        elif isinstance(value, str):
            if value in secrets:
                yield f"the output {path} shows in the clear what the stack holds as secret"
            elif _SECRET_NAME.search(path.rpartition(".")[2]) and not _REFERENCE.match(value):
                yield f"the output {path} is a secret by its name, and not marked as one"
            yield from _of_form(f"the output {path}", value)
    if unknown:
        raise UnknownValueError(f"outputs {', '.join(unknown)}")


def _secrets_of(stack: Stack) -> Iterator[str]:
    for resource in stack.resources:
        for properties in (resource.inputs, resource.outputs):
            for _, value in leaves(properties):
                if isinstance(value, Secret) and isinstance(value.value, str) and len(value.value) >= _SHORTEST_SECRET:
                    yield value.value


_RULE = "secret-in-clear"
CHECKS: tuple[Check, ...] = (
    ResourceCheck(rule=_RULE, covers=of_types(*_USER_DATA), violations=_user_data),
    ResourceCheck(rule=_RULE, covers=of_types(*_WORKLOADS), violations=_containers),
    ResourceCheck(rule=_RULE, covers=of_types("aws:lambda/function:Function"), violations=_function),
    ResourceCheck(rule=_RULE, covers=of_types("kubernetes:core/v1:ConfigMap"), violations=_settings),
    StackCheck(rule=_RULE, covers=of_types(STACK_TYPE), violations=_outputs),
)
