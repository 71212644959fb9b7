"""The alarms on what AWS runs for us, the load balancer's rules aside."""

from __future__ import annotations

import pulumi

from components.cache_alarms import CacheAlarms, CacheAlarmsArgs
from components.cluster_alarms import ClusterAlarms, ClusterAlarmsArgs
from components.component import Component
from components.database_alarms import DatabaseAlarms, DatabaseAlarmsArgs
from components.mail_alarms import MailAlarms, MailAlarmsArgs
from components.naming import logical
from components.queue_alarms import QueueAlarms, QueueAlarmsArgs
from components.site_alarms import SiteAlarms, SiteAlarmsArgs
from stacks.paas import Paas
from stacks.stack_config import StackConfig


def build_paas_alarms(config: StackConfig, paas: Paas, topic_arn: pulumi.Input[str]) -> tuple[Component, ...]:
    """Make them; they go to the topic."""
    settings = config.settings
    environment = settings.environment.name
    alarms: list[Component] = [
        SiteAlarms(
            logical(environment, "site"),
            SiteAlarmsArgs(load_balancer=paas.site.load_balancer.arn_suffix, topic_arn=topic_arn),
        ),
        DatabaseAlarms(
            logical(environment, "database"),
            DatabaseAlarmsArgs(
                identifier=paas.database.instance.identifier,
                max_connections=settings.database.max_connections,
                allocated_storage_gib=settings.database.allocated_storage_gib,
                topic_arn=topic_arn,
            ),
        ),
        CacheAlarms(
            logical(environment, "cache"),
            CacheAlarmsArgs(
                replication_group=paas.cache.replication_group.id,
                nodes=1 + settings.cache.replicas,
                topic_arn=topic_arn,
            ),
        ),
        MailAlarms(
            logical(environment, "mail"),
            MailAlarmsArgs(configuration_set=paas.mail.configuration_set.configuration_set_name, topic_arn=topic_arn),
        ),
    ]
    for name, queue in paas.queues.items():
        arguments = QueueAlarmsArgs(
            queue=queue.queue.name, dead_letter_queue=queue.dead_letter_queue.name, topic_arn=topic_arn
        )
        alarms.append(QueueAlarms(logical(environment, "queue", name), arguments))
    if paas.cluster:
        cluster = ClusterAlarmsArgs(cluster=paas.cluster.name, topic_arn=topic_arn)
        alarms.append(ClusterAlarms(logical(environment, "cluster"), cluster))
    return tuple(alarms)
