"""Tokens to log in with."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from botocore.exceptions import NoCredentialsError

from app.common import logins

pytestmark = pytest.mark.unit

SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


DATABASE = logins.database_login(region="ap-southeast-3", host="db.example", port=5432, user="portal")
CACHE = logins.cache_login(region="ap-southeast-3", replication_group="prakerja-cache", user="portal")


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)


@pytest.mark.parametrize(
    ("login", "server", "user_field"), [(DATABASE, "db.example:5432", "DBUser"), (CACHE, "prakerja-cache", "User")]
)
def test_a_token_names_server_and_user_and_lasts_fifteen_minutes(
    login: logins.Login, server: str, user_field: str
) -> None:
    url = urlsplit(f"https://{login.token()}")
    query = parse_qs(url.query)
    assert url.netloc == server
    assert (query["Action"], query[user_field], query["X-Amz-Expires"]) == (["connect"], ["portal"], ["900"])


@pytest.mark.parametrize(
    ("login", "server", "service"),
    [(DATABASE, "db.example:5432", "rds-db"), (CACHE, "prakerja-cache", "elasticache")],
)
def test_a_token_carries_the_signature_that_aws_computes(login: logins.Login, server: str, service: str) -> None:
    query = {name: values[0] for name, values in parse_qs(urlsplit(f"https://{login.token()}").query).items()}
    signature = query.pop("X-Amz-Signature")
    canonical_query = "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query))
    request = f"GET\n/\n{canonical_query}\nhost:{server}\n\nhost\n{hashlib.sha256(b'').hexdigest()}"
    scope = query["X-Amz-Credential"].partition("/")[2]
    text = f"AWS4-HMAC-SHA256\n{query['X-Amz-Date']}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{SECRET_KEY}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    assert scope.endswith(f"/ap-southeast-3/{service}/aws4_request")
    assert key.hex() == signature


def test_no_credentials_is_an_error_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(NoCredentialsError):
        logins.cache_login(region="ap-southeast-3", replication_group="prakerja-cache", user="portal").token()
