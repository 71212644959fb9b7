"""The partners' stand-ins, and the operator who puts the first credentials."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from app.common.partner import Partner
from app.common.settings import PartnerSettings
from app.identity.message import Identity
from app.identity.results import Result
from tests.sandbox.aws.server.conftest import REGION

pytestmark = pytest.mark.sandbox

IDENTITY = {"nik": "3201016703980001", "name": "Siti Rahmawati", "birth_date": "1998-03-27"}
NAME = "prakerja-dev-partner-identity-credential-0a1b2c3"


@pytest.fixture
def credential(cloud: Any) -> Iterator[dict[str, str]]:
    """What the operator has put."""
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name=NAME)
    yield eventually_put(secrets, NAME)
    secrets.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)


def eventually_put(secrets: Any, name: str) -> dict[str, str]:
    for _ in range(100):
        try:
            put: dict[str, str] = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
        except secrets.exceptions.ResourceNotFoundException:
            time.sleep(0.05)
        else:
            return put
    raise AssertionError("nobody put a credential")


def grant(cloud: Any, client_id: str, secret: str, **form: str) -> httpx.Response:
    data = {"grant_type": "client_credentials"} | form
    return httpx.post(f"{cloud.url}/partners/identity/token", data=data, auth=(client_id, secret))


@pytest.fixture
def token(cloud: Any, credential: dict[str, str]) -> str:
    answer = grant(cloud, credential["client_id"], credential["client_secret"])
    assert (answer.status_code, answer.json()["token_type"], answer.json()["expires_in"]) == (200, "Bearer", 300)
    return str(answer.json()["access_token"])


def check(cloud: Any, token: str, identity: object = IDENTITY, path: str = "v1/identity-checks") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{cloud.url}/partners/identity/{path}", json=identity, headers=headers)


def test_an_empty_secret_of_a_partner_gets_a_credential_and_no_other_secret_does(
    cloud: Any, credential: dict[str, str]
) -> None:
    assert credential.keys() == {
        "client_id",
        "client_secret",
        "token_url",
        "registration_client_uri",
        "registration_access_token",
    }
    secrets = cloud.client("secretsmanager")
    names = ["prakerja-dev-identity-key-0a1b2c3", "prakerja-dev-partner-identity-webhook-0a1b2c3"]
    for name in names:
        secrets.create_secret(Name=name)
    time.sleep(0.6)  # two looks
    for name in names:
        assert "VersionIdsToStages" not in secrets.describe_secret(SecretId=name)
        secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert f"put a first credential of the partner identity into {NAME}" in cloud.log.read_text()
    assert credential["client_secret"] not in cloud.log.read_text()


def test_a_replaced_credential_is_the_one_that_is_known_and_stays(cloud: Any, credential: dict[str, str]) -> None:
    replaced = credential | {"client_secret": "another % secret"}
    cloud.client("secretsmanager").put_secret_value(SecretId=NAME, SecretString=json.dumps(replaced))
    assert grant(cloud, credential["client_id"], credential["client_secret"]).status_code == 401
    assert grant(cloud, credential["client_id"], "another+%25+secret").status_code == 200


@pytest.mark.parametrize(
    ("last_digits", "result"), [("01", "match"), ("00", "match"), ("99", "mismatch"), ("98", "unknown")]
)
def test_the_niks_last_digits_decide(cloud: Any, token: str, last_digits: str, result: str) -> None:
    answer = check(cloud, token, IDENTITY | {"nik": IDENTITY["nik"][:-2] + last_digits})
    assert (answer.status_code, answer.json()["result"]) == (200, result)
    assert answer.json()["reference"]


@pytest.mark.parametrize(
    ("identity", "status"),
    [
        (IDENTITY | {"nik": "320101670398000"}, 422),
        (IDENTITY | {"nik": 3201016703980001}, 422),
        (IDENTITY | {"name": ""}, 422),
        (IDENTITY | {"birth_date": "27-03-1998"}, 422),
        (IDENTITY | {"birth_date": "1998-02-30"}, 422),
        (IDENTITY | {"email": "siti@contoh.id"}, 422),
        ({"nik": IDENTITY["nik"]}, 422),
        ([], 422),
    ],
)
def test_what_is_not_an_identity_is_refused(cloud: Any, token: str, identity: object, status: int) -> None:
    assert check(cloud, token, identity).status_code == status


def test_who_may_not_ask_is_told_so(cloud: Any, credential: dict[str, str], token: str) -> None:
    assert check(cloud, "x" + token).status_code == 401
    assert grant(cloud, credential["client_id"], "wrong").status_code == 401
    assert grant(cloud, credential["client_id"], credential["client_secret"], grant_type="password").status_code == 400
    url = f"{cloud.url}/partners"
    assert httpx.post(f"{url}/identity/token", data={"grant_type": "client_credentials"}).status_code == 401
    assert httpx.post(f"{url}/identity/identity-checks", content=b"{", headers=bearer(token)).status_code == 400
    assert httpx.get(f"{url}/identity/identity-checks", headers=bearer(token)).status_code == 405
    assert check(cloud, token, path="other").status_code == 404
    assert httpx.post(f"{url}/wallet/identity-checks", json=IDENTITY, headers=bearer(token)).status_code == 404


def test_the_services_own_client_is_answered_also_after_its_credential_was_replaced(
    cloud: Any, credential: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = cloud.client("secretsmanager")
    for name, value in {
        "AWS_ENDPOINT_URL": cloud.url,
        "PARTNER_ENDPOINT_URL": f"{cloud.url}/partners",
        "AWS_ACCESS_KEY_ID": "unused",
        "AWS_SECRET_ACCESS_KEY": "unused",
    }.items():
        monkeypatch.setenv(name, value)
    settings = PartnerSettings(
        url="https://api.identity.example/v1",
        secret=secrets.describe_secret(SecretId=NAME)["ARN"],
        requests_per_second=10,
        connect_seconds=1,
        answer_seconds=5,
    )
    partner = Partner("identity", settings, region=REGION, at_once=1)
    identity = Identity(nik=IDENTITY["nik"], name=IDENTITY["name"], birth_date=date(1998, 3, 27))

    async def ask() -> Result:
        return await partner.ask("/identity-checks", identity, Result)

    assert asyncio.run(ask()).result == "match"
    secrets.put_secret_value(SecretId=NAME, SecretString=json.dumps(credential | {"client_secret": "&another one"}))
    partner._token = None  # as when it has expired
    assert asyncio.run(ask()).result == "match"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
