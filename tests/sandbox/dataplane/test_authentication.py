"""IAM tokens for the database: those that botocore makes are taken, all others refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import msgspec
import pytest

from sandbox.dataplane.credentials import Credentials, instance_credentials
from sandbox.dataplane.database.authentication import authenticate
from sandbox.dataplane.database.facts import ProxyFacts
from sandbox.dataplane.proxies.principals import Principal
from sandbox.dataplane.proxies.tokens import RefusedError
from tests.sandbox.dataplane import platform

pytestmark = pytest.mark.unit

INSTANCE = instance_credentials("i-0123456789abcdef0", b"key")
RESOURCE = "arn:aws:rds-db:ap-southeast-3:123456789012:dbuser:db-ABC/registration"


def facts(**changes: Any) -> ProxyFacts:
    policy = {"Statement": [{"Effect": "Allow", "Action": "rds-db:connect", "Resource": RESOURCE}]}
    known = ProxyFacts(
        address="127.20.96.5",
        port=5432,
        resource_id="db-ABC",
        sockets="/nowhere",
        force_tls=True,
        iam_authentication=True,
        master_username="master",
        master_password=platform.MASTER_PASSWORD,
        certificate="",
        private_key="",
        principals={INSTANCE.access_key_id: Principal(INSTANCE.secret_access_key, platform.PROFILE)},
        policies={platform.PROFILE: [policy]},
    )
    return msgspec.structs.replace(known, **changes)


def token(
    user: str = "registration",
    host: str = "127.20.96.5",
    credentials: Credentials = INSTANCE,
    region: str = "ap-southeast-3",
) -> str:
    client = boto3.client(
        "rds",
        region_name=region,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
    )
    return str(client.generate_db_auth_token(host, 5432, user))


def log_in(
    password: str, user: str = "registration", *, later: int = 0, encrypted: bool = True, **changes: Any
) -> None:
    now = datetime.now(UTC) + timedelta(seconds=later)
    authenticate(user, password, facts(**changes), encrypted=encrypted, now=now)


def test_a_token_made_by_botocore_logs_its_user_in() -> None:
    log_in(token())
    log_in(token(), later=890)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (lambda: token(host="127.20.96.6"), "the token is for 127.20.96.6:5432"),
        (lambda: token("portal"), "does not connect the user registration"),
        (lambda: token(region="ap-southeast-1"), "is signed for"),
        (lambda: token(credentials=Credentials(INSTANCE.access_key_id, "guess")), "signature is wrong"),
        (lambda: token(credentials=Credentials("ASIAUNKNOWN", "x")), "nothing that runs with a role"),
        (lambda: re.sub("Expires=900", "Expires=9000", token()), "more than 900"),
        (lambda: re.sub("Expires=900", "Expires=899", token()), "signature is wrong"),
        (lambda: "a password", "the token is for a password"),
        (lambda: "", "the token is for"),
    ],
)
def test_a_token_that_is_not_exactly_right_is_refused(given: Any, reason: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(reason)):
        log_in(given())


def test_a_token_expires_after_fifteen_minutes() -> None:
    with pytest.raises(RefusedError, match="expired"):
        log_in(token(), later=901)


def test_a_token_is_not_taken_in_clear_nor_where_iam_is_off() -> None:
    with pytest.raises(RefusedError, match="over TLS only"):
        log_in(token(), encrypted=False)
    with pytest.raises(RefusedError, match="not enabled"):
        log_in(token(), iam_authentication=False)


def test_the_role_must_allow_the_very_user_of_the_very_database() -> None:
    with pytest.raises(RefusedError, match="does not allow rds-db:connect"):
        log_in(token("portal"), "portal")
    with pytest.raises(RefusedError, match="does not allow rds-db:connect"):
        log_in(token(), resource_id="db-OTHER")
    with pytest.raises(RefusedError, match="does not allow rds-db:connect"):
        log_in(token(), policies={platform.PROFILE: []})


def test_the_master_user_has_its_password_and_rdss_own_user_has_no_way_in() -> None:
    log_in(platform.MASTER_PASSWORD, "master")
    with pytest.raises(RefusedError):
        log_in(platform.MASTER_PASSWORD + " ", "master")
    with pytest.raises(RefusedError, match="nobody"):
        log_in(token("rdsadmin"), "rdsadmin")
