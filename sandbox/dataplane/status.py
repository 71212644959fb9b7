"""What runs, as a document that `status` reads: `run/dataplane.json`."""

from __future__ import annotations

from typing import Any

import msgspec

from sandbox.dataplane.cache.controller import CacheController
from sandbox.dataplane.cache.replication_group import ReplicationGroup
from sandbox.dataplane.database.controller import DatabaseController
from sandbox.dataplane.database.instance import DatabaseInstance
from sandbox.dataplane.load_balancer.controller import LoadBalancerController
from sandbox.dataplane.virtual_machines.fleet import Fleet
from sandbox.dataplane.virtual_machines.virtual_machine import VirtualMachine


def describe(
    fleet: Fleet, load_balancer: LoadBalancerController, databases: DatabaseController, caches: CacheController
) -> bytes:
    """The document: instances, databases and caches by id, the load balancer; each with its `error`, or null."""
    document = {
        "instances": {identifier: _machine(machine) for identifier, machine in fleet.machines.items()},
        "haproxy": {"pid": load_balancer.pid, "error": load_balancer.error},
        "databases": {found.database.identifier: _served(found) for found in databases.instances.values()},
        "caches": {found.cache.id: _served(found) for found in caches.groups.values()},
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1)


def _machine(machine: VirtualMachine) -> dict[str, Any]:
    return {
        "address": machine.address,
        "state": machine.state,
        "pid": machine.fork.pid if machine.fork else None,
        "warm_parent_pid": machine.fork.parent.pid if machine.fork else None,
        "service": machine.user_data.environment.get("PRAKERJA_SERVICE") if machine.user_data else None,
        "release": machine.artefact.release if machine.artefact else None,
        "error": machine.error,
    }


def _served(found: DatabaseInstance | ReplicationGroup) -> dict[str, Any]:
    return {
        "address": found.address,
        "ready": found.ready,
        "pid": found.server.pid,
        "proxy_pid": found.proxy.pid,
        "error": found.error,
    }
