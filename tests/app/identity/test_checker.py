"""The worker on a real PostgreSQL, moto's SQS, and a partner on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID, uuid4

import msgspec
import pytest
from werkzeug.wrappers import Request, Response

from app.common import consumer as module
from app.common import queue as queue_module
from app.common.backoff import Backoff
from app.common.database import Database
from app.common.identity_keys import IdentityKeys, KeyMaterial, new_secret
from app.common.key_source import KeySource
from app.common.queue import Queue
from app.common.settings import SettingsError
from app.identity.checker import Checker
from app.identity.message import Identity, read
from app.identity.results import Results
from app.identity.service import create
from app.registration.identity_check import identity_check
from app.registration.validation import Applicant, validate
from tests.app.cloud import REGION, Cloud
from tests.app.conftest import LoadedKeys, service_settings
from tests.app.partner_api import Api, match
from tests.app.postgresql import PostgreSQL
from tests.app.registration.samples import applicant

pytestmark = pytest.mark.sandbox


def person(number: int = 0) -> Applicant:
    return validate(applicant(number))


class Office:
    """A queue of its own with a worker on it, and what the partner was asked."""

    def __init__(self, postgresql: PostgreSQL, cloud: Cloud, api: Api) -> None:
        self.postgresql = postgresql
        self.cloud = cloud
        self.api = api
        self.url, self.dead = cloud.new_queue()
        self.keys: KeySource = LoadedKeys()

    def order(self, applicant: Applicant, account_id: UUID | None = None, keys: IdentityKeys | None = None) -> UUID:
        """Put a message onto the queue, as the relay does with what registration wrote."""
        account_id = account_id or uuid4()
        keys = keys or self.keys.keys
        assert keys is not None
        self.put(identity_check(keys, applicant, account_id))
        return account_id

    def put(self, body: str) -> None:
        self.cloud.client("sqs").send_message(QueueUrl=self.url, MessageBody=body)

    @asynccontextmanager
    async def working(self):  # type: ignore[no-untyped-def]
        """A worker for as long as the block lasts."""
        stopping = asyncio.Event()
        async with Database(pool_size=2, login=self.postgresql.login("identity")) as database:
            queue = Queue(region=REGION, url=self.url)
            checker = Checker(queue, Results(database), self.keys, self.api.partner(), at_once=4)
            running = asyncio.create_task(checker.run(stopping))
            try:
                yield running
            finally:
                stopping.set()
                await running

    def work_until(self, done: Callable[[], bool]) -> None:
        """Run two workers until then."""

        async def within() -> None:
            async with self.working(), self.working(), asyncio.timeout(20):
                while not done():  # noqa: ASYNC110 - another thread's doing
                    await asyncio.sleep(0.02)

        asyncio.run(within())

    def work_all(self) -> None:
        self.work_until(lambda: self.cloud.depth(self.url) == 0)

    def results(self) -> dict[UUID, str]:
        rows = asyncio.run(self.postgresql.query("master", "SELECT account_id, result FROM identity.checked"))
        return {row["account_id"]: row["result"] for row in rows}


@pytest.fixture
def office(migrated: PostgreSQL, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    asyncio.run(migrated.query("master", "TRUNCATE identity.checked"))
    monkeypatch.setattr(queue_module, "WAIT_SECONDS", 1)
    monkeypatch.setattr(module, "HIDDEN_SECONDS", 1)
    monkeypatch.setattr(module, "Backoff", lambda **_: Backoff(first=0.02, longest=0.1))
    api = Api()
    with api.answering() as endpoint:
        monkeypatch.setenv("PARTNER_ENDPOINT_URL", endpoint)
        yield Office(migrated, cloud, api)


def test_every_identity_is_checked_with_what_its_holder_said_and_no_more(office: Office) -> None:
    people = {office.order(person(number)): person(number) for number in range(12)}
    office.work_all()
    assert office.results() == dict.fromkeys(people, "match")
    asked = sorted(map(Request.get_json, office.api.asked), key=lambda each: each["nik"])
    assert asked == sorted(
        ({"nik": each.nik, "name": each.name, "birth_date": each.birth_date.isoformat()} for each in people.values()),
        key=lambda each: each["nik"],
    )


@pytest.mark.parametrize("result", ["match", "mismatch", "unknown"])
def test_whatever_the_partner_finds_is_recorded(office: Office, result: str) -> None:
    office.api.answer = lambda _: match(result)
    account = office.order(person())
    office.work_all()
    assert office.results() == {account: result}


def test_a_message_that_comes_again_changes_nothing_and_asks_nobody(office: Office) -> None:
    account = office.order(person())
    office.work_all()
    office.api.answer = lambda _: match("mismatch")
    office.order(person(), account)
    office.work_all()
    assert office.results() == {account: "match"}
    assert len(office.api.asked) == 1


def test_a_partner_that_is_away_for_long_costs_no_message(office: Office) -> None:
    attempts: list[None] = []

    def away_for_long(_request: Request) -> Response:
        attempts.append(None)
        return match() if len(attempts) >= 40 else Response(status=502)

    office.api.answer = away_for_long
    account = office.order(person())
    office.work_all()
    assert office.results() == {account: "match"}
    assert office.cloud.depth(office.dead) == 0


def test_what_the_partner_refuses_and_what_cannot_be_read_or_opened_ends_in_the_dead_letter_queue(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse_one(request: Request) -> Response:
        return Response(status=422) if request.get_json()["nik"] == person(1).nik else match()

    office.api.answer = refuse_one
    office.order(person(1))
    office.put('{"kind": "identity_check", "id": 1}')
    office.order(person(2), keys=IdentityKeys(new_secret()))
    account = office.order(person(3))
    office.work_until(lambda: office.cloud.depth(office.dead) == 3)
    assert office.results() == {account: "match"}
    assert "a message can't be read" in caplog.text


def test_a_key_that_is_newer_than_the_process_is_fetched(office: Office) -> None:
    secret = new_secret()
    old = msgspec.json.decode(secret, type=KeyMaterial)
    renewed = KeyMaterial(
        hash_key=old.hash_key, encryption_keys=old.encryption_keys | {2: b"\x02" * 32}, current_version=2
    )
    secrets = office.cloud.client("secretsmanager")
    arn = secrets.create_secret(Name=f"identity-key-{uuid4()}", SecretString=msgspec.json.encode(renewed).decode())[
        "ARN"
    ]
    office.keys = KeySource(region=REGION, secret_arn=arn)
    office.keys.keys = IdentityKeys(secret)
    account = office.order(person(), keys=IdentityKeys(msgspec.json.encode(renewed).decode()))
    office.work_all()
    assert office.results() == {account: "match"}


def test_a_message_waits_for_keys_that_are_not_there_yet(office: Office) -> None:
    secrets = office.cloud.client("secretsmanager")
    arn = secrets.create_secret(Name=f"identity-key-{uuid4()}")["ARN"]
    office.keys = KeySource(region=REGION, secret_arn=arn)
    secret = new_secret()
    account = office.order(person(), keys=IdentityKeys(secret))

    async def late() -> None:
        async with office.working(), asyncio.timeout(20):
            await asyncio.sleep(0.3)
            await asyncio.to_thread(secrets.put_secret_value, SecretId=arn, SecretString=secret)
            while office.cloud.depth(office.url):  # noqa: ASYNC110 - another task's doing
                await asyncio.sleep(0.02)

    asyncio.run(late())
    assert office.results() == {account: "match"}


def test_no_personal_data_is_logged_or_lies_in_the_queue_in_clear(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "app")
    account = office.order(person())
    (body,) = office.cloud.bodies(office.url)
    office.work_all()
    ours = repr([vars(record) for record in caplog.records if record.name.startswith("app.")])
    assert str(account) in ours
    for personal in (person().nik, person().name, person().birth_date.isoformat()):
        assert personal not in ours
        assert personal not in body
    assert repr(Identity(nik="3201016703980001", name="Siti", birth_date=date(1998, 3, 27))) == "Identity()"
    assert read(body).id == account


@pytest.mark.unit
def test_without_queue_partner_or_keys_it_says_so() -> None:
    with pytest.raises(SettingsError, match="PRAKERJA_QUEUE_IDENTITY_URL"):
        create(service_settings("identity"))
