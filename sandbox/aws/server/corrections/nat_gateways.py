"""A deleted NAT gateway gives back its Elastic IP address and its network interface.

moto 5.2.5: both stay associated with the deleted gateway, so that the address can't be given to another one.
"""

from __future__ import annotations

from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend

from sandbox.aws.server.corrections.patching import replace

_upstream_delete = NatGatewayBackend.delete_nat_gateway


def apply() -> None:
    replace(NatGatewayBackend, delete_nat_gateway=_delete)


def _delete(backend: EC2Backend, nat_gateway_id: str) -> NatGateway:
    gateway = _upstream_delete(backend, nat_gateway_id)
    interface = gateway._eni  # noqa: SLF001 - the gateway's own interface has no public name
    for address in backend.addresses:
        if address.eni is interface:
            backend.disassociate_address(association_id=address.association_id)
    backend.enis.pop(interface.id, None)
    interface.subnet.del_subnet_ip(interface.private_ip_address)
    return gateway
