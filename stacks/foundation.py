"""What everything else stands on: network, keys, the artefact, people's documents, the secrets, and sessions' log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.artefact_build import BuiltArtefact
from components.artefact_store import ArtefactStore, ArtefactStoreArgs
from components.component import Component, DataClass
from components.data_key import DataKey, DataKeyArgs, KeyUser
from components.document_store import DocumentStore, DocumentStoreArgs
from components.naming import logical
from components.network import Network, NetworkArgs, ZoneNetworks
from components.permissions import EncryptedResource
from components.private_endpoints import PrivateEndpoints, PrivateEndpointsArgs
from components.secret import Secret, SecretArgs
from components.session_log import SessionLog, SessionLogArgs
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """account_id: the AWS account.
    endpoints: AWS's APIs within the VPC, where the environment wants any there.
    personal_key, internal_key: keys by class of data.
    session_log: what people do on machines; each machine's role needs its permission.
    """

    account_id: pulumi.Output[str]
    network: Network
    endpoints: PrivateEndpoints | None
    personal_key: DataKey
    internal_key: DataKey
    artefact_store: ArtefactStore
    document_store: DocumentStore
    identity_key: Secret
    session_log: SessionLog

    @property
    def components(self) -> tuple[Component, ...]:
        """The layer's components."""
        return (
            self.network,
            *([self.endpoints] if self.endpoints else []),
            self.personal_key,
            self.internal_key,
            self.artefact_store,
            self.document_store,
            self.identity_key,
            self.session_log,
        )

    @property
    def artefacts(self) -> EncryptedResource:
        """The artefact bucket, to give permissions on."""
        return EncryptedResource(arn=self.artefact_store.bucket.arn, key_arn=self.internal_key.arn)

    @property
    def identity_secret(self) -> EncryptedResource:
        """The secret `identity-key`, to give permissions on."""
        return EncryptedResource(arn=self.identity_key.arn, key_arn=self.personal_key.arn)

    def key_for(self, data_class: DataClass) -> DataKey:
        """The key for data of that class; what is public needs no better than what is internal."""
        return self.personal_key if data_class == "personal" else self.internal_key


def build_foundation(config: StackConfig, artefact: BuiltArtefact) -> Foundation:
    """Make the layer."""
    settings = config.settings
    environment = settings.environment.name
    protection = settings.environment.deletion_protection
    account_id = aws.get_caller_identity_output().account_id

    def data_key(data_class: DataClass, users: Sequence[KeyUser]) -> DataKey:
        return DataKey(
            logical(environment, data_class),
            DataKeyArgs(
                data_class=data_class,
                users=users,
                account_id=account_id,
                region=config.region,
                deletion_protection=protection,
            ),
        )

    personal_key = data_key("personal", ["logs", "mail events"])
    internal_key = data_key("internal", ["audit trail", "logs", "notifications"])
    network = _network(config)
    return Foundation(
        account_id=account_id,
        network=network,
        endpoints=_endpoints(config, network),
        personal_key=personal_key,
        internal_key=internal_key,
        artefact_store=ArtefactStore(
            logical(environment, "artefacts"),
            ArtefactStoreArgs(artefact=artefact, key_arn=internal_key.arn, deletion_protection=protection),
        ),
        document_store=DocumentStore(
            logical(environment, "documents"),
            DocumentStoreArgs(key_arn=personal_key.arn, deletion_protection=protection),
        ),
        identity_key=Secret(
            logical(environment, "identity-key"),
            SecretArgs(
                description="Encrypts identity numbers at rest and hashes them for uniqueness",
                data_class="personal",
                key_arn=personal_key.arn,
                deletion_protection=protection,
            ),
        ),
        session_log=SessionLog(
            logical(environment, "sessions"),
            SessionLogArgs(
                account_id=account_id,
                region=config.region,
                key_arn=personal_key.arn,
                retention_days=settings.logs.retention_days,
                deletion_protection=protection,
            ),
        ),
    )


def _network(config: StackConfig) -> Network:
    settings = config.settings
    return Network(
        settings.environment.name,
        NetworkArgs(
            cidr=settings.network.cidr,
            zones={
                name: ZoneNetworks(public=zone.public, private=zone.private, data=zone.data)
                for name, zone in settings.network.zones.items()
            },
            nat=settings.network.nat,
            region=config.region,
            deletion_protection=settings.environment.deletion_protection,
        ),
    )


def _endpoints(config: StackConfig, network: Network) -> PrivateEndpoints | None:
    settings = config.settings
    if not settings.network.interface_endpoints:
        return None
    return PrivateEndpoints(
        logical(settings.environment.name, "endpoints"),
        PrivateEndpointsArgs(
            services=settings.network.interface_endpoints,
            region=config.region,
            vpc_id=network.vpc.id,
            subnet_ids=[subnet.id for subnet in network.private_subnets.values()],
            sources=[settings.network.zones[zone].private for zone in network.zones],
        ),
    )
