"""What somebody changes in roles, keys and secrets."""

from __future__ import annotations

import json

from sandbox.aws.provider.cloud import Cloud
from tests.sandbox.aws.provider.drift.changes import OTHER_POLICY, Changes, call, gone, tags
from tests.sandbox.aws.provider.drift.site import DriftSite
from tests.sandbox.aws.provider.test_lifecycle import TRUST
from tests.sandbox.provider.engine_driver import Resource

ISSUER = json.loads(TRUST)
ISSUER["Statement"][0]["Principal"] = {"AWS": "arn:aws:iam::999999999999:root"}


def allow_more(cloud: Cloud, made: Resource, site: DriftSite) -> None:
    cloud.call("iam", "put_role_policy", RoleName=site.role, PolicyName=made.state["name"], PolicyDocument=OTHER_POLICY)


def point_elsewhere(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    other = cloud.call("kms", "create_key")["KeyMetadata"]["KeyId"]
    cloud.call("kms", "update_alias", AliasName=made.id, TargetKeyId=other)


def detach_role(cloud: Cloud, made: Resource, site: DriftSite) -> None:
    cloud.call("iam", "remove_role_from_instance_profile", InstanceProfileName=made.id, RoleName=site.role)


CHANGES: Changes = {
    "iam/role:Role": [
        (
            "assumeRolePolicy",
            call("iam", "update_assume_role_policy", of="RoleName", PolicyDocument=json.dumps(ISSUER)),
        ),
        ("maxSessionDuration", call("iam", "update_role", of="RoleName", MaxSessionDuration=43200)),
        ("tags", tags("iam", "tag_role", of="RoleName")),
    ],
    "iam/rolePolicy:RolePolicy": [
        ("policy", allow_more),
        (
            None,
            lambda cloud, made, site: cloud.call(
                "iam", "delete_role_policy", RoleName=site.role, PolicyName=made.state["name"]
            ),
        ),
    ],
    "iam/rolePolicyAttachment:RolePolicyAttachment": [
        (
            None,
            lambda cloud, _made, site: cloud.call(
                "iam", "detach_role_policy", RoleName=site.role, PolicyArn=site.policy
            ),
        ),
    ],
    "iam/instanceProfile:InstanceProfile": [
        ("role", detach_role),
        ("tags", tags("iam", "tag_instance_profile", of="InstanceProfileName")),
    ],
    "kms/key:Key": [
        ("enableKeyRotation", call("kms", "disable_key_rotation", of="KeyId")),
        ("isEnabled", call("kms", "disable_key", of="KeyId")),
        ("policy", call("kms", "put_key_policy", of="KeyId", PolicyName="default", Policy=OTHER_POLICY)),
        ("tags", tags("kms", "tag_resource", of="KeyId", key="TagKey", value="TagValue")),
        (None, call("kms", "schedule_key_deletion", of="KeyId", PendingWindowInDays=7)),
    ],
    "kms/alias:Alias": [("targetKeyId", point_elsewhere), (None, gone("kms", "delete_alias", AliasName="id"))],
    "secretsmanager/secret:Secret": [
        ("description", call("secretsmanager", "update_secret", of="SecretId", Description="by hand")),
        ("kmsKeyId", call("secretsmanager", "update_secret", of="SecretId", KmsKeyId="alias/other")),
        ("policy", call("secretsmanager", "put_resource_policy", of="SecretId", ResourcePolicy=OTHER_POLICY)),
        ("tags", tags("secretsmanager", "tag_resource", of="SecretId")),
    ],
}
