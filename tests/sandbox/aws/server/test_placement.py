from __future__ import annotations

import pytest

from sandbox.aws.server.corrections.placement import spread, surplus

pytestmark = pytest.mark.unit

SUBNETS = ["subnet-a", "subnet-b", "subnet-c"]


def test_new_instances_differ_by_at_most_one_between_subnets() -> None:
    assert sorted(spread(SUBNETS, [], 40).values()) == [13, 13, 14]


def test_new_instances_fill_the_emptiest_subnet_first() -> None:
    assert spread(SUBNETS, ["subnet-a"] * 3 + ["subnet-b"], 4) == {"subnet-b": 2, "subnet-c": 2}


def test_instances_in_subnets_that_the_group_has_left_do_not_count() -> None:
    assert spread(SUBNETS[:2], ["subnet-c"] * 9, 2) == {"subnet-a": 1, "subnet-b": 1}


def test_scale_in_takes_from_the_fullest_zone() -> None:
    instances = [("i-1", "a"), ("i-2", "a"), ("i-3", "a"), ("i-4", "b")]
    assert surplus(instances, 2) == ["i-1", "i-2"]


def test_scale_in_keeps_the_given_order_within_a_zone() -> None:
    assert surplus([("i-old", "a"), ("i-new", "a")], 1) == ["i-old"]


def test_scale_in_takes_no_more_than_there_are() -> None:
    assert surplus([("i-1", "a")], 5) == ["i-1"]
