"""IAM: roles, their policies, and the profiles that give a role to an instance."""

from __future__ import annotations

import json
from typing import Any

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed, local
from sandbox.aws.provider.work import Work


def policy_text(document: Any) -> str:
    """A policy as a JSON document: boto3 answers some policies parsed, others as text."""
    return document if isinstance(document, str) else json.dumps(document)


def _detach_everything(work: Work) -> None:
    """A role in use can't be deleted: leave its profiles, and drop its policies where the program says so."""
    for profile in work.find(
        "InstanceProfiles[].InstanceProfileName", "list_instance_profiles_for_role", RoleName=work.id
    ):
        work.call("remove_role_from_instance_profile", RoleName=work.id, InstanceProfileName=profile)
    if work.get("forceDetachPolicies"):
        for policy in work.find("AttachedPolicies[].PolicyArn", "list_attached_role_policies", RoleName=work.id):
            work.call("detach_role_policy", RoleName=work.id, PolicyArn=policy)
        for name in work.find("PolicyNames", "list_role_policies", RoleName=work.id):
            work.call("delete_role_policy", RoleName=work.id, PolicyName=name)
    work.call("delete_role", RoleName=work.id)


def _change_boundary(work: Work) -> None:
    boundary = work.get("permissionsBoundary")
    if boundary:
        work.call("put_role_permissions_boundary", RoleName=work.id, PermissionsBoundary=boundary)
    else:
        work.call("delete_role_permissions_boundary", RoleName=work.id)


_OF_ROLE = {"RoleName": "{id}"}

ROLE = Declaration(
    type="aws:iam/role:Role",
    service="iam",
    behind="no permission is enforced but login to the database and the cache",
    inputs={
        "name": fixed(api="RoleName"),
        "namePrefix": fixed(local=True),
        "path": fixed(default="/"),
        "assumeRolePolicy": Input(
            api="AssumeRolePolicyDocument|PolicyDocument",
            read="AssumeRolePolicyDocument",
            document=True,
            decode=policy_text,
        ),
        "description": Input(default=""),
        "maxSessionDuration": Input(default=3600),
        "permissionsBoundary": Input(read="PermissionsBoundary.PermissionsBoundaryArn"),
        "forceDetachPolicies": local(),
    },
    create=Call("create_role", result="Role.RoleName"),
    read=Call("get_role", _OF_ROLE, "Role"),
    updates=(
        Update(Call("update_assume_role_policy", _OF_ROLE), ("assumeRolePolicy",)),
        Update(Call("update_role", _OF_ROLE), ("description", "maxSessionDuration")),
        Update(_change_boundary, ("permissionsBoundary",)),
    ),
    delete=_detach_everything,
    outputs={"uniqueId": "RoleId"},
    naming=Naming(limit=64),
    tagging=Tagging(add=Call("tag_role", _OF_ROLE), remove=Call("untag_role", _OF_ROLE)),
)

_OF_POLICY = {"RoleName": "{role}", "PolicyName": "{name}"}

ROLE_POLICY = Declaration(
    type="aws:iam/rolePolicy:RolePolicy",
    service="iam",
    id="{role}:{name}",
    behind="enforced for login to the database (rds-db:connect) and the cache (elasticache:Connect), for nothing else",
    inputs={
        "role": fixed(api="RoleName"),
        "name": fixed(api="PolicyName"),
        "namePrefix": fixed(local=True),
        "policy": Input(api="PolicyDocument", document=True, decode=policy_text),
    },
    create=Call("put_role_policy"),
    read=Call("get_role_policy", _OF_POLICY),
    updates=(Update(Call("put_role_policy"), ("role", "name", "policy")),),
    delete=Call("delete_role_policy", _OF_POLICY),
    naming=Naming(limit=128),
)


def _read_attachment(work: Work) -> Model | None:
    role, policy = work.known["role"], work.known["policyArn"]
    attached = work.find("AttachedPolicies[].PolicyArn", "list_attached_role_policies", RoleName=role)
    return {"RoleName": role, "PolicyArn": policy} if policy in attached else None


_OF_ATTACHMENT = {"RoleName": "{role}", "PolicyArn": "{policyArn}"}

ROLE_POLICY_ATTACHMENT = Declaration(
    type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    service="iam",
    id="{role}/{policyArn}",
    inputs={"role": fixed(api="RoleName"), "policyArn": fixed()},
    create=Call("attach_role_policy"),
    read=_read_attachment,
    delete=Call("detach_role_policy", _OF_ATTACHMENT),
)


def _change_role(work: Work) -> None:
    present, wanted = work.state.get("role"), work.get("role")
    if present and present != wanted:
        work.call("remove_role_from_instance_profile", InstanceProfileName=work.id, RoleName=present)
    if wanted and present != wanted:
        work.call("add_role_to_instance_profile", InstanceProfileName=work.id, RoleName=wanted)


def _delete_profile(work: Work) -> None:
    profile = work.call("get_instance_profile", InstanceProfileName=work.id)["InstanceProfile"]
    for role in profile["Roles"]:
        work.call("remove_role_from_instance_profile", InstanceProfileName=work.id, RoleName=role["RoleName"])
    work.call("delete_instance_profile", InstanceProfileName=work.id)


_OF_PROFILE = {"InstanceProfileName": "{id}"}

INSTANCE_PROFILE = Declaration(
    type="aws:iam/instanceProfile:InstanceProfile",
    service="iam",
    inputs={
        "name": fixed(api="InstanceProfileName"),
        "namePrefix": fixed(local=True),
        "path": fixed(default="/"),
        "role": Input(read="Roles[0].RoleName"),
    },
    create=Call("create_instance_profile", result="InstanceProfile.InstanceProfileName"),
    read=Call("get_instance_profile", _OF_PROFILE, "InstanceProfile"),
    updates=(Update(_change_role, ("role",)),),
    delete=_delete_profile,
    outputs={"uniqueId": "InstanceProfileId"},
    naming=Naming(limit=128),
    tagging=Tagging(add=Call("tag_instance_profile", _OF_PROFILE), remove=Call("untag_instance_profile", _OF_PROFILE)),
)

ALL = (ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT, INSTANCE_PROFILE)
