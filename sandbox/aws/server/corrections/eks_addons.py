"""EKS add-ons.

moto 5.2.5: there are none.

Nothing is installed: an add-on is kept and read back, and ACTIVE at once. Versions and configuration aren't checked
against EKS's catalogue.
"""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.eks.exceptions import InvalidRequestException, ResourceInUseException
from moto.eks.responses import EKSResponse

from sandbox.aws.server.corrections.eks_requests import (
    ADDONS,
    Description,
    arn_of,
    body,
    cluster_of,
    found,
    in_path,
    resources_of,
    update_of,
)
from sandbox.aws.server.corrections.patching import add

_KEPT = ("addonVersion", "serviceAccountRoleArn", "configurationValues", "namespaceConfig")


def apply() -> None:
    add(
        EKSResponse,
        create_addon=_create,
        describe_addon=_describe,
        list_addons=_list,
        update_addon=_update,
        delete_addon=_delete,
    )


def _create(response: EKSResponse) -> ActionResult:
    cluster, request = cluster_of(response), body(response)
    addons, name = resources_of(cluster, ADDONS), request["addonName"]
    if not cluster.is_active:
        raise InvalidRequestException(message=f"Cluster '{cluster.name}' is not in ACTIVE status")
    if name in addons:
        raise ResourceInUseException(clusterName=cluster.name, addonName=name, message="Addon already exists.")
    addons[name] = {
        "addonName": name,
        "clusterName": cluster.name,
        "addonArn": arn_of(cluster, "addon", name),
        "status": "ACTIVE",
        "health": {"issues": []},
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "tags": request.get("tags", {}),
        **_kept(request),
    }
    return ActionResult({"addon": addons[name]})


def _describe(response: EKSResponse) -> ActionResult:
    return ActionResult({"addon": _addon(response)})


def _list(response: EKSResponse) -> ActionResult:
    return ActionResult({"addons": [*resources_of(cluster_of(response), ADDONS)]})


def _update(response: EKSResponse) -> ActionResult:
    request = body(response)
    _addon(response).update({"modifiedAt": utcnow(), **_kept(request)})
    return ActionResult({"update": update_of("AddonUpdate", _kept(request))})


def _delete(response: EKSResponse) -> ActionResult:
    addon = _addon(response)
    del resources_of(cluster_of(response), ADDONS)[addon["addonName"]]
    return ActionResult({"addon": {**addon, "status": "DELETING"}})


def _addon(response: EKSResponse) -> Description:
    return found(resources_of(cluster_of(response), ADDONS), in_path(response, "addonName"), "Addon")


def _kept(request: Description) -> Description:
    return {name: request[name] for name in _KEPT if name in request}
