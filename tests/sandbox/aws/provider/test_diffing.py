"""Differences between old and new inputs are those that mean something, by path and by consequence."""

from __future__ import annotations

import pytest

from sandbox.aws.provider.comparison import reconciled, same
from sandbox.aws.provider.declaration import Call, Declaration, Input, doubtful, fixed
from sandbox.aws.provider.diffing import differences
from sandbox.provider.diffing import Change, Kind
from sandbox.provider.sdk import resource_type
from sandbox.provider.values import UNKNOWN, Properties

pytestmark = pytest.mark.unit

DECLARATION = Declaration(
    type="aws:ec2/vpc:Vpc",
    service="ec2",
    inputs={
        "cidr": fixed(),
        "kind": doubtful(),
        "flag": Input(default=False),
        "chosen": Input(computed=True),
        "set": Input(unordered=True),
        "list": Input(),
        "policy": Input(document=True),
        "block": Input(),
    },
    create=Call("create_vpc"),
    read=Call("describe_vpcs"),
    delete=None,
)


def _found(old: Properties, new: Properties) -> dict[str, tuple[Kind, Change]]:
    return {found.path: (found.kind, found.change) for found in differences(DECLARATION, old, new)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"flag": False}, {}),
        ({}, {"flag": False}),
        ({"chosen": "a"}, {}),
        ({"set": [1, 2]}, {"set": [2, 1]}),
        ({"policy": '{"a": ["x"], "b": 1}'}, {"policy": '{"b":1,"a":"x"}'}),
        ({"list": []}, {}),
    ],
)
def test_what_means_the_same_is_no_difference(old: Properties, new: Properties) -> None:
    assert not _found(old, new)


@pytest.mark.parametrize(
    ("old", "new", "path", "kind"),
    [
        ({"flag": True}, {}, "flag", Kind.DELETE),
        ({}, {"chosen": "a"}, "chosen", Kind.ADD),
        ({"set": [1, 2]}, {"set": [2, 3]}, "set[1]", Kind.ADD),
        ({"list": [1, 2]}, {"list": [1]}, "list[1]", Kind.DELETE),
        ({"block": {"a": [{"b": 1}]}}, {"block": {"a": [{"b": 2}]}}, "block.a[0].b", Kind.UPDATE),
        ({"block": {"a-b": 1}}, {"block": {"a-b": 2}}, 'block["a-b"]', Kind.UPDATE),
        ({"flag": True}, {"flag": UNKNOWN}, "flag", Kind.UPDATE),
    ],
)
def test_a_difference_is_named_by_its_path(old: Properties, new: Properties, path: str, kind: Kind) -> None:
    assert _found(old, new)[path] == (kind, Change.UPDATES)


def test_a_change_that_cannot_be_made_in_place_replaces() -> None:
    assert _found({"cidr": "a"}, {"cidr": "b"})["cidr"][1] is Change.REPLACES
    assert _found({"kind": "a"}, {"kind": UNKNOWN})["kind"][1] is Change.UNKNOWN


def test_only_what_an_input_sets_is_compared_with_what_aws_answers() -> None:
    of = resource_type("aws:lb/targetGroup:TargetGroup").inputs["healthCheck"]
    answered = {"path": "/healthz", "interval": 30, "port": "traffic-port"}
    assert reconciled(Input(), of, {"path": "/healthz"}, answered) == {"path": "/healthz"}
    assert reconciled(Input(), of, {"path": "/readyz"}, answered) == {"path": "/healthz"}


def test_an_unordered_list_keeps_its_order_and_gains_what_drifted_in() -> None:
    of = resource_type("aws:lb/loadBalancer:LoadBalancer").inputs["subnets"]
    spec = Input(unordered=True)
    assert reconciled(spec, of, ["b", "a"], ["a", "b"]) == ["b", "a"]
    assert reconciled(spec, of, ["b", "a"], ["a", "c"]) == ["a", "c"]


def test_nothing_is_the_same_as_an_unknown() -> None:
    assert not same(Input(), UNKNOWN, UNKNOWN)
