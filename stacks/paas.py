"""What AWS runs for us: database, cache, queues, mail, the site's load balancer, and the cluster with its images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.cache import Cache, CacheArgs
from components.component import Classification, Component
from components.database import Database, DatabaseArgs
from components.edge_credential import EdgeCredential, EdgeCredentialArgs
from components.image_registry import ImageRegistry, ImageRegistryArgs
from components.kubernetes_cluster import KubernetesCluster, KubernetesClusterArgs
from components.mail_feedback import MailFeedback
from components.mail_sender import MailSender
from components.naming import logical
from components.public_certificate import PublicCertificate, PublicCertificateArgs
from components.sendgrid_sender import SendGridSender
from components.site_load_balancer import SiteLoadBalancer, SiteLoadBalancerArgs
from components.work_queue import WorkQueue, WorkQueueArgs
from stacks.audit import Audit
from stacks.checks import mail_senders
from stacks.foundation import Foundation
from stacks.mail import build_mail_feedback, build_mail_sender, build_sendgrid_sender
from stacks.manifest import MAIL_FEEDBACK, Manifest, QueueName, queues_of
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Paas:
    """The layer's parts.

    edge_credential: what the edge shows the load balancer; None where there is no edge.
    cluster, registry: None where no service has containers.
    mail_feedback: what SES tells of its mail; None where no service reads it.
    sendgrid: the second way for mail; None where the environment has none.
    mails_per_second: that each process may send, so that all together keep to what is granted.
    """

    database: Database
    cache: Cache
    queues: Mapping[QueueName, WorkQueue]
    mail: MailSender
    mail_feedback: MailFeedback | None
    sendgrid: SendGridSender | None
    mails_per_second: int
    certificate: PublicCertificate
    edge_credential: EdgeCredential | None
    site: SiteLoadBalancer
    cluster: KubernetesCluster | None
    registry: ImageRegistry | None

    @property
    def components(self) -> tuple[Component, ...]:
        """The layer's components."""
        always = (self.database, self.cache, *self.queues.values(), self.mail, self.certificate, self.site)
        optional = (self.mail_feedback, self.sendgrid, self.edge_credential, self.cluster, self.registry)
        return (*always, *(one for one in optional if one))


def build_paas(config: StackConfig, manifests: Mapping[str, Manifest], foundation: Foundation, audit: Audit) -> Paas:
    """Make the layer."""
    settings = config.settings
    environment = settings.environment.name
    protection = settings.environment.deletion_protection
    certificate = PublicCertificate(
        logical(environment, "domain"),
        PublicCertificateArgs(domain=settings.site.domain, deletion_protection=protection),
    )
    edge_credential = _edge_credential(config, foundation)
    mail = build_mail_sender(config, certificate)
    queues = queues_of(manifests)
    feedback = build_mail_feedback(config, foundation, mail) if MAIL_FEEDBACK in queues else None
    return Paas(
        database=_database(config, foundation),
        cache=_cache(config, manifests, foundation),
        queues={queue: _queue(queue, config, manifests, foundation, feedback) for queue in queues},
        mail=mail,
        mail_feedback=feedback,
        sendgrid=build_sendgrid_sender(config, foundation, certificate),
        mails_per_second=settings.mail.per_second // max(1, mail_senders(settings.services, manifests)),
        certificate=certificate,
        edge_credential=edge_credential,
        site=_site(config, foundation, audit, certificate, edge_credential),
        cluster=_cluster(config, foundation),
        registry=ImageRegistry(
            logical(environment, "images"),
            ImageRegistryArgs(key_arn=foundation.internal_key.arn, deletion_protection=protection),
        )
        if settings.kubernetes
        else None,
    )


def _database(config: StackConfig, foundation: Foundation) -> Database:
    settings = config.settings
    network = foundation.network
    return Database(
        logical(settings.environment.name, "database"),
        DatabaseArgs(
            identifier=logical(settings.environment.name, "database"),
            vpc_id=network.vpc.id,
            subnet_ids=[subnet.id for subnet in network.data_subnets.values()],
            key_arn=foundation.personal_key.arn,
            engine_version=settings.database.engine_version,
            instance_class=settings.database.instance_class,
            max_connections=settings.database.max_connections,
            multi_az=settings.database.multi_az,
            allocated_storage_gib=settings.database.allocated_storage_gib,
            max_allocated_storage_gib=settings.database.max_allocated_storage_gib,
            backup_retention_days=settings.database.backup_retention_days,
            log_retention_days=settings.logs.retention_days,
            deletion_protection=settings.environment.deletion_protection,
        ),
    )


def _cache(config: StackConfig, manifests: Mapping[str, Manifest], foundation: Foundation) -> Cache:
    cache = config.settings.cache
    network = foundation.network
    return Cache(
        logical(config.settings.environment.name, "cache"),
        CacheArgs(
            vpc_id=network.vpc.id,
            subnet_ids=[subnet.id for subnet in network.data_subnets.values()],
            key_arn=foundation.internal_key.arn,
            engine_version=cache.engine_version,
            node_type=cache.node_type,
            replicas=cache.replicas,
            snapshot_retention_days=cache.snapshot_retention_days,
            users=[name for name, manifest in manifests.items() if manifest.needs.cache],
        ),
    )


def _queue(
    queue: QueueName,
    config: StackConfig,
    manifests: Mapping[str, Manifest],
    foundation: Foundation,
    mail_feedback: MailFeedback | None,
) -> WorkQueue:
    """A queue bears data of the class of those who send to it."""
    environment = config.settings.environment
    topic = mail_feedback if queue == MAIL_FEEDBACK else None
    senders = {one.data_class for one in manifests.values() if queue in one.needs.queues.write}
    senders |= {topic.classification.data_class} if topic else set()
    data_class = next(one for one in ("personal", "internal", "public") if one in senders)
    return WorkQueue(
        logical(environment.name, "queue", queue),
        WorkQueueArgs(
            classification=Classification(data_class=data_class),
            key_arn=foundation.key_for(data_class).arn,
            deletion_protection=environment.deletion_protection,
            topic_arn=topic.topic_arn if topic else None,
        ),
    )


def _edge_credential(config: StackConfig, foundation: Foundation) -> EdgeCredential | None:
    """Made before it is asked for, so that the edge shows it already when the load balancer begins to."""
    settings = config.settings
    if settings.edge is None:
        return None
    return EdgeCredential(
        logical(settings.environment.name, "edge-credential"),
        # By way of what lies in the bucket, which is closed and versioned by then.
        EdgeCredentialArgs(domain=settings.site.domain, bucket=foundation.artefact_store.object.bucket),
    )


def _site(
    config: StackConfig,
    foundation: Foundation,
    audit: Audit,
    certificate: PublicCertificate,
    edge_credential: EdgeCredential | None,
) -> SiteLoadBalancer:
    settings = config.settings
    network = foundation.network
    return SiteLoadBalancer(
        logical(settings.environment.name, "site"),
        SiteLoadBalancerArgs(
            domain=settings.site.domain,
            zone_id=certificate.zone.zone_id,
            certificate_arn=certificate.arn,
            vpc_id=network.vpc.id,
            subnet_ids=[subnet.id for subnet in network.public_subnets.values()],
            allowed_sources=settings.site.allowed_sources,
            access_logs_bucket=audit.access_logs.bucket,
            reserved_capacity_units=settings.site.reserved_capacity_units,
            trust_store_arn=edge_credential.trust_store_arn
            if edge_credential and settings.edge and settings.edge.only_way_in
            else None,
            deletion_protection=settings.environment.deletion_protection,
        ),
    )


def _cluster(config: StackConfig, foundation: Foundation) -> KubernetesCluster | None:
    settings = config.settings
    kubernetes = settings.kubernetes
    if kubernetes is None:
        return None
    network = foundation.network
    return KubernetesCluster(
        logical(settings.environment.name, "cluster"),
        KubernetesClusterArgs(
            account_id=foundation.account_id,
            region=config.region,
            version=kubernetes.version,
            subnet_ids=[subnet.id for subnet in network.private_subnets.values()],
            zones=network.zones,
            service_cidr=kubernetes.service_cidr,
            api_sources=kubernetes.api_sources,
            administrator_arn=pulumi.Output.concat(
                "arn:aws:iam::", foundation.account_id, ":role/", kubernetes.administrator_role
            ),
            key_arn=foundation.internal_key.arn,
            node_key_arn=foundation.personal_key.arn,
            log_retention_days=settings.logs.retention_days,
            architecture=settings.vms.architecture,
            node_categories=kubernetes.node_categories,
            maximum_cpus=kubernetes.maximum_cpus,
            deletion_protection=settings.environment.deletion_protection,
        ),
        # Its nodes' first minutes need the way out.
        pulumi.ResourceOptions(depends_on=[network]),
    )
