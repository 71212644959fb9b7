"""What machines are told at boot, put together from the layers: the variables of a service and of the migrations."""

from __future__ import annotations

import pulumi

from components.database import DATABASE_NAME, PORT
from components.user_data import CA_BUNDLE, maintenance_user_data, service_user_data
from stacks.foundation import Foundation
from stacks.manifest import HttpManifest, Manifest
from stacks.paas import Paas
from stacks.stack_config import StackConfig


def service_boot(
    name: str, manifest: Manifest, config: StackConfig, foundation: Foundation, paas: Paas
) -> pulumi.Output[str]:
    """The user data of a machine that runs service `name`."""
    store = foundation.artefact_store
    environment: dict[str, pulumi.Input[str]] = {
        **_common(name, config),
        "PRAKERJA_DRAIN_SECONDS": str(manifest.drain_seconds),
    }
    if isinstance(manifest, HttpManifest):
        environment["PRAKERJA_LISTEN_PORT"] = str(manifest.port)
    if manifest.needs.database:
        environment |= _database(paas)
        environment["PRAKERJA_DATABASE_USER"] = name
        environment["PRAKERJA_DATABASE_POOL_SIZE"] = str(manifest.pool_size)
    if "identity-key" in manifest.needs.secrets:
        environment["PRAKERJA_IDENTITY_KEY_SECRET"] = foundation.identity_key.arn
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
        )
    )


def maintenance_boot(config: StackConfig, foundation: Foundation, paas: Paas) -> pulumi.Output[str]:
    """The user data of the machine that migrations run on."""
    store = foundation.artefact_store
    environment: dict[str, pulumi.Input[str]] = {
        **_common("maintenance", config),
        **_database(paas),
        "PRAKERJA_DATABASE_MASTER_SECRET": paas.database.master_secret_arn,
        "PRAKERJA_IDENTITY_KEY_SECRET": foundation.identity_key.arn,
    }
    return pulumi.Output.all(environment=environment, bucket=store.bucket.bucket).apply(
        lambda known: maintenance_user_data(
            environment=known["environment"],
            artefact={"bucket": known["bucket"], "python": store.artefact.python},
        )
    )


def _common(service: str, config: StackConfig) -> dict[str, pulumi.Input[str]]:
    return {
        "PRAKERJA_SERVICE": service,
        "PRAKERJA_ENVIRONMENT": config.settings.environment.name,
        "AWS_REGION": config.region,
    }


def _database(paas: Paas) -> dict[str, pulumi.Input[str]]:
    return {
        "PRAKERJA_DATABASE_HOST": paas.database.address,
        "PRAKERJA_DATABASE_PORT": str(PORT),
        "PRAKERJA_DATABASE_NAME": DATABASE_NAME,
        "PRAKERJA_DATABASE_CA_BUNDLE": CA_BUNDLE,
    }
