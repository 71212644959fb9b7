"""The tools of a sandbox are those that its settings need; one that can't be had ends `up`, which says why."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from operations import tools
from operations.checkout import Checkout
from operations.exit_codes import OperationError
from operations.timeline import Timeline
from sandbox.toolchain.plan import Plan, Source, ToolError
from sandbox.toolchain.tools import KUBECTL, KUBERNETES, PULUMI, Tool

pytestmark = pytest.mark.unit


def timeline() -> Timeline:
    return Timeline(Console(file=StringIO()))


def ready(tool: Tool, directory: Path) -> Plan:
    path = directory / "found" / tool.name
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    return Plan(tool=tool, source=Source.PATH, path=path)


def to_build(tool: Tool, directory: Path) -> Plan:
    return Plan(tool=tool, source=Source.BUILD, path=directory / tool.name, minutes=5, megabytes=2500)


def place(checkout: Checkout, placement: str) -> None:
    file = checkout.settings_file("dev")
    file.write_text(file.read_text().replace("{vms: 3}", placement))


def fail_in_a_moment() -> None:
    time.sleep(0.1)
    raise ValueError("no")


def test_without_containers_nothing_of_kubernetes_is_needed(checkout: Checkout) -> None:
    assert tools.needed(checkout, "dev") == (PULUMI,)


def test_a_service_in_containers_needs_all_of_kubernetes_and_pulumi_first(checkout: Checkout) -> None:
    place(checkout, "{vms: 3, containers: {minimum: 1, maximum: 2}}")
    assert tools.needed(checkout, "dev") == (PULUMI, *KUBERNETES)
    assert tools.needed(checkout, "prod") == (PULUMI,)


def test_settings_without_any_service_need_nothing_of_kubernetes(checkout: Checkout) -> None:
    place(checkout, "")  # the program refuses such settings itself, and says why
    assert tools.needed(checkout, "dev") == (PULUMI,)


def test_the_plan_has_a_line_for_what_is_made_at_once(tmp_path: Path) -> None:
    plans = [ready(PULUMI, tmp_path), *(to_build(tool, tmp_path) for tool in KUBERNETES)]
    found, built = tools.describe(plans)
    assert found == f"pulumi {PULUMI.version}: found on PATH: {tmp_path / 'found' / 'pulumi'}"
    assert all(f"{tool.name} {tool.version}" in built for tool in KUBERNETES)
    assert built.endswith("to get as built from its Go module (about 5 min, 2500 MB)")


def test_all_are_in_place_when_the_block_is_left(checkout: Checkout, tmp_path: Path) -> None:
    plans = [ready(tool, tmp_path) for tool in (PULUMI, *KUBERNETES)]
    with timeline() as shown, tools.got_meanwhile(checkout, plans, shown) as pulumi:
        pulumi.result()
        assert (checkout.binaries / "pulumi").exists()
    assert {tool.name for tool in KUBERNETES} <= {path.name for path in checkout.binaries.iterdir()}


def test_one_that_cannot_be_had_interrupts_what_waits_for_it(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ToolError("go could not build kubectl")

    monkeypatch.setattr(tools, "obtain", fail)
    plans = [ready(PULUMI, tmp_path), to_build(KUBECTL, tmp_path)]
    with (
        timeline() as shown,
        pytest.raises(OperationError, match="go could not build kubectl"),
        tools.got_meanwhile(checkout, plans, shown),
    ):
        time.sleep(30)


def test_left_early_it_ends_what_is_under_way(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = []

    def build(_: Plan, progress: Callable[[str], None]) -> None:
        try:
            while True:
                progress("compiling")
                time.sleep(0.01)
        finally:
            ended.append("build")

    monkeypatch.setattr(tools, "obtain", build)
    with (
        timeline() as shown,
        pytest.raises(ValueError, match="no"),
        tools.got_meanwhile(checkout, [to_build(PULUMI, tmp_path), to_build(KUBECTL, tmp_path)], shown),
    ):
        fail_in_a_moment()
    assert ended == ["build"]
