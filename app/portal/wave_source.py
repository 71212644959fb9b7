"""Where the waves come from: the cache, which all portals share, and behind it the database, which is the truth."""

from __future__ import annotations

import msgspec

from app.common.cache import Cache
from app.common.database import Database
from app.portal.waves import Wave

SHARED_SECONDS = 5.0  # so long the database is asked no more by any of them, however many there are
KEY = "portal:waves:1"  # the number changes with the shape of `Wave`

_SELECT = "SELECT number, opens_at, closes_at, quota, registered, accepted FROM portal.wave ORDER BY number"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[Wave, ...]).decode


class WaveSource:
    """Reads the waves; without the cache only more slowly."""

    def __init__(self, database: Database, cache: Cache) -> None:
        self._database = database
        self._cache = cache

    async def waves(self) -> tuple[Wave, ...]:
        """The waves in order of their numbers, a few seconds old at most. Raises DatabaseUnavailableError."""
        shared = await self._cache.get(KEY)
        if shared is not None:
            try:
                return _decode(shared)
            except msgspec.DecodeError:
                pass  # not ours: as good as nothing, and replaced now
        waves = tuple(Wave(**row) for row in await self._database.fetch(_SELECT))
        await self._cache.put(KEY, _encode(waves), seconds=SHARED_SECONDS)
        return waves
