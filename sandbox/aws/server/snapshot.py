"""What the data plane has to know of the cloud, read from moto's own objects in one pass.

Reading through the Describe operations would take seconds with 100 instances; this takes milliseconds, so that it can
be done again after every change. The shape is documented in `take_snapshot`; everything in it is plain JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.ecr.models import Image, ecr_backends
from moto.eks.models import Cluster, eks_backends
from moto.elasticache.models import ElastiCacheBackend, ReplicationGroup, User, elasticache_backends
from moto.elasticache.utils import AuthenticationTypes
from moto.elbv2.models import FakeAction, FakeListener, FakeTargetGroup, elbv2_backends
from moto.iam.models import IAMBackend, Role, iam_backends
from moto.rds.models import DBInstance, rds_backends
from moto.ssm.models import ssm_backends

from sandbox.aws.server.corrections.addresses import is_released
from sandbox.aws.server.corrections.associations import Association, associations_of
from sandbox.aws.server.corrections.cache_parameter_groups import parameters_of
from sandbox.aws.server.corrections.cache_users import users_of
from sandbox.aws.server.corrections.caches import address_of
from sandbox.aws.server.corrections.eks_requests import Description
from sandbox.aws.server.corrections.pod_identities import associations_of as pod_identities_of
from sandbox.aws.server.corrections.target_groups import draining_targets

Json = dict[str, Any]

ANNOTATIONS = "id.go.prakerja.artefact."
"""What the annotations of an image's manifest begin with that say which artefact is in it."""

_ANNOTATED = {"artefact_sha256": "sha256", "artefact_bucket": "bucket", "artefact_key": "key", "python": "python"}


def take_snapshot(account: str, region: str) -> Json:
    """The data plane's view of one account in one region. Call it with the cloud's lock held.

    instances: those not yet released, with the digest of their user data; user_data: digest to text.
    load_balancers, target_groups: with actions and conditions as DescribeRules gives them.
    databases: with the parameters that their parameter group sets.
    associations: SSM associations and how the last run of each went; an update makes a new version, `Pending` again.
    roles: instance profile, or role, by ARN, to the policy documents (inline and customer-managed) of the role.
    clusters, pod_identities, subnets: what the sandbox's Kubernetes is to be, and where its pods have addresses.
    caches: with the parameters that their parameter group sets, and the users that their user groups let in.
    images: `<repository>@<digest>` to the artefact that the manifest's annotations name.
    """
    user_data: dict[str, str] = {}
    return {
        "instances": list(_instances(account, region, user_data)),
        "user_data": user_data,
        "load_balancers": list(_load_balancers(account, region)),
        "target_groups": list(_target_groups(account, region)),
        "databases": [_database(database) for database in rds_backends[account][region].databases.values()],
        "associations": [_association(one) for one in associations_of(ssm_backends[account][region]).values()],
        "roles": dict(_roles(iam_backends[account]["aws"])),
        "clusters": [_cluster(cluster) for cluster in eks_backends[account][region].clusters.values()],
        "pod_identities": [_pod_identity(one) for one in pod_identities_of(eks_backends[account][region])],
        "subnets": list(_subnets(account, region)),
        "caches": list(_caches(elasticache_backends[account][region])),
        "images": dict(_images(account, region)),
    }


def _instances(account: str, region: str, user_data: dict[str, str]) -> Iterator[Json]:
    group_of = {
        state.instance_id: group.name
        for group in autoscaling_backends[account][region].autoscaling_groups.values()
        for state in group.instance_states
    }
    for instance in ec2_backends[account][region].all_instances():
        if is_released(instance):
            continue
        text = instance.user_data.decode() if instance.user_data else ""
        digest = hashlib.sha256(text.encode()).hexdigest()
        user_data[digest] = text
        profile = instance.iam_instance_profile
        yield {
            "id": instance.id,
            "state": instance.state,
            "private_ip": instance.private_ip,
            "zone": instance.availability_zone,
            "subnet_id": instance.subnet_id,
            "user_data_sha256": digest,
            "auto_scaling_group": group_of.get(instance.id),
            "instance_profile_arn": profile["Arn"] if profile else None,
            "launched_at": instance.launch_time.isoformat(),
        }


def _load_balancers(account: str, region: str) -> Iterator[Json]:
    for balancer in elbv2_backends[account][region].load_balancers.values():
        yield {
            "arn": balancer.arn,
            "name": balancer.name,
            "dns_name": balancer.dns_name,
            "scheme": balancer.scheme,
            "listeners": [_listener(listener) for listener in balancer.listeners.values()],
        }


def _listener(listener: FakeListener) -> Json:
    rules = [rule for rule in listener.rules.values() if not rule.is_default]
    return {
        "arn": listener.arn,
        "port": int(listener.port),
        "protocol": listener.protocol,
        "default_actions": [_plain(action) for action in listener.default_actions],
        "rules": [
            {
                "arn": rule.arn,
                "priority": int(rule.priority),
                "conditions": _plain(rule.conditions),
                "actions": [_plain(action) for action in rule.actions],
            }
            for rule in sorted(rules, key=lambda rule: int(rule.priority))
        ],
    }


def _target_groups(account: str, region: str) -> Iterator[Json]:
    address_of = {instance.id: instance.private_ip for instance in ec2_backends[account][region].all_instances()}
    for group in elbv2_backends[account][region].target_groups.values():
        draining = draining_targets(group).values()
        yield {
            **_target_group(group),
            "targets": [
                *(_target(target, address_of, draining=False) for target in group.targets.values()),
                *(_target(target, address_of, draining=True) for target in draining),
            ],
        }


def _target_group(group: FakeTargetGroup) -> Json:
    return {
        "arn": group.arn,
        "name": group.name,
        "protocol": group.protocol,
        "port": int(group.port),
        "health_check": {
            "path": group.health_check_path,
            "port": group.health_check_port,
            "protocol": group.health_check_protocol,
            "interval": int(group.health_check_interval_seconds),
            "timeout": int(group.health_check_timeout_seconds),
            "healthy_threshold": int(group.healthy_threshold_count),
            "unhealthy_threshold": int(group.unhealthy_threshold_count),
            "matcher": group.matcher.get("HttpCode"),
        },
        "deregistration_delay": int(str(group.attributes["deregistration_delay.timeout_seconds"])),
    }


def _target(target: Json, address_of: Mapping[str, str | None], *, draining: bool) -> Json:
    """A target named by instance has the instance's address; any other is named by its address."""
    return {
        "id": target["Id"],
        "port": int(target["Port"]),
        "address": address_of.get(target["Id"], target["Id"]),
        "draining": draining,
    }


def _database(database: DBInstance) -> Json:
    secret = getattr(database, "master_user_secret", None)
    return {
        "identifier": database.db_instance_identifier,
        "resource_id": database.dbi_resource_id,
        "address": database.address,
        "port": database.port,
        "name": database.db_name,
        "master_username": database.master_username,
        "master_secret_arn": secret.secret_arn if secret else None,
        "iam_authentication": bool(database.enable_iam_database_authentication),
        "status": database.status,
        "parameters": {
            name: parameter["ParameterValue"]
            for group in database.db_parameter_groups()
            for name, parameter in group.parameters.items()
            if "ParameterValue" in parameter
        },
        "engine_version": database.engine_version,
        "instance_class": database.db_instance_class,
    }


def _association(association: Association) -> Json:
    return {
        "id": association.identifier,
        "version": association.last.version,
        "document": association.name,
        "instance_ids": association.instance_ids,
        "commands": association.commands,
        "status": association.last.status,
    }


def _roles(iam: IAMBackend) -> Iterator[tuple[str, list[Json]]]:
    for profile in iam.instance_profiles.values():
        yield profile.arn, [document for role in profile.roles for document in _documents(role)]
    for role in iam.roles.values():
        yield role.arn, list(_documents(role))


def _documents(role: Role) -> Iterator[Json]:
    for document in role.policies.values():
        yield json.loads(document)
    for policy in role.managed_policies.values():
        if not policy.arn.startswith("arn:aws:iam::aws:"):
            yield from (json.loads(version.document) for version in policy.versions if version.is_default)


def _cluster(cluster: Cluster) -> Json:
    return {
        "name": cluster.name,
        "arn": cluster.arn,
        "version": cluster.version,
        "status": cluster.status,
        "created_at": cluster.created_at.isoformat(),
        "subnet_ids": cluster.resources_vpc_config["subnetIds"],
        "service_cidr": cluster.kubernetes_network_config["serviceIpv4Cidr"],
    }


def _pod_identity(association: Description) -> Json:
    return {
        "id": association["associationId"],
        "cluster": association["clusterName"],
        "namespace": association["namespace"],
        "service_account": association["serviceAccount"],
        "role_arn": association["roleArn"],
    }


def _subnets(account: str, region: str) -> Iterator[Json]:
    for of_zone in ec2_backends[account][region].subnets.values():
        for subnet in of_zone.values():
            yield {"id": subnet.id, "zone": subnet.availability_zone, "cidr": subnet.cidr_block}


def _caches(backend: ElastiCacheBackend) -> Iterator[Json]:
    for group in backend.replication_groups.values():
        if address_of(group):
            yield _cache(backend, group)


def _cache(backend: ElastiCacheBackend, group: ReplicationGroup) -> Json:
    return {
        "id": group.replication_group_id,
        "arn": group.arn,
        "address": address_of(group),
        "port": group.port,
        "status": group.status,
        "engine_version": group.engine_version,
        "parameters": parameters_of(backend, group.cache_parameter_group_name),
        "users": [_cache_user(user) for user in users_of(backend, group.user_group_ids)],
    }


def _cache_user(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "arn": user.arn,
        "access_string": user.access_string,
        "iam": user.authentication_type == AuthenticationTypes.IAM,
        "no_password": bool(user.no_password_required) or user.authentication_type == AuthenticationTypes.NOPASSWORD,
    }


def _images(account: str, region: str) -> Iterator[tuple[str, Json]]:
    for repository in ecr_backends[account][region].repositories.values():
        for image in repository.images:
            if (artefact := _artefact(image))["artefact_sha256"]:
                yield f"{repository.uri}@{image.get_image_digest()}", artefact


def _artefact(image: Image) -> Json:
    """What an image is built of, as its manifest says."""
    annotations = json.loads(image.get_image_manifest()).get("annotations", {})
    return {name: annotations.get(ANNOTATIONS + key) for name, key in _ANNOTATED.items()}


def _plain(value: Any) -> Any:
    """A value as JSON has it; moto's parsed requests come in mappings of its own."""
    if isinstance(value, FakeAction):
        return _plain(value.data)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in dict(value).items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
