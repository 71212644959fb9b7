"""Larger fleets have settings that the program accepts, and the section tells what was seen."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from operations.bench_fleet import Event, Figures, Size, render, settings
from operations.load import Outcome

pytestmark = pytest.mark.unit

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("machines", [100, 300, 1000])
def test_a_fleet_has_as_many_machines_as_asked_and_connections_for_them(machines: int) -> None:
    config = yaml.safe_load(settings(REPOSITORY, machines))["config"]
    vms = {name: service["vms"] for name, service in config["prakerja:services"].items()}
    assert sum(vms.values()) == machines
    assert config["prakerja:database"]["max_connections"] > 1.1 * (vms["portal"] + 2 * vms["registration"])


def test_figures_stand_beside_what_failed() -> None:
    outcome = Outcome(
        requests=30_000, by_status={200: 29_900, 502: 100}, errors=[], median=2, at_99_per_cent=30, longest=100
    )
    figures = Figures(
        sizes=[Size(machines=100, up=30, no_op=10, own_memory=8, memory=1500), Size(machines=1000, failure="no room")],
        events=[Event(name="a third of the machines killed", seconds=12, outcome=outcome)],
    )
    section = render(figures)
    assert "| a third of the machines killed | 12 s | 30,000 | 100 | 0.33% | 2.0 ms | 30 ms | 100 ms |" in section
    assert "| 100 | 30 s | 1.0 | 10 s | 8.0 MB | 1,500 MB |" in section
    assert "| 1000 | no room |" in section
