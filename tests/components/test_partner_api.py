"""A partner's secrets have no value of the program's, belong to the team that answers for it, and are not lost."""

from __future__ import annotations

import dataclasses
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.data_processor import Bilingual, DataProcessor
from components.partner_api import PartnerApi, PartnerApiArgs
from tests.components.recorder import Recording, record

pytestmark = pytest.mark.unit

SECRET = "aws:secretsmanager/secret:Secret"
ARGS = PartnerApiArgs(
    partner="wallet",
    url="https://wallet.example",
    networks=[IPv4Network("203.0.113.0/28")],
    owner="payments",
    requests_per_second=5,
    connect_seconds=2,
    answer_seconds=10,
    processor=DataProcessor(
        name="A wallet's company",
        purpose=Bilingual(indonesian="Membayarkan insentif", english="Pays incentives out"),
        data=["payment account"],
        country="ID",
        place="Jakarta",
        legal_ground="contract",
    ),
    key_arn="arn:aws:kms:key",
    deletion_protection=True,
)


def made(args: PartnerApiArgs) -> tuple[Recording, PartnerApi]:
    kept: list[PartnerApi] = []
    recording = record(lambda: kept.append(PartnerApi("test-partner-wallet", args)))
    return recording, kept[0]


def test_both_secrets_are_encrypted_and_empty() -> None:
    recording, _ = made(ARGS)
    secrets = recording.of_type(SECRET)
    assert [one.name for one in secrets] == ["test-partner-wallet-credential", "test-partner-wallet-webhook"]
    assert {one.inputs["kmsKeyId"] for one in secrets} == {"arn:aws:kms:key"}
    assert not [one for one in recording.resources if one.type.endswith(("SecretVersion", "RandomPassword"))]


@pytest.mark.parametrize(("protection", "window"), [(True, 30), (False, 0)])
def test_where_deletion_is_refused_the_secrets_are_kept(protection: bool, window: int) -> None:
    recording, api = made(dataclasses.replace(ARGS, deletion_protection=protection))
    secrets = recording.of_type(SECRET)
    assert {one.protect for one in secrets} == {protection}
    assert {one.inputs["recoveryWindowInDays"] for one in secrets} == {window}
    assert api.stateful == [one.name for one in secrets]


def test_the_team_that_answers_for_the_partner_owns_what_is_made() -> None:
    _, api = made(ARGS)
    assert (api.classification.owner, api.classification.data_class) == ("payments", "personal")
    assert api.processors == [ARGS.processor]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"url": "http://wallet.example"}, "url: 'http://wallet.example' given; allowed: an address that begins with"),
        ({"networks": []}, "networks: none given; allowed: at least one"),
        ({"requests_per_second": 0}, "requests_per_second: 0 given; allowed: at least 1"),
        ({"connect_seconds": 0}, "connect_seconds: 0 given; allowed: at least 1"),
        ({"answer_seconds": -1}, "answer_seconds: -1 given; allowed: at least 1"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_made(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        dataclasses.replace(ARGS, **change)
