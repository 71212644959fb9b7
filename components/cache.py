"""Valkey, managed: TLS only, logged into by token, each service among its own keys. It holds nothing but copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import CACHE, SECURITY_GROUP, auto_named, logical

PORT = 6379
# In UTC: at night in Jakarta. The windows may not overlap, and are of an hour at least.
SNAPSHOT_WINDOW = "17:00-18:00"
MAINTENANCE_WINDOW = "sun:19:30-sun:20:30"
# A full cache forgets what was asked for the longest ago; any key may go, for the truth is elsewhere.
EVICTION = "allkeys-lru"
# Of users and groups. A group of engine `valkey` takes no user without a password or IAM, and so none to put in the
# place of `default`, whom everybody may otherwise log in as; Valkey takes groups of either engine (ElastiCache User
# Guide, Role-Based Access Control).
_USER_ENGINE = "redis"
_NOTHING = "off ~* -@all"
# What a cache is asked: never which keys there are, nor anything about the server.
_ITS_OWN_KEYS = "on ~{service}:* -@all +get +set +ping"


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """vpc_id, subnet_ids: where it stands; subnets of two zones at least where there are replicas.
    key_arn: KMS key of what is written to disk.
    engine_version: Valkey's major and minor version.
    node_type: ElastiCache node type.
    replicas: copies beside the primary, 0 to 5; with one or more, a copy in another zone takes over by itself.
    snapshot_retention_days: that a daily snapshot is kept, 0 to 35; 0 takes none.
    users: services that may log in.
    """

    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    engine_version: str
    node_type: str
    replicas: int
    snapshot_retention_days: int
    users: Sequence[str]

    def __post_init__(self) -> None:
        if not self.engine_version.partition(".")[0].isdigit():
            raise ValueError(f"engine_version: '{self.engine_version}' given; allowed: a version such as 8.1")

    @property
    def parameter_family(self) -> str:
        """The family of parameter groups that fits the engine's version."""
        return f"valkey{self.engine_version.partition('.')[0]}"


class Cache(Component):
    """One Valkey primary, with replicas where asked, and a user for each service that may log in."""

    layer = "paas"

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        self.security_group = aws.ec2.SecurityGroup(
            auto_named(SECURITY_GROUP, name),
            description="Valkey; each service that needs it is let in by name",
            vpc_id=args.vpc_id,
            opts=self.child(),
        )
        subnet_group = aws.elasticache.SubnetGroup(name, subnet_ids=list(args.subnet_ids), opts=self.child())
        parameter_group = aws.elasticache.ParameterGroup(
            name,
            family=args.parameter_family,
            parameters=[aws.elasticache.ParameterGroupParameterArgs(name="maxmemory-policy", value=EVICTION)],
            opts=self.child(),
        )
        users = {service: self._user(logical(name, service), service) for service in args.users}
        self.user_names = {service: user.user_name for service, user in users.items()}
        self.user_arns = {service: user.arn for service, user in users.items()}
        self.replication_group = aws.elasticache.ReplicationGroup(
            auto_named(CACHE, name),
            description="Copies of what is asked for most",
            engine="valkey",
            engine_version=args.engine_version,
            auto_minor_version_upgrade=False,
            node_type=args.node_type,
            port=PORT,
            num_cache_clusters=1 + args.replicas,
            automatic_failover_enabled=args.replicas > 0,
            multi_az_enabled=args.replicas > 0,
            subnet_group_name=subnet_group.name,
            parameter_group_name=parameter_group.name,
            security_group_ids=[self.security_group.id],
            user_group_ids=[self._user_group(name, list(users.values())).id],
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            at_rest_encryption_enabled=True,
            kms_key_id=args.key_arn,
            snapshot_retention_limit=args.snapshot_retention_days,
            snapshot_window=SNAPSHOT_WINDOW,
            maintenance_window=MAINTENANCE_WINDOW,
            apply_immediately=True,
            opts=self.child(),
        )
        self.address = self.replication_group.primary_endpoint_address
        self.port = PORT
        self.register_outputs({"address": self.address})

    def _user(self, name: str, service: str) -> aws.elasticache.User:
        """A user that logs in by IAM token, whose name and id have to be one, and reads and writes its own keys."""
        return aws.elasticache.User(
            name,
            user_id=name,
            user_name=name,
            engine=_USER_ENGINE,
            access_string=_ITS_OWN_KEYS.format(service=service),
            authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="iam"),
            opts=self.child(),
        )

    def _user_group(self, name: str, users: Sequence[aws.elasticache.User]) -> aws.elasticache.UserGroup:
        nobody = aws.elasticache.User(
            logical(name, "default"),
            user_id=logical(name, "default"),
            user_name="default",
            engine=_USER_ENGINE,
            access_string=_NOTHING,
            authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="no-password-required"),
            opts=self.child(),
        )
        return aws.elasticache.UserGroup(
            name,
            user_group_id=name,
            engine=_USER_ENGINE,
            user_ids=[user.user_id for user in (nobody, *users)],
            opts=self.child(),
        )
