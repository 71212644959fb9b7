"""Getting a tool as planned: downloaded or built beside its place in the cache, and moved there whole."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.toolchain import release
from sandbox.toolchain.plan import Plan, Source, ToolError, cache_directory
from sandbox.toolchain.tools import Tool

_HERE = Path(__file__).parent
_TAIL_LINES = 15


def obtain(plan: Plan, progress: Callable[[str], None] = lambda _: None) -> Path:
    """Get the tool and return where it is; interrupted, it carries on at the next call.

    Concurrent calls, also of other checkouts, wait for the first and use what it made.
    progress: told now and then how far it is, in a few words.
    Raises ToolError; nothing half-made is then left in the tool's place.
    """
    if plan.ready:
        return plan.path
    return _kept(plan.path, lambda target: _make(plan, target, progress), progress)


def _kept(path: Path, make: Callable[[Path], None], progress: Callable[[str], None]) -> Path:
    """`path`, made by one of those that want it at the same time, unless it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.with_suffix(".lock"), progress):
        if not path.exists():
            new = path.with_suffix(".new")
            new.unlink(missing_ok=True)
            make(new)
            new.replace(path)
    return path


@contextmanager
def _locked(path: Path, progress: Callable[[str], None]) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another run that is making it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(plan: Plan, target: Path, progress: Callable[[str], None]) -> None:
    if plan.source is Source.BUILD:
        _make_by_building(plan.tool, target, progress)
        return
    try:
        release.download(plan.tool, str(plan.sha256), target, progress)
    except release.ReleaseError as error:
        raise ToolError(str(error)) from error


def _make_by_building(tool: Tool, target: Path, progress: Callable[[str], None]) -> None:
    if tool.build.multicall is None:
        _build(tool, target, progress)
        return
    multicall = cache_directory() / "tools" / tool.build.multicall
    _kept(multicall, lambda new: _build(tool, new, progress), progress)
    os.link(multicall, target)


def _build(tool: Tool, target: Path, progress: Callable[[str], None]) -> None:
    """Build with Go, whose own caches make a repeated build carry on where one was interrupted."""
    command = ["go", "build", "-v", "-mod=readonly", *tool.build.arguments, "-o", str(target), tool.build.package]
    with tempfile.TemporaryFile("w+") as log:
        build = subprocess.Popen(
            command,
            cwd=_HERE / tool.build.module,
            env={**os.environ, "GOWORK": "off"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            while _still_running(build):
                progress(f"{_packages_built(log.fileno())} packages compiled")
        except BaseException:
            build.terminate()
            build.wait()
            raise
        if build.returncode != 0:
            log.seek(0)
            tail = "".join(log.readlines()[-_TAIL_LINES:]).rstrip()
            raise ToolError(f"go could not build {tool.name} {tool.version}:\n{tail}")


def _still_running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        return True
    return False


def _packages_built(log: int) -> int:
    """Lines that `go build -v` has written that name a package (downloads are told in lines that start "go: ")."""
    text = os.pread(log, 1 << 20, 0).decode(errors="replace")
    return sum(not line.startswith("go: ") for line in text.splitlines())
