"""What the corrections to EKS share: a request's parameters, the cluster that it names, and what belongs to one."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any
from urllib.parse import unquote

from moto.core.utils import utcnow
from moto.eks import urls
from moto.eks.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.eks.models import Cluster
from moto.eks.responses import EKSResponse
from moto.iam.models import Role, iam_backends

Description = dict[str, Any]
"""A resource as EKS describes it, with the names of its API."""

ADDONS = "addons"
ACCESS_ENTRIES = "access_entries"
POD_IDENTITIES = "pod_identities"
_ARN_FIELDS = ("addonArn", "accessEntryArn", "associationArn")


def serve_below_clusters() -> None:
    """Have moto's server dispatch every path below a cluster, and not only those of the operations that it has."""
    urls.url_paths["{0}/clusters/(?P<name>[^/]+)/(?P<rest>.+)$"] = EKSResponse.dispatch


def body(response: EKSResponse) -> Description:
    """The request's JSON body."""
    content: Description = json.loads(response.body) if response.body else {}
    return content


def in_path(response: EKSResponse, name: str) -> str:
    """A parameter of the request's path, which may be an ARN."""
    return unquote(response.uri_match[name])


def cluster_of(response: EKSResponse) -> Cluster:
    """The cluster in the request's path. Raises ResourceNotFoundException."""
    return response.eks_backend.describe_cluster(in_path(response, "name"))


def resources_of(cluster: Cluster, kind: str) -> dict[str, Description]:
    """What belongs to a cluster, of one of the kinds above, by the name or id that EKS knows it by."""
    resources: dict[str, dict[str, Description]] = cluster.__dict__.setdefault("belongings", {})
    return resources.setdefault(kind, {})


def found(resources: dict[str, Description], key: str, what: str) -> Description:
    """One of the resources. Raises ResourceNotFoundException, which names it."""
    if key not in resources:
        raise ResourceNotFoundException(message=f"{what} {key} was not found.")
    return resources[key]


def tags_of(cluster: Cluster, arn: str) -> dict[str, str] | None:
    """The tags of a cluster or of what belongs to it, by ARN; None where the ARN is of another cluster."""
    if cluster.arn == arn:
        return cluster.tags
    for kind in (ADDONS, ACCESS_ENTRIES, POD_IDENTITIES):
        for resource in resources_of(cluster, kind).values():
            if arn in (resource.get(field) for field in _ARN_FIELDS):
                tags: dict[str, str] = resource["tags"]
                return tags
    return None


def arn_of(cluster: Cluster, kind: str, *path: str) -> str:
    """The ARN of something that belongs to a cluster."""
    return "/".join([cluster.arn.replace(":cluster/", f":{kind}/"), *path])


def update_of(kind: str, parameters: Description) -> Description:
    """An update that EKS has finished."""
    shown = [{"type": name, "value": json.dumps(value)} for name, value in parameters.items()]
    identifier = str(uuid.uuid4())
    return {
        "id": identifier,
        "status": "Successful",
        "type": kind,
        "params": shown,
        "createdAt": utcnow(),
        "errors": [],
    }


def trusting_role(account: str, arn: str, service: str, actions: set[str]) -> Role:
    """A role by its ARN. Raises InvalidParameterException where it doesn't exist or doesn't trust the service."""
    role = next((role for role in iam_backends[account]["aws"].roles.values() if role.arn == arn), None)
    if role is None or not actions <= _trusted_actions(json.loads(role.assume_role_policy_document), service):
        raise InvalidParameterException(
            message=f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is "
            f"not correct: {service} needs {' and '.join(sorted(actions))}"
        )
    return role


def _trusted_actions(policy: Description, service: str) -> set[str]:
    return {
        action
        for statement in _as_list(policy.get("Statement", []))
        if statement["Effect"] == "Allow" and service in _as_list(statement.get("Principal", {}).get("Service", []))
        for action in _as_list(statement["Action"])
    }


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def minor_version(version: str) -> int:
    """31 of `1.31`. Raises InvalidParameterException where it is no version."""
    parts = re.fullmatch(r"1\.(\d+)", version)
    if parts is None:
        raise InvalidParameterException(message=f"unsupported Kubernetes version {version}")
    return int(parts[1])
