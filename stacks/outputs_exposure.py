"""Gathers what can be reached from where: listeners, security groups' rules, network policies, the cluster's API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, cast

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from stacks.outputs_audit_model import (
    ClusterApiOutput,
    EdgeOutput,
    ExposureOutput,
    ListenerOutput,
    OpeningOutput,
    PodOpeningOutput,
)
from stacks.outputs_ledger import Entry, Ledger

# A rule for every protocol, and a rule for all ports of one, have numbers of their own.
_ALL = -1


def exposure(ledger: Ledger) -> pulumi.Output[ExposureOutput]:
    """All ways in, out and through."""
    return pulumi.Output.from_input(
        {
            "balancers": [
                {
                    "name": entry.name,
                    "arn": balancer.arn,
                    "internal": balancer.internal,
                    "groups": balancer.security_groups,
                }
                for entry, balancer in ledger.of(aws.lb.LoadBalancer)
            ],
            "listeners": [
                {
                    "balancer": listener.load_balancer_arn,
                    "arn": listener.arn,
                    "port": listener.port,
                    "protocol": listener.protocol,
                    "tls_policy": listener.ssl_policy,
                    "certificate_arn": listener.certificate_arn,
                    "default_action": listener.default_actions.apply(_default_action),
                }
                for _, listener in ledger.of(aws.lb.Listener)
            ],
            "edge": _edge(ledger),
            "group_names": _group_names(ledger),
            "rules": [*_rules(ledger, "ingress"), *_rules(ledger, "egress")],
            "network_policies": [
                {"namespace": policy.metadata.namespace, "rules": policy.spec.apply(_policy_rules)}
                for _, policy in ledger.of(kubernetes.networking.v1.NetworkPolicy)
            ],
            "clusters": [cluster.vpc_config.apply(_cluster_api) for _, cluster in ledger.of(aws.eks.Cluster)],
        }
    ).apply(_joined)


def _default_action(actions: Any) -> str:
    action = actions[-1]
    if action.redirect:
        return f"redirect to {action.redirect.protocol} on port {action.redirect.port} ({action.redirect.status_code})"
    if action.fixed_response:
        return f"answer {action.fixed_response.status_code}"
    return str(action.type)


def _edge(ledger: Ledger) -> dict[str, Any] | None:
    zones = list(_of_cloudflare(ledger, "zone:Zone"))
    if not zones:
        return None
    [zone] = zones
    settings = {
        entry.arguments["setting_id"]: entry.arguments["value"]
        for entry in _of_cloudflare(ledger, "zoneSetting:ZoneSetting")
    }
    records = _of_cloudflare(ledger, "dnsRecord:DnsRecord")
    return {
        "run_by": "Cloudflare",
        "hosts": [record.arguments["name"] for record in records if record.arguments["proxied"]],
        "name_servers": cast("Any", zone.resource).name_servers,
        "minimum_tls_version": settings["min_tls_version"],
        # What speaks no TLS can't ask for a certificate, and only sends people to what does.
        "only_way_in": pulumi.Output.all(
            *(
                listener.mutual_authentication.apply(_asks_for_certificate)
                for entry, listener in ledger.of(aws.lb.Listener)
                if entry.arguments["certificate_arn"] is not None
            )
        ).apply(all),
    }


def _asks_for_certificate(authentication: Any) -> bool:
    return bool(authentication) and authentication.mode == "verify"


def _of_cloudflare(ledger: Ledger, kind: str) -> Iterator[Entry]:
    """By the type's name: whoever has no edge need not wait for its SDK."""
    return (entry for entry in ledger.entries if entry.type == f"cloudflare:index/{kind}")


def _group_names(ledger: Ledger) -> list[dict[str, Any]]:
    """What to call each group: by its logical name, and the cluster's own, which AWS makes, by the cluster's."""
    return [
        *({"id": group.id, "name": entry.name} for entry, group in ledger.of(aws.ec2.SecurityGroup)),
        *(
            {"id": cluster.vpc_config.cluster_security_group_id, "name": entry.name}
            for entry, cluster in ledger.of(aws.eks.Cluster)
        ),
    ]


def _rules(ledger: Ledger, direction: Literal["ingress", "egress"]) -> Iterator[dict[str, Any]]:
    kinds: Mapping[str, type[Any]] = {
        "ingress": aws.vpc.SecurityGroupIngressRule,
        "egress": aws.vpc.SecurityGroupEgressRule,
    }
    for _, rule in ledger.of(kinds[direction]):
        yield {
            "rule_id": rule.id,
            "direction": direction,
            "security_group_id": rule.security_group_id,
            "protocol": rule.ip_protocol,
            "from_port": rule.from_port,
            "to_port": rule.to_port,
            "peers": [
                rule.cidr_ipv4,
                rule.cidr_ipv6,
                rule.prefix_list_id,
                rule.referenced_security_group_id,
            ],
        }


def _joined(known: dict[str, Any]) -> ExposureOutput:
    names = {group["id"]: group["name"] for group in known["group_names"]}
    openings = [_opening(rule, names) for rule in known["rules"]]
    balancers = {balancer["arn"]: balancer for balancer in known["balancers"]}
    edge = known["edge"]
    return ExposureOutput(
        edge=EdgeOutput(**edge) if edge else None,
        listeners=[
            _listener(listener, balancers[listener.pop("balancer")], openings) for listener in known["listeners"]
        ],
        cluster_api=next(iter(known["clusters"]), None),
        openings=openings,
        pod_openings=[
            PodOpeningOutput(namespace=policy["namespace"], **rule)
            for policy in known["network_policies"]
            for rule in policy["rules"]
        ],
    )


def _opening(rule: dict[str, Any], names: dict[str, str]) -> OpeningOutput:
    [peer] = (one for one in rule.pop("peers") if one)
    ports = {side: None if rule[side] in (None, _ALL) else int(rule[side]) for side in ("from_port", "to_port")}
    group = rule["security_group_id"]
    return OpeningOutput(**{**rule, **ports}, security_group=names[group], peer=peer, peer_name=names.get(peer))


def _listener(listener: dict[str, Any], balancer: dict[str, Any], openings: list[OpeningOutput]) -> ListenerOutput:
    port = int(listener["port"])
    sources = {
        opening.peer
        for opening in openings
        if opening.direction == "ingress" and opening.security_group_id in balancer["groups"]
        # No port is every port.
        if opening.from_port is None or opening.from_port <= port <= (opening.to_port or opening.from_port)
    }
    facts = {
        **listener,
        "port": port,
        # A listener without TLS may be answered for with a policy all the same; it has no effect.
        "tls_policy": listener["tls_policy"] if listener["certificate_arn"] else None,
    }
    return ListenerOutput(
        **facts,
        load_balancer=balancer["name"],
        internet_facing=not balancer["internal"],
        allowed_sources=sorted(sources),
    )


def _cluster_api(config: Any) -> ClusterApiOutput:
    public = bool(config.endpoint_public_access)
    return ClusterApiOutput(
        within_network=bool(config.endpoint_private_access),
        public=public,
        allowed_sources=sorted(config.public_access_cidrs or []) if public else [],
    )


def _policy_rules(spec: Any) -> list[dict[str, Any]]:
    peers = [
        *(("ingress", rule.from_, rule.ports) for rule in spec.ingress or []),
        *(("egress", rule.to, rule.ports) for rule in spec.egress or []),
    ]
    return [
        {
            "direction": direction,
            "networks": [peer.ip_block.cidr for peer in networks],
            "ports": [f"{int(port.port)}/{port.protocol}" for port in ports],
        }
        for direction, networks, ports in peers
    ]
