"""Load balancers' reserved capacity: kept, and read back as provisioned.

moto 5.2.5: there is no ModifyCapacityReservation, and DescribeCapacityReservation says of any load balancer that some
unnamed capacity is provisioned.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.elbv2.exceptions import ValidationError
from moto.elbv2.responses import ELBV2Response

from sandbox.aws.server.corrections.patching import add, replace

_KEPT = "capacity_units"


def apply() -> None:
    add(ELBV2Response, modify_capacity_reservation=_modify)
    replace(ELBV2Response, describe_capacity_reservation=_describe)


def _modify(response: Any) -> ActionResult:
    parameters = response._get_params()  # noqa: SLF001 - moto's responses have no other way to their parameters
    wanted = parameters.get("MinimumLoadBalancerCapacity")
    reset = str(parameters.get("ResetCapacityReservation", "")).lower() == "true"
    if not wanted and not reset:
        raise ValidationError("You must specify either MinimumLoadBalancerCapacity or ResetCapacityReservation")
    balancer = _balancer(response, parameters["LoadBalancerArn"])
    balancer.__dict__[_KEPT] = None if reset else int(wanted["CapacityUnits"])
    return ActionResult(_reservation(balancer))


def _describe(response: Any) -> ActionResult:
    parameters = response._get_params()  # noqa: SLF001 - as above
    return ActionResult(_reservation(_balancer(response, parameters["LoadBalancerArn"])))


def _balancer(response: Any, arn: str) -> Any:
    [balancer] = response.elbv2_backend.describe_load_balancers([arn], [])
    return balancer


def _reservation(balancer: Any) -> dict[str, Any]:
    units = balancer.__dict__.get(_KEPT)
    if units is None:
        return {"CapacityReservationState": []}
    zones = [subnet.availability_zone for subnet in balancer.subnets]
    return {
        "MinimumLoadBalancerCapacity": {"CapacityUnits": units},
        "CapacityReservationState": [
            {
                "AvailabilityZone": zone,
                "EffectiveCapacityUnits": units / len(zones),
                "State": {"Code": "provisioned"},
            }
            for zone in zones
        ],
    }
