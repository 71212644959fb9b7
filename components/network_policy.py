"""What pods may be reached by and may reach, as a Kubernetes network policy: the openings named, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

import pulumi_kubernetes as kubernetes

Protocol = Literal["TCP", "UDP"]


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Connections between the pods and some networks.

    networks: the other side; at least one, or Kubernetes would take it for everybody.
    port: that connections are made to.
    protocols: of the connections.
    """

    networks: Sequence[IPv4Network]
    port: int
    protocols: Sequence[Protocol] = ("TCP",)

    def __post_init__(self) -> None:
        if not self.networks:
            raise ValueError("networks: none given, which would be everybody; allowed: at least one")


def only(*, into: Sequence[Opening], out: Sequence[Opening]) -> kubernetes.networking.v1.NetworkPolicySpecArgs:
    """The policy of a namespace whose pods take connections by `into` and make them by `out`.

    A node always reaches its own pods, whatever their policy says: probes need no opening.
    """
    return kubernetes.networking.v1.NetworkPolicySpecArgs(
        pod_selector=kubernetes.meta.v1.LabelSelectorArgs(),
        policy_types=["Ingress", "Egress"],
        ingress=[
            kubernetes.networking.v1.NetworkPolicyIngressRuleArgs(from_=_peers(one), ports=_ports(one)) for one in into
        ],
        egress=[kubernetes.networking.v1.NetworkPolicyEgressRuleArgs(to=_peers(one), ports=_ports(one)) for one in out],
    )


def _peers(opening: Opening) -> list[kubernetes.networking.v1.NetworkPolicyPeerArgs]:
    return [
        kubernetes.networking.v1.NetworkPolicyPeerArgs(ip_block=kubernetes.networking.v1.IPBlockArgs(cidr=str(network)))
        for network in opening.networks
    ]


def _ports(opening: Opening) -> list[kubernetes.networking.v1.NetworkPolicyPortArgs]:
    return [
        kubernetes.networking.v1.NetworkPolicyPortArgs(protocol=protocol, port=opening.port)
        for protocol in opening.protocols
    ]
