"""Grafana's way to the platform's metrics: the stack in Grafana Cloud, and the role by which it reads CloudWatch."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumiverse_grafana as grafana

from components import iam_policy
from components.component import Classification, Component
from components.naming import IAM_ROLE, auto_named, logical

# Grafana, dashboard and data source APIs: the longest UID.
GRAFANA_UID = 40
# What charts and alert rules ask. Both know no resource to be named (Service Authorization Reference, CloudWatch);
# neither tells anything of what is in logs, queues or databases.
READ_METRICS = ("cloudwatch:GetMetricData", "cloudwatch:ListMetrics")


@dataclass(frozen=True, kw_only=True)
class GrafanaStackArgs:
    """environment: its name.
    region: where the metrics are.
    url: the stack's address.
    aws_account_id: Grafana's own AWS account.
    external_id: by which Grafana says for which of its customers it asks.
    """

    environment: str
    region: str
    url: str
    aws_account_id: str
    external_id: str


class GrafanaStack(Component):
    """The provider for one Grafana stack, a folder for all that the program makes there, and its source of metrics.

    Grafana's own account takes on a role here and shows the external ID with it: no key of ours is kept there. Who
    deploys is let in by the environment's GRAFANA_AUTH, the token of a service account, which goes to the provider by
    the environment alone.
    """

    layer = "saas"

    def __init__(self, name: str, args: GrafanaStackArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        self.provider = grafana.Provider(
            name,
            url=args.url,
            opts=pulumi.ResourceOptions(parent=self, transformations=[_without_credentials]),
        )
        in_grafana = pulumi.ResourceOptions(parent=self, provider=self.provider)
        self.folder = grafana.oss.Folder(
            name, uid=short_uid(args.environment), title=f"Prakerja, {args.environment}", opts=in_grafana
        )
        role = aws.iam.Role(
            auto_named(IAM_ROLE, name),
            assume_role_policy=iam_policy.document(
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"AWS": f"arn:aws:iam::{args.aws_account_id}:root"},
                    "Condition": {"StringEquals": {"sts:ExternalId": args.external_id}},
                }
            ),
            opts=self.child(),
        )
        permission = aws.iam.RolePolicy(
            logical(name, "metrics"),
            role=role.name,
            policy=iam_policy.document(iam_policy.allow(READ_METRICS, "*")),
            opts=self.child(),
        )
        self.source = grafana.oss.DataSource(
            name,
            name=f"CloudWatch, {args.environment}",
            type="cloudwatch",
            uid=short_uid(args.environment, "cloudwatch"),
            json_data_encoded=role.arn.apply(lambda arn: _source_settings(arn, region=args.region)),
            opts=pulumi.ResourceOptions.merge(in_grafana, pulumi.ResourceOptions(depends_on=[permission])),
        )
        self.register_outputs({"source": self.source.uid})


def short_uid(*parts: str) -> str:
    """A UID in Grafana that no other environment has.

    Raises ValueError where it would be too long.
    """
    uid = logical("prakerja", *parts)
    if len(uid) > GRAFANA_UID:
        raise ValueError(f"'{uid}' has {len(uid)} characters; allowed: up to {GRAFANA_UID}")
    return uid


def _source_settings(role_arn: str, *, region: str) -> str:
    """Grafana, AWS authentication, Grafana Assume Role: the external ID is the stack's own, and no setting."""
    return json.dumps({"authType": "grafana_assume_role", "assumeRoleArn": role_arn, "defaultRegion": region})


def _without_credentials(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """The SDK copies tokens from the environment into the provider's inputs, and so into the state."""
    return pulumi.ResourceTransformationResult(props={"url": args.props["url"]}, opts=args.opts)
