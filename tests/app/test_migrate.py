"""The migration job against a real PostgreSQL."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from app.migrate import SERVICES, migrate
from tests.app.postgresql import PostgreSQL

pytestmark = pytest.mark.sandbox


def test_repeating_it_changes_nothing(migrated: PostgreSQL) -> None:
    asyncio.run(migrate(migrated.login("master")))
    rows = asyncio.run(migrated.query("portal", "SELECT revision FROM portal.schema_revision"))
    assert [row["revision"] for row in rows] == ["0009"]


def test_two_at_once_take_turns(migrated: PostgreSQL) -> None:
    async def both() -> None:
        await asyncio.gather(migrate(migrated.login("master")), migrate(migrated.login("master")))

    asyncio.run(both())


def test_services_log_in_with_tokens(migrated: PostgreSQL) -> None:
    for service in SERVICES:
        rows = asyncio.run(migrated.query(service, "SELECT pg_has_role(current_user, 'rds_iam', 'MEMBER') AS member"))
        assert rows[0]["member"]


@pytest.mark.parametrize(
    ("user", "statement"),
    [
        ("portal", "SELECT id FROM registration.account"),
        ("registration", "SELECT number FROM portal.wave"),
        ("portal", "SELECT version_num FROM migration.revision"),
        ("portal", "UPDATE portal.wave SET number = 2"),
        ("registration", "SELECT nik_sealed FROM registration.account"),
        ("registration", "UPDATE registration.account SET email = ''"),
        ("registration", "DELETE FROM registration.account"),
        ("registration", "SELECT body FROM relay.outbox"),
        ("registration", "DELETE FROM relay.outbox"),
        ("registration", "INSERT INTO relay.outbox (id, body, due_at) VALUES (gen_random_uuid(), '', now())"),
        ("registration", "DELETE FROM registration.email_verification"),
        ("registration", "UPDATE registration.email_verification SET expires_at = now()"),
        ("registration", "SELECT password_hash FROM registration.account"),
        ("registration", "UPDATE registration.account SET verification_ordered_at = NULL"),
        ("portal", "SELECT registration.order_verification('', '', '', now(), gen_random_uuid(), '{}')"),
        ("relay", "UPDATE relay.outbox SET body = ''"),
        ("relay", "INSERT INTO relay.outbox (id, body) VALUES (gen_random_uuid(), '')"),
        ("relay", "SELECT id FROM registration.account"),
        ("relay", "SELECT message_id FROM notification.delivered"),
        ("notification", "SELECT because FROM notification.allowed"),
        ("notification", "UPDATE notification.allowed SET because = ''"),
        ("notification", "DELETE FROM notification.allowed"),
        ("registration", "SELECT body FROM relay.identity_outbox"),
        ("registration", "DELETE FROM relay.identity_outbox"),
        ("registration", "SELECT result FROM identity.checked"),
        ("relay", "UPDATE relay.identity_outbox SET body = ''"),
        ("relay", "INSERT INTO relay.identity_outbox (id, body) VALUES (gen_random_uuid(), '')"),
        ("relay", "SELECT account_id FROM identity.checked"),
        ("identity", "SELECT body FROM relay.identity_outbox"),
        ("identity", "SELECT name FROM registration.account"),
        ("identity", "SELECT result FROM identity.checked"),
        ("identity", "UPDATE identity.checked SET result = 'match'"),
        ("identity", "DELETE FROM identity.checked"),
        ("notification", "SELECT account_id FROM identity.checked"),
        ("notification", "SELECT body FROM relay.outbox"),
        ("notification", "SELECT email FROM registration.account"),
        ("portal", "SELECT body FROM relay.outbox"),
        ("registration", "CREATE TABLE registration.other (id int)"),
        ("registration", "CREATE TABLE public.other (id int)"),
        ("registration", "CREATE SCHEMA other"),
        ("registration", "CREATE TEMPORARY TABLE other (id int)"),
    ],
)
def test_a_service_may_do_only_what_it_needs(migrated: PostgreSQL, user: str, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        asyncio.run(migrated.query(user, statement))


def test_the_first_wave_has_its_public_figures(migrated: PostgreSQL) -> None:
    rows = asyncio.run(migrated.query("portal", "SELECT number, registered, accepted FROM portal.wave"))
    assert [tuple(row) for row in rows] == [(1, 5_965_048, 168_111)]
