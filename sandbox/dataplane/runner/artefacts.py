"""Fetching an artefact as a booting VM does: with its own role, checked against its digest before it is unpacked."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tarfile
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sandbox.dataplane.cloud import Cloud, CloudError
from sandbox.dataplane.credentials import Credentials
from sandbox.dataplane.policies import allows
from sandbox.dataplane.runner.errors import BootError

RELEASE_DIGITS = 12  # of the artefact's digest, as the `X-Release` header shows it


class ArtefactSource(msgspec.Struct, frozen=True):
    """Where an artefact is, its digest, and the Python it was built for ("3.11").

    The maintenance host is told no key and digest: they come with each order to migrate.
    """

    bucket: str
    python: str
    key: str = ""
    sha256: str = ""

    def of_release(self, sha256: str) -> ArtefactSource:
        """The artefact with this digest, in the same bucket."""
        return ArtefactSource(self.bucket, self.python, f"artefacts/{sha256}.tar", sha256)


@dataclass(frozen=True)
class Artefact:
    """An unpacked artefact."""

    sha256: str
    directory: Path
    python: str

    @property
    def release(self) -> str:
        return self.sha256[:RELEASE_DIGITS]


class Artefacts:
    """The unpacked artefacts of one sandbox, each fetched once."""

    def __init__(self, directory: Path, cloud: Cloud) -> None:
        self._directory = directory
        self._cloud = cloud
        self._fetching = asyncio.Lock()

    async def get(
        self, source: ArtefactSource, credentials: Credentials, policies: Iterable[Mapping[str, Any]]
    ) -> Artefact:
        """The artefact, fetched if it isn't here yet.

        policies: those of the instance's role, which must allow the fetch even where another VM has fetched already.
        Raises BootError.
        """
        arn = f"arn:aws:s3:::{source.bucket}/{source.key}"
        if not allows(policies, "s3:GetObject", arn):
            raise BootError(f"the instance's role does not allow s3:GetObject on {arn}")
        return await self.fetch(source, credentials)

    async def fetch(self, source: ArtefactSource, credentials: Credentials) -> Artefact:
        """The artefact for whoever may have it, fetched if it isn't here yet. Raises BootError."""
        if not re.fullmatch(r"[0-9a-f]{64}", source.sha256):
            raise BootError(f"an artefact's sha256 must be 64 hexadecimal digits, not {source.sha256!r}")
        directory = self._directory / source.sha256
        if not directory.exists():
            async with self._fetching, _locked(self._directory):
                if not directory.exists():
                    await self._fetch(source, credentials, directory)
        return Artefact(source.sha256, directory, source.python)

    async def _fetch(self, source: ArtefactSource, credentials: Credentials, directory: Path) -> None:
        archive = directory.with_suffix(".tar")
        digest = hashlib.sha256()
        try:
            with archive.open("wb") as output:
                async for chunk in self._cloud.object_chunks(source.bucket, source.key, credentials):
                    digest.update(chunk)
                    output.write(chunk)
            if digest.hexdigest() != source.sha256:
                raise BootError(
                    f"s3://{source.bucket}/{source.key} has digest {digest.hexdigest()}, not {source.sha256}"
                )
            await asyncio.to_thread(unpack, archive, directory)
        except CloudError as error:
            raise BootError(str(error)) from error
        finally:
            archive.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def _locked(directory: Path) -> AsyncIterator[None]:
    """Keep the other processes that share a directory of artefacts from fetching at the same time."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        await asyncio.to_thread(fcntl.flock, descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def unpack(archive: Path, directory: Path) -> None:
    """Unpack a tar file to `directory`, which appears only once it is whole.

    Members that would land outside it, links out of it and devices are refused. Raises BootError.
    """
    partial = directory.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        with tarfile.open(archive, "r:") as members:
            members.extractall(partial, filter="data")
    except tarfile.TarError as error:
        shutil.rmtree(partial)
        raise BootError(f"{archive.name} can't be unpacked: {error}") from error
    partial.rename(directory)
