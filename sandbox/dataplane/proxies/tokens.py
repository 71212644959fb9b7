"""IAM tokens: presigned requests without their scheme, by which a role logs in to a database or a cache."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from sandbox.dataplane.cloud import REGION
from sandbox.dataplane.proxies.principals import Principal
from sandbox.dataplane.signature import ALGORITHM, EMPTY_SHA256, TIME_FORMAT, canonical_request, signature

_LONGEST_LIFE_SECONDS = 900  # RDS and ElastiCache: a token is valid for 15 minutes
_CLOCK_SKEW = timedelta(minutes=5)


class RefusedError(Exception):
    """A log-in is refused. `reason` is for the proxy's log; a client learns only that it is refused."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def signer(
    token: str,
    *,
    host: str,
    service: str,
    user: tuple[str, str],
    principals: Mapping[str, Principal],
    now: datetime,
) -> Principal:
    """Check a token and return whose it is. Raises RefusedError.

    host: what it must be for. service: what it must be signed for. user: the query's name for the user, and the user.
    """
    name, wanted = user
    url = urlsplit("https://" + token)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    given = query.pop("X-Amz-Signature", "")
    if url.netloc != host:
        raise RefusedError(f"the token is for {url.netloc}, not {host}")
    if (query.get("Action"), query.get(name)) != ("connect", wanted):
        raise RefusedError(f"the token does not connect the user {wanted}")
    if query.get("X-Amz-Algorithm") != ALGORITHM or query.get("X-Amz-SignedHeaders") != "host":
        raise RefusedError("the token is not signed as an IAM token is")
    _check_time(query, now)
    key_id, _, scope = query.get("X-Amz-Credential", "").partition("/")
    principal = principals.get(key_id)
    if principal is None:
        raise RefusedError(f"nothing that runs with a role has the access key {key_id}")
    if scope != f"{query['X-Amz-Date'][:8]}/{REGION}/{service}/aws4_request":
        raise RefusedError(f"the token is signed for {scope}")
    canonical = canonical_request("GET", url.path or "/", query, {"host": host}, EMPTY_SHA256)
    expected = signature(principal.secret_access_key, query["X-Amz-Date"], scope, canonical)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise RefusedError("the token's signature is wrong")
    return principal


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
