"""Flow logs find their log group by its ARN too, which is how it is named today.

moto 5.2.5: it only looks for the older LogGroupName, and says that a flow log without it can't be delivered.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.flow_logs import FlowLogsBackend

from sandbox.aws.server.corrections.patching import replace

_upstream_create = FlowLogsBackend.create_flow_logs


def apply() -> None:
    replace(FlowLogsBackend, create_flow_logs=_create)


def _create(backend: EC2Backend, *, log_destination: Any, log_group_name: Any, **request: Any) -> Any:
    if log_group_name is None and log_destination and ":log-group:" in log_destination:
        log_group_name = log_destination.partition(":log-group:")[2].removesuffix(":*")
    return _upstream_create(backend, log_destination=log_destination, log_group_name=log_group_name, **request)
