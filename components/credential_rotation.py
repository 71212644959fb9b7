"""Replaces partners' credentials on a schedule: one function for all of them, which Secrets Manager calls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final, Literal, get_args

import pulumi
import pulumi_aws as aws

from components import iam_policy
from components.component import Classification, Component
from components.firewall import reach_aws, reach_networks
from components.naming import FUNCTION, IAM_ROLE, SECURITY_GROUP, auto_named, logical

RUNTIME: Final = "python3.13"
PROCESSOR: Final = "arm64"
HANDLER: Final = "app.credential_rotation.handler.rotate"
MEMORY_MIB: Final = 256
# One at a time: two rotations of one secret would undo each other's work.
AT_ONCE: Final = 1
# A step asks a partner twice at most; the rest is for Secrets Manager and the function's own start.
QUESTIONS_OF_A_STEP: Final = 2
OTHER_SECONDS: Final = 60
# What the function is made of: nothing but this and what its runtime brings.
_SOURCES = ("app/__init__.py", "app/credential_rotation/*.py")
SecretKind = Literal["credential", "webhook"]
SECRET_KINDS: Final[tuple[SecretKind, ...]] = get_args(SecretKind)
_ROTATE = (
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
)


@dataclass(frozen=True, kw_only=True)
class RotatedSecret:
    """A secret that is replaced.

    kind: a credential is asked of the partner; a webhook secret is made, the first one at once.
    arn: the secret's.
    days: after which it is replaced, 1 to 1,000.
    connect_seconds, answer_seconds: how long the partner is waited for.
    """

    kind: SecretKind
    arn: pulumi.Input[str]
    days: int
    connect_seconds: int
    answer_seconds: int

    def __post_init__(self) -> None:
        # secretsmanager RotateSecret, RotationRules.AutomaticallyAfterDays.
        if not 1 <= self.days <= 1000:
            raise ValueError(f"days: {self.days} given; allowed: 1 to 1,000")


@dataclass(frozen=True, kw_only=True)
class CredentialRotationArgs:
    """secrets: by a name that logical names are made of (`identity-credential`); at least one.
    networks: that partners answer from, by partner.
    source: the checkout that the function is made from.
    account_id, region: where it runs; Secrets Manager of no other account may call it.
    vpc_id, subnet_ids: where it stands, a subnet a zone: partners know our addresses.
    subnet_arns: the same subnets.
    key_arn: KMS key of the secrets, of the function's variables and of its log.
    log_retention_days: how long the log is kept; one of CloudWatch Logs' own choices.
    deletion_protection: keep the log group.
    """

    secrets: Mapping[str, RotatedSecret]
    networks: Mapping[str, Sequence[IPv4Network]]
    source: Path
    account_id: pulumi.Input[str]
    region: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    subnet_arns: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    log_retention_days: int
    deletion_protection: bool

    def __post_init__(self) -> None:
        if not self.secrets:
            raise ValueError("secrets: none given; allowed: at least one")


class CredentialRotation(Component):
    """A Lambda function within the VPC, and for each secret the schedule by which it is called."""

    layer = "saas"

    def __init__(self, name: str, args: CredentialRotationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        self.log_group = aws.cloudwatch.LogGroup(
            name,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        self.security_group = aws.ec2.SecurityGroup(
            auto_named(SECURITY_GROUP, name),
            description="Replaces partners' credentials",
            vpc_id=args.vpc_id,
            opts=self.child(),
        )
        ways = [reach_aws(logical(name, "to-aws"), source=self.security_group, opts=self.child())]
        for partner, networks in args.networks.items():
            ways += reach_networks(
                logical(name, "to", partner), source=self.security_group, networks=networks, opts=self.child()
            )
        self.role = aws.iam.Role(
            auto_named(IAM_ROLE, name),
            assume_role_policy=iam_policy.assumed_by("lambda.amazonaws.com"),
            opts=self.child(),
        )
        permissions = self._permissions(name, args)
        self.function = self._function(name, args, after=[*ways, *permissions])
        invocation = aws.lambda_.Permission(
            name,
            action="lambda:InvokeFunction",
            function=self.function.name,
            principal="secretsmanager.amazonaws.com",
            # AWS's own advice for a function of several secrets: the account, and no secret's ARN.
            source_account=args.account_id,
            opts=self.child(),
        )
        for purpose, secret in args.secrets.items():
            aws.secretsmanager.SecretRotation(
                logical(name, purpose),
                secret_id=secret.arn,
                rotation_lambda_arn=self.function.arn,
                # A credential's first value is an operator's to put, after this.
                rotate_immediately=secret.kind == "webhook",
                rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(automatically_after_days=secret.days),
                opts=self.child(depends_on=[invocation]),
            )
        self.register_outputs({"function": self.function.arn})

    def _permissions(self, name: str, args: CredentialRotationArgs) -> list[pulumi.Resource]:
        documents: dict[str, pulumi.Input[str]] = {
            "variables": pulumi.Output.from_input(args.key_arn).apply(
                lambda key: iam_policy.document(
                    iam_policy.allow_key_through("lambda", ["kms:Decrypt"], key, region=args.region)
                )
            ),
            "log": self.log_group.arn.apply(
                lambda arn: iam_policy.document(
                    iam_policy.allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{arn}:*")
                )
            ),
            "network": pulumi.Output.all(
                account=args.account_id, group=self.security_group.arn, subnets=list(args.subnet_arns)
            ).apply(lambda known: _stand_in_network(known, args.region)),
        }
        for purpose, secret in args.secrets.items():
            documents[purpose] = pulumi.Output.all(arn=secret.arn, key=args.key_arn).apply(
                lambda known: iam_policy.document(
                    iam_policy.allow(_ROTATE, known["arn"]),
                    iam_policy.allow_key_through(
                        "secretsmanager", ["kms:Decrypt", "kms:GenerateDataKey"], known["key"], region=args.region
                    ),
                )
            )
        return [
            aws.iam.RolePolicy(logical(name, purpose), role=self.role.name, policy=document, opts=self.child())
            for purpose, document in documents.items()
        ]

    def _function(
        self, name: str, args: CredentialRotationArgs, *, after: list[pulumi.Resource]
    ) -> aws.lambda_.Function:
        slowest = max(one.connect_seconds + one.answer_seconds for one in args.secrets.values())
        return aws.lambda_.Function(
            auto_named(FUNCTION, name),
            description="Replaces the credentials that partners know us by",
            runtime=RUNTIME,
            architectures=[PROCESSOR],
            handler=HANDLER,
            code=pulumi.AssetArchive(_sources(args.source)),
            role=self.role.arn,
            memory_size=MEMORY_MIB,
            timeout=QUESTIONS_OF_A_STEP * slowest + OTHER_SECONDS,
            reserved_concurrent_executions=AT_ONCE,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables={"PRAKERJA_ROTATIONS": _rotated(args.secrets)}),
            vpc_config=aws.lambda_.FunctionVpcConfigArgs(
                subnet_ids=list(args.subnet_ids), security_group_ids=[self.security_group.id]
            ),
            kms_key_arn=args.key_arn,
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="Text", log_group=self.log_group.name),
            opts=self.child(depends_on=after),
        )


def _sources(checkout: Path) -> dict[str, pulumi.Asset | pulumi.Archive]:
    """File by file: caches beside them would make every checkout another function."""
    return {
        path.relative_to(checkout).as_posix(): pulumi.FileAsset(str(path))
        for pattern in _SOURCES
        for path in sorted(checkout.glob(pattern))
    }


def _rotated(secrets: Mapping[str, RotatedSecret]) -> pulumi.Output[str]:
    """What the function is told of each secret, by its ARN."""
    arns = pulumi.Output.all(**{purpose: secret.arn for purpose, secret in secrets.items()})
    return arns.apply(
        lambda known: json.dumps(
            {
                known[purpose]: {
                    "kind": secret.kind,
                    "connect_seconds": secret.connect_seconds,
                    "answer_seconds": secret.answer_seconds,
                }
                for purpose, secret in secrets.items()
            }
        )
    )


def _stand_in_network(known: Mapping[str, Any], region: str) -> str:
    """What Lambda needs to give the function an address in the VPC (AWS Lambda Developer Guide, VPC access)."""
    ours = f"arn:aws:ec2:{region}:{known['account']}"
    return iam_policy.document(
        *(
            iam_policy.allow(["ec2:CreateNetworkInterface"], resource)
            for resource in (*known["subnets"], known["group"], f"{ours}:network-interface/*")
        ),
        iam_policy.allow(
            ["ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"],
            f"{ours}:*/*",
        ),
        # These know no resources.
        iam_policy.allow(["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"], "*"),
    )
