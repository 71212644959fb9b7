"""The cache as a service meets it: TLS, IAM tokens, access strings, and what a crash leaves."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import valkey.asyncio as valkey
from valkey.exceptions import AuthenticationError, NoPermissionError, ValkeyError

from sandbox.dataplane.cache.commands import encoded
from sandbox.dataplane.credentials import Credentials, instance_credentials, pod_credentials
from sandbox.dataplane.signature import TIME_FORMAT
from tests.sandbox.dataplane import platform
from tests.sandbox.dataplane.conftest import RunningDataPlane, kill
from tests.sandbox.dataplane.tokens import cache_token

pytestmark = pytest.mark.sandbox

ADDRESS = ("127.99.9.6", 6379)


@pytest.fixture
def cache(data_plane: RunningDataPlane) -> RunningDataPlane:
    """A data plane whose cache serves, with the user `portal` that one instance and one pod may be."""
    maintenance = platform.maintenance_user_data()

    def change(state: Any) -> None:
        platform.add_instances(state, maintenance, [platform.instance(1, maintenance)])
        platform.allow_cache(state, platform.PROFILE, "portal")
        platform.allow_cache(state, platform.POD_ROLE, "portal")
        state["pod_identities"] = [platform.pod_identity()]
        state["caches"] = [platform.cache()]

    data_plane.cloud.update(change)
    data_plane.until(lambda: data_plane.cloud.reports("caches/cache"), "cache")
    assert data_plane.cloud.reports("caches/cache")[0] == {"status": "available"}
    data_plane.until(lambda: status(data_plane)["ready"], "cache that is ready")
    return data_plane


def status(running: RunningDataPlane) -> dict[str, Any]:
    found: dict[str, Any] = running.status()["caches"].get("cache", {"ready": False})
    return found


def key(running: RunningDataPlane) -> bytes:
    return (running.state.secrets / "instance-credentials.key").read_bytes()


def instance(running: RunningDataPlane, number: int = 1) -> Credentials:
    return instance_credentials(f"i-{number:017x}", key(running))


def pod(running: RunningDataPlane, association: str = platform.POD_IDENTITY) -> Credentials:
    return pod_credentials(association, key(running))


def client(
    running: RunningDataPlane, password: str, user: str = "portal", **options: Any
) -> Any:  # its commands are untyped
    chosen: dict[str, Any] = {"ssl": True, "ssl_ca_certs": str(running.state.secrets / "ca.pem"), **options}
    return valkey.Valkey(host=ADDRESS[0], port=ADDRESS[1], username=user, password=password, **chosen)


@pytest.mark.parametrize("protocol", [2, 3], ids=["AUTH", "HELLO 3 AUTH"])
@pytest.mark.parametrize("who", [instance, pod])
def test_machines_and_pods_log_in_with_their_token_over_verified_tls(
    cache: RunningDataPlane, who: Any, protocol: int
) -> None:
    async def main() -> None:
        async with client(cache, cache_token(who(cache)), protocol=protocol) as connection:
            assert await connection.execute_command("ACL", "WHOAMI") == b"portal"
            assert await connection.set("portal:wave", b"\r\n*1\r\n" + b"x" * 1_000_000)
            found = await connection.get("portal:wave")
            assert found is not None
            assert len(found) == 1_000_006

    asyncio.run(main())


def test_what_elasticache_refuses_is_refused(cache: RunningDataPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    late = datetime.now(UTC) - timedelta(seconds=901)
    with monkeypatch.context() as patched:
        patched.setattr("botocore.auth.get_current_datetime", lambda *_, **__: late.replace(tzinfo=None))
        expired = cache_token(pod(cache))
    assert f"X-Amz-Date={late.strftime(TIME_FORMAT)}" in expired

    async def refused(password: str, user: str = "portal") -> None:
        async with client(cache, password, user) as connection:
            with pytest.raises(AuthenticationError, match="invalid username-password pair or user is disabled"):
                await connection.ping()

    async def main() -> None:
        await refused(expired)
        good = cache_token(pod(cache))
        await refused(good[:-1] + ("0" if good[-1] != "0" else "1"))  # a wrong signature
        await refused(cache_token(pod(cache), group="other"))
        await refused(cache_token(pod(cache), "other"))  # another user's token
        await refused(cache_token(pod(cache), "other"), "other")
        await refused(cache_token(pod(cache, "a-unknown")))
        await refused(cache_token(instance(cache, 2)))  # no such instance
        await refused(cache_token(pod(cache), seconds=901))
        await refused(cache_token(pod(cache), "default"), "default")
        await refused("")
        await refused("guess", "sandbox-data-plane")

    asyncio.run(main())


def test_a_role_without_permission_is_refused_and_one_that_gets_it_is_let_in(cache: RunningDataPlane) -> None:
    def forbid(state: Any) -> None:
        state["roles"][platform.POD_ROLE] = []

    async def lets_in() -> bool:
        async with client(cache, cache_token(pod(cache))) as connection:
            try:
                return bool(await connection.ping())
            except AuthenticationError:
                return False

    cache.cloud.update(forbid)
    cache.until(lambda: not asyncio.run(lets_in()), "refusal")
    cache.cloud.update(lambda state: platform.allow_cache(state, platform.POD_ROLE, "portal"))
    cache.until(lambda: asyncio.run(lets_in()), "permission")


def test_the_access_string_and_elasticaches_own_restrictions_hold(cache: RunningDataPlane) -> None:
    async def main() -> None:
        async with client(cache, cache_token(pod(cache))) as connection:
            assert await connection.incr("portal:count") == 1
            for command in (["GET", "registration:x"], ["CONFIG", "GET", "*"], ["SHUTDOWN"], ["ACL", "SETUSER", "x"]):
                with pytest.raises(NoPermissionError):
                    await connection.execute_command(*command)

    asyncio.run(main())


def test_a_changed_access_string_applies_to_open_connections(cache: RunningDataPlane) -> None:
    async def main() -> None:
        async with client(cache, cache_token(pod(cache)), single_connection_client=True) as connection:
            assert await connection.set("portal:x", "1")
            users = [platform.cache_user("portal", "on ~portal:* -@all +get")]
            cache.cloud.update(lambda state: state.update(caches=[platform.cache(users=users)]))
            for _ in range(200):
                try:
                    await connection.set("portal:x", "2")
                except NoPermissionError:
                    break
                await asyncio.sleep(0.02)
            assert await connection.get("portal:x") in {b"1", b"2"}
            with pytest.raises(NoPermissionError):
                await connection.set("portal:x", "3")

    asyncio.run(main())


def speak(cache: RunningDataPlane, data: bytes, *, encrypted: bool = True) -> bytes:
    """Send bytes on a connection of their own, and return all that comes back until it closes or pauses."""
    with socket.create_connection(ADDRESS, timeout=2) as plain:
        context = ssl.create_default_context(cafile=str(cache.state.secrets / "ca.pem"))
        with context.wrap_socket(plain, server_hostname=ADDRESS[0]) if encrypted else plain as connection:
            connection.sendall(data)
            connection.settimeout(0.5)
            answer = b""
            try:
                while chunk := connection.recv(4096):
                    answer += chunk
            except (TimeoutError, ConnectionError):
                pass
            return answer


def test_without_a_log_in_valkey_says_so_in_its_own_words(cache: RunningDataPlane) -> None:
    assert speak(cache, b"PING\r\n") == b"-NOAUTH Authentication required.\r\n"
    assert speak(cache, encoded([b"GET", b"portal:x"])) == b"-NOAUTH Authentication required.\r\n"
    assert speak(cache, encoded([b"HELLO", b"3"])).startswith(b"-NOAUTH HELLO must be called")
    assert speak(cache, encoded([b"HELLO", b"9"])).startswith(b"-NOPROTO unsupported protocol version")
    assert speak(cache, encoded([b"AUTH", b"password"])).startswith(b"-WRONGPASS")
    assert speak(cache, encoded([b"AUTH"])).startswith(b"-ERR wrong number of arguments for 'auth' command")
    assert speak(cache, b"*1000000\r\n$3\r\n").startswith(b"-ERR Protocol error: unauthenticated multibulk length")


def test_without_tls_nothing_is_answered(cache: RunningDataPlane) -> None:
    assert speak(cache, encoded([b"PING"]), encrypted=False) == b""


def test_a_log_in_and_commands_may_come_in_one_piece(cache: RunningDataPlane) -> None:
    token = cache_token(pod(cache)).encode()
    commands = [[b"AUTH", b"portal", token], [b"SET", b"portal:x", b"1"], [b"INCR", b"portal:x"]]
    assert speak(cache, b"".join(map(encoded, commands))) == b"+OK\r\n+OK\r\n:2\r\n"


def test_parameters_of_the_group_are_the_servers_and_change(cache: RunningDataPlane) -> None:
    def policy() -> str:
        configuration = cache.state.cache / "cache" / "valkey.conf"
        assert configuration.stat().st_mode & 0o777 == 0o600
        return asyncio.run(memory_policy())

    async def memory_policy() -> str:
        async with client(cache, cache_token(pod(cache))) as connection:
            return str((await connection.info("memory"))["maxmemory_policy"])

    assert policy() == "allkeys-lru"
    changed = platform.cache(parameters={"maxmemory-policy": "noeviction"})
    cache.cloud.update(lambda state: state.update(caches=[changed]))
    cache.until(lambda: policy() == "noeviction", "changed parameter")


@pytest.mark.parametrize("program", ["pid", "proxy_pid"])
def test_a_killed_cache_comes_back_and_clients_with_it(cache: RunningDataPlane, program: str) -> None:
    before = status(cache)[program]
    kill(before)

    async def served() -> bool:
        async with client(cache, cache_token(pod(cache))) as connection:
            try:
                return bool(await connection.set("portal:x", "1"))
            except (ValkeyError, OSError):
                return False

    cache.until(lambda: status(cache)[program] not in {None, before}, "another process")
    cache.until(lambda: asyncio.run(served()), "cache that serves again")


def test_a_deleted_cache_ends(cache: RunningDataPlane) -> None:
    cache.cloud.update(lambda state: state.update(caches=[]))
    cache.until(lambda: "cache" not in cache.status()["caches"], "end")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(ADDRESS, timeout=1)


def test_an_access_string_that_valkey_does_not_know_is_named(cache: RunningDataPlane) -> None:
    users = [platform.cache_user("portal", "on ~portal:* +@nonsense")]
    cache.cloud.update(lambda state: state.update(caches=[platform.cache(users=users)]))
    error = str(cache.until(lambda: status(cache).get("error"), "error"))
    assert "user portal" in error
    assert "@nonsense" in error
