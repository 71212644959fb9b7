"""What differs, by Pulumi's paths, and what of it needs another object."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kubernetes.provider.diffing import (
    Change,
    Difference,
    differences,
    filled,
    name_is_kept,
    replacing,
    touches,
)
from sandbox.kubernetes.provider.kinds import Kind
from sandbox.provider.values import UNKNOWN

pytestmark = pytest.mark.unit

DEPLOYMENT = Kind("apps/v1", "Deployment")
CONFIG_MAP = Kind("v1", "ConfigMap")


def paths(old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    return {difference.path: difference.change.value for difference in differences(old, new)}


def test_each_difference_is_told_at_its_depth() -> None:
    old = {"spec": {"ports": [{"port": 80}, {"port": 81}], "type": "ClusterIP"}}
    new = {"spec": {"ports": [{"port": 82}], "selector": {"app": "a"}}}
    assert paths(old, new) == {
        "spec.ports[0].port": "UPDATE",
        "spec.ports[1]": "DELETE",
        "spec.type": "DELETE",
        "spec.selector": "ADD",
    }


def test_a_key_that_is_no_identifier_is_quoted() -> None:
    assert paths({"a": {"app.io/name": "x"}}, {"a": {"app.io/name": "y"}}) == {'a["app.io/name"]': "UPDATE"}


def test_what_is_not_known_yet_may_differ_and_true_is_not_one() -> None:
    assert paths({"a": "x"}, {"a": UNKNOWN}) == {"a": "UPDATE"}
    assert paths({"a": 1}, {"a": True}) == {"a": "UPDATE"}
    assert paths({"a": 1}, {"a": 1.0}) == {}


@pytest.mark.parametrize(
    ("kind", "path", "mutable", "replaced"),
    [
        (DEPLOYMENT, "metadata.name", set(), True),
        (DEPLOYMENT, "metadata.labels.a", set(), False),
        (DEPLOYMENT, "spec.replicas", set(), False),
        (CONFIG_MAP, "data.a", set(), True),
        (CONFIG_MAP, "data.a", {"ConfigMap"}, False),
        (CONFIG_MAP, "metadata.annotations.a", set(), False),
        (Kind("v1", "Secret"), "stringData", set(), True),
        (Kind("v1", "ConfigMap", patch=True), "data.a", set(), False),
    ],
)
def test_identity_and_content_need_another_object(kind: Kind, path: str, mutable: set[str], replaced: bool) -> None:
    assert bool(replacing([Difference(path, Change.UPDATE)], kind, mutable)) is replaced


def test_a_path_touches_what_lies_below_it_and_not_what_begins_alike() -> None:
    assert touches("spec.selector", "spec.selector.matchLabels.app")
    assert touches("spec.ports[0].port", "spec.ports")
    assert not touches("spec.selector", "spec.selectors")


def test_the_old_one_goes_first_only_where_its_name_is_wanted_again() -> None:
    old = {"metadata": {"name": "a", "namespace": "n"}}
    assert name_is_kept(old, old)
    assert not name_is_kept(old, {"metadata": {"name": "b", "namespace": "n"}})
    assert not name_is_kept(old, {"metadata": {"name": "a", "namespace": "m"}})
    generated = {"metadata": {"name": "a", "namespace": "n", "annotations": {"pulumi.com/autonamed": "true"}}}
    assert not name_is_kept(generated, generated)


def test_what_is_not_known_yet_is_tried_with_the_old_value_or_without() -> None:
    old = {"image": "a", "env": [{"name": "X", "value": "1"}]}
    new = {"image": UNKNOWN, "env": [{"name": "X", "value": UNKNOWN}, UNKNOWN], "other": UNKNOWN}
    assert filled(new, old) == {"image": "a", "env": [{"name": "X", "value": "1"}]}
