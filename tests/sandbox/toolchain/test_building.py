"""The real Go builds a tool from the pinned module; a small command of Go's own stands in for the large one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.toolchain.obtain import obtain
from sandbox.toolchain.plan import Plan, Source, ToolError, kept_path
from sandbox.toolchain.tools import ETCD, KUBECTL, PULUMI, GoBuild, Tool

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(shutil.which("go") is None, reason="Go is needed to build with"),
]

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GOCACHE", str(tmp_path / "go-build"))


def plan_to_build(package: str) -> Plan:
    tool = replace(PULUMI, build=GoBuild(package=package, arguments=(), minutes=1, megabytes=1))
    return Plan(tool=tool, source=Source.BUILD, path=kept_path(tool))


def plan_to_build_at_once(tool: Tool) -> Plan:
    build = GoBuild(package="cmd/test2json", arguments=(), multicall="several/1.0/several", minutes=1, megabytes=1)
    tool = replace(tool, build=build)
    return Plan(tool=tool, source=Source.BUILD, path=kept_path(tool))


def left_behind() -> list[str]:
    return sorted(path.name for path in kept_path(PULUMI).parent.glob("*") if path.suffix != ".lock")


def test_what_is_built_is_kept_and_runs() -> None:
    told: list[str] = []
    path = obtain(plan_to_build("cmd/test2json"), told.append)
    assert subprocess.run([path], input=b"PASS\n", capture_output=True, check=True).stdout
    assert left_behind() == ["pulumi"]
    assert any("packages compiled" in detail for detail in told)


def test_a_build_that_fails_says_what_go_said_and_keeps_nothing() -> None:
    with pytest.raises(ToolError, match=r"(?s)go could not build pulumi.*cmd/no-such-command"):
        obtain(plan_to_build("cmd/no-such-command"))
    assert left_behind() == []


def test_an_interrupted_build_ends_go_keeps_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    script = (
        "from tests.sandbox.toolchain.test_building import plan_to_build\n"
        "from sandbox.toolchain.obtain import obtain\n"
        "obtain(plan_to_build('cmd/compile'), lambda detail: print(detail, flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        assert b"packages compiled" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(120) != 0
    assert left_behind() == []
    obtain(plan_to_build("cmd/test2json"))
    assert left_behind() == ["pulumi"]


def test_tools_in_one_executable_are_built_once_and_take_the_disk_once(monkeypatch: pytest.MonkeyPatch) -> None:
    etcd = obtain(plan_to_build_at_once(ETCD))
    monkeypatch.setenv("GOFLAGS", "-no-such-flag")  # a second build would fail
    kubectl = obtain(plan_to_build_at_once(KUBECTL))
    assert (etcd.name, kubectl.name) == ("etcd", "kubectl")
    assert etcd.samefile(kubectl)
    assert not kubectl.is_symlink()  # a program goes by the name that it is called by
