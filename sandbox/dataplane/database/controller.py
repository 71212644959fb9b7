"""All RDS instances of one sandbox: desired against actual."""

from __future__ import annotations

import asyncio
import json
import logging

from sandbox.dataplane.addresses import loopback_twin
from sandbox.dataplane.certificates import CertificateAuthority
from sandbox.dataplane.cloud import Cloud, CloudError
from sandbox.dataplane.credentials import Credentials
from sandbox.dataplane.database.facts import ProxyFacts
from sandbox.dataplane.database.instance import DatabaseInstance
from sandbox.dataplane.database.parameters import forces_tls
from sandbox.dataplane.proxies.principals import principals
from sandbox.dataplane.snapshot import Database, Snapshot
from sandbox.state import SandboxState

_log = logging.getLogger(__name__)

_REFRESH_SECONDS = 10  # a rotated master secret is taken up within this time


class DatabaseController:
    """Starts, updates and ends the databases."""

    def __init__(self, state: SandboxState, cloud: Cloud, key: bytes, authority: CertificateAuthority) -> None:
        self._state = state
        self._cloud = cloud
        self._key = key
        self._authority = authority
        self._snapshot = Snapshot.empty()
        self.instances: dict[str, DatabaseInstance] = {}

    async def apply(self, snapshot: Snapshot) -> None:
        """Bring the databases in step with a snapshot. A deleted instance's data stays until a namesake is made."""
        self._snapshot = snapshot
        wanted = {database.resource_id: database for database in snapshot.databases}
        gone = [self.instances.pop(resource) for resource in self.instances.keys() - wanted.keys()]
        await asyncio.gather(*(instance.stop() for instance in gone))
        for resource, database in wanted.items():
            if resource not in self.instances:
                self.instances[resource] = DatabaseInstance(database, self._state, self._available)
        await self._update()

    async def watch(self) -> None:
        """Keep the proxies' facts fresh, until cancelled."""
        while True:
            await asyncio.sleep(_REFRESH_SECONDS)
            await self._update()

    async def stop(self) -> None:
        await asyncio.gather(*(instance.stop() for instance in self.instances.values()))

    async def _update(self) -> None:
        for database in self._snapshot.databases:
            try:
                facts = await self._facts(database)
            except (CloudError, ValueError, KeyError) as error:
                _log.warning("database %s: no master secret: %s", database.identifier, error)
                continue
            await self.instances[database.resource_id].update(database, facts)

    async def _facts(self, database: Database) -> ProxyFacts:
        address = loopback_twin(database.address)
        certificate, private_key = self._authority.certificate(address)
        if database.master_secret_arn is None:
            raise ValueError("RDS does not manage its master password (ManageMasterUserPassword)")
        ours = Credentials("AKIADATAPLANE", "dataplane")  # RDS's own access to the secret that it manages
        secret = json.loads(await self._cloud.secret(database.master_secret_arn, ours))
        return ProxyFacts(
            address=address,
            port=database.port,
            resource_id=database.resource_id,
            sockets=str(self.instances[database.resource_id].server.sockets),
            force_tls=forces_tls(database.parameters),
            iam_authentication=database.iam_authentication,
            master_username=database.master_username,
            master_password=secret["password"],
            certificate=certificate.decode(),
            private_key=private_key.decode(),
            principals=principals(self._snapshot, self._key),
            policies=self._snapshot.roles,
        )

    async def _available(self, database: Database) -> None:
        try:
            await self._cloud.post(f"databases/{database.identifier}", {"status": "available"})
        except CloudError as error:
            _log.warning("database %s serves, but the cloud is not told: %s", database.identifier, error)
