"""What one kind of virtual machine may do: a role with named permissions, and the profile that hands it over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam_policy
from components.component import Classification, Component
from components.naming import IAM_ROLE, auto_named, logical

# Systems Manager in place of SSH: no port, no key, every session by a named person.
SYSTEMS_MANAGER_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


@dataclass(frozen=True, kw_only=True)
class InstanceIdentityArgs:
    """classification: whose machines they are.
    permissions: policy documents by purpose (`artefact`, `database`); each becomes one inline policy.
    """

    classification: Classification
    permissions: Mapping[str, pulumi.Input[str]]


class InstanceIdentity(Component):
    """A role that EC2 takes on for one kind of machine."""

    layer = "iaas"

    def __init__(self, name: str, args: InstanceIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.classification, opts)
        self.role = aws.iam.Role(
            auto_named(IAM_ROLE, name),
            assume_role_policy=iam_policy.assumed_by("ec2.amazonaws.com"),
            opts=self.child(),
        )
        self.policies: list[pulumi.Resource] = [
            aws.iam.RolePolicyAttachment(
                logical(name, "systems-manager"),
                role=self.role.name,
                policy_arn=SYSTEMS_MANAGER_POLICY,
                opts=self.child(),
            )
        ]
        for purpose, policy in args.permissions.items():
            self.policies.append(
                aws.iam.RolePolicy(logical(name, purpose), role=self.role.name, policy=policy, opts=self.child())
            )
        self.profile = aws.iam.InstanceProfile(auto_named(IAM_ROLE, name), role=self.role.name, opts=self.child())
        self.register_outputs({"profile": self.profile.name})
