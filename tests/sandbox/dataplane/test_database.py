"""The database as a service meets it: TLS, IAM tokens, and what a crash leaves."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import asyncpg
import boto3
import pytest

from components.database import LOGGING
from sandbox.dataplane.credentials import Credentials, instance_credentials, pod_credentials
from sandbox.dataplane.database import protocol
from tests.sandbox.dataplane import platform
from tests.sandbox.dataplane.conftest import RunningDataPlane, kill

pytestmark = pytest.mark.sandbox

ADDRESS = "127.99.9.5"


@pytest.fixture
def database(data_plane: RunningDataPlane) -> RunningDataPlane:
    """A data plane whose database serves, with the user `registration` that one instance's role may be."""
    data_plane.cloud.secrets[platform.MASTER_SECRET] = (
        f'{{"username": "master", "password": "{platform.MASTER_PASSWORD}"}}'
    )
    maintenance = platform.maintenance_user_data()

    def change(state: Any) -> None:
        platform.add_instances(state, maintenance, [platform.instance(1, maintenance)])
        platform.allow_connect(state, "registration")
        state["databases"] = [platform.database()]

    data_plane.cloud.update(change)
    data_plane.until(lambda: data_plane.cloud.reports("databases/prakerja"), "database")

    async def make_user() -> None:
        master = await connect(data_plane, "master", platform.MASTER_PASSWORD)
        await master.execute("create role registration login; grant rds_iam to registration")
        await master.execute("create table accounts (id int primary key); grant all on accounts to registration")
        await master.close()

    asyncio.run(make_user())
    data_plane.until(lambda: data_plane.status()["databases"]["prakerja"]["ready"], "database that is ready")
    return data_plane


def token(running: RunningDataPlane, user: str = "registration", *, number: int = 1, host: str = ADDRESS) -> str:
    key = (running.state.secrets / "instance-credentials.key").read_bytes()
    return token_of(instance_credentials(f"i-{number:017x}", key), user, host=host)


def token_of(credentials: Credentials, user: str = "registration", *, host: str = ADDRESS) -> str:
    client = boto3.client(
        "rds",
        region_name="ap-southeast-3",
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
    )
    return str(client.generate_db_auth_token(host, 5432, user))


def tls(running: RunningDataPlane) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(running.state.secrets / "ca.pem"))


async def connect(running: RunningDataPlane, user: str, password: str, **options: Any) -> Any:
    arguments: dict[str, Any] = {"ssl": tls(running), **options}
    return await asyncpg.connect(host=ADDRESS, user=user, password=password, database="prakerja", **arguments)


@pytest.mark.parametrize("direct", [False, True], ids=["SSLRequest", "direct TLS"])
def test_a_service_logs_in_with_its_token_over_verified_tls(database: RunningDataPlane, direct: bool) -> None:
    async def main() -> None:
        connection = await connect(database, "registration", token(database), direct_tls=direct)
        assert await connection.fetchval("select current_user") == "registration"
        await connection.close()

    asyncio.run(main())


def test_a_pod_logs_in_with_the_role_of_its_association(database: RunningDataPlane) -> None:
    def associate(state: Any) -> None:
        state["pod_identities"] = [platform.pod_identity()]
        state["roles"][platform.POD_ROLE] = state["roles"][platform.PROFILE]

    database.cloud.update(associate)
    key = (database.state.secrets / "instance-credentials.key").read_bytes()
    password = token_of(pod_credentials(platform.POD_IDENTITY, key))

    async def lets_in() -> bool:
        try:
            connection = await connect(database, "registration", password)
        except asyncpg.InvalidPasswordError:
            return False  # the proxy has not heard of the association yet
        await connection.close()
        return True

    database.until(lambda: asyncio.run(lets_in()), "log-in")


def test_what_rds_refuses_is_refused(database: RunningDataPlane) -> None:
    async def refused(user: str, password: str, **options: Any) -> str:
        with pytest.raises(asyncpg.PostgresError) as error:
            await connect(database, user, password, **options)
        return str(error.value.sqlstate)

    async def main() -> None:
        good = token(database)
        assert await refused("registration", good, ssl=False) == protocol.NOT_AUTHORISED
        assert await refused("registration", good[:-1] + "0" if good[-1] != "0" else good[:-1] + "1") == "28P01"
        assert await refused("portal", token(database, "portal")) == "28P01"
        assert await refused("registration", token(database, number=2)) == "28P01"
        assert await refused("registration", token(database, host="127.99.9.6")) == "28P01"
        assert await refused("master", "wrong") == "28P01"
        assert await refused("rdsadmin", token(database, "rdsadmin")) == "28P01"
        assert await refused("registration", platform.MASTER_PASSWORD) == "28P01"

    asyncio.run(main())


def test_a_role_without_rds_iam_is_turned_away_by_the_server(database: RunningDataPlane) -> None:
    database.cloud.update(lambda state: platform.allow_connect(state, "portal"))

    async def main() -> None:
        master = await connect(database, "master", platform.MASTER_PASSWORD)
        await master.execute("create role portal login")
        await master.close()
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            await connect(database, "portal", token(database, "portal"))

    asyncio.run(main())


def test_the_master_user_is_no_superuser(database: RunningDataPlane) -> None:
    async def main() -> None:
        master = await connect(database, "master", platform.MASTER_PASSWORD)
        assert not await master.fetchval("select rolsuper from pg_roles where rolname = current_user")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await master.execute("copy accounts from program 'id'")
        await master.close()

    asyncio.run(main())


def test_a_committed_row_survives_kill_9_of_postgresql_and_clients_come_back(database: RunningDataPlane) -> None:
    async def main() -> None:
        connection = await connect(database, "registration", token(database))
        await connection.execute("insert into accounts values (1)")
        before = database.status()["databases"]["prakerja"]["pid"]
        kill(before)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)):
            await connection.fetchval("select pg_sleep(10)")  # the connection is closed, as by an RDS failover
        for _ in range(200):
            try:
                connection = await connect(database, "registration", token(database))
                break
            except (asyncpg.CannotConnectNowError, OSError):
                await asyncio.sleep(0.05)
        assert await connection.fetchval("select count(*) from accounts") == 1
        await connection.close()

    asyncio.run(main())


def test_a_killed_proxy_is_restarted(database: RunningDataPlane) -> None:
    kill(database.status()["databases"]["prakerja"]["proxy_pid"])

    async def main() -> None:
        for _ in range(200):
            try:
                connection = await connect(database, "registration", token(database))
                break
            except OSError:
                await asyncio.sleep(0.05)
        assert await connection.fetchval("select 1") == 1
        await connection.close()

    asyncio.run(main())


def test_a_running_query_is_cancelled_through_the_proxy(database: RunningDataPlane) -> None:
    async def main() -> None:
        connection = await connect(database, "registration", token(database))
        with pytest.raises(TimeoutError):
            await connection.fetchval("select pg_sleep(30)", timeout=0.2)  # asyncpg then sends a CancelRequest
        assert await connection.fetchval("select 1") == 1
        await connection.close()

    asyncio.run(main())


def test_a_rotated_master_password_and_changed_parameters_are_taken_up(database: RunningDataPlane) -> None:
    database.cloud.secrets[platform.MASTER_SECRET] = '{"username": "master", "password": "rotated"}'

    def change(state: Any) -> None:
        state["databases"] = [platform.database(parameters={"rds.force_ssl": "0", "log_min_duration_statement": "500"})]

    database.cloud.update(change)

    async def main() -> None:
        for _ in range(200):
            try:
                connection = await connect(database, "master", "rotated", ssl=False)
                break
            except asyncpg.PostgresError:
                await asyncio.sleep(0.05)
        assert await connection.fetchval("show log_min_duration_statement") == "500ms"
        await connection.close()

    asyncio.run(main())


def test_large_results_pass_whole(database: RunningDataPlane) -> None:
    async def main() -> None:
        connection = await connect(database, "registration", token(database))
        rows = await connection.fetch("select repeat('x', 10000) as word from generate_series(1, 3000)")
        assert sum(len(row["word"]) for row in rows) == 30_000_000
        await connection.close()

    asyncio.run(main())


def test_what_the_program_has_it_log_names_no_person(database: RunningDataPlane) -> None:
    nik, insert = "3171234567890001", "insert into people values ('3171234567890001')"
    database.cloud.update(lambda state: state.update(databases=[platform.database(parameters=LOGGING)]))

    async def taken_up() -> bool:
        master = await connect(database, "master", platform.MASTER_PASSWORD)
        given = {name: await master.fetchval(f"show {name}") for name in ("log_error_verbosity", "log_lock_waits")}
        await master.close()
        return given == {"log_error_verbosity": "terse", "log_lock_waits": "on"}

    database.until(lambda: asyncio.run(taken_up()), "parameters")

    async def fail() -> None:
        master = await connect(database, "master", platform.MASTER_PASSWORD)
        await master.execute("create table people (nik text primary key)")
        await master.execute(insert)
        for statement, *bound in ((insert,), ("insert into people values ($1)", nik)):
            with pytest.raises(asyncpg.UniqueViolationError, match="duplicate key"):
                await master.execute(statement, *bound)
        await master.close()

    asyncio.run(fail())
    log = (database.state.logs / "database-prakerja.log").read_text()
    assert "connection authorized: user=master" in log
    assert log.count("duplicate key value violates") == 2
    assert nik not in log
