"""One provider process serves every provider of every engine run; each has a connection with its own cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from sandbox.kubernetes.provider import configuration, kubeconfig
from sandbox.kubernetes.provider.cluster import Cluster
from sandbox.kubernetes.provider.configuration import Settings
from sandbox.kubernetes.provider.discovery import Discovery
from sandbox.kubernetes.provider.kubeconfig import Administrator
from sandbox.provider.engine import Engine
from sandbox.provider.values import Properties


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where the provider finds the sandbox's cluster.

    administrator: who it is there. kubeconfig: the way in for a program that names none. exists: whether the cloud has
    a cluster. controllers: whether the cluster has any.
    """

    administrator: Administrator
    kubeconfig: Path
    exists: Callable[[], bool]
    controllers: bool = True


@dataclass
class Connection:
    """One provider of an engine run.

    cancelled: set once the engine gives up.
    """

    surroundings: Surroundings
    settings: Settings
    engine: Engine = field(default_factory=Engine)
    cancelled: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def cluster(self) -> Cluster:
        """The cluster that the settings lead to. Raises KubeconfigError, OSError."""
        config = kubeconfig.parsed(self.settings.kubeconfig)
        chosen = self.settings
        access = kubeconfig.access(config, self.surroundings.administrator, chosen.context, chosen.cluster)
        if chosen.namespace:
            access = replace(access, namespace=chosen.namespace)
        return Cluster(access, self.cancelled, self.surroundings.exists)

    @cached_property
    def discovery(self) -> Discovery:
        """What that cluster serves."""
        return Discovery(self.cluster)


class Connections:
    """The connections, by the peer's address."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self._connections: dict[str, Connection] = {}
        self._lock = threading.Lock()

    def of(self, peer: str) -> Connection:
        """The peer's connection."""
        with self._lock:
            return self._connections.setdefault(peer, self._new({}))

    def begin(self, peer: str, engine: Engine) -> None:
        """A new provider has connected, perhaps from an address that an earlier one had."""
        connection = self._new({})
        connection.engine = engine
        with self._lock:
            self._connections[peer] = connection

    def cancel(self, peer: str) -> None:
        """The peer has given up."""
        self.of(peer).cancelled.set()

    def configure(self, peer: str, given: Properties) -> None:
        """Set up the peer's connection by the provider's settings, as the engine passes them."""
        engine = self.of(peer).engine
        connection = self._new(given)
        connection.engine = engine
        with self._lock:
            self._connections[peer] = connection

    def _new(self, given: Properties) -> Connection:
        chosen = configuration.settings(given, str(self.surroundings.kubeconfig))
        return Connection(self.surroundings, chosen)
