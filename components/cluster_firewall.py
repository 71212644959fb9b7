"""Who may speak to the cluster's containers, and what of ours they may speak to, as security groups see it.

All containers share the cluster's one group, so each opening is made once, whichever services need it. What one
service may do among them is its network policy's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.firewall import connect
from components.naming import logical


@dataclass(frozen=True, kw_only=True)
class ClusterFirewallArgs:
    """security_group_id: the cluster's own group, which its nodes and containers bear.
    site: the load balancer's group, which is let in.
    ports: that services behind the load balancer listen on.
    reaches: security groups that containers may open connections to, and on which port, by purpose (`database`).
    """

    security_group_id: pulumi.Output[str]
    site: aws.ec2.SecurityGroup
    ports: Sequence[int]
    reaches: Mapping[str, tuple[aws.ec2.SecurityGroup, int]]


class ClusterFirewall(Component):
    """Openings between the cluster's group and those of the load balancer and the data stores.

    They are the program's rather than the cluster's controller's: it would leave them behind where it goes first, and
    a group that a rule names can't be deleted.
    """

    layer = "services"

    def __init__(self, name: str, args: ClusterFirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        for port in args.ports:
            connect(
                logical(name, "from-site", str(port)),
                source=args.site,
                target=args.security_group_id,
                port=port,
                opts=self.child(),
            )
        for purpose, (target, port) in args.reaches.items():
            connect(
                logical(name, "to", purpose),
                source=args.security_group_id,
                target=target,
                port=port,
                opts=self.child(),
            )
        self.register_outputs({})
