"""Who is called when something is wrong, where the environment has somebody called at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from components.naming import logical
from stacks.manifest import Manifest
from stacks.observability import Observability
from stacks.stack_config import StackConfig

if TYPE_CHECKING:
    from components.pager import Pager


def build_paging(config: StackConfig, manifests: Mapping[str, Manifest], observability: Observability) -> Pager | None:
    """Make what calls the teams that answer for the services, and have CloudWatch's alarms call the platform's."""
    settings = config.settings
    if settings.paging is None:
        return None
    from components.pager import Pager, PagerArgs  # PagerDuty's SDK takes half a second to load

    environment = settings.environment.name
    return Pager(
        logical(environment, "pager"),
        PagerArgs(
            environment=environment,
            schedules=settings.paging.schedules,
            escalation_minutes=settings.paging.escalation_minutes,
            owners=[manifest.owner for manifest in manifests.values()],
            topic_arn=observability.topic.arn,
        ),
    )
