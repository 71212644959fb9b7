"""Database tokens."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from botocore.exceptions import NoCredentialsError

from app.common import aws

pytestmark = pytest.mark.unit

SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> aws.DatabaseLogin:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    return aws.DatabaseLogin(region="ap-southeast-3", host="db.example", port=5432, user="portal")


def test_a_token_names_server_and_user_and_lasts_fifteen_minutes(login: aws.DatabaseLogin) -> None:
    url = urlsplit(f"https://{login.token()}")
    query = parse_qs(url.query)
    assert url.netloc == "db.example:5432"
    assert (query["Action"], query["DBUser"], query["X-Amz-Expires"]) == (["connect"], ["portal"], ["900"])


def test_a_token_carries_the_signature_that_rds_computes(login: aws.DatabaseLogin) -> None:
    query = {name: values[0] for name, values in parse_qs(urlsplit(f"https://{login.token()}").query).items()}
    signature = query.pop("X-Amz-Signature")
    canonical_query = "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query))
    request = f"GET\n/\n{canonical_query}\nhost:db.example:5432\n\nhost\n{hashlib.sha256(b'').hexdigest()}"
    scope = query["X-Amz-Credential"].partition("/")[2]
    text = f"AWS4-HMAC-SHA256\n{query['X-Amz-Date']}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{SECRET_KEY}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    assert scope.endswith("/ap-southeast-3/rds-db/aws4_request")
    assert key.hex() == signature


def test_no_credentials_is_an_error_of_its_own(login: aws.DatabaseLogin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(NoCredentialsError):
        login.token()
