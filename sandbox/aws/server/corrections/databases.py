"""RDS instances: each with an address, a resource id and a master password of its own, and available once it is.

moto 5.2.5: an instance is `available` at once, its endpoint is a name that nothing resolves, every instance has the
same resource id, the managed master secret always holds `admin` and the same password, and a subnet group is lost when
it is changed.

Here the endpoint is the loopback twin (127.x.y.z) of a free address (10.x.y.z) in the subnet group, where the data
plane serves it, and an instance is `creating` until the data plane says that it answers.
"""

from __future__ import annotations

import json
import secrets
import string
from typing import Any

from moto.rds.models import DBInstance, MasterUserSecret, RDSBackend

from sandbox.aws.server.corrections.patching import replace

_PASSWORD_LENGTH = 28
_RESOURCE_ID_LENGTH = 26

_upstream_create = RDSBackend.create_db_instance
_upstream_modify_group = RDSBackend.modify_db_subnet_group
_upstream_delete = RDSBackend.delete_db_instance


def apply() -> None:
    replace(RDSBackend, create_db_instance=_create, delete_db_instance=_delete, modify_db_subnet_group=_modify_group)
    replace(DBInstance, address=property(_address))
    replace(MasterUserSecret, _generate_secret_string=_secret_string)


def _create(backend: RDSBackend, db_kwargs: dict[str, Any]) -> DBInstance:
    database = _upstream_create(backend, db_kwargs)
    alphabet = string.ascii_uppercase + string.digits
    database.dbi_resource_id = "db-" + "".join(secrets.choice(alphabet) for _ in range(_RESOURCE_ID_LENGTH))
    database.status = "creating"
    if subnet := _subnet(database):
        database.__dict__["subnet_address"] = subnet.get_available_subnet_ip(instance=database)
    return database


def _delete(backend: RDSBackend, db_instance_identifier: str, *settings: Any, **named: Any) -> DBInstance:
    database = _upstream_delete(backend, db_instance_identifier, *settings, **named)
    if subnet := _subnet(database):
        subnet.del_subnet_ip(database.__dict__["subnet_address"])
    return database


def _modify_group(backend: RDSBackend, subnet_name: str, description: str, subnets: list[Any]) -> Any:
    """Upstream takes a changed subnet group out of its books."""
    group = _upstream_modify_group(backend, subnet_name, description, subnets)
    backend.subnet_groups[subnet_name] = group
    return group


def _subnet(database: DBInstance) -> Any:
    """The subnet of the instance's group that lies in its zone, or else the group's first; None without a group."""
    group = getattr(database, "db_subnet_group", None)
    subnets = group._subnets if group else []  # noqa: SLF001 - the public property gives descriptions
    in_zone = [subnet for subnet in subnets if subnet.availability_zone == database.availability_zone]
    return next(iter(in_zone or subnets), None)


def _address(database: DBInstance) -> str | None:
    address: str | None = database.__dict__.get("subnet_address")
    return f"127.{address.partition('.')[2]}" if address else None


def _secret_string(secret: MasterUserSecret) -> str:
    alphabet = string.ascii_letters + string.digits
    password = "".join(secrets.choice(alphabet) for _ in range(_PASSWORD_LENGTH))
    return json.dumps({"username": secret.resource.master_username, "password": password})
