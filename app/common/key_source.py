"""Fetches the identity keys when the service starts, for as long as it takes."""

from __future__ import annotations

import asyncio
import logging

from app.common.aws import AwsError, Secret
from app.common.backoff import Backoff
from app.common.identity_keys import IdentityKeys, InvalidSecretError

_log = logging.getLogger(__name__)


class KeySource:
    """Holds the keys once they are here; until then `keys` is None and nobody can register."""

    def __init__(self, *, region: str, secret_arn: str) -> None:
        self.keys: IdentityKeys | None = None
        self._secret = Secret(region=region, arn=secret_arn)

    async def load(self) -> None:
        """Return once the keys are here."""
        backoff = Backoff(first=1, longest=30)
        while self.keys is None:
            try:
                self.keys = IdentityKeys(await asyncio.to_thread(self._secret.text))
            except (AwsError, InvalidSecretError) as error:
                why = error.code if isinstance(error, AwsError) else type(error).__name__
                _log.warning("no identity keys yet", extra={"fields": {"reason": why}})
                await asyncio.sleep(backoff.pause())
