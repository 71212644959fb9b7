"""Pods' addresses come from the top of their zone's subnet, and are not given again at once."""

from __future__ import annotations

import pytest

from sandbox.kubernetes.nodes.addresses import NoAddressError, PodAddresses, choose

pytestmark = pytest.mark.unit


def test_the_first_pod_has_the_highest_address_that_aws_leaves() -> None:
    assert choose("10.20.0.0/24", set(), None) == "10.20.0.254"


def test_an_address_that_was_given_back_is_used_last() -> None:
    addresses = PodAddresses()
    first = addresses.assign("one", "10.20.0.0/24", set())
    addresses.release("one")
    assert addresses.assign("two", "10.20.0.0/24", set()) == "10.20.0.253"
    assert first == "10.20.0.254"


def test_addresses_of_machines_and_of_adopted_pods_are_left_alone() -> None:
    addresses = PodAddresses()
    addresses.adopt("adopted", "10.20.0.254")
    assert addresses.assign("new", "10.20.0.0/24", {"10.20.0.253"}) == "10.20.0.252"
    assert addresses.assign("adopted", "10.20.0.0/24", set()) == "10.20.0.254"


def test_below_the_lowest_address_the_search_begins_again_at_the_top() -> None:
    assert choose("10.20.0.0/28", {"10.20.0.14"}, "10.20.0.4") == "10.20.0.13"


def test_a_full_subnet_is_named() -> None:
    taken = {f"10.20.0.{number}" for number in range(16)}
    with pytest.raises(NoAddressError, match=r"10\.20\.0\.0/28"):
        choose("10.20.0.0/28", taken, None)
