"""A pod that asks for more than the nodes give is refused, and told why."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kubernetes.nodes.admission import ENTRY_POINT, TEMPORARY, Command, unsupported
from tests.sandbox.kubernetes.nodes.manifests import container, pod, probe

pytestmark = pytest.mark.unit


def asked(**changes: Any) -> list[str]:
    volumes = [{"name": "tmp", "emptyDir": {}}, {"name": "settings", "configMap": {"name": "settings"}}]
    return unsupported(pod("one", "portal", container("image", **changes), volumes=volumes))


def test_what_the_services_ask_for_is_given() -> None:
    lifecycle = {"preStop": {"sleep": {"seconds": 5}}}
    mounts = [{"name": "tmp", "mountPath": TEMPORARY}, {"name": "kube-api-access-x", "mountPath": "/var/run/secrets"}]
    probes = {"livenessProbe": probe(), "startupProbe": probe()}
    assert not asked(**probes, lifecycle=lifecycle, command=list(ENTRY_POINT), volumeMounts=mounts)


def test_without_a_command_the_images_entry_point_runs() -> None:
    assert Command(container("image")).module == "app.run"
    given = Command(container("image", command=["python3.11", "-m", "app.migrate"], args=["--now"]))
    assert (given.module, given.arguments) == ("app.migrate", ["--now"])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"command": ["sh", "-c", "true"]}, "sh -c true"),
        ({"livenessProbe": {"exec": {"command": ["true"]}}}, "livenessProbe"),
        ({"readinessProbe": {"httpGet": {"port": "https", "scheme": "HTTPS"}}}, "over HTTPS"),
        ({"startupProbe": {"httpGet": {"port": "admin"}}}, "'admin'"),
        ({"lifecycle": {"preStop": {"exec": {"command": ["true"]}}}}, "preStop"),
        ({"volumeMounts": [{"name": "tmp", "mountPath": "/data"}]}, "/data"),
        ({"volumeMounts": [{"name": "settings", "mountPath": TEMPORARY}]}, TEMPORARY),
        ({"lifecycle": {"postStart": {"sleep": {"seconds": 1}}}}, "postStart"),
        ({"securityContext": {"privileged": True}}, "securityContext.privileged"),
    ],
)
def test_what_a_container_can_not_have_is_named(changes: dict[str, Any], named: str) -> None:
    assert named in " ".join(asked(**changes))


def test_what_a_pod_can_not_have_is_named() -> None:
    found = pod("one", "portal", container("image"), initContainers=[container("image")], hostNetwork=True)
    assert unsupported(found) == ["spec.initContainers", "spec.hostNetwork"]
