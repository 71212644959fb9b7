"""Where one sandbox keeps its files, and the addresses it serves at.

Everything a sandbox writes lies under one directory (`.sandbox/` of the checkout), so that discarding a sandbox
is deleting that directory. The ports are chosen once, when the sandbox is first made, and kept: what `env` printed
yesterday is still right today.
"""

from __future__ import annotations

import json
import os
import random
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"

# The first choice for each port; the next free one is taken where something else listens there already.
PREFERRED_SITE_PORT = 8080
PREFERRED_PORTS = {
    "site": PREFERRED_SITE_PORT,
    "redirect": 8081,
    "aws": 4566,
    "aws_provider": 4570,
    "kubernetes_provider": 4571,
    "image_provider": 4572,
    "cloudflare_provider": 4573,
    "grafana_provider": 4574,
    "pagerduty_provider": 4575,
    "tls_provider": 4576,
    "kubernetes": 6443,
}

_CHOICES = 100
_FIRST_BY_CHANCE = 10_000
# ip(7): the range that the near ends of connections have their ports from.
_CONNECTIONS = Path("/proc/sys/net/ipv4/ip_local_port_range")


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The loopback ports of one sandbox.

    site: the site's HTTPS listener, served as plain HTTP with `X-Forwarded-Proto: https`.
    redirect: the site's port-80 listener.
    aws: every AWS API.
    aws_provider: the Pulumi provider `aws`.
    kubernetes_provider: the Pulumi provider `kubernetes`.
    image_provider: the Pulumi provider `docker-build`.
    cloudflare_provider, grafana_provider, pagerduty_provider, tls_provider: the Pulumi providers of those names.
    kubernetes: the Kubernetes API server.
    """

    site: int
    redirect: int
    aws: int
    aws_provider: int
    kubernetes_provider: int
    image_provider: int
    cloudflare_provider: int
    grafana_provider: int
    pagerduty_provider: int
    tls_provider: int
    kubernetes: int


@dataclass(frozen=True)
class SandboxState:
    """The directory of one sandbox and the paths in it."""

    directory: Path

    @property
    def ports_file(self) -> Path:
        return self.directory / "ports.json"

    @property
    def logs(self) -> Path:
        """One log file a process, named after it."""
        return self.directory / "logs"

    @property
    def run(self) -> Path:
        """Sockets, process ids and status files: meaningless once the supervisor has gone."""
        return self.directory / "run"

    @property
    def secrets(self) -> Path:
        """Keys of the sandbox's own making; mode 0700."""
        return self.directory / "secrets"

    @property
    def binaries(self) -> Path:
        """The tools: what goes first on PATH."""
        return self.directory / "bin"

    @property
    def cloud_snapshot(self) -> Path:
        """What the emulated AWS holds, written after each change, read at the next start."""
        return self.directory / "cloud.pickle"

    @property
    def artefacts(self) -> Path:
        """Unpacked artefacts, one directory a digest."""
        return self.directory / "artefacts"

    @property
    def database(self) -> Path:
        """PostgreSQL's data directories, one a database instance."""
        return self.directory / "database"

    @property
    def cache(self) -> Path:
        """Valkey's files, one directory a replication group."""
        return self.directory / "cache"

    @property
    def kubernetes(self) -> Path:
        """The control plane's certificates and etcd's data; mode 0700."""
        return self.directory / "kubernetes"

    @property
    def saas(self) -> Path:
        """What the vendors of the edge, of dashboards and of paging have of us; mode 0700."""
        return self.directory / "saas"

    @property
    def kubeconfig(self) -> Path:
        """An administrator's way into the cluster; mode 0600, there once the control plane has been."""
        return self.directory / "kubeconfig"

    @property
    def pulumi(self) -> Path:
        """The engine's own home and its file backend."""
        return self.directory / "pulumi"

    def create(self) -> None:
        """Make the directories (idempotent)."""
        self.directory.mkdir(exist_ok=True)
        for path in (self.logs, self.run, self.artefacts, self.database, self.cache, self.pulumi):
            path.mkdir(exist_ok=True)
        for path in (self.secrets, self.kubernetes, self.saas):
            path.mkdir(mode=0o700, exist_ok=True)

    def ports(self) -> Ports:
        """The sandbox's ports.

        Raises FileNotFoundError where no sandbox has been made here.
        """
        if not self.ports_file.exists():
            raise FileNotFoundError(self.ports_file)
        return self.choose_ports()

    def choose_ports(self, preferred: Mapping[str, int] = PREFERRED_PORTS) -> Ports:
        """The ports kept from the sandbox's first start, or free ones, chosen now and kept.

        A sandbox of an earlier version of the platform is given those that it lacks.
        preferred: the first choice for each; 0 leaves it to chance.
        """
        kept: dict[str, int] = json.loads(self.ports_file.read_text()) if self.ports_file.exists() else {}
        taken = set(kept.values())
        chosen = {name: _free_port(port, taken) for name, port in preferred.items() if name not in kept}
        ports = Ports(**kept, **chosen)
        if not chosen:
            return ports
        temporary = self.ports_file.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(ports), indent=2) + "\n")
        temporary.replace(self.ports_file)
        return ports


def _free_port(preferred: int, taken: set[int]) -> int:
    for port in (*(range(preferred, preferred + _CHOICES) if preferred else _by_chance()), 0):
        if port in taken:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            taken.add(chosen)
            return chosen
    raise OSError(f"no free loopback port at or above {preferred}")


def _by_chance() -> list[int]:
    """Ports that the kernel gives to no connection of its own accord, and that no whole sandbox prefers.

    One of the others could become the near end of somebody's connection before it is listened at.
    """
    first_of_connections = int(_CONNECTIONS.read_text().split()[0])
    candidates = sorted({*range(_FIRST_BY_CHANCE, first_of_connections)} - {*PREFERRED_PORTS.values()})
    return random.SystemRandom().sample(candidates, min(_CHOICES, len(candidates)))


def sandbox_of(repository: Path) -> SandboxState:
    """The sandbox of a checkout; `PRAKERJA_SANDBOX_DIR` names another directory (tests use it)."""
    return SandboxState(Path(os.environ.get("PRAKERJA_SANDBOX_DIR", repository / ".sandbox")).absolute())
