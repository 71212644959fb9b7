"""What one service's pods may do on AWS: a role with named permissions, and who may take it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam_policy
from components.component import Classification, Component
from components.naming import IAM_ROLE, auto_named, logical


@dataclass(frozen=True, kw_only=True)
class PodIdentityArgs:
    """classification: whose pods they are.
    cluster_name, cluster_arn: where they run.
    namespace, service_account: by which EKS knows them.
    permissions: policy documents by purpose (`database`); each becomes one inline policy.
    """

    classification: Classification
    cluster_name: pulumi.Input[str]
    cluster_arn: pulumi.Input[str]
    namespace: str
    service_account: str
    permissions: Mapping[str, pulumi.Input[str]]


class PodIdentity(Component):
    """A role that EKS takes on for the pods of one service account, and whose credentials it hands them.

    Make it long before the first pod: a new association is not known at once everywhere, and a pod that is made
    before it is known never gets credentials (Amazon EKS User Guide, EKS Pod Identity).
    """

    layer = "services"

    def __init__(self, name: str, args: PodIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.classification, opts)
        self.role = aws.iam.Role(
            auto_named(IAM_ROLE, name),
            assume_role_policy=pulumi.Output.from_input(args.cluster_arn).apply(
                lambda arn: iam_policy.assumed_by_pods(
                    cluster_arn=arn, namespace=args.namespace, service_account=args.service_account
                )
            ),
            opts=self.child(),
        )
        policies: list[pulumi.Resource] = [
            aws.iam.RolePolicy(logical(name, purpose), role=self.role.name, policy=policy, opts=self.child())
            for purpose, policy in args.permissions.items()
        ]
        self.association = aws.eks.PodIdentityAssociation(
            name,
            cluster_name=args.cluster_name,
            namespace=args.namespace,
            service_account=args.service_account,
            role_arn=self.role.arn,
            opts=self.child(depends_on=policies),
        )
        self.register_outputs({"role_arn": self.role.arn})
