"""Target health as ELBv2 reports it, from HAProxy's view of the servers."""

from __future__ import annotations

from sandbox.dataplane.load_balancer.runtime import ServerState

TargetHealth = dict[str, str]

INITIAL: TargetHealth = {
    "state": "initial",
    "reason": "Elb.InitialHealthChecking",
    "description": "Initial health checks in progress",
}
HEALTHY: TargetHealth = {"state": "healthy"}
DRAINING: TargetHealth = {
    "state": "draining",
    "reason": "Target.DeregistrationInProgress",
    "description": "Target deregistration is in progress",
}
DEREGISTERED: TargetHealth = {
    "state": "unused",
    "reason": "Target.NotRegistered",
    "description": "Target is not registered to the target group",
}
UNUSED: TargetHealth = {
    "state": "unused",
    "reason": "Target.NotInUse",
    "description": "Target group is not configured to receive traffic from the load balancer",
}
_TIMEOUTS = {"L4TOUT", "L7TOUT"}


def unhealthy(state: ServerState) -> TargetHealth:
    """The health of a target that fails its checks, with ALB's reason for it."""
    if state.check_status == "L7STS":
        reason, description = (
            "Target.ResponseCodeMismatch",
            f"Health checks failed with these codes: [{state.check_code}]",
        )
    elif state.check_status in _TIMEOUTS:
        reason, description = "Target.Timeout", "Request timed out"
    else:
        reason, description = "Target.FailedHealthChecks", "Health checks failed"
    return {"state": "unhealthy", "reason": reason, "description": description}
