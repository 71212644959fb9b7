"""Orders to instances by Systems Manager: associations of AWS-RunShellScript, each carried out once.

A machine here has no shell. The one order that is understood is the maintenance host's own program,
`/usr/local/sbin/prakerja-migrate <sha256>`, which runs `app.migrate` from that artefact.
"""

from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path

from sandbox.dataplane.cloud import Cloud, CloudError
from sandbox.dataplane.runner.errors import BootError
from sandbox.dataplane.snapshot import Association, Snapshot
from sandbox.dataplane.virtual_machines.fleet import Fleet
from sandbox.state import SandboxState

_log = logging.getLogger(__name__)

_MIGRATE = re.compile(r"/usr/local/sbin/prakerja-migrate ([0-9a-f]{64})")
_MIGRATE_MODULE = "app.migrate"
_TAIL_CHARACTERS = 1500

Outcome = tuple[str, str]  # an association's status and message


class Maintenance:
    """Carries out pending associations, and reports how each went."""

    def __init__(self, state: SandboxState, cloud: Cloud, fleet: Fleet) -> None:
        self._logs = state.logs
        self._cloud = cloud
        self._fleet = fleet
        self._snapshot = Snapshot.empty()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._reported: set[str] = set()  # done, but the snapshot may be older than the report

    def apply(self, snapshot: Snapshot) -> None:
        """Begin what is pending. Returns at once."""
        self._snapshot = snapshot
        pending = {found.id: found for found in snapshot.associations if found.status == "Pending"}
        self._reported &= pending.keys()
        for association in pending.values():
            if association.id not in self._running.keys() | self._reported and self._ready(association):
                self._running[association.id] = asyncio.create_task(self._carry_out(association))

    async def stop(self) -> None:
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _ready(self, association: Association) -> bool:
        """Whether its instances run; SSM's agent, too, takes an order only once its machine is up."""
        running = {instance.id for instance in self._snapshot.instances if instance.state == "running"}
        return set(association.instance_ids) <= running

    async def _carry_out(self, association: Association) -> None:
        try:
            status, message = await self._outcome(association)
            _log.info("association %s: %s", association.id, status)
            await self._cloud.post(f"associations/{association.id}", {"status": status, "message": message})
            self._reported.add(association.id)
        except CloudError as error:  # what it did is safe to do again, with the next snapshot
            _log.warning("the outcome of association %s is not reported: %s", association.id, error)
        finally:
            del self._running[association.id]

    async def _outcome(self, association: Association) -> Outcome:
        if association.document != "AWS-RunShellScript":
            return "Failed", f"the sandbox's machines run AWS-RunShellScript, not {association.document}"
        said = []
        for command in association.commands:
            order = _MIGRATE.fullmatch(command.strip())
            if order is None:
                return "Failed", f"the sandbox's machines understand {_MIGRATE.pattern}, not: {command}"
            for instance_id in association.instance_ids:
                status, message = await self._migrate(instance_id, order[1])
                if status != "Success":
                    return status, message
                said.append(message)
        return "Success", "\n".join(said)

    async def _migrate(self, instance_id: str, sha256: str) -> Outcome:
        log = self._logs / f"migrate-{sha256[:12]}.log"
        start = log.stat().st_size if log.exists() else 0
        instance = next(found for found in self._snapshot.instances if found.id == instance_id)
        try:
            user_data = self._fleet.user_data(instance)
            if user_data.artefact is None:
                return (
                    "Failed",
                    f"instance {instance_id} has no /etc/prakerja/artefact.json, so no bucket to fetch from",
                )
            source = user_data.artefact.of_release(sha256)
            status = await self._fleet.run_job(instance, _MIGRATE_MODULE, source, user_data.environment, log)
        except BootError as error:
            return "Failed", str(error)
        said = _said(log, start)
        if status == 0:
            return "Success", said
        return "Failed", f"{_MIGRATE_MODULE} ended with status {status}: {said}"


def _said(log: Path, start: int) -> str:
    """The end of what a job wrote, from where it began."""
    with log.open("rb") as written:
        written.seek(start)
        return written.read().decode(errors="replace")[-_TAIL_CHARACTERS:].strip()
