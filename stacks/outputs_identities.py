"""Gathers who may do what from the very policy documents that the program makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from components import iam_policy
from stacks.outputs_audit_model import (
    CacheUserOutput,
    ClusterAccessOutput,
    IdentitiesOutput,
    ResourcePolicyOutput,
    RoleOutput,
)
from stacks.outputs_ledger import Ledger
from stacks.outputs_statements import statements


def identities(ledger: Ledger) -> pulumi.Output[IdentitiesOutput]:
    """Every role, every resource's own policy, and whom cluster and cache let in."""
    return pulumi.Output.from_input(
        {
            "roles": [
                {
                    "name": role.name,
                    "arn": role.arn,
                    "trust": role.assume_role_policy,
                    "part": entry.part.pulumi_resource_name,
                    "service": entry.part.classification.service,
                    "owner": entry.part.classification.owner,
                }
                for entry, role in ledger.of(aws.iam.Role)
            ],
            "inline": [
                {"role": policy.role, "name": entry.name, "document": policy.policy}
                for entry, policy in ledger.of(aws.iam.RolePolicy)
            ],
            "managed": [
                {"role": attachment.role, "arn": attachment.policy_arn}
                for _, attachment in ledger.of(aws.iam.RolePolicyAttachment)
            ],
            "resource_policies": _resource_policies(ledger),
            "cluster_access": [
                {
                    "principal": access.principal_arn,
                    "policy": access.policy_arn,
                    "scope": access.access_scope.apply(
                        lambda scope: ", ".join(scope.namespaces) if scope.namespaces else scope.type
                    ),
                }
                for _, access in ledger.of(aws.eks.AccessPolicyAssociation)
            ],
            "cache_users": [
                {
                    "name": user.user_name,
                    "login": user.authentication_mode.apply(lambda mode: mode.type if mode else None),
                    "access": user.access_string,
                }
                for _, user in ledger.of(aws.elasticache.User)
            ],
        }
    ).apply(_joined)


def _resource_policies(ledger: Ledger) -> list[dict[str, Any]]:
    kinds: Mapping[str, type[Any]] = {
        "bucket": aws.s3.BucketPolicy,
        "queue": aws.sqs.QueuePolicy,
        "topic": aws.sns.TopicPolicy,
        "key": aws.kms.Key,
        "image repository": aws.ecr.RepositoryPolicy,
        "secret": aws.secretsmanager.SecretPolicy,
    }
    return [
        {"kind": kind, "name": entry.name, "document": resource.policy}
        for kind, of_class in kinds.items()
        for entry, resource in ledger.of(of_class)
    ] + [
        {"kind": "function", "name": entry.name, "document": _calls(permission)}
        for entry, permission in ledger.of(aws.lambda_.Permission)
    ]


def _calls(permission: aws.lambda_.Permission) -> pulumi.Output[str]:
    """A function's policy, which AWS makes of what each permission says."""
    return pulumi.Output.all(
        action=permission.action,
        function=permission.function,
        service=permission.principal,
        account=permission.source_account,
    ).apply(
        lambda known: iam_policy.document(
            {
                **iam_policy.allow([known["action"]], known["function"]),
                "Principal": {"Service": known["service"]},
                "Condition": {"StringEquals": {"aws:SourceAccount": known["account"]}},
            }
        )
    )


def _joined(known: dict[str, Any]) -> IdentitiesOutput:
    """What belongs together by the role's own name, as in IAM."""
    return IdentitiesOutput(
        roles=[_role(role, known["inline"], known["managed"]) for role in known["roles"]],
        resource_policies=[
            ResourcePolicyOutput(
                kind=one["kind"], name=one["name"], statements=statements(one["name"], one["document"])
            )
            for one in known["resource_policies"]
        ],
        cluster_access=[
            ClusterAccessOutput(principal_arn=one["principal"], policy_arn=one["policy"], scope=one["scope"])
            for one in known["cluster_access"]
        ],
        cache_users=[CacheUserOutput(**one) for one in known["cache_users"]],
    )


def _role(role: dict[str, Any], inline: list[dict[str, Any]], managed: list[dict[str, Any]]) -> RoleOutput:
    return RoleOutput(
        name=role["name"],
        arn=role["arn"],
        part=role["part"],
        service=role["service"],
        owner=role["owner"],
        assumed_by=statements(role["name"], role["trust"]),
        statements=[
            statement
            for policy in inline
            if policy["role"] == role["name"]
            for statement in statements(policy["name"], policy["document"])
        ],
        managed_policies=sorted(one["arn"] for one in managed if one["role"] == role["name"]),
    )
