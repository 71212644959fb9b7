"""What all pods of the agent share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import aiohttp

from sandbox.dataplane.boot import service_environment
from sandbox.dataplane.credentials import Credentials, pod_credentials
from sandbox.dataplane.runner.artefacts import RELEASE_DIGITS, ArtefactSource
from sandbox.dataplane.snapshot import Snapshot
from sandbox.kubernetes.api.client import KubernetesApi
from sandbox.kubernetes.api.events import EventRecorder
from sandbox.kubernetes.nodes.addresses import PodAddresses
from sandbox.kubernetes.nodes.logs import PodLogs
from sandbox.kubernetes.nodes.runtime_client import PodRuntime
from sandbox.state import SandboxState

Json = dict[str, Any]


@dataclass(kw_only=True)
class Host:
    """The agent's connections, and the cloud as it was last seen. `probes` is the session that asks probes."""

    state: SandboxState
    api: KubernetesApi
    runtime: PodRuntime
    events: EventRecorder
    logs: PodLogs
    probes: aiohttp.ClientSession
    key: bytes
    addresses: PodAddresses = field(default_factory=PodAddresses)
    snapshot: Snapshot = field(default_factory=Snapshot.empty)

    def artefact(self, image: str) -> ArtefactSource | None:
        """What an image of the registry holds, by its `repository@digest`; None where the registry hasn't it."""
        found = self.snapshot.images.get(image)
        if found is None:
            return None
        return ArtefactSource(
            bucket=found.artefact_bucket,
            python=found.python,
            key=found.artefact_key,
            sha256=found.artefact_sha256,
        )

    def environment(
        self, pod: Json, variables: dict[str, str], address: str, artefact: ArtefactSource
    ) -> dict[str, str]:
        """A container's whole environment from the variables of its specification."""
        return service_environment(
            variables,
            state=self.state,
            credentials=self._credentials(pod),
            address=address,
            served_by=pod["metadata"]["name"],
            release=artefact.sha256[:RELEASE_DIGITS],
        )

    def foreign_addresses(self) -> set[str]:
        """Addresses of the network that are no pod's, or that the load balancer still knows."""
        targets = {target.address for group in self.snapshot.target_groups for target in group.targets}
        machines = {instance.private_ip for instance in self.snapshot.instances}
        return machines | {address for address in targets if address is not None}

    def _credentials(self, pod: Json) -> Credentials | None:
        """Those of the role that the pod's service account has by a pod identity association."""
        account = pod["metadata"]["namespace"], pod["spec"].get("serviceAccountName", "default")
        clusters = {cluster.name for cluster in self.snapshot.clusters}
        for found in self.snapshot.pod_identities:
            if found.cluster in clusters and (found.namespace, found.service_account) == account:
                return pod_credentials(found.id, self.key)
        return None
