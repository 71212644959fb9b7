"""What AWS runs for us: the database, the certificate, and the site's load balancer."""

from __future__ import annotations

from dataclasses import dataclass

from components.component import Component
from components.database import Database, DatabaseArgs
from components.naming import logical
from components.public_certificate import PublicCertificate, PublicCertificateArgs
from components.site_load_balancer import SiteLoadBalancer, SiteLoadBalancerArgs
from stacks.audit import Audit
from stacks.foundation import Foundation
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Paas:
    """The layer's parts."""

    database: Database
    certificate: PublicCertificate
    site: SiteLoadBalancer

    @property
    def components(self) -> tuple[Component, ...]:
        """The layer's components."""
        return (self.database, self.certificate, self.site)


def build_paas(config: StackConfig, foundation: Foundation, audit: Audit) -> Paas:
    """Make the layer."""
    settings = config.settings
    environment = settings.environment.name
    protection = settings.environment.deletion_protection
    network = foundation.network
    certificate = PublicCertificate(
        logical(environment, "domain"),
        PublicCertificateArgs(domain=settings.site.domain, deletion_protection=protection),
    )
    return Paas(
        database=Database(
            logical(environment, "database"),
            DatabaseArgs(
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
                deletion_protection=protection,
            ),
        ),
        certificate=certificate,
        site=SiteLoadBalancer(
            logical(environment, "site"),
            SiteLoadBalancerArgs(
                domain=settings.site.domain,
                zone_id=certificate.zone.zone_id,
                certificate_arn=certificate.arn,
                vpc_id=network.vpc.id,
                subnet_ids=[subnet.id for subnet in network.public_subnets.values()],
                allowed_sources=settings.site.allowed_sources,
                access_logs_bucket=audit.access_logs.bucket,
                deletion_protection=protection,
            ),
        ),
    )
