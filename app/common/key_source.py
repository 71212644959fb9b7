"""Fetches the identity keys when a service starts, for as long as it takes."""

from __future__ import annotations

import asyncio
import logging

from app.common.aws import AwsError, Secret
from app.common.backoff import Backoff
from app.common.identity_keys import IdentityKeys, InvalidSecretError

_log = logging.getLogger(__name__)


class KeySource:
    """Holds the keys once they are here; until then `keys` is None."""

    def __init__(self, *, region: str, secret_arn: str) -> None:
        self.keys: IdentityKeys | None = None
        self._secret = Secret(region=region, arn=secret_arn)

    async def reload(self) -> None:
        """Fetch the keys anew, which may have got a newer version; where that fails, those at hand stay."""
        try:
            self.keys = IdentityKeys(await asyncio.to_thread(self._secret.text))
        except (AwsError, InvalidSecretError) as error:
            why = error.code if isinstance(error, AwsError) else type(error).__name__
            _log.warning("no identity keys", extra={"fields": {"reason": why}})

    async def load(self) -> None:
        """Return once the keys are here."""
        backoff = Backoff(first=1, longest=30)
        while self.keys is None:
            await self.reload()
            if self.keys is None:
                await asyncio.sleep(backoff.pause())
