"""EKS: what belongs to a cluster: add-ons, who may use it, and the roles of its pods."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Update, fixed, local
from sandbox.aws.provider.declarations.eks import tagging
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.waiting import WaitError

_OF_ADDON = {"clusterName": "{clusterName}", "addonName": "{addonName}"}
_ADDON_SETTINGS = ("addonVersion", "configurationValues", "serviceAccountRoleArn")


def _await_addon(work: Work) -> None:
    def probe() -> str | None:
        status = work.find("addon.status", "describe_addon", **work.filled(_OF_ADDON))
        if status in ("CREATE_FAILED", "UPDATE_FAILED", "DEGRADED"):
            raise WaitError(f"add-on {work.id} is {status}")
        return None if status == "ACTIVE" else str(status)

    work.waiter.until(f"add-on {work.id} to be ACTIVE", probe)


def _resolving(when: str) -> Call:
    """How conflicts are resolved is a parameter of the call that may meet them."""
    method = {"Create": "create_addon", "Update": "update_addon"}[when]

    def resolve(work: Work, parameters: Model) -> None:
        if how := work.get(f"resolveConflictsOn{when}"):
            parameters["resolveConflicts"] = how

    return Call(method, _OF_ADDON, adjust=resolve)


def _delete_addon(work: Work) -> None:
    work.call("delete_addon", **work.filled(_OF_ADDON), preserve=bool(work.get("preserve")))


ADDON = Declaration(
    type="aws:eks/addon:Addon",
    service="eks",
    id="{clusterName}:{addonName}",
    behind="nothing is installed, and neither versions nor configurations are known; the sandbox's Kubernetes has pod "
    "metrics of its own, and containers' logs stay in its files",
    inputs={
        "clusterName": fixed(),
        "addonName": fixed(),
        "addonVersion": Input(computed=True),
        "configurationValues": Input(document=True, computed=True),
        "serviceAccountRoleArn": Input(),
        "resolveConflictsOnCreate": local(),
        "resolveConflictsOnUpdate": local(),
        "preserve": local(),
    },
    create=_resolving("Create"),
    read=Call("describe_addon", _OF_ADDON, "addon"),
    updates=(Update(_resolving("Update"), _ADDON_SETTINGS),),
    delete=_delete_addon,
    settle=_await_addon,
    settle_update=_await_addon,
    wait_gone=True,
    outputs={"arn": "addonArn"},
    volatile=lambda _work: {"modifiedAt"},
    tagging=tagging("{arn}"),
)

_OF_ENTRY = {"clusterName": "{clusterName}", "principalArn": "{principalArn}"}

ACCESS_ENTRY = Declaration(
    type="aws:eks/accessEntry:AccessEntry",
    service="eks",
    id="{clusterName}:{principalArn}",
    behind="not enforced: the sandbox's cluster has one administrator",
    inputs={
        "clusterName": fixed(),
        "principalArn": fixed(),
        "type": fixed(default="STANDARD"),
        "kubernetesGroups": Input(unordered=True, computed=True),
        "userName": Input(api="username", computed=True),
    },
    create=Call("create_access_entry"),
    read=Call("describe_access_entry", _OF_ENTRY, "accessEntry"),
    updates=(Update(Call("update_access_entry", _OF_ENTRY), ("kubernetesGroups", "userName")),),
    delete=Call("delete_access_entry", _OF_ENTRY),
    volatile=lambda _work: {"modifiedAt"},
    tagging=tagging("{accessEntryArn}"),
)


def _read_policy(work: Work) -> Model | None:
    known = work.known
    associated = work.find("associatedAccessPolicies", "list_associated_access_policies", **work.filled(_OF_ENTRY))
    found = next((policy for policy in associated if policy["policyArn"] == known["policyArn"]), None)
    return {"clusterName": known["clusterName"], "principalArn": known["principalArn"], **found} if found else None


_OF_POLICY = {**_OF_ENTRY, "policyArn": "{policyArn}"}

ACCESS_POLICY_ASSOCIATION = Declaration(
    type="aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
    service="eks",
    id="{clusterName}#{principalArn}#{policyArn}",
    behind="not enforced",
    inputs={
        "clusterName": fixed(),
        "principalArn": fixed(),
        "policyArn": fixed(),
        "accessScope": fixed(),
    },
    create=Call("associate_access_policy"),
    read=_read_policy,
    delete=Call("disassociate_access_policy", _OF_POLICY),
)


def _read_identity(work: Work) -> Model | None:
    cluster = work.known.get("clusterName") or _cluster_of(work)
    of = {"clusterName": cluster, "associationId": work.id}
    model: Model = work.find("association", "describe_pod_identity_association", **of)
    return model


def _cluster_of(work: Work) -> str:
    """The cluster of an imported association, whose id alone is known."""
    for cluster in work.find("clusters", "list_clusters"):
        path = "associations[].associationId"
        if work.id in work.find(path, "list_pod_identity_associations", clusterName=cluster):
            return str(cluster)
    raise ValueError(f"no cluster has a pod identity association {work.id}")


_OF_IDENTITY = {"clusterName": "{clusterName}", "associationId": "{id}"}
_IDENTITY_SETTINGS = ("roleArn", "disableSessionTags", "policy", "targetRoleArn")

POD_IDENTITY_ASSOCIATION = Declaration(
    type="aws:eks/podIdentityAssociation:PodIdentityAssociation",
    service="eks",
    fidelity=Fidelity.RUNS,
    behind="pods of the service account get credentials of their own, and with them the role's leave to log in to the "
    "database and the cache; no other permission is enforced",
    inputs={
        "clusterName": fixed(),
        "namespace": fixed(),
        "serviceAccount": fixed(),
        "roleArn": Input(),
        "disableSessionTags": Input(default=False),
        "policy": Input(document=True),
        "targetRoleArn": Input(),
    },
    create=Call("create_pod_identity_association", result="association.associationId"),
    read=_read_identity,
    updates=(Update(Call("update_pod_identity_association", _OF_IDENTITY), _IDENTITY_SETTINGS),),
    delete=Call("delete_pod_identity_association", _OF_IDENTITY),
    tagging=tagging("{associationArn}"),
)

ALL = (ADDON, ACCESS_ENTRY, ACCESS_POLICY_ASSOCIATION, POD_IDENTITY_ASSOCIATION)
