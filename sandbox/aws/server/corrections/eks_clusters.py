"""EKS clusters: all that was asked for is kept, and a cluster is ACTIVE once its control plane answers.

moto 5.2.5: a cluster is ACTIVE at once; its endpoint and certificate authority are random, and all clusters have one
OIDC issuer; it has no security group of its own; what was asked of Auto Mode, access, upgrades, zonal shift and
deletion protection is dropped; an update of the configuration answers the cluster in place of the update; there are no
updates of the version and of the encryption, and updates can't be described.

Here a cluster is CREATING until the sandbox's Kubernetes says where it answers. Every update is finished at once, where
AWS takes minutes for some.

https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
"""

from __future__ import annotations

import secrets
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.models.subnets import Subnet
from moto.eks.exceptions import InvalidParameterException, InvalidRequestException, ResourceNotFoundException
from moto.eks.models import Cluster, EKSBackend
from moto.eks.responses import EKSResponse

from sandbox.aws.server.corrections.eks_requests import (
    Description,
    body,
    cluster_of,
    in_path,
    minor_version,
    serve_below_clusters,
    tags_of,
    trusting_role,
    update_of,
)
from sandbox.aws.server.corrections.patching import add, replace

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
PLATFORM_VERSION = "eks.1"
_LEAST_ZONES = 2

# What a request sets → the cluster's attribute, with what AWS has where nothing is set.
_SETTINGS: dict[str, tuple[str, Any]] = {
    "accessConfig": ("access_config", {"authenticationMode": "CONFIG_MAP"}),
    "computeConfig": ("compute_config", {"enabled": False, "nodePools": []}),
    "storageConfig": ("storage_config", {"blockStorage": {"enabled": False}}),
    "upgradePolicy": ("upgrade_policy", {"supportType": "EXTENDED"}),
    "zonalShiftConfig": ("zonal_shift_config", {"enabled": False}),
    "deletionProtection": ("deletion_protection", False),
}
_NETWORK = {"ipFamily": "ipv4", "serviceIpv4Cidr": "172.20.0.0/16", "elasticLoadBalancing": {"enabled": False}}
_ACCESS_TO_ENDPOINT = {"endpointPublicAccess": True, "endpointPrivateAccess": False}

_ADDRESS_UPDATE_TYPES = {
    "subnetIds": "VpcConfigUpdate",
    "securityGroupIds": "VpcConfigUpdate",
    "endpointPublicAccess": "EndpointAccessUpdate",
    "endpointPrivateAccess": "EndpointAccessUpdate",
    "publicAccessCidrs": "EndpointAccessUpdate",
}
# The setting that an update changes → its type, of which one update has one.
_UPDATE_TYPES = {
    "logging": "LoggingUpdate",
    "accessConfig": "AccessConfigUpdate",
    "computeConfig": "AutoModeUpdate",
    "storageConfig": "AutoModeUpdate",
    "kubernetesNetworkConfig": "AutoModeUpdate",
    "upgradePolicy": "UpgradePolicyUpdate",
    "zonalShiftConfig": "ZonalShiftConfigUpdate",
    "deletionProtection": "DeletionProtectionUpdate",
}

_upstream_create = EKSBackend.create_cluster
_upstream_delete = EKSBackend.delete_cluster


def apply() -> None:
    serve_below_clusters()
    replace(EKSResponse, create_cluster=_create, update_cluster_config=_update_config)
    add(
        EKSResponse,
        update_cluster_version=_update_version,
        associate_encryption_config=_associate_encryption,
        describe_update=_describe_update,
        list_updates=_list_updates,
    )
    replace(
        EKSBackend,
        delete_cluster=_delete,
        tag_resource=_tag,
        untag_resource=_untag,
        list_tags_for_resource=_list_tags,
    )


def report(backend: EKSBackend, name: str, told: Description) -> bool:
    """Take the word of the sandbox's Kubernetes for a cluster. False where there is no such cluster."""
    cluster = backend.clusters.get(name)
    if cluster is None:
        return False
    cluster.status = told["status"]
    cluster.endpoint = told["endpoint"]
    cluster.certificate_authority = {"data": told["certificate_authority"]}
    return True


def _create(response: EKSResponse) -> ActionResult:
    request, backend = body(response), response.eks_backend
    network = _merged(_NETWORK, request.get("kubernetesNetworkConfig", {}))
    _check_auto_mode(request.get("computeConfig", {}), network, request.get("storageConfig", {}))
    minor_version(request.get("version", ""))  # EKS has a default, which moves on; the sandbox wants to be told
    auto_mode = request.get("computeConfig", {}).get("enabled")
    trusted = {"sts:AssumeRole", "sts:TagSession"} if auto_mode else {"sts:AssumeRole"}
    trusting_role(backend.account_id, request["roleArn"], "eks.amazonaws.com", trusted)
    subnets = _subnets(backend, request["resourcesVpcConfig"]["subnetIds"])
    cluster = _upstream_create(
        backend,
        name=request["name"],
        role_arn=request["roleArn"],
        resources_vpc_config={"securityGroupIds": [], **_ACCESS_TO_ENDPOINT, **request["resourcesVpcConfig"]},
        version=request["version"],
        kubernetes_network_config=network,
        logging=_logging(request.get("logging", {})),
        client_request_token=request.get("clientRequestToken"),
        tags=request.get("tags"),
        encryption_config=request.get("encryptionConfig"),
        remote_network_config=request.get("remoteNetworkConfig"),
    )
    for setting, (attribute, default) in _SETTINGS.items():
        given = request.get(setting, default)
        cluster.__dict__[attribute] = _merged(default, given) if isinstance(default, dict) else given
    _complete(backend, cluster, subnets)
    return ActionResult({"cluster": cluster})


def _complete(backend: EKSBackend, cluster: Cluster, subnets: list[Subnet]) -> None:
    """What EKS adds of its own, and takes from the control plane once there is one."""
    cluster.__dict__.update(status="CREATING", endpoint=None, certificate_authority={})
    cluster.platformVersion = PLATFORM_VERSION
    issuer = secrets.token_hex(16).upper()
    cluster.identity = {"oidc": {"issuer": f"https://oidc.eks.{backend.region_name}.amazonaws.com/id/{issuer}"}}
    vpc = subnets[0].vpc_id
    cluster.resources_vpc_config |= {
        "vpcId": vpc,
        "clusterSecurityGroupId": _make_security_group(backend, cluster, vpc),
    }
    if cluster.resources_vpc_config["endpointPublicAccess"]:
        cluster.resources_vpc_config.setdefault("publicAccessCidrs", ["0.0.0.0/0"])


def _make_security_group(backend: EKSBackend, cluster: Cluster, vpc: str) -> str:
    """The group of the control plane's interfaces and of all nodes: open to itself, and to the outside."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    name = f"eks-cluster-sg-{cluster.name}-{secrets.randbelow(10**10)}"
    tags = {"Name": name, "aws:eks:cluster-name": cluster.name, f"kubernetes.io/cluster/{cluster.name}": "owned"}
    description = "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes"
    group = ec2.create_security_group(name, description, vpc_id=vpc, tags=tags)
    itself = [{"GroupId": group.id}]
    ec2.authorize_security_group_ingress(group.id, "-1", "-1", "-1", [], source_groups=itself, vpc_id=vpc)
    return str(group.id)


def _subnets(backend: EKSBackend, identifiers: list[str]) -> list[Subnet]:
    known = ec2_backends[backend.account_id][backend.region_name].subnets
    subnets = [subnet for of_zone in known.values() for subnet in of_zone.values() if subnet.id in identifiers]
    for identifier in {*identifiers} - {subnet.id for subnet in subnets}:
        raise InvalidParameterException(message=f"The subnet ID '{identifier}' does not exist")
    if len({subnet.availability_zone for subnet in subnets}) < _LEAST_ZONES:
        raise InvalidParameterException(message="Subnets specified must be in at least two different AZs")
    return subnets


def _check_auto_mode(compute: Description, network: Description, storage: Description) -> None:
    """The rules that EKS holds the three capabilities of Auto Mode to."""
    switches = {
        bool(compute.get("enabled")),
        network["elasticLoadBalancing"]["enabled"],
        bool(storage.get("blockStorage", {}).get("enabled")),
    }
    if len(switches) > 1:
        raise InvalidParameterException(
            message="For EKS Auto Mode, please ensure that all required configs, including computeConfig, "
            "kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled."
        )
    if compute.get("nodeRoleArn") and not compute.get("nodePools"):
        raise InvalidParameterException(
            message="When Compute Config nodeRoleArn is not null or empty, nodePool value(s) must be provided."
        )
    if compute.get("nodePools") and not compute.get("nodeRoleArn"):
        raise InvalidParameterException(
            message="When Compute Config nodeRoleArn is null or empty, nodePool list cannot be populated."
        )


def _logging(asked: Description) -> Description:
    enabled = {
        kind for entry in asked.get("clusterLogging", []) if entry.get("enabled") for kind in entry.get("types", [])
    }
    groups = [([kind for kind in LOG_TYPES if (kind in enabled) is on], on) for on in (True, False)]
    return {"clusterLogging": [{"types": kinds, "enabled": on} for kinds, on in groups if kinds]}


def _update_config(response: EKSResponse) -> ActionResult:
    cluster, request = _active(cluster_of(response)), body(response)
    settings = {name: value for name, value in request.items() if name in {*_UPDATE_TYPES, "resourcesVpcConfig"}}
    kinds = {_UPDATE_TYPES[name] for name in settings.keys() & _UPDATE_TYPES.keys()}
    kinds |= {_ADDRESS_UPDATE_TYPES[name] for name in settings.get("resourcesVpcConfig", {})}
    if len(kinds) != 1 or len(settings) < len(request.keys() - {"clientRequestToken"}):
        raise InvalidParameterException(
            message=f"An update takes one kind of change; this one has {', '.join(sorted(request)) or 'none'}"
        )
    network = _merged(cluster.kubernetes_network_config, settings.get("kubernetesNetworkConfig", {}))
    attributes = cluster.__dict__
    compute = settings.get("computeConfig", attributes["compute_config"])
    _check_auto_mode(compute, network, settings.get("storageConfig", attributes["storage_config"]))
    for name, value in settings.items():
        match name:
            case "resourcesVpcConfig":
                cluster.resources_vpc_config = {**cluster.resources_vpc_config, **value}
            case "logging":
                cluster.logging = _logging(_with_changes(cluster.logging, value))
            case "kubernetesNetworkConfig":
                cluster.kubernetes_network_config = network
            case _:
                attribute, default = _SETTINGS[name]
                present = attributes[attribute]
                attributes[attribute] = _merged(present, value) if isinstance(default, dict) else value
    return _updated(cluster, kinds.pop(), settings)


def _with_changes(present: Description, asked: Description) -> Description:
    """Logging as it was but for the types that a request names, which is how AWS takes it."""
    named = {kind for entry in asked["clusterLogging"] for kind in entry.get("types", [])}
    kept = [
        {"types": [kind for kind in entry["types"] if kind not in named], "enabled": entry["enabled"]}
        for entry in present["clusterLogging"]
    ]
    return {"clusterLogging": [*kept, *asked["clusterLogging"]]}


def _update_version(response: EKSResponse) -> ActionResult:
    cluster, version = _active(cluster_of(response)), body(response)["version"]
    if minor_version(version) != minor_version(cluster.version) + 1:
        raise InvalidParameterException(
            message=f"Unsupported Kubernetes minor version update from {cluster.version} to {version}"
        )
    cluster.version = version
    return _updated(cluster, "VersionUpdate", {"Version": version})


def _associate_encryption(response: EKSResponse) -> ActionResult:
    cluster, wanted = _active(cluster_of(response)), body(response)["encryptionConfig"]
    if cluster.encryption_config:
        raise InvalidParameterException(message="Encryption is already enabled, and cannot be changed")
    cluster.encryption_config = wanted
    return _updated(cluster, "AssociateEncryptionConfig", {"EncryptionConfig": wanted})


def _updated(cluster: Cluster, kind: str, parameters: Description) -> ActionResult:
    update = update_of(kind, parameters)
    _updates_of(cluster)[update["id"]] = update
    return ActionResult({"update": update})


def _updates_of(cluster: Cluster) -> dict[str, Description]:
    updates: dict[str, Description] = cluster.__dict__.setdefault("updates", {})
    return updates


def _describe_update(response: EKSResponse) -> ActionResult:
    update = _updates_of(cluster_of(response)).get(in_path(response, "updateId"))
    if update is None:
        raise ResourceNotFoundException(message=f"No update found for ID: {in_path(response, 'updateId')}")
    return ActionResult({"update": update})


def _list_updates(response: EKSResponse) -> ActionResult:
    return ActionResult({"updateIds": [*_updates_of(cluster_of(response))]})


def _active(cluster: Cluster) -> Cluster:
    if not cluster.is_active:
        raise InvalidRequestException(message=f"Cluster '{cluster.name}' is not in ACTIVE status")
    return cluster


def _delete(backend: EKSBackend, name: str) -> Cluster:
    cluster = backend.clusters.get(name)
    if cluster is not None and cluster.__dict__.get("deletion_protection"):
        raise InvalidRequestException(message=f"Cluster {name} has deletion protection, and cannot be deleted")
    deleted = _upstream_delete(backend, name)
    deleted.status = "DELETING"
    group = deleted.resources_vpc_config["clusterSecurityGroupId"]
    ec2_backends[backend.account_id][backend.region_name].delete_security_group(group_id=group)
    return deleted


def _tag(backend: EKSBackend, resource_arn: str, tags: dict[str, str]) -> None:
    _tags(backend, resource_arn).update(tags)


def _untag(backend: EKSBackend, resource_arn: str, tag_keys: list[str] | str) -> None:
    for key in tag_keys if isinstance(tag_keys, list) else [tag_keys]:
        _tags(backend, resource_arn).pop(key, None)


def _list_tags(backend: EKSBackend, resource_arn: str) -> dict[str, str]:
    return _tags(backend, resource_arn)


def _tags(backend: EKSBackend, arn: str) -> dict[str, str]:
    """Upstream knows clusters only, and not what belongs to them."""
    for cluster in backend.clusters.values():
        if (tags := tags_of(cluster, arn)) is not None:
            return tags
    raise ResourceNotFoundException(message=f"The resource {arn} was not found.")


def _merged(present: Description, asked: Description) -> Description:
    return {
        **present,
        **{
            name: _merged(present[name], value) if isinstance(value, dict) and name in present else value
            for name, value in asked.items()
        },
    }
