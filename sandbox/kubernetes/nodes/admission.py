"""What a pod may ask of the sandbox's nodes. A pod that asks for more is refused, not half run.

A container is a process of this machine: it has its file system, an unprivileged user, and as much of the processor
and of memory as there is. What a pod says of its user, of its root file system and of limits holds on AWS alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes.nodes.probes import port_number

Json = dict[str, Any]

ENTRY_POINT = ("python3.11", "-m", "app.run")
"""The image's (`app/Dockerfile`)."""

TEMPORARY = "/tmp"  # noqa: S108 - this machine's serves as a container's own
"""Where a container may have space for files."""

_FIELDS = ("initContainers", "ephemeralContainers", "hostNetwork", "activeDeadlineSeconds")
_TOKEN = "kube-api-access-"  # noqa: S105 - the volume that every pod is given unless it asks for none
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


class Command:
    """A container's command: a module of its artefact, and its arguments."""

    def __init__(self, container: Json) -> None:
        words = [*(container.get("command") or ENTRY_POINT), *(container.get("args") or [])]
        self.understood = len(words) >= 3 and words[0].rpartition("/")[2].startswith("python3") and words[1] == "-m"
        self.words = words
        self.module = words[2] if self.understood else ""
        self.arguments = words[3:]


def unsupported(pod: Json) -> list[str]:
    """What a pod asks for that the sandbox's nodes can't give."""
    spec = pod["spec"]
    found = [f"spec.{field}" for field in _FIELDS if spec.get(field)]
    temporary = {volume["name"] for volume in spec.get("volumes", []) if "emptyDir" in volume}
    for container in spec["containers"]:
        found += [f"spec.containers[{container['name']}].{what}" for what in _of_container(container, temporary)]
    return found


def _of_container(container: Json, temporary: set[str]) -> Iterator[str]:
    command = Command(container)
    if not command.understood:
        yield f"command {' '.join(command.words)!r} (a container runs python3 -m MODULE)"
    for name in _PROBES:
        if probe := container.get(name):
            yield from (f"{name} {fault}" for fault in _of_probe(probe, container.get("ports", [])))
    for mount in container.get("volumeMounts", []):
        given = mount["mountPath"] == TEMPORARY and mount["name"] in temporary
        if not given and not mount["name"].startswith(_TOKEN):
            yield f"volumeMounts[{mount['mountPath']}] (only an emptyDir at {TEMPORARY})"
    if (container.get("securityContext") or {}).get("privileged"):
        yield "securityContext.privileged"
    lifecycle = container.get("lifecycle") or {}
    if "postStart" in lifecycle:
        yield "lifecycle.postStart"
    if "preStop" in lifecycle and "sleep" not in lifecycle["preStop"]:
        yield "lifecycle.preStop that is no sleep"


def _of_probe(probe: Json, ports: list[Json]) -> Iterator[str]:
    request = probe.get("httpGet")
    if request is None:
        yield "that is no httpGet"
        return
    if request.get("scheme", "HTTP") != "HTTP":
        yield "over HTTPS"
    try:
        port_number(request["port"], ports)
    except ValueError as error:
        yield f"whose port is unknown ({error})"
