"""Who is told when something is wrong or costs too much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.alarm_topic import AlarmTopic, AlarmTopicArgs
from components.component import Component
from components.cost_budget import CostBudget, CostBudgetArgs
from components.database_alarms import DatabaseAlarms, DatabaseAlarmsArgs
from components.naming import logical
from components.service_alarms import ServiceAlarms, ServiceAlarmsArgs
from components.site_alarms import SiteAlarms, SiteAlarmsArgs
from stacks.foundation import Foundation
from stacks.paas import Paas
from stacks.services import Service
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Observability:
    """topic: where everything goes. services: the alarms of each service behind the load balancer, by its name."""

    topic: AlarmTopic
    budget: CostBudget
    site: SiteAlarms
    database: DatabaseAlarms
    services: Mapping[str, ServiceAlarms]

    @property
    def components(self) -> tuple[Component, ...]:
        """The part's components."""
        return (self.topic, self.budget, self.site, self.database, *self.services.values())


def build_observability(
    config: StackConfig, foundation: Foundation, paas: Paas, services: Mapping[str, Service]
) -> Observability:
    """Make the alarms on what the layers made."""
    settings = config.settings
    environment = settings.environment.name
    topic = AlarmTopic(
        logical(environment, "alarms"),
        AlarmTopicArgs(
            account_id=foundation.account_id, key_arn=foundation.internal_key.arn, emails=settings.alarms.emails
        ),
    )
    load_balancer = paas.site.load_balancer.arn_suffix
    return Observability(
        topic=topic,
        budget=CostBudget(
            logical(environment, "month"),
            CostBudgetArgs(monthly_limit_usd=settings.alarms.monthly_limit_usd, topic_arn=topic.arn),
        ),
        site=SiteAlarms(logical(environment, "site"), SiteAlarmsArgs(load_balancer=load_balancer, topic_arn=topic.arn)),
        database=DatabaseAlarms(
            logical(environment, "database"),
            DatabaseAlarmsArgs(
                identifier=paas.database.instance.identifier,
                max_connections=settings.database.max_connections,
                allocated_storage_gib=settings.database.allocated_storage_gib,
                topic_arn=topic.arn,
            ),
        ),
        services={
            name: ServiceAlarms(
                logical(environment, name),
                ServiceAlarmsArgs(
                    classification=service.route.classification,
                    target_group=service.route.target_group.arn_suffix,
                    load_balancer=load_balancer,
                    machines=service.placement.vms,
                    topic_arn=topic.arn,
                ),
            )
            for name, service in services.items()
            if service.route
        },
    )
