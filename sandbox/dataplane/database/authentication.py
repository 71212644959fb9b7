"""Who may log in to a database: the master user by its password, everybody else by an IAM token, as on RDS."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from sandbox.dataplane.cloud import REGION
from sandbox.dataplane.database.facts import ProxyFacts
from sandbox.dataplane.database.parameters import SUPERUSER
from sandbox.dataplane.policies import allows
from sandbox.dataplane.signature import ALGORITHM, EMPTY_SHA256, TIME_FORMAT, canonical_request, signature

ACCOUNT = "123456789012"
_LONGEST_LIFE_SECONDS = 900  # RDS: a token is valid for 15 minutes
_CLOCK_SKEW = timedelta(minutes=5)


class RefusedError(Exception):
    """A log-in is refused. `reason` is for the proxy's log; a client learns only that it is refused."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def authenticate(user: str, password: str, facts: ProxyFacts, *, encrypted: bool, now: datetime) -> None:
    """Check a log-in. Raises RefusedError."""
    if user == SUPERUSER:
        raise RefusedError("RDS lets nobody log in as its own user")
    if user == facts.master_username:
        if not hmac.compare_digest(password.encode(), facts.master_password.encode()):
            raise RefusedError("the password is not the one in Secrets Manager")
        return
    if not facts.iam_authentication:
        raise RefusedError("IAM authentication is not enabled for the database instance")
    if not encrypted:
        raise RefusedError("an IAM token is accepted over TLS only")
    check_token(password, user, facts, now)


def check_token(token: str, user: str, facts: ProxyFacts, now: datetime) -> None:
    """Check an IAM token: a presigned `connect` request without its scheme. Raises RefusedError."""
    url = urlsplit("https://" + token)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    given = query.pop("X-Amz-Signature", "")
    endpoint = f"{facts.address}:{facts.port}"
    if url.netloc != endpoint:
        raise RefusedError(f"the token is for {url.netloc}, not {endpoint}")
    if (query.get("Action"), query.get("DBUser")) != ("connect", user):
        raise RefusedError(f"the token does not connect the user {user}")
    if query.get("X-Amz-Algorithm") != ALGORITHM or query.get("X-Amz-SignedHeaders") != "host":
        raise RefusedError("the token is not signed as an RDS token is")
    _check_time(query, now)
    key_id, _, scope = query.get("X-Amz-Credential", "").partition("/")
    role = facts.roles.get(key_id)
    if role is None:
        raise RefusedError(f"no running instance has the access key {key_id}")
    if scope != f"{query['X-Amz-Date'][:8]}/{REGION}/rds-db/aws4_request":
        raise RefusedError(f"the token is signed for {scope}")
    canonical = canonical_request("GET", url.path or "/", query, {"host": endpoint}, EMPTY_SHA256)
    expected = signature(role.secret_access_key, query["X-Amz-Date"], scope, canonical)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise RefusedError("the token's signature is wrong")
    arn = f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:{facts.resource_id}/{user}"
    if not allows(facts.policies[role.profile], "rds-db:connect", arn):
        raise RefusedError(f"the instance's role does not allow rds-db:connect on {arn}")


def _check_time(query: dict[str, str], now: datetime) -> None:
    try:
        signed = datetime.strptime(query["X-Amz-Date"], TIME_FORMAT).replace(tzinfo=UTC)
        life = int(query["X-Amz-Expires"])
    except (KeyError, ValueError) as error:
        raise RefusedError("the token does not say when it expires") from error
    if not 0 < life <= _LONGEST_LIFE_SECONDS:
        raise RefusedError(f"the token lives {life} s, more than {_LONGEST_LIFE_SECONDS}")
    if not signed - _CLOCK_SKEW <= now <= signed + timedelta(seconds=life):
        raise RefusedError("the token has expired, or is not valid yet")
