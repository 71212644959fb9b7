"""Who is told when something is wrong or costs too much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pulumi_aws as aws

from components.alarm_topic import AlarmTopic, AlarmTopicArgs
from components.component import Classification, Component
from components.cost_budget import CostBudget, CostBudgetArgs
from components.naming import logical
from components.rotation_alarms import RotationAlarms, RotationAlarmsArgs
from components.service_alarms import ServiceAlarms, ServiceAlarmsArgs
from stacks.foundation import Foundation
from stacks.paas import Paas
from stacks.paas_alarms import build_paas_alarms
from stacks.partners import Partners
from stacks.services import Service
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Observability:
    """topic: where everything goes.
    paas: the alarms on what AWS runs for us.
    rotation: the alarm on partners' credentials; none where there is no partner.
    services: the alarms of each service behind the load balancer, by its name, and by `<name>-containers`.
    """

    topic: AlarmTopic
    budget: CostBudget
    paas: tuple[Component, ...]
    rotation: RotationAlarms | None
    services: Mapping[str, ServiceAlarms]

    @property
    def components(self) -> tuple[Component, ...]:
        """The part's components."""
        rotation = [self.rotation] if self.rotation else []
        return (self.topic, self.budget, *self.paas, *rotation, *self.services.values())


def build_observability(
    config: StackConfig, foundation: Foundation, paas: Paas, partners: Partners, services: Mapping[str, Service]
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
        paas=build_paas_alarms(config, paas, topic.arn),
        rotation=RotationAlarms(
            logical(environment, "rotation"),
            RotationAlarmsArgs(function=partners.rotation.function.name, topic_arn=topic.arn),
        )
        if partners.rotation
        else None,
        services={
            name: ServiceAlarms(
                logical(environment, name),
                ServiceAlarmsArgs(
                    classification=classification,
                    target_group=group.arn_suffix,
                    load_balancer=load_balancer,
                    targets=targets,
                    topic_arn=topic.arn,
                ),
            )
            for service_name, service in services.items()
            for name, classification, group, targets in _sides(service_name, service)
        },
    )


def _sides(name: str, service: Service) -> Iterator[tuple[str, Classification, aws.lb.TargetGroup, int]]:
    """Each target group of a service: what to call it, whose it is, and how many targets it has at least."""
    route, placement = service.route, service.placement
    if route and route.vm_target_group:
        yield name, route.classification, route.vm_target_group, placement.vms
    if route and route.container_target_group and placement.containers:
        yield (
            logical(name, "containers"),
            route.classification,
            route.container_target_group,
            placement.containers.minimum,
        )
