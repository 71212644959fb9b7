"""EKS access entries, and the access policies that are associated with them.

moto 5.2.5: there are none.

They are kept and read back, and not enforced: the sandbox's Kubernetes has one administrator. Whether a principal
exists isn't checked, and the creator of a cluster gets no entry of its own accord.
"""

from __future__ import annotations

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.eks.exceptions import InvalidParameterException, InvalidRequestException, ResourceInUseException
from moto.eks.models import Cluster
from moto.eks.responses import EKSResponse

from sandbox.aws.server.corrections.eks_requests import (
    ACCESS_ENTRIES,
    Description,
    arn_of,
    body,
    cluster_of,
    found,
    in_path,
    resources_of,
)
from sandbox.aws.server.corrections.patching import add

_POLICIES = "associatedPolicies"
_POLICY_PREFIX = "arn:aws:eks::aws:cluster-access-policy/"
_NODE_GROUPS = {"EC2_LINUX": ["system:nodes"]}


def apply() -> None:
    add(
        EKSResponse,
        create_access_entry=_create,
        describe_access_entry=_describe,
        list_access_entries=_list,
        update_access_entry=_update,
        delete_access_entry=_delete,
        associate_access_policy=_associate,
        list_associated_access_policies=_list_associated,
        disassociate_access_policy=_disassociate,
    )


def _create(response: EKSResponse) -> ActionResult:
    cluster, request = _with_entries(cluster_of(response)), body(response)
    entries, principal = resources_of(cluster, ACCESS_ENTRIES), request["principalArn"]
    if principal in entries:
        raise ResourceInUseException(
            clusterName=cluster.name,
            message="The specified access entry resource is already in use on this cluster.",
        )
    kind = request.get("type", "STANDARD")
    entries[principal] = {
        "clusterName": cluster.name,
        "principalArn": principal,
        "accessEntryArn": arn_of(cluster, "access-entry", *principal.split(":")[-1].split("/", 1)),
        "kubernetesGroups": request.get("kubernetesGroups", _NODE_GROUPS.get(kind, [])),
        "username": request.get("username", principal),
        "type": kind,
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "tags": request.get("tags", {}),
        _POLICIES: {},
    }
    return ActionResult({"accessEntry": entries[principal]})


def _with_entries(cluster: Cluster) -> Cluster:
    if cluster.__dict__["access_config"]["authenticationMode"] == "CONFIG_MAP":
        raise InvalidRequestException(
            message="The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
            "operation."
        )
    return cluster


def _describe(response: EKSResponse) -> ActionResult:
    return ActionResult({"accessEntry": _entry(response)})


def _list(response: EKSResponse) -> ActionResult:
    return ActionResult({"accessEntries": [*resources_of(cluster_of(response), ACCESS_ENTRIES)]})


def _update(response: EKSResponse) -> ActionResult:
    entry, request = _entry(response), body(response)
    entry |= {name: request[name] for name in ("kubernetesGroups", "username") if name in request}
    entry["modifiedAt"] = utcnow()
    return ActionResult({"accessEntry": entry})


def _delete(response: EKSResponse) -> EmptyResult:
    del resources_of(cluster_of(response), ACCESS_ENTRIES)[_entry(response)["principalArn"]]
    return EmptyResult()


def _associate(response: EKSResponse) -> ActionResult:
    entry, request = _entry(response), body(response)
    policy = request["policyArn"]
    if not policy.startswith(_POLICY_PREFIX):
        raise InvalidParameterException(message=f"The policyArn parameter format is not valid: {policy}")
    if request["accessScope"]["type"] == "namespace" and not request["accessScope"].get("namespaces"):
        raise InvalidParameterException(message="An access scope of type namespace must name at least one namespace")
    associated = entry[_POLICIES].get(policy, {"policyArn": policy, "associatedAt": utcnow()})
    entry[_POLICIES][policy] = {**associated, "accessScope": request["accessScope"], "modifiedAt": utcnow()}
    return ActionResult({**_names(entry), "associatedAccessPolicy": entry[_POLICIES][policy]})


def _list_associated(response: EKSResponse) -> ActionResult:
    entry = _entry(response)
    return ActionResult({**_names(entry), "associatedAccessPolicies": [*entry[_POLICIES].values()]})


def _disassociate(response: EKSResponse) -> EmptyResult:
    entry, policy = _entry(response), in_path(response, "policyArn")
    found(entry[_POLICIES], policy, "The associated access policy")
    del entry[_POLICIES][policy]
    return EmptyResult()


def _entry(response: EKSResponse) -> Description:
    entries = resources_of(cluster_of(response), ACCESS_ENTRIES)
    return found(entries, in_path(response, "principalArn"), "The access entry of principal")


def _names(entry: Description) -> Description:
    return {name: entry[name] for name in ("clusterName", "principalArn")}
