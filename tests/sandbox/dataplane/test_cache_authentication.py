"""IAM tokens for the cache: those that botocore's signer makes are taken, all others refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from sandbox.dataplane.cache.authentication import authenticate
from sandbox.dataplane.cache.facts import CacheFacts, CacheLogin
from sandbox.dataplane.credentials import Credentials, pod_credentials
from sandbox.dataplane.policies import allows
from sandbox.dataplane.proxies.principals import Principal, principals
from sandbox.dataplane.proxies.tokens import RefusedError
from sandbox.dataplane.snapshot import PodIdentity, Snapshot
from tests.sandbox.dataplane import platform
from tests.sandbox.dataplane.tokens import cache_token

pytestmark = pytest.mark.unit

POD = pod_credentials(platform.POD_IDENTITY, b"key")
USER_ARN = "arn:aws:elasticache:ap-southeast-3:123456789012:user:"


def policies(*users: str) -> dict[str, list[dict[str, Any]]]:
    state: dict[str, Any] = {"roles": {platform.POD_ROLE: []}}
    platform.allow_cache(state, platform.POD_ROLE, *users)
    roles: dict[str, list[dict[str, Any]]] = state["roles"]
    return roles


def facts(**changes: Any) -> CacheFacts:
    known = CacheFacts(
        address="127.99.9.6",
        port=6379,
        replication_group="cache",
        arn=platform.CACHE_ARN,
        socket="/nowhere",
        certificate="",
        private_key="",
        users={
            "portal": CacheLogin(USER_ARN + "portal", iam=True, no_password=False, password="secret"),
            "other": CacheLogin(USER_ARN + "other", iam=True, no_password=False, password="another"),
            "default": CacheLogin(USER_ARN + "default", iam=False, no_password=False, password="none"),
        },
        principals={POD.access_key_id: Principal(POD.secret_access_key, platform.POD_ROLE)},
        policies=policies("portal"),
    )
    return msgspec.structs.replace(known, **changes)


def token(user: str = "portal", credentials: Credentials = POD, **options: Any) -> str:
    return cache_token(credentials, user, **options)


def log_in(password: str, user: str = "portal", *, later: int = 0, **changes: Any) -> str:
    now = datetime.now(UTC) + timedelta(seconds=later)
    return authenticate(user, password, facts(**changes), now).password


def test_a_token_made_by_botocore_logs_its_user_in_for_fifteen_minutes() -> None:
    assert log_in(token()) == "secret"
    assert log_in(token(), later=890) == "secret"
    with pytest.raises(RefusedError, match="expired"):
        log_in(token(), later=901)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (lambda: token(group="other"), "the token is for other"),
        (lambda: token("other"), "does not connect the user portal"),
        (lambda: token(action="describe"), "does not connect the user portal"),
        (lambda: token(region="ap-southeast-1"), "is signed for"),
        (lambda: token(service="rds-db"), "is signed for"),
        (lambda: token(credentials=Credentials(POD.access_key_id, "guess")), "signature is wrong"),
        (lambda: token(credentials=Credentials("ASIAUNKNOWN", "x")), "nothing that runs with a role"),
        (lambda: token(seconds=901), "more than 900"),
        (lambda: re.sub("Expires=900", "Expires=899", token()), "signature is wrong"),
        (lambda: "a password", "the token is for a password"),
        (lambda: "", "the token is for"),
    ],
)
def test_a_token_that_is_not_exactly_right_is_refused(given: Any, reason: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(reason)):
        log_in(given())


def test_the_role_must_allow_both_the_cache_and_the_user() -> None:
    with pytest.raises(RefusedError, match=r"on arn:.*:user:portal"):
        log_in(token(), policies=policies())
    with pytest.raises(RefusedError, match=r"on arn:.*:user:other"):
        log_in(token("other"), "other")
    with pytest.raises(RefusedError, match=r"on arn:.*:replicationgroup:cache"):
        log_in(token(), policies={platform.POD_ROLE: []})


def test_a_user_that_is_not_in_the_group_or_has_a_password_is_refused() -> None:
    with pytest.raises(RefusedError, match="no such user"):
        log_in(token("nobody"), "nobody")
    with pytest.raises(RefusedError, match="IAM users only"):
        log_in(token("default"), "default")


def test_pods_are_principals_of_the_role_that_their_association_names() -> None:
    identity = PodIdentity(platform.POD_IDENTITY, "cluster", "portal", "portal", platform.POD_ROLE)
    snapshot = msgspec.structs.replace(Snapshot.empty(), pod_identities=[identity], roles=policies("portal"))
    known = principals(snapshot, b"key")
    assert known == {POD.access_key_id: Principal(POD.secret_access_key, platform.POD_ROLE)}
    assert allows(snapshot.roles[known[POD.access_key_id].role], "elasticache:Connect", platform.CACHE_ARN)
    assert principals(msgspec.structs.replace(snapshot, roles={}), b"key") == {}
