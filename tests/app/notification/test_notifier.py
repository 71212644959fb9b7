"""The worker on a real PostgreSQL, moto's SQS and SES."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from app.common import consumer as module
from app.common import queue as queue_module
from app.common.backoff import Backoff
from app.common.database import Database
from app.common.queue import Queue
from app.notification.barred import BarredAddresses, Reason
from app.notification.deliveries import Deliveries
from app.notification.mail import Mail
from app.notification.mailer import Mailer, MailRejectedError, MailUnavailableError
from app.notification.message import EmailVerification
from app.notification.notifier import Notifier
from app.notification.ses_mailer import SesMailer
from tests.app.cloud import MOST_RECEIVES, REGION, Cloud
from tests.app.notification.samples import CONFIGURATION_SET, SETTINGS, body, message, ses_mailer
from tests.app.postgresql import PostgreSQL

pytestmark = pytest.mark.sandbox


class Post:
    """A queue of its own with a worker on it, and the mail that comes out."""

    def __init__(self, postgresql: PostgreSQL, cloud: Cloud) -> None:
        self.postgresql = postgresql
        self.cloud = cloud
        self.url, self.dead = cloud.new_queue()
        self.queue = Queue(region=REGION, url=self.url)
        self.mailer: Mailer = ses_mailer()

    def put(self, *bodies: str) -> None:
        for each in bodies:
            self.cloud.client("sqs").send_message(QueueUrl=self.url, MessageBody=each)

    def work_until(self, done: Callable[[], bool]) -> None:
        """Run one worker until then."""

        async def within() -> None:
            async with self.working(), asyncio.timeout(20):
                while not done():  # noqa: ASYNC110 - another thread's doing
                    await asyncio.sleep(0.02)

        asyncio.run(within())

    @asynccontextmanager
    async def working(self, *, at_once: int = 4):  # type: ignore[no-untyped-def]
        """A worker for as long as the block lasts."""
        stopping = asyncio.Event()
        async with Database(pool_size=at_once, login=self.postgresql.login("notification")) as database:
            notifier = Notifier(
                self.queue,
                Deliveries(database),
                BarredAddresses(database),
                self.mailer,
                site_url=SETTINGS.site_url,
                at_once=at_once,
            )
            running = asyncio.create_task(notifier.run(stopping))
            try:
                yield running
            finally:
                stopping.set()
                await running

    def delivered(self) -> set[UUID]:
        rows = asyncio.run(self.postgresql.query("master", "SELECT message_id FROM notification.delivered"))
        return {row["message_id"] for row in rows}


@pytest.fixture
def post(migrated: PostgreSQL, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Post:
    asyncio.run(migrated.query("master", "TRUNCATE notification.delivered, notification.barred"))
    monkeypatch.setattr(queue_module, "WAIT_SECONDS", 1)
    monkeypatch.setattr(module, "HIDDEN_SECONDS", 1)
    monkeypatch.setattr(module, "Backoff", lambda **_: Backoff(first=0.02, longest=0.1))
    return Post(migrated, cloud)


def test_every_message_becomes_a_mail_and_leaves_the_queue(post: Post) -> None:
    messages = [message(f"siti{number}@contoh.id") for number in range(25)]
    post.put(*(body(each) for each in messages))
    post.work_until(lambda: post.cloud.depth(post.url) == 0)
    assert sorted(post.cloud.mailed()) == sorted(each.to for each in messages)
    assert post.delivered() == {each.id for each in messages}


def test_a_message_that_comes_twice_is_mailed_once_also_to_two_workers_at_once(post: Post) -> None:
    same = message()
    post.put(*(body(same) for _ in range(8)))

    async def both() -> None:
        async with post.working(at_once=2), post.working(at_once=2), asyncio.timeout(20):
            while post.cloud.depth(post.url):  # noqa: ASYNC110 - another thread's doing
                await asyncio.sleep(0.02)

    asyncio.run(both())
    assert post.cloud.mailed() == [same.to]


def test_what_cannot_be_read_ends_in_the_dead_letter_queue_and_holds_up_nothing(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    poison = '{"kind": "email_verification", "token": "secret"}'
    good = message()
    post.put(poison, body(good))
    post.work_until(lambda: post.cloud.depth(post.dead) == 1)
    assert post.cloud.mailed() == [good.to]
    assert post.cloud.bodies(post.dead) == [poison]
    assert caplog.text.count("a message can't be read") == MOST_RECEIVES
    assert "secret" not in caplog.text


@pytest.mark.parametrize("reason", ["bounced", "complained"])
def test_an_address_that_bounced_or_complained_is_not_written_to_again(post: Post, reason: Reason) -> None:
    async def bar() -> None:
        async with Database(pool_size=1, login=post.postgresql.login("notification")) as database:
            await BarredAddresses(database).bar(["Siti@Contoh.id"], reason)

    asyncio.run(bar())
    other = message("budi@contoh.id")
    post.put(body(message("siti@contoh.id")), body(other))
    post.work_until(lambda: post.cloud.depth(post.url) == 0)
    assert post.cloud.mailed() == [other.to]
    assert post.cloud.depth(post.dead) == 0
    assert post.delivered() == {other.id}


class _Mailer(SesMailer):
    """The mailer with a failure of ours before some mails."""

    def __init__(self, before: Callable[[], Awaitable[None]]) -> None:
        super().__init__(
            sender=SETTINGS.sender, configuration_set=CONFIGURATION_SET, per_second=SETTINGS.per_second, region=REGION
        )
        self._before = before

    async def send(self, mail: Mail) -> None:
        await self._before()
        await super().send(mail)


def test_a_rejected_mail_ends_in_the_dead_letter_queue(post: Post) -> None:
    async def reject() -> None:
        raise MailRejectedError("MessageRejected")

    post.mailer = _Mailer(reject)
    post.put(body(message()))
    post.work_until(lambda: post.cloud.depth(post.dead) == 1)
    assert post.delivered() == set()


def test_mail_that_ses_does_not_take_for_long_is_held_and_does_not_die(post: Post) -> None:
    attempts: list[None] = []

    async def throttled_for_long() -> None:
        attempts.append(None)
        if len(attempts) < 40:  # at 0.05 to 0.1 s each, longer than a message stays hidden once
            raise MailUnavailableError("TooManyRequestsException")

    post.mailer = _Mailer(throttled_for_long)
    post.put(body(message()))
    post.work_until(lambda: post.cloud.depth(post.url) == 0)
    assert len(attempts) == 40
    assert len(post.cloud.mailed()) == 1
    assert post.cloud.depth(post.dead) == 0


def test_a_crash_before_the_mail_leaves_the_message_to_another_worker(post: Post) -> None:
    sent = message()
    post.put(body(sent))

    async def crash() -> None:
        class CrashError(Exception):
            pass

        async def fail() -> None:
            raise CrashError

        post.mailer, good = _Mailer(fail), post.mailer
        with pytest.raises(ExceptionGroup):
            async with post.working() as running:
                await asyncio.wait({running}, timeout=20)
        post.mailer = good

    asyncio.run(crash())
    assert post.cloud.mailed() == []
    post.work_until(lambda: post.cloud.depth(post.url) == 0)
    assert post.cloud.mailed() == [sent.to]


def test_a_worker_that_is_to_stop_finishes_its_mail_and_gives_back_the_rest(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HIDDEN_SECONDS", 300)
    entered: list[None] = []

    async def slow() -> None:
        entered.append(None)
        await asyncio.sleep(0.5)

    post.mailer = _Mailer(slow)
    post.put(*(body(message(f"siti{number}@contoh.id")) for number in range(8)))

    async def stop_in_the_middle() -> None:
        async with post.working(at_once=1), asyncio.timeout(20):
            while not entered:  # noqa: ASYNC110 - another task's doing
                await asyncio.sleep(0.01)

    asyncio.run(stop_in_the_middle())
    assert len(post.cloud.mailed()) == len(entered) == 1
    received = asyncio.run(post.queue.receive(hidden_seconds=300))
    assert len(received) == 7, "the others can be received at once"


def test_old_records_are_forgotten_and_young_ones_kept(post: Post, migrated: PostgreSQL) -> None:
    insert = "INSERT INTO notification.delivered VALUES (gen_random_uuid(), now() - $1 * interval '1 day')"
    for days in (29, 31):
        asyncio.run(migrated.query("master", insert, days))

    async def forget() -> None:
        async with Database(pool_size=1, login=migrated.login("notification")) as database:
            await Deliveries(database).forget_old()

    asyncio.run(forget())
    assert len(post.delivered()) == 1


def test_no_token_and_no_address_is_logged(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "app")
    sent: EmailVerification = message()
    post.put(body(sent))
    post.work_until(lambda: post.cloud.depth(post.url) == 0)
    ours = [record for record in caplog.records if record.name.startswith("app.")]
    assert str(sent.id) in repr([vars(record) for record in ours])
    for secret in (sent.token, sent.to, sent.name):
        assert secret not in repr([vars(record) for record in ours])
