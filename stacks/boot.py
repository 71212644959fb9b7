"""What processes are told when they start, put together from the layers: the variables of services and migrations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pulumi

from components.database import DATABASE_NAME, PORT
from components.partner_api import PartnerApi
from components.service_log import ServiceLog
from components.user_data import CA_BUNDLE, maintenance_user_data, service_user_data
from stacks.foundation import Foundation
from stacks.manifest import Manifest
from stacks.needs import asked_partners, takes_calls
from stacks.paas import Paas
from stacks.saas_settings import PartnerName
from stacks.stack_config import StackConfig

Runtime = Literal["vm", "container"]
Environment = dict[str, pulumi.Input[str]]
# Where the authorities stand that vouch for the database: RDS has its own, which the machine fetches at boot and the
# image holds.
DATABASE_CA_BUNDLES: dict[Runtime, str] = {"vm": CA_BUNDLE, "container": "/etc/prakerja/database-ca.pem"}
# ElastiCache's certificates are vouched for by Amazon's public authorities: the system's own list, which Amazon Linux
# and the image's Debian keep in different places.
SYSTEM_CA_BUNDLES: dict[Runtime, str] = {
    "vm": "/etc/pki/tls/certs/ca-bundle.crt",
    "container": "/etc/ssl/certs/ca-certificates.crt",
}


def service_environment(
    name: str,
    manifest: Manifest,
    config: StackConfig,
    foundation: Foundation,
    paas: Paas,
    partners: Mapping[PartnerName, PartnerApi],
    *,
    runtime: Runtime,
) -> Environment:
    """The variables of a process of service `name`: the same wherever it runs, but for where its files stand."""
    needs = manifest.needs
    environment: Environment = {
        **_common(name, config),
        "PRAKERJA_DRAIN_SECONDS": str(manifest.drain_seconds),
        "PRAKERJA_LISTEN_PORT": str(manifest.port),
    }
    if partners:
        # Whoever asks it or not: what a service does may hang on whether another one can ask.
        environment["PRAKERJA_PARTNERS"] = ",".join(sorted(partners))
    if needs.database:
        environment |= _database(paas, runtime)
        environment["PRAKERJA_DATABASE_USER"] = name
        environment["PRAKERJA_DATABASE_POOL_SIZE"] = str(manifest.pool_size)
    if needs.cache:
        environment |= _cache(name, paas, runtime)
    if needs.mail:
        environment |= _mail(config, paas)
    for queue in sorted({*needs.queues.read, *needs.queues.write}):
        environment[f"PRAKERJA_QUEUE_{queue.upper()}_URL"] = paas.queues[queue].queue.url
    if "identity-key" in needs.secrets:
        environment["PRAKERJA_IDENTITY_KEY_SECRET"] = foundation.identity_key.arn
    for partner, api in asked_partners(needs, partners).items():
        environment |= _partner(partner, api, webhook=takes_calls(manifest))
    return environment


def service_boot(
    name: str,
    manifest: Manifest,
    config: StackConfig,
    foundation: Foundation,
    paas: Paas,
    partners: Mapping[PartnerName, PartnerApi],
    log: ServiceLog,
) -> pulumi.Output[str]:
    """The user data of a machine that runs service `name`."""
    store = foundation.artefact_store
    environment = service_environment(name, manifest, config, foundation, paas, partners, runtime="vm")
    return pulumi.Output.all(environment=environment, bucket=store.bucket.bucket).apply(
        lambda known: service_user_data(
            environment=known["environment"],
            artefact={
                "bucket": known["bucket"],
                "key": store.key,
                "sha256": store.artefact.sha256,
                "python": store.artefact.python,
            },
            drain_seconds=manifest.drain_seconds,
            log_group=log.group_name,
        )
    )


def maintenance_boot(config: StackConfig, foundation: Foundation, paas: Paas) -> pulumi.Output[str]:
    """The user data of the machine that migrations run on."""
    store = foundation.artefact_store
    environment: Environment = {
        **_common("maintenance", config),
        **_database(paas, "vm"),
        "PRAKERJA_DATABASE_MASTER_SECRET": paas.database.master_secret_arn,
        "PRAKERJA_IDENTITY_KEY_SECRET": foundation.identity_key.arn,
    }
    return pulumi.Output.all(environment=environment, bucket=store.bucket.bucket).apply(
        lambda known: maintenance_user_data(
            environment=known["environment"],
            artefact={"bucket": known["bucket"], "python": store.artefact.python},
        )
    )


def _common(service: str, config: StackConfig) -> Environment:
    return {
        "PRAKERJA_SERVICE": service,
        "PRAKERJA_ENVIRONMENT": config.settings.environment.name,
        "AWS_REGION": config.region,
    }


def _database(paas: Paas, runtime: Runtime) -> Environment:
    return {
        "PRAKERJA_DATABASE_HOST": paas.database.address,
        "PRAKERJA_DATABASE_PORT": str(PORT),
        "PRAKERJA_DATABASE_NAME": DATABASE_NAME,
        "PRAKERJA_DATABASE_CA_BUNDLE": DATABASE_CA_BUNDLES[runtime],
    }


def _cache(service: str, paas: Paas, runtime: Runtime) -> Environment:
    return {
        "PRAKERJA_CACHE_HOST": paas.cache.address,
        "PRAKERJA_CACHE_PORT": str(paas.cache.port),
        "PRAKERJA_CACHE_NAME": paas.cache.replication_group.id,
        "PRAKERJA_CACHE_USER": paas.cache.user_names[service],
        "PRAKERJA_CACHE_CA_BUNDLE": SYSTEM_CA_BUNDLES[runtime],
    }


def _partner(partner: PartnerName, api: PartnerApi, *, webhook: bool) -> Environment:
    variables: Environment = {
        "URL": api.args.url,
        "SECRET": api.credential.arn,
        "REQUESTS_PER_SECOND": str(api.args.requests_per_second),
        "CONNECT_SECONDS": str(api.args.connect_seconds),
        "ANSWER_SECONDS": str(api.args.answer_seconds),
    }
    if webhook:
        variables["WEBHOOK_SECRET"] = api.webhook.arn
    return {f"PRAKERJA_PARTNER_{partner.upper()}_{name}": value for name, value in variables.items()}


def _mail(config: StackConfig, paas: Paas) -> Environment:
    environment: Environment = {
        "PRAKERJA_MAIL_SENDER": config.settings.mail.sender,
        "PRAKERJA_MAIL_SENT_BY": config.settings.mail.sent_by,
        "PRAKERJA_MAIL_PER_SECOND": str(paas.mails_per_second),
        "PRAKERJA_SITE_URL": paas.site.url,
    }
    if config.settings.mail.sent_by == "sendgrid" and paas.sendgrid is not None:
        return environment | {"PRAKERJA_MAIL_API_KEY_SECRET": paas.sendgrid.api_key.arn}
    return environment | {
        "PRAKERJA_MAIL_CONFIGURATION_SET": paas.mail.configuration_set.configuration_set_name,
    }
