"""Official releases: the published SHA-256, and the archive, checked against it."""

from __future__ import annotations

import hashlib
import os
import tarfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from sandbox.toolchain.tools import Tool

# A directory URL with `<tool>/<version>/<file>` under it, used in place of the official host.
MIRROR_VARIABLE = "PRAKERJA_TOOL_MIRROR"

# Where the host doesn't answer within this time the tool is built instead; name look-up is included.
CONNECT_SECONDS = 3.0
_STALLED_SECONDS = 60.0
_CHUNK = 1 << 20


class ReleaseError(Exception):
    """The release's host answered, but not with what was asked for."""


class UnreachableError(ReleaseError):
    """The release's host can't be reached, or has no such release."""


def address(tool: Tool) -> str:
    """The directory in which the release's files lie."""
    mirror = os.environ.get(MIRROR_VARIABLE)
    return f"{mirror.rstrip('/')}/{tool.name}/{tool.version}" if mirror else tool.release.directory


def published_sha256(tool: Tool) -> str:
    """The SHA-256 that the release publishes for this machine's archive.

    Raises UnreachableError within CONNECT_SECONDS, ReleaseError where the list lacks the archive.
    """
    listing = _within(CONNECT_SECONDS, lambda: _read(f"{address(tool)}/{tool.release.checksums}"))
    for line in listing.splitlines():
        digest, _, name = line.partition(" ")
        if digest and name.strip(" *") in {tool.release.archive, ""}:
            return digest.lower()
    raise ReleaseError(f"{address(tool)}/{tool.release.checksums} lists no {tool.release.archive}")


def download(tool: Tool, sha256: str, target: Path, progress: Callable[[str], None]) -> None:
    """Put the release's executable at `target`, a path in an existing directory.

    An interrupted download is kept beside the target and carried on next time.
    progress: told how far the download is.
    Raises ReleaseError where the connection breaks or the archive's digest is not `sha256`; the archive is then
    discarded, and nothing of it is used.
    """
    archive = target.with_name(f"{sha256}.part")
    url = f"{address(tool)}/{tool.release.archive}"
    try:
        _fetch(url, archive, progress)
    except OSError as error:
        raise ReleaseError(f"downloading {url} broke off ({error}); the next run carries on from there") from error
    with archive.open("rb") as file:
        got = hashlib.file_digest(file, "sha256").hexdigest()
    if got != sha256:
        archive.unlink()
        raise ReleaseError(f"{url} has SHA-256 {got}, not the published {sha256}; it was discarded")
    if tool.release.member is None:
        archive.replace(target)
    else:
        _extract(archive, tool.release.member, target)
        archive.unlink()
    target.chmod(0o755)


def _within(seconds: float, action: Callable[[], str]) -> str:
    """The result of `action`, given up after `seconds`: a name look-up knows no time-out of its own."""
    results: list[str] = []
    errors: list[OSError] = []

    def attempt() -> None:
        try:
            results.append(action())
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    if results:
        return results[0]
    raise UnreachableError(str(errors[0]) if errors else f"no answer within {seconds:.0f} s")


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=CONNECT_SECONDS) as response:  # noqa: S310 - the scheme is the declaration's or the mirror's
        return str(response.read().decode())


def _fetch(url: str, archive: Path, progress: Callable[[str], None]) -> None:
    have = archive.stat().st_size if archive.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - as above
    try:
        response = urllib.request.urlopen(request, timeout=_STALLED_SECONDS)  # noqa: S310 - as above
    except urllib.error.HTTPError as error:
        if error.code == 416:  # the whole archive is here already
            return
        raise
    with response, archive.open("ab" if response.status == 206 else "wb") as file:
        total = int(response.headers.get("Content-Length", 0)) + file.tell()
        while chunk := response.read(_CHUNK):
            file.write(chunk)
            progress(f"{file.tell() >> 20} of {total >> 20} MB")
        if file.tell() < total:
            raise OSError(f"{file.tell()} of {total} bytes came")


def _extract(archive: Path, member: str, target: Path) -> None:
    with tarfile.open(archive, "r:gz") as contents:
        source = contents.extractfile(member)
        if source is None:
            raise ReleaseError(f"{archive.name} has no file {member}")
        with source, target.open("wb") as file:
            while chunk := source.read(_CHUNK):
                file.write(chunk)
