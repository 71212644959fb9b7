"""A database's subnet group that was modified is still there.

moto 5.2.5: ModifyDBSubnetGroup takes it out to change it, and does not put it back.
"""

from __future__ import annotations

from typing import Any

from moto.rds.models import DBSubnetGroup, RDSBackend

from sandbox.aws.server.corrections.patching import replace

_upstream_modify = RDSBackend.modify_db_subnet_group


def apply() -> None:
    replace(RDSBackend, modify_db_subnet_group=_modify)


def _modify(backend: RDSBackend, subnet_name: str, description: str, subnets: list[Any]) -> DBSubnetGroup:
    backend.describe_db_subnet_groups(subnet_name)  # raises DBSubnetGroupNotFoundFault
    group = _upstream_modify(backend, subnet_name, description, subnets)
    backend.subnet_groups[subnet_name] = group
    return group
