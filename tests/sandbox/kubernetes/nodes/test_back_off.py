"""A container that fails is tried again ever more slowly, as the kubelet does."""

from __future__ import annotations

import pytest

from sandbox.kubernetes.nodes.back_off import BackOff, PullBackOff

pytestmark = pytest.mark.unit


def test_the_first_restart_is_at_once_and_later_ones_wait_up_to_five_minutes() -> None:
    back_off = BackOff()
    assert [back_off.failed(1) for _ in range(8)] == [0, 10, 20, 40, 80, 160, 300, 300]


def test_a_container_that_lived_for_ten_minutes_starts_afresh() -> None:
    back_off = BackOff()
    for _ in range(5):
        back_off.failed(1)
    assert [back_off.failed(601), back_off.failed(1)] == [0, 10]


def test_an_image_that_is_not_there_is_looked_for_after_ten_seconds() -> None:
    back_off = PullBackOff()
    assert [back_off.failed(0) for _ in range(3)] == [10, 20, 40]
