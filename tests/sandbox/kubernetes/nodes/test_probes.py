"""A probe's verdict turns only when a threshold of equal answers in a row is reached."""

from __future__ import annotations

import pytest

from sandbox.kubernetes.nodes.probes import Verdict, probe_settings

pytestmark = pytest.mark.unit

PORTS = [{"name": "http", "containerPort": 8080}]
REQUEST = {"httpGet": {"path": "/readyz", "port": "http"}}


def verdicts(answers: str, *, initially: bool = False, **thresholds: int) -> list[bool]:
    """The verdict after each answer, `+` or `-`."""
    verdict = Verdict(probe_settings(REQUEST | thresholds, PORTS), initially=initially)
    found = []
    for answer in answers:
        verdict.take(answer == "+")
        found.append(verdict.passed)
    return found


def test_three_failures_in_a_row_turn_a_verdict_and_one_success_turns_it_back() -> None:
    assert verdicts("+--+---+") == [True, True, True, True, True, True, False, True]


def test_a_success_threshold_counts_from_the_last_failure() -> None:
    assert verdicts("+-+++", successThreshold=3, failureThreshold=1) == [False, False, False, False, True]


def test_what_was_healthy_stays_so_until_enough_failures() -> None:
    assert verdicts("--", initially=True) == [True, True]


def test_a_threshold_is_told_each_time_that_it_is_reached() -> None:
    verdict = Verdict(probe_settings(REQUEST | {"failureThreshold": 2}, PORTS), initially=True)
    assert [verdict.take(False) for _ in range(3)] == [False, True, True]


def test_a_probe_has_kubernetes_defaults_and_a_named_port() -> None:
    settings = probe_settings(REQUEST, PORTS)
    assert (settings.port, settings.period, settings.timeout) == (8080, 10, 1)
    assert (settings.success_threshold, settings.failure_threshold, settings.initial_delay) == (1, 3, 0)


def test_a_port_that_nobody_named_is_an_error() -> None:
    with pytest.raises(ValueError, match="admin"):
        probe_settings({"httpGet": {"port": "admin"}}, PORTS)
