"""What follows from a service's declared needs, wherever it runs: what it may ask of AWS and whom it may speak to.

Nothing here looks at who the service is: what its manifest does not name, it does not get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_aws as aws

from components.cache import PORT as CACHE_PORT
from components.database import PORT as DATABASE_PORT
from components.firewall import HTTPS_PORT
from components.network import ANYWHERE
from components.network_policy import Opening
from components.partner_api import PartnerApi
from components.permissions import (
    EncryptedResource,
    connect_to_cache,
    log_into_database,
    read_queue,
    read_secret,
    send_mail,
    write_queue,
)
from stacks.foundation import Foundation
from stacks.manifest import HttpManifest, Manifest, Needs, QueueName
from stacks.paas import Paas
from stacks.saas_settings import PartnerName
from stacks.settings import NetworkSettings
from stacks.stack_config import StackConfig

DNS_PORT = 53
# Amazon EKS User Guide, EKS Pod Identity: where its agent on each node hands out credentials, and on which port.
POD_IDENTITY_AGENT = IPv4Network("169.254.170.23/32")
POD_IDENTITY_PORT = 80


def permissions(
    name: str,
    manifest: Manifest,
    config: StackConfig,
    foundation: Foundation,
    paas: Paas,
    partners: Mapping[PartnerName, PartnerApi],
) -> dict[str, pulumi.Input[str]]:
    """Policy documents by purpose."""
    needs = manifest.needs
    region = config.region
    documents: dict[str, pulumi.Input[str]] = {}
    if needs.database:
        documents["database"] = log_into_database(
            paas.database.resource_id, name, region=region, account_id=foundation.account_id
        )
    if needs.cache:
        documents["cache"] = connect_to_cache(paas.cache.replication_group.arn, paas.cache.user_arns[name])
    for queue in needs.queues.read:
        documents[f"read-{queue}"] = read_queue(_queue(queue, paas), region=region)
    for queue in needs.queues.write:
        documents[f"write-{queue}"] = write_queue(_queue(queue, paas), region=region)
    if needs.mail:
        documents["mail"] = _send_mail(config, paas)
    if "identity-key" in needs.secrets:
        documents["identity-key"] = read_secret(foundation.identity_secret, region=region)
    for partner, api in asked_partners(needs, partners).items():
        documents[f"partner-{partner}"] = read_secret(api.credential_to_read, region=region)
        if takes_calls(manifest):
            documents[f"partner-{partner}-webhook"] = read_secret(api.webhook_to_read, region=region)
    return documents


def asked_partners(needs: Needs, partners: Mapping[PartnerName, PartnerApi]) -> Mapping[PartnerName, PartnerApi]:
    """The partners that the service asks, of those that the environment has."""
    return {name: partners[name] for name in sorted(needs.partners) if name in partners}


def takes_calls(manifest: Manifest) -> bool:
    """Whether a partner can call the service, which then has to know that it is the partner. Nobody calls a worker."""
    return isinstance(manifest, HttpManifest)


def partner_networks(needs: Needs, partners: Mapping[PartnerName, PartnerApi]) -> Mapping[str, Sequence[IPv4Network]]:
    """The networks of the partners that the service asks, by partner.

    They lie within what is open to AWS's APIs, and are named all the same: whoever reads the openings sees which
    services speak to whom, and they hold should those to AWS ever become fewer.
    """
    return {name: api.args.networks for name, api in asked_partners(needs, partners).items()}


def _send_mail(config: StackConfig, paas: Paas) -> pulumi.Output[str]:
    if config.settings.mail.sent_by == "sendgrid" and paas.sendgrid is not None:
        api_key = EncryptedResource(arn=paas.sendgrid.api_key.arn, key_arn=paas.sendgrid.key_arn)
        return read_secret(api_key, region=config.region)
    return send_mail(paas.mail.identity.arn, paas.mail.configuration_set.arn, sender=config.settings.mail.sender)


def _queue(name: QueueName, paas: Paas) -> EncryptedResource:
    queue = paas.queues[name]
    return EncryptedResource(arn=queue.queue.arn, key_arn=queue.key_arn)


def data_stores(needs: Sequence[Needs], paas: Paas) -> Mapping[str, tuple[aws.ec2.SecurityGroup, int]]:
    """The security groups, and ports, of the data stores that any of the needs names, by purpose."""
    stores = {}
    if any(one.database for one in needs):
        stores["database"] = (paas.database.security_group, DATABASE_PORT)
    if any(one.cache for one in needs):
        stores["cache"] = (paas.cache.security_group, CACHE_PORT)
    return stores


def openings_into(manifest: Manifest, network: NetworkSettings) -> list[Opening]:
    """Who may ask pods of the service anything: the load balancer, from the public subnets. Nobody asks a worker."""
    if not isinstance(manifest, HttpManifest):
        return []
    public = [network.zones[zone].public for zone in network.zone_names]
    return [Opening(networks=public, port=manifest.port)]


def openings_out(
    needs: Needs, network: NetworkSettings, dns: IPv4Address, partners: Mapping[PartnerName, PartnerApi]
) -> list[Opening]:
    """Whom pods of the service may speak to. Who logs in anywhere needs names, and credentials of its own too.

    dns: where the cluster's DNS answers.
    """
    data = [network.zones[zone].data for zone in network.zone_names]
    stores = [
        Opening(networks=data, port=port)
        for needed, port in ((needs.database, DATABASE_PORT), (needs.cache, CACHE_PORT))
        if needed
    ]
    # AWS's APIs have addresses of their own in no network that could be named.
    asked = partner_networks(needs, partners).values()
    apis = [Opening(networks=[IPv4Network(ANYWHERE)], port=HTTPS_PORT)] if asked or _calls_aws(needs) else []
    if not stores and not apis:
        return []
    return [
        Opening(networks=[IPv4Network(dns)], port=DNS_PORT, protocols=("UDP", "TCP")),
        Opening(networks=[POD_IDENTITY_AGENT], port=POD_IDENTITY_PORT),
        *stores,
        *apis,
        *(Opening(networks=networks, port=HTTPS_PORT) for networks in asked),
    ]


def _calls_aws(needs: Needs) -> bool:
    """Whether the service calls one of AWS's APIs. Logging into database and cache takes a signature alone."""
    return bool(needs.secrets or needs.mail or needs.queues.read or needs.queues.write)
