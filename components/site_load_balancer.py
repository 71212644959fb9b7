"""The site's one way in: HTTPS, and a redirect to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.firewall import HTTPS_PORT, TCP
from components.naming import LOAD_BALANCER, SECURITY_GROUP, auto_named, logical

HTTP_PORT = 80
# A service keeps an idle connection longer than this, or the balancer would send requests into a closing one (502).
IDLE_TIMEOUT_SECONDS = 60
# TLS 1.2 and 1.3 with forward secrecy; one of AWS's predefined policies for Application Load Balancers.
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"


@dataclass(frozen=True, kw_only=True)
class SiteLoadBalancerArgs:
    """domain: the site's domain name.
    zone_id: DNS zone that gets the site's address.
    certificate_arn: issued TLS certificate of that domain.
    vpc_id, subnet_ids: where it stands; public subnets of two zones at least.
    allowed_sources: networks that may reach the site.
    access_logs_bucket: the bucket that requests are written down in; the balancer may write to it already.
    reserved_capacity_units: load balancer capacity units that it never has fewer of; 0 reserves none.
    trust_store_arn: authorities whose certificates HTTPS connections have to show; None lets everybody connect.
    deletion_protection: keep it.
    """

    domain: str
    zone_id: pulumi.Input[str]
    certificate_arn: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    allowed_sources: Sequence[IPv4Network]
    access_logs_bucket: pulumi.Input[str]
    reserved_capacity_units: int
    trust_store_arn: pulumi.Input[str] | None
    deletion_protection: bool

    def __post_init__(self) -> None:
        if not self.allowed_sources:
            raise ValueError("allowed_sources: none given; allowed: at least one network")


class SiteLoadBalancer(Component):
    """An Application Load Balancer whose HTTPS listener answers 404 until services add their rules."""

    layer = "paas"

    def __init__(self, name: str, args: SiteLoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        self.security_group = aws.ec2.SecurityGroup(
            auto_named(SECURITY_GROUP, name),
            description="The site's load balancer; each service's fleet is let out to by name",
            vpc_id=args.vpc_id,
            opts=self.child(),
        )
        self._let_in(name, args.allowed_sources)
        self.load_balancer = aws.lb.LoadBalancer(
            auto_named(LOAD_BALANCER, name),
            load_balancer_type="application",
            internal=False,
            subnets=list(args.subnet_ids),
            security_groups=[self.security_group.id],
            drop_invalid_header_fields=True,
            idle_timeout=IDLE_TIMEOUT_SECONDS,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(bucket=args.access_logs_bucket, enabled=True),
            minimum_load_balancer_capacity=aws.lb.LoadBalancerMinimumLoadBalancerCapacityArgs(
                capacity_units=args.reserved_capacity_units
            )
            if args.reserved_capacity_units
            else None,
            enable_deletion_protection=args.deletion_protection,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        self.https_listener = self._listen_https(name, args.certificate_arn, args.trust_store_arn)
        self.http_listener = self._redirect_http(name)
        aws.route53.Record(
            name,
            zone_id=args.zone_id,
            name=args.domain,
            type="A",
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=self.load_balancer.dns_name,
                    zone_id=self.load_balancer.zone_id,
                    evaluate_target_health=False,
                )
            ],
            opts=self.child(),
        )
        self.url = f"https://{args.domain}"
        self.register_outputs({"url": self.url})

    def _let_in(self, name: str, sources: Sequence[IPv4Network]) -> None:
        for port in (HTTP_PORT, HTTPS_PORT):
            for source in sources:
                aws.vpc.SecurityGroupIngressRule(
                    logical(name, str(port), str(source).replace("/", "-")),
                    security_group_id=self.security_group.id,
                    cidr_ipv4=str(source),
                    ip_protocol=TCP,
                    from_port=port,
                    to_port=port,
                    opts=self.child(),
                )

    def _listen_https(
        self, name: str, certificate_arn: pulumi.Input[str], trust_store_arn: pulumi.Input[str] | None
    ) -> aws.lb.Listener:
        return aws.lb.Listener(
            logical(name, "https"),
            load_balancer_arn=self.load_balancer.arn,
            port=HTTPS_PORT,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
            mutual_authentication=_client_certificates(trust_store_arn),
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="fixed-response",
                    fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(
                        content_type="text/plain", message_body="Not found", status_code="404"
                    ),
                )
            ],
            opts=self.child(),
        )

    def _redirect_http(self, name: str) -> aws.lb.Listener:
        return aws.lb.Listener(
            logical(name, "http"),
            load_balancer_arn=self.load_balancer.arn,
            port=HTTP_PORT,
            protocol="HTTP",
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="redirect",
                    redirect=aws.lb.ListenerDefaultActionRedirectArgs(
                        protocol="HTTPS", port=str(HTTPS_PORT), status_code="HTTP_301"
                    ),
                )
            ],
            opts=self.child(),
        )


def _client_certificates(trust_store_arn: pulumi.Input[str] | None) -> aws.lb.ListenerMutualAuthenticationArgs:
    """Whose certificates are asked for. Saying nothing would leave a listener that asks as it is."""
    if trust_store_arn is None:
        return aws.lb.ListenerMutualAuthenticationArgs(mode="off")
    return aws.lb.ListenerMutualAuthenticationArgs(
        mode="verify", trust_store_arn=trust_store_arn, ignore_client_certificate_expiry=False
    )
