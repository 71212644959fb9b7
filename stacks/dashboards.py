"""Dashboards of every service, drawn by whom the environment wants, and alert rules where Grafana draws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pulumi

from components.alert_rules import alert_rules
from components.charted_service import ChartedQueue, ChartedService, ChartedSide, RequestPromise, WorkPromise
from components.charts import Dashboard
from components.cloudwatch_dashboards import CloudWatchDashboards, CloudWatchDashboardsArgs
from components.component import Component
from components.naming import logical
from components.service_charts import overview, service_dashboard
from stacks.manifest import HttpManifest, Manifest, QueueName
from stacks.paas import Paas
from stacks.saas_settings import GrafanaSettings
from stacks.services import Service
from stacks.stack_config import StackConfig

if TYPE_CHECKING:
    from components.pager import Pager


def build_dashboards(
    config: StackConfig, paas: Paas, services: Mapping[str, Service], pager: Pager | None
) -> tuple[Component, ...]:
    """Make them. pager: whom Grafana's alerts call; none where they are mailed."""
    settings = config.settings
    if settings.dashboards is None:
        return ()
    charted = [_charted(name, service, paas) for name, service in services.items()]
    dashboards = [overview(charted), *(service_dashboard(service) for service in charted)]
    if settings.dashboards.grafana:
        return _in_grafana(config, settings.dashboards.grafana, charted, dashboards, pager)
    return (
        CloudWatchDashboards(
            settings.environment.name, CloudWatchDashboardsArgs(region=config.region, dashboards=dashboards)
        ),
    )


def _in_grafana(
    config: StackConfig,
    settings: GrafanaSettings,
    charted: Sequence[ChartedService],
    dashboards: Sequence[Dashboard],
    pager: Pager | None,
) -> tuple[Component, ...]:
    # Grafana's SDK takes over half a second to load.
    from components.grafana_alerts import GrafanaAlerts, GrafanaAlertsArgs
    from components.grafana_dashboards import GrafanaDashboards, GrafanaDashboardsArgs
    from components.grafana_notifications import GrafanaNotifications, GrafanaNotificationsArgs
    from components.grafana_stack import GrafanaStack, GrafanaStackArgs

    environment, emails = config.settings.environment.name, config.settings.alarms.emails
    stack = GrafanaStack(
        logical(environment, "grafana"),
        GrafanaStackArgs(
            environment=environment,
            region=config.region,
            url=settings.url,
            aws_account_id=settings.aws_account_id,
            external_id=settings.external_id,
        ),
    )
    in_stack = pulumi.ResourceOptions(providers=[stack.provider])
    components: list[Component] = [stack]
    components.append(
        GrafanaDashboards(
            logical(environment, "dashboards"),
            GrafanaDashboardsArgs(
                environment=environment,
                region=config.region,
                folder=stack.folder.uid,
                source=stack.source.uid,
                dashboards=dashboards,
            ),
            in_stack,
        )
    )
    components += [
        GrafanaAlerts(
            logical(environment, service.name, "alerts"),
            GrafanaAlertsArgs(
                environment=environment,
                region=config.region,
                folder=stack.folder.uid,
                source=stack.source.uid,
                service=service,
                rules=rules,
            ),
            in_stack,
        )
        for service in charted
        if (rules := alert_rules(service))
    ]
    if pager or emails:
        components.append(
            GrafanaNotifications(
                logical(environment, "notifications"),
                GrafanaNotificationsArgs(
                    environment=environment, events_keys=pager.events_keys if pager else {}, emails=emails
                ),
                in_stack,
            )
        )
    return tuple(components)


def _charted(name: str, service: Service, paas: Paas) -> ChartedService:
    manifest = service.manifest
    queues = manifest.needs.queues
    return ChartedService(
        name=name,
        owner=manifest.owner,
        promise=_promise(manifest),
        load_balancer=paas.site.load_balancer.arn_suffix,
        sides=list(_sides(service)),
        reads={queue: _queue(queue, paas) for queue in queues.read},
        writes={queue: _queue(queue, paas) for queue in queues.write},
    )


def _promise(manifest: Manifest) -> RequestPromise | WorkPromise:
    if isinstance(manifest, HttpManifest):
        return RequestPromise(
            availability_percent=manifest.objectives.availability_percent,
            latency_seconds=manifest.objectives.latency_milliseconds / 1000,
        )
    return WorkPromise(delay_seconds=manifest.objectives.delay_seconds)


def _sides(service: Service) -> Iterator[ChartedSide]:
    route = service.route
    if service.fleet:
        group = route.vm_target_group if route else None
        yield ChartedSide(
            name="machines",
            target_group=group.arn_suffix if group else None,
            auto_scaling_group=service.fleet.group.name,
        )
    if service.workload:
        group = route.container_target_group if route else None
        yield ChartedSide(name="containers", target_group=group.arn_suffix if group else None)


def _queue(name: QueueName, paas: Paas) -> ChartedQueue:
    queue = paas.queues[name]
    return ChartedQueue(queue=queue.queue.name, dead_letter_queue=queue.dead_letter_queue.name)
