"""Has identities checked by the partner: each at least once, and twice only where a crash, or a lost answer, falls
between the partner's answer and the record of it. The first answer that is recorded stands.
"""

from __future__ import annotations

import asyncio

from app.common.consumer import Consumer, MessageRefusedError, NotNowError
from app.common.identity_keys import IdentityKeys
from app.common.key_source import KeySource
from app.common.partner import Partner, PartnerRefusedError, PartnerUnavailableError
from app.common.queue import Queue
from app.identity.message import IdentityCheck, read, unseal
from app.identity.results import Result, Results

_PATH = "/identity-checks"


class Checker:
    """One of any number of workers on the same queue."""

    def __init__(
        self, queue: Queue, results: Results, key_source: KeySource, partner: Partner, *, at_once: int
    ) -> None:
        """at_once: checks on their way at the same time; none holds a database connection meanwhile."""
        self._results = results
        self._key_source = key_source
        self._partner = partner
        self._consumer = Consumer(queue, read=read, handle=self._check, at_once=at_once)

    async def run(self, stopping: asyncio.Event) -> None:
        """Check until the process is to stop; what is on its way by then is finished, the rest is given back."""
        await self._consumer.run(stopping)

    async def _check(self, message: IdentityCheck) -> None:
        if await self._results.has(message.id):
            return
        identity = unseal(message, await self._keys_with(message.key_version))
        try:
            result = await self._partner.ask(_PATH, identity, Result)
        except PartnerRefusedError as error:
            raise MessageRefusedError(str(error)) from error
        except PartnerUnavailableError as error:
            raise NotNowError(str(error)) from error
        await self._results.keep(message.id, result)

    async def _keys_with(self, version: int) -> IdentityKeys:
        """The keys, fetched anew where they lack this version: it is newer than this process, or they are not here."""
        keys = self._key_source.keys
        if keys is None or not keys.has(version):
            await self._key_source.reload()
            keys = self._key_source.keys
        if keys is None or not keys.has(version):
            raise NotNowError(f"no identity key of version {version}")
        return keys
