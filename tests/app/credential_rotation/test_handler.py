"""A rotation ends with a credential that the partner takes, however often it is cut short on the way."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.backends import get_backend

from app.credential_rotation.handler import ROTATIONS, STEPS, Rotation, RotationError, rotate
from app.credential_rotation.registration import PartnerError
from tests.app.certificates import self_signed
from tests.app.credential_rotation.partner import CLIENT_ID, METADATA, Partner, running

pytestmark = pytest.mark.sandbox

REGION = "ap-southeast-3"
PATIENCE = {"connect_seconds": 5, "answer_seconds": 5}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("partner"))


@pytest.fixture
def partner(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Partner]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with running(*certificate) as one:
        yield one


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Secrets]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "unused")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "unused")
    with mock_aws():
        made = Secrets()
        how = {made.credential: {"kind": "credential", **PATIENCE}, made.webhook: {"kind": "webhook", **PATIENCE}}
        monkeypatch.setenv(ROTATIONS, json.dumps(how))
        yield made


class Secrets:
    """Secrets Manager with a secret of each kind, as the program makes them: without a value."""

    def __init__(self) -> None:
        self.client = boto3.client("secretsmanager")
        self.credential, self.webhook, self.other = (
            self.client.create_secret(Name=name)["ARN"] for name in ("identity", "identity-webhook", "other")
        )

    def put_first(self, partner: Partner) -> None:
        """As an operator does."""
        self.client.put_secret_value(SecretId=self.credential, SecretString=json.dumps(partner.credential()))

    def begin(self, arn: str) -> str:
        """What RotateSecret does before the first step: there is a pending version without a value.

        A secret's very first version becomes the current one by itself, and moto knows no other way to have one.
        """
        token = str(uuid.uuid4())
        secret = get_backend("secretsmanager")["123456789012"][REGION].secrets[arn]
        if secret.versions:
            secret.versions[token] = {"version_id": token, "version_stages": ["AWSPENDING"], "createdate": 0}
        return token

    def value(self, arn: str, stage: str = "AWSCURRENT") -> Any:
        text = self.client.get_secret_value(SecretId=arn, VersionStage=stage)["SecretString"]
        return json.loads(text) if arn == self.credential else text

    def current(self, arn: str) -> str | None:
        stages = self.client.describe_secret(SecretId=arn).get("VersionIdsToStages", {})
        return next((version for version, names in stages.items() if "AWSCURRENT" in names), None)


def step(name: str, arn: str, token: str) -> None:
    rotate({"SecretId": arn, "ClientRequestToken": token, "Step": name}, None)


def rotate_all(secrets: Secrets, arn: str) -> str:
    token = secrets.begin(arn)
    for name in STEPS:
        step(name, arn, token)
    return token


def test_a_rotation_replaces_secret_and_access_token_and_keeps_the_registration(
    secrets: Secrets, partner: Partner
) -> None:
    secrets.put_first(partner)
    first = secrets.value(secrets.credential)
    token = rotate_all(secrets, secrets.credential)
    now = secrets.value(secrets.credential)
    assert secrets.current(secrets.credential) == token
    assert now == {**first, "client_secret": "secret-1", "registration_access_token": "access-1"}
    assert secrets.value(secrets.credential, "AWSPREVIOUS") == first
    assert partner.takes(now["client_secret"])
    # RFC 7592, section 2.2: everything that the registration says, and nothing of its credentials.
    assert partner.asked == [("GET", None), ("PUT", {**METADATA, "client_id": CLIENT_ID})]
    rotate_all(secrets, secrets.credential)
    assert secrets.value(secrets.credential)["client_secret"] == "secret-2"
    assert partner.metadata == METADATA


@pytest.mark.parametrize("cut", list(STEPS))
def test_a_rotation_cut_short_after_a_step_is_done_by_taking_it_from_the_beginning(
    secrets: Secrets, partner: Partner, cut: str
) -> None:
    secrets.put_first(partner)
    token = secrets.begin(secrets.credential)
    for name in STEPS:
        step(name, secrets.credential, token)
        if name == cut:
            break
    for name in STEPS:
        step(name, secrets.credential, token)
    assert secrets.current(secrets.credential) == token
    assert partner.takes(secrets.value(secrets.credential)["client_secret"])
    assert [method for method, _ in partner.asked].count("PUT") == 1, "what the partner gave is asked for once"


def test_a_credential_lost_between_partner_and_secret_is_asked_for_again(
    secrets: Secrets, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.put_first(partner)
    token = secrets.begin(secrets.credential)
    create = Rotation.create

    def killed(rotation: Rotation) -> None:
        rotation._new_value()
        raise SystemExit

    monkeypatch.setitem(STEPS, "createSecret", killed)
    with pytest.raises(SystemExit):
        step("createSecret", secrets.credential, token)
    monkeypatch.setitem(STEPS, "createSecret", create)
    for name in STEPS:
        step(name, secrets.credential, token)
    assert secrets.value(secrets.credential)["client_secret"] == "secret-2"
    assert partner.takes("secret-2")


def test_services_keep_a_credential_that_works_until_the_partner_takes_the_new_one(
    secrets: Secrets, partner: Partner
) -> None:
    secrets.put_first(partner)
    before, token = secrets.current(secrets.credential), secrets.begin(secrets.credential)
    step("createSecret", secrets.credential, token)
    step("setSecret", secrets.credential, token)
    partner.secrets = ["secret-0"]
    with pytest.raises(PartnerError, match=r"POST 127\.0\.0\.1/token: status 401"):
        step("testSecret", secrets.credential, token)
    assert secrets.current(secrets.credential) == before
    assert partner.takes(secrets.value(secrets.credential)["client_secret"])


def test_a_partner_that_forgets_the_old_access_token_is_told_of_and_nothing_moves(
    secrets: Secrets, partner: Partner
) -> None:
    secrets.put_first(partner)
    partner.forgets = True
    partner.renew(METADATA)  # whose answer was lost
    before, token = secrets.current(secrets.credential), secrets.begin(secrets.credential)
    with pytest.raises(PartnerError, match=r"GET 127\.0\.0\.1/register: status 401"):
        step("createSecret", secrets.credential, token)
    with pytest.raises(RotationError, match="has no value"):
        step("finishSecret", secrets.credential, token)
    assert secrets.current(secrets.credential) == before


def test_a_partner_that_gives_no_new_secret_is_no_rotation(secrets: Secrets, partner: Partner) -> None:
    secrets.put_first(partner)
    partner.keeps_secret = True
    with pytest.raises(PartnerError, match="no new client_secret"):
        step("createSecret", secrets.credential, secrets.begin(secrets.credential))


def test_a_partner_out_of_order_is_told_of_by_host_and_status_alone(
    secrets: Secrets, partner: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    secrets.put_first(partner)
    partner.status = 503
    with caplog.at_level(logging.DEBUG, logger="app"), pytest.raises(PartnerError) as raised:
        step("createSecret", secrets.credential, secrets.begin(secrets.credential))
    assert str(raised.value) == "GET 127.0.0.1/register: status 503"
    assert not [one for one in ("secret-0", "access-0") if one in caplog.text]


def test_a_first_credential_is_an_operators_to_put(secrets: Secrets, partner: Partner) -> None:
    token = secrets.begin(secrets.credential)
    with pytest.raises(RotationError, match="needed: the first one"):
        step("createSecret", secrets.credential, token)
    step("testSecret", secrets.credential, token)  # as when rotation is switched on
    with pytest.raises(RotationError, match="has no value"):
        step("finishSecret", secrets.credential, token)


def test_switching_rotation_on_tries_the_credential_in_use(secrets: Secrets, partner: Partner) -> None:
    secrets.put_first(partner)
    step("testSecret", secrets.credential, secrets.begin(secrets.credential))
    partner.secrets = ["another"]
    with pytest.raises(PartnerError, match="status 401"):
        step("testSecret", secrets.credential, secrets.begin(secrets.credential))


def test_a_webhook_secret_begins_with_rotation_and_the_one_before_stays_known(secrets: Secrets) -> None:
    first = rotate_all(secrets, secrets.webhook)
    one = secrets.value(secrets.webhook)
    assert secrets.current(secrets.webhook) == first
    assert len(bytes.fromhex(one)) == 32
    rotate_all(secrets, secrets.webhook)
    assert secrets.value(secrets.webhook) != one
    assert secrets.value(secrets.webhook, "AWSPREVIOUS") == one


def test_a_webhook_secret_cut_short_is_made_once(secrets: Secrets) -> None:
    token = secrets.begin(secrets.webhook)
    step("createSecret", secrets.webhook, token)
    made = secrets.client.get_secret_value(SecretId=secrets.webhook, VersionId=token)["SecretString"]
    for name in (*STEPS, "finishSecret"):
        step(name, secrets.webhook, token)
    assert secrets.value(secrets.webhook) == made


def test_no_other_secret_and_no_other_step_is_taken(secrets: Secrets) -> None:
    with pytest.raises(RotationError, match="not one of the secrets"):
        step("createSecret", secrets.other, "token")
    with pytest.raises(RotationError, match="allowed: createSecret, setSecret, testSecret, finishSecret"):
        step("revokeSecret", secrets.credential, "token")
