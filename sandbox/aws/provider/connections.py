"""One provider process serves every engine run; each run's connection has its own configuration."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.aws.provider.cloud import DEFAULT_REGION, Cloud
from sandbox.provider.engine import Engine
from sandbox.provider.values import Properties, Value


@dataclass
class Connection:
    """An engine's connection.

    default_tags: the provider's own, under every resource's. cancelled: set once the engine gives up.
    """

    cloud: Cloud
    engine: Engine = field(default_factory=Engine)
    default_tags: Mapping[str, str] = field(default_factory=dict)
    cancelled: threading.Event = field(default_factory=threading.Event)


class Connections:
    """The connections, by the peer's address. boto3's clients are shared between those of a region."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._clouds: dict[str, Cloud] = {}
        self._connections: dict[str, Connection] = {}
        self._lock = threading.Lock()

    def cloud(self, region: str = DEFAULT_REGION) -> Cloud:
        """The cloud in a region."""
        with self._lock:
            if region not in self._clouds:
                self._clouds[region] = Cloud(self._endpoint, region)
            return self._clouds[region]

    def of(self, peer: str) -> Connection:
        """The peer's connection."""
        cloud = self.cloud()
        with self._lock:
            return self._connections.setdefault(peer, Connection(cloud))

    def begin(self, peer: str, engine: Engine) -> None:
        """A new engine run has connected, perhaps from an address that an earlier one had."""
        connection = Connection(self.cloud(), engine)
        with self._lock:
            self._connections[peer] = connection

    def cancel(self, peer: str) -> None:
        """The peer has given up."""
        self.of(peer).cancelled.set()

    def configure(self, peer: str, settings: Properties) -> None:
        """Set up the peer's connection by the provider's settings, as the engine passes them."""
        connection = self.of(peer)
        connection.cloud = self.cloud(str(settings.get("region", DEFAULT_REGION)))
        connection.default_tags = structured(settings.get("defaultTags", {})).get("tags", {})


def structured(value: Value) -> Value:
    """A provider setting that is no string, which the SDK passes as JSON."""
    return json.loads(value) if isinstance(value, str) else value
