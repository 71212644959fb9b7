"""What all services' virtual machines share: their image, the maintenance host, and the migrated schema."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.component import Component, DataClass
from components.database import PORT
from components.maintenance_host import MaintenanceHost, MaintenanceHostArgs
from components.naming import logical
from components.permissions import EncryptedResource, log_into_database, read_artefacts, read_secret, write_secret
from components.schema_migration import SchemaMigration, SchemaMigrationArgs
from components.virtual_machine import MachineShape, find_image
from stacks.boot import maintenance_boot
from stacks.foundation import Foundation
from stacks.paas import Paas
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Iaas:
    """image_id: the image that machines boot.
    migration: done before a machine of the release may serve.
    """

    image_id: pulumi.Output[str]
    maintenance_host: MaintenanceHost
    migration: SchemaMigration

    @property
    def components(self) -> tuple[Component, ...]:
        """The layer's components."""
        return (self.maintenance_host, self.migration)


def build_iaas(config: StackConfig, foundation: Foundation, paas: Paas) -> Iaas:
    """Make the layer."""
    environment = config.settings.environment.name
    network = foundation.network
    image_id = find_image(config.settings.vms.image)
    master_secret = EncryptedResource(arn=paas.database.master_secret_arn, key_arn=foundation.personal_key.arn)
    host = MaintenanceHost(
        logical(environment, "maintenance"),
        MaintenanceHostArgs(
            shape=machine_shape(config, foundation, image_id, data_class="personal"),
            vpc_id=network.vpc.id,
            subnet_id=network.private_subnets[network.zones[0]].id,
            user_data=maintenance_boot(config, foundation, paas),
            permissions={
                "artefact": read_artefacts(foundation.artefacts, region=config.region),
                "sessions": foundation.session_log.permission,
                "master-secret": read_secret(master_secret, region=config.region),
                "identity-key": write_secret(foundation.identity_secret, region=config.region),
                # What people run as that service: to have an address written to again.
                "notification": log_into_database(
                    paas.database.resource_id,
                    "notification",
                    region=config.region,
                    account_id=foundation.account_id,
                ),
            },
            database_security_group=paas.database.security_group,
            database_port=PORT,
        ),
        # Its first minutes need the way out.
        pulumi.ResourceOptions(depends_on=[network]),
    )
    migration = SchemaMigration(
        logical(environment, "schema"),
        SchemaMigrationArgs(instance_id=host.instance.id, artefact_sha256=foundation.artefact_store.artefact.sha256),
        pulumi.ResourceOptions(depends_on=[host, foundation.artefact_store]),
    )
    return Iaas(image_id=image_id, maintenance_host=host, migration=migration)


def machine_shape(
    config: StackConfig, foundation: Foundation, image_id: pulumi.Output[str], *, data_class: DataClass
) -> MachineShape:
    """The shape of a machine that handles data of that class."""
    vms = config.settings.vms
    return MachineShape(
        image_id=image_id,
        instance_type=vms.instance_type,
        root_volume_gib=vms.root_volume_gib,
        key_arn=foundation.key_for(data_class).arn,
    )
