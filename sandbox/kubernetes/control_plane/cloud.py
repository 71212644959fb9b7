"""What the cloud says of clusters, and telling it that one serves."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
from pathlib import Path

import msgspec

from sandbox.state import LOOPBACK
from sandbox.supervision import log

ACTIVE = "ACTIVE"
_LONG_POLL_SECONDS = 20
_ANSWER_SECONDS = 30
_RETRY_SECONDS = 0.5


class CloudError(OSError):
    """The cloud server refused a call, or its answer broke off."""


class Cluster(msgspec.Struct, frozen=True):
    """An EKS cluster. `status` is CREATING until its control plane is reported to serve.

    service_cidr: the network of its Services' addresses.
    """

    name: str
    arn: str
    status: str
    created_at: str
    service_cidr: str

    @property
    def identity(self) -> str:
        """What a cluster of the same name that is made later doesn't have."""
        return f"{self.arn} {self.created_at}"


class _Snapshot(msgspec.Struct):
    generation: int
    clusters: list[Cluster] = []


class CloudFollower(threading.Thread):
    """Follows the cloud server on a port, in the background.

    known: set once the cloud has answered.
    cluster: the one that is to be run, None where there is none; the oldest where there are several.
    """

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self.known = threading.Event()
        self.cluster: Cluster | None = None

    def run(self) -> None:
        """Ask again and again; while the cloud doesn't answer, what it said last stays."""
        generation = -1
        while True:
            try:
                path = f"/_sandbox/snapshot?after={generation}&timeout={_LONG_POLL_SECONDS}"
                snapshot = msgspec.json.decode(_call(self._port, "GET", path), type=_Snapshot)
            except OSError:  # it is being restarted
                time.sleep(_RETRY_SECONDS)
                continue
            if len(snapshot.clusters) > 1:
                log(f"of {len(snapshot.clusters)} clusters only the oldest is run")
            self.cluster = min(snapshot.clusters, key=lambda cluster: cluster.created_at, default=None)
            generation = snapshot.generation
            self.known.set()

    def report_active(self, cluster: Cluster, endpoint: str, certificate_authority: Path) -> None:
        """Tell the cloud that a cluster serves. Raises OSError where it doesn't answer, or refuses."""
        document = {
            "status": ACTIVE,
            "endpoint": endpoint,
            "certificate_authority": base64.b64encode(certificate_authority.read_bytes()).decode(),
        }
        _call(self._port, "POST", f"/_sandbox/clusters/{cluster.name}", json.dumps(document))


def _call(port: int, method: str, path: str, body: str | None = None) -> bytes:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_LONG_POLL_SECONDS + _ANSWER_SECONDS)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
    except http.client.HTTPException as error:
        raise CloudError(f"{method} {path} got no whole answer: {error}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise CloudError(f"{method} {path} was refused with status {response.status}: {answer!r}")
    return answer
