"""Deleting what instances still use is refused, as on AWS.

moto 5.2.5: it deletes a subnet or a security group from under the instances that are in it.
"""

from __future__ import annotations

from collections.abc import Callable

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.subnets import Subnet, SubnetBackend

from sandbox.aws.server.corrections.patching import replace

_upstream_delete_subnet = SubnetBackend.delete_subnet
_upstream_delete_security_group = SecurityGroupBackend.delete_security_group


def apply() -> None:
    replace(SubnetBackend, delete_subnet=_delete_subnet)
    replace(SecurityGroupBackend, delete_security_group=_delete_security_group)


def _delete_subnet(backend: EC2Backend, subnet_id: str) -> Subnet:
    if _is_used(backend, lambda interface: interface.subnet.id == subnet_id):
        raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    return _upstream_delete_subnet(backend, subnet_id)


def _delete_security_group(backend: EC2Backend, name: str | None = None, group_id: str | None = None) -> None:
    if _is_used(backend, lambda interface: group_id in [group.id for group in interface.group_set]):
        raise DependencyViolationError(f"resource {group_id} has a dependent object")
    _upstream_delete_security_group(backend, name, group_id)


def _is_used(backend: EC2Backend, uses: Callable[[NetworkInterface], bool]) -> bool:
    return any(uses(interface) for interface in backend.enis.values() if interface.instance is not None)
