"""Instances' private addresses: kept until the instance's process has gone, free again then.

moto 5.2.5: the network interface of a terminated instance stays `in-use` and its address taken for ever, so that a
small subnet runs out of addresses after a few refreshes; and terminated instances are described for ever.

Here the interface goes with the instance, the address is free again once the data plane has released the instance,
and the instance is forgotten an hour later, as on AWS.
"""

from __future__ import annotations

import time

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance, InstanceState

from sandbox.aws.server.corrections.patching import replace

REMEMBERED = 3600
"""Seconds for which EC2 goes on describing a terminated instance.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/how-ec2-instance-termination-works.html
"""

_upstream_terminate = Instance.terminate


def apply() -> None:
    replace(Instance, terminate=_terminate)


def _terminate(instance: Instance) -> InstanceState:
    previous = _upstream_terminate(instance)
    for interface in instance.nics.values():
        instance.ec2_backend.enis.pop(interface.id, None)
    return previous


def release(backend: EC2Backend, instance_id: str) -> bool:
    """Free the addresses of a terminated instance. False where there is no such instance."""
    instance = backend.get_instance_by_id(instance_id)
    if instance is None or instance.state != "terminated":
        return False
    for interface in instance.nics.values():
        for address in interface.private_ip_addresses:
            interface.subnet.del_subnet_ip(address["PrivateIpAddress"])
    instance._private_ips.clear()  # noqa: SLF001 - or its finaliser frees them again, when others have them
    instance.__dict__["released_at"] = time.time()
    return True


def is_released(instance: Instance) -> bool:
    """Whether the data plane has said that nothing of this instance runs any more."""
    return "released_at" in instance.__dict__


def forget_released(backend: EC2Backend, now: float) -> bool:
    """Drop the instances that were released more than `REMEMBERED` seconds ago. Whether there were any."""
    forgotten = False
    for reservation in list(backend.reservations.values()):
        kept = [
            instance
            for instance in reservation.instances
            if now - instance.__dict__.get("released_at", now) <= REMEMBERED
        ]
        forgotten = forgotten or len(kept) < len(reservation.instances)
        reservation.instances = kept
        if not kept:
            del backend.reservations[reservation.id]
    return forgotten
