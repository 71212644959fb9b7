"""Deciding how each tool is got, before anything starts: found, to download, or to build."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sandbox.toolchain import release
from sandbox.toolchain.tools import Tool


class ToolError(Exception):
    """A tool cannot be had, or not as asked; the message says what to do."""


class Source(StrEnum):
    """Where a tool comes from, in the order of preference."""

    NAMED = "named by environment variable"
    PATH = "found on PATH"
    CACHE = "kept from an earlier run"
    RELEASE = "official release"
    BUILD = "built from its Go module"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How one tool is got.

    path: where it is, or will be.
    sha256: of the release's archive, for a download.
    minutes, megabytes: expected, on two free cores; zero for a tool that is there.
    """

    tool: Tool
    source: Source
    path: Path
    sha256: str | None = None
    minutes: float = 0
    megabytes: int = 0

    @property
    def ready(self) -> bool:
        """Whether the tool is there already."""
        return self.source in {Source.NAMED, Source.PATH, Source.CACHE}


def cache_directory() -> Path:
    """The per-user cache of tools and artefacts."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "prakerja"


def kept_path(tool: Tool) -> Path:
    """Where a tool that was downloaded or built is kept."""
    return cache_directory() / "tools" / tool.name / tool.version / tool.name


def plan(tool: Tool) -> Plan:
    """Decide how `tool` is got; what is there is run to learn its version, and the release's host is asked for 3 s.

    Raises ToolError where nothing can work.
    """
    return _named(tool) or _on_path(tool) or _kept(tool) or _release(tool) or _build(tool)


def plan_all(tools: Sequence[Tool]) -> list[Plan]:
    """Decide how each of several is got, at the same time. Raises ToolError where nothing can work for one of them."""
    with ThreadPoolExecutor(len(tools)) as executor:
        return list(executor.map(plan, tools))


def cost(plans: Iterable[Plan]) -> tuple[float, int]:
    """The minutes and megabytes that several take, where what makes several at once is counted once."""
    firsts = [group[0] for group in grouped(plans)]
    return sum(first.minutes for first in firsts), sum(first.megabytes for first in firsts)


def grouped(plans: Iterable[Plan]) -> list[list[Plan]]:
    """The plans in order, those together whose tools are built at once."""
    groups: dict[str, list[Plan]] = {}
    for found in plans:
        together = found.tool.build.multicall if found.source is Source.BUILD else None
        groups.setdefault(together or found.tool.name, []).append(found)
    return list(groups.values())


def version_of(tool: Tool, executable: Path) -> tuple[int, ...] | None:
    """What an executable says its version is; None where it can't be run or says nothing like a version."""
    try:
        said = subprocess.run(
            [executable, *tool.version_command],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else None


def _fits(tool: Tool, version: tuple[int, ...] | None) -> bool:
    wanted = tuple(int(part) for part in tool.version.split("."))
    return version is not None and version[: tool.same] == wanted[: tool.same] and version >= wanted


def _named(tool: Tool) -> Plan | None:
    named = os.environ.get(tool.variable)
    if not named:
        return None
    path = Path(named).absolute()
    version = version_of(tool, path)
    if not _fits(tool, version):
        said = ".".join(map(str, version)) if version else "no version"
        series = ".".join(tool.version.split(".")[: tool.same])
        raise ToolError(f"{tool.variable}={named} gives {said}; {tool.version} or a newer {series}.x is needed")
    return Plan(tool=tool, source=Source.NAMED, path=path)


def _on_path(tool: Tool) -> Plan | None:
    found = shutil.which(tool.name)
    if found is None or not _fits(tool, version_of(tool, Path(found))):
        return None
    return Plan(tool=tool, source=Source.PATH, path=Path(found).absolute())


def _kept(tool: Tool) -> Plan | None:
    path = kept_path(tool)
    return Plan(tool=tool, source=Source.CACHE, path=path) if path.exists() else None


def _release(tool: Tool) -> Plan | None:
    try:
        sha256 = release.published_sha256(tool)
    except release.UnreachableError:
        return None
    except release.ReleaseError as error:
        raise ToolError(str(error)) from error
    return Plan(
        tool=tool, source=Source.RELEASE, path=kept_path(tool), sha256=sha256, minutes=1, megabytes=tool.megabytes
    )


def _build(tool: Tool) -> Plan:
    if shutil.which("go") is None:
        raise ToolError(
            f"{tool.name} {tool.version} is not on PATH, its release can't be reached ({release.address(tool)}) and "
            f"there is no Go to build it with: install {tool.name} or Go, or name one by {tool.variable}, "
            f"or a mirror by {release.MIRROR_VARIABLE}"
        )
    return Plan(
        tool=tool,
        source=Source.BUILD,
        path=kept_path(tool),
        minutes=tool.build.minutes,
        megabytes=tool.build.megabytes + tool.megabytes,
    )
