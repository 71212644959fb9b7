"""EKS pod identities: which role the pods of a service account have.

moto 5.2.5: there are none.

The node agent reads them and gives pods their credentials. The role must exist and trust the pods of EKS.

https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.eks.exceptions import ResourceInUseException
from moto.eks.models import EKSBackend
from moto.eks.responses import EKSResponse

from sandbox.aws.server.corrections.eks_requests import (
    POD_IDENTITIES,
    Description,
    arn_of,
    body,
    cluster_of,
    found,
    in_path,
    resources_of,
    trusting_role,
)
from sandbox.aws.server.corrections.patching import add

_SERVICE = "pods.eks.amazonaws.com"
_TRUSTED = {"sts:AssumeRole", "sts:TagSession"}
_KEPT = ("roleArn", "disableSessionTags", "targetRoleArn", "policy")
_SUMMARY = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId")
_ID_LENGTH = 17


def apply() -> None:
    add(
        EKSResponse,
        create_pod_identity_association=_create,
        describe_pod_identity_association=_describe,
        list_pod_identity_associations=_list,
        update_pod_identity_association=_update,
        delete_pod_identity_association=_delete,
    )


def associations_of(backend: EKSBackend) -> Iterator[Description]:
    """Every association of every cluster, as EKS describes it."""
    for cluster in backend.clusters.values():
        yield from resources_of(cluster, POD_IDENTITIES).values()


def _create(response: EKSResponse) -> ActionResult:
    cluster, request = cluster_of(response), body(response)
    associations = resources_of(cluster, POD_IDENTITIES)
    account = (request["namespace"], request["serviceAccount"])
    if account in [(one["namespace"], one["serviceAccount"]) for one in associations.values()]:
        raise ResourceInUseException(
            clusterName=cluster.name,
            message=f"Association already exists for service account {account[1]} in namespace {account[0]}",
        )
    trusting_role(response.current_account, request["roleArn"], _SERVICE, _TRUSTED)
    alphabet = string.ascii_lowercase + string.digits
    identifier = "a-" + "".join(secrets.choice(alphabet) for _ in range(_ID_LENGTH))
    associations[identifier] = {
        "clusterName": cluster.name,
        "namespace": request["namespace"],
        "serviceAccount": request["serviceAccount"],
        "associationId": identifier,
        "associationArn": arn_of(cluster, "podidentityassociation", identifier),
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "tags": request.get("tags", {}),
        "disableSessionTags": False,
        **_kept(request),
    }
    return ActionResult({"association": associations[identifier]})


def _describe(response: EKSResponse) -> ActionResult:
    return ActionResult({"association": _association(response)})


def _list(response: EKSResponse) -> ActionResult:
    asked = {"namespace": response._get_param("namespace"), "serviceAccount": response._get_param("serviceAccount")}  # noqa: SLF001 - responses have no other way to their parameters
    associations = [
        {name: one[name] for name in _SUMMARY}
        for one in resources_of(cluster_of(response), POD_IDENTITIES).values()
        if all(value in (None, one[name]) for name, value in asked.items())
    ]
    return ActionResult({"associations": associations})


def _update(response: EKSResponse) -> ActionResult:
    association, request = _association(response), body(response)
    if "roleArn" in request:
        trusting_role(response.current_account, request["roleArn"], _SERVICE, _TRUSTED)
    association |= {**_kept(request), "modifiedAt": utcnow()}
    return ActionResult({"association": association})


def _delete(response: EKSResponse) -> ActionResult:
    association = _association(response)
    del resources_of(cluster_of(response), POD_IDENTITIES)[association["associationId"]]
    return ActionResult({"association": association})


def _association(response: EKSResponse) -> Description:
    associations = resources_of(cluster_of(response), POD_IDENTITIES)
    return found(associations, in_path(response, "associationId"), "The pod identity association")


def _kept(request: Description) -> Description:
    return {name: request[name] for name in _KEPT if name in request}
