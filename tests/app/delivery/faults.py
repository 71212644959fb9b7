"""Queue, mail, partner and records that fail or die at random, before or after they have done what they were asked."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

import msgspec

from app.common.partner import Partner, PartnerUnavailableError
from app.common.queue import Queue, QueueUnavailableError, Received, Sent
from app.identity.message import Identity
from app.notification.deliveries import Deliveries
from app.notification.mail import Mail
from app.notification.mailer import MailUnavailableError
from app.notification.ses_mailer import SesMailer
from tests.app.cloud import REGION
from tests.app.notification.samples import CONFIGURATION_SET, SETTINGS
from tests.app.partner_api import SETTINGS as PARTNER_SETTINGS

_Result = TypeVar("_Result")


class KilledError(BaseException):
    """The process is no more: nothing of it runs on, so nothing may catch this."""


class Chance:
    """The fate of one process: at each operation it may die, or the operation or its answer may be lost."""

    def __init__(self, chooser: random.Random, *, dies: float, fails: float) -> None:
        self._chooser = chooser
        self._dies = dies
        self._fails = fails
        self._dead = False

    async def carry_out(self, operation: Callable[[], Awaitable[_Result]], failure: Exception) -> _Result:
        self._strike(failure)
        result = await operation()
        self._strike(failure)
        return result

    def _strike(self, failure: Exception) -> None:
        self._dead = self._dead or self._chooser.random() < self._dies
        if self._dead:
            raise KilledError
        if self._chooser.random() < self._fails:
            raise failure


class FaultyQueue(Queue):
    """SQS as a process that may die sees it; of a batch it may answer for a part only."""

    def __init__(self, url: str, chance: Chance, chooser: random.Random) -> None:
        super().__init__(region=REGION, url=url)
        self._chance = chance
        self._chooser = chooser

    async def send(self, bodies: Mapping[str, str]) -> Sent:
        sent = await self._try(lambda: Queue.send(self, bodies))
        if self._chooser.random() < 0.2:
            sent.kept = self._chooser.sample(sent.kept, k=self._chooser.randint(0, len(sent.kept)))
        return sent

    async def receive(self, *, hidden_seconds: int) -> list[Received]:
        received = await self._try(lambda: Queue.receive(self, hidden_seconds=hidden_seconds))
        if not received:
            await asyncio.sleep(0.01)
        return received

    async def hide(self, messages: Iterable[Received], *, seconds: int) -> None:
        await self._try(lambda: Queue.hide(self, messages, seconds=seconds))

    async def delete(self, message: Received) -> None:
        await self._try(lambda: Queue.delete(self, message))

    async def _try(self, operation: Callable[[], Awaitable[_Result]]) -> _Result:
        return await self._chance.carry_out(operation, QueueUnavailableError("ReadTimeoutError"))


class FaultyMailer(SesMailer):
    """SES as a process that may die sees it."""

    def __init__(self, chance: Chance) -> None:
        super().__init__(
            sender=SETTINGS.sender, configuration_set=CONFIGURATION_SET, per_second=SETTINGS.per_second, region=REGION
        )
        self._chance = chance

    async def send(self, mail: Mail) -> None:
        await self._chance.carry_out(lambda: SesMailer.send(self, mail), MailUnavailableError("ReadTimeoutError"))


class FaultyPartner(Partner):
    """A partner that finds every identity in its register, as a process that may die sees it.

    asked: how often for which NIK.
    """

    def __init__(self, chance: Chance, asked: Counter[str]) -> None:
        super().__init__("identity", PARTNER_SETTINGS, region=REGION, at_once=2)
        self._chance = chance
        self._asked = asked

    async def ask(self, path: str, question: object, answer: type[_Result]) -> _Result:
        assert isinstance(question, Identity)

        async def answered() -> _Result:
            self._asked[question.nik] += 1
            return msgspec.convert({"result": "match", "reference": "r"}, answer)

        return await self._chance.carry_out(answered, PartnerUnavailableError("ReadTimeoutError"))


class CountingDeliveries(Deliveries):
    """Counts how often the delivery of a message was cut short: each time, its mail may have gone out already."""

    def __init__(self, database, cut_short: Counter[UUID]) -> None:  # type: ignore[no-untyped-def]
        super().__init__(database)
        self._cut_short = cut_short

    @asynccontextmanager
    async def first(self, message_id: UUID) -> AsyncIterator[bool]:
        try:
            async with super().first(message_id) as first:
                yield first
        except BaseException:
            self._cut_short[message_id] += 1
            raise
