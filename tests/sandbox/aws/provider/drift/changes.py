"""The forms in which somebody changes a resource by hand: AWS's own API, past the provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.aws.provider.cloud import Cloud
from tests.sandbox.aws.provider.drift.site import DriftSite
from tests.sandbox.aws.provider.test_lifecycle import POLICY
from tests.sandbox.provider.engine_driver import Resource

OTHER_POLICY = POLICY.replace("GetObject", "*")
Change = Callable[[Cloud, Resource, DriftSite], Any]
# For each type: the input that the change shows in (None: the resource is found gone), and the change.
Changes = dict[str, list[tuple[str | None, Change]]]


def ec2_tags(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    cloud.call("ec2", "create_tags", Resources=[made.id], Tags=[{"Key": "by", "Value": "hand"}])


def gone(service: str, method: str, **names: str) -> Change:
    """Deleted by hand; each parameter is a property of what was made, or its id."""

    def delete(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
        known = {**made.state, "id": made.id}
        cloud.call(service, method, **{parameter: known[name] for parameter, name in names.items()})

    return delete


def call(service: str, method: str, /, *, of: str, by: str = "id", **parameters: Any) -> Change:
    """Changed by one call, whose parameter `of` names what was made by its property `by`."""

    def change(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
        cloud.call(service, method, **{of: {**made.state, "id": made.id}[by]}, **parameters)

    return change


def tags(service: str, method: str, /, *, of: str, by: str = "id", key: str = "Key", value: str = "Value") -> Change:
    return call(service, method, of=of, by=by, Tags=[{key: "by", value: "hand"}])
