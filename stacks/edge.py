"""The edge before the load balancer, by Cloudflare: where the environment sets one."""

from __future__ import annotations

from collections.abc import Mapping

from components.component import Component
from components.dns_record import DnsRecord
from components.naming import logical
from stacks.manifest import HttpManifest, Manifest
from stacks.paas import Paas
from stacks.stack_config import StackConfig


def build_edge(config: StackConfig, manifests: Mapping[str, Manifest], paas: Paas) -> tuple[Component, ...]:
    """Make the edge; nothing where the environment does without one."""
    settings = config.settings
    edge, credential = settings.edge, paas.edge_credential
    if edge is None or credential is None:
        return ()
    # Here and not above: they import Cloudflare's SDK, which takes two seconds that others need not wait.
    from components.edge_firewall import EdgeFirewall, EdgeFirewallArgs
    from components.edge_proxy import EdgeProxy, EdgeProxyArgs
    from components.edge_records import EdgeRecords, EdgeRecordsArgs
    from components.edge_waiting_room import EdgeWaitingRoom, EdgeWaitingRoomArgs
    from components.edge_zone import EdgeZone, EdgeZoneArgs

    environment = settings.environment
    domain = settings.site.domain
    zone = EdgeZone(
        logical(environment.name, "edge"),
        EdgeZoneArgs(domain=domain, account_id=edge.account_id, deletion_protection=environment.deletion_protection),
    )
    zone_id = zone.zone.id
    components: list[Component] = [
        zone,
        EdgeRecords(
            logical(environment.name, "edge-records"), EdgeRecordsArgs(zone_id=zone_id, records=records_of(paas))
        ),
        EdgeFirewall(
            logical(environment.name, "edge-firewall"),
            EdgeFirewallArgs(
                zone_id=zone_id,
                write_paths=write_paths(manifests),
                writes_per_address=settings.site.writes_per_address,
            ),
        ),
        EdgeProxy(
            logical(environment.name, "edge-proxy"),
            EdgeProxyArgs(
                zone_id=zone_id,
                domain=domain,
                load_balancer=paas.site.load_balancer.dns_name,
                proxied=edge.proxied,
                certificate_pem=credential.certificate_pem,
                private_key_pem=credential.private_key_pem,
            ),
        ),
    ]
    if edge.waiting_room:
        components.append(
            EdgeWaitingRoom(
                logical(environment.name, "waiting-room"),
                EdgeWaitingRoomArgs(
                    zone_id=zone_id,
                    domain=domain,
                    active_users=edge.waiting_room.active_users,
                    new_users_per_minute=edge.waiting_room.new_users_per_minute,
                ),
            )
        )
    return tuple(components)


def records_of(paas: Paas) -> list[DnsRecord]:
    """What every zone that may answer for the domain has to hold, beside the site's own address."""
    second_way = paas.sendgrid.records if paas.sendgrid else []
    return [*paas.certificate.records, *paas.mail.records, *second_way]


def write_paths(manifests: Mapping[str, Manifest]) -> list[str]:
    """Path patterns of all services of the site that take what people write: those whose data is not public."""
    return [
        path
        for manifest in manifests.values()
        if isinstance(manifest, HttpManifest) and manifest.data_class != "public"
        for path in manifest.routes.paths
    ]
