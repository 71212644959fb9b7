"""EKS: clusters in Auto Mode."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed, local
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.values import Properties
from sandbox.provider.waiting import WaitError

_AWAITED_SECONDS = 1800  # as terraform-provider-aws waits for a new cluster: 30 min
_OF_CLUSTER = {"name": "{id}"}
_SUBNETS = ("subnetIds", "securityGroupIds")


def tagging(arn: str) -> Tagging:
    """The tags of a cluster or of what belongs to one, given the template of its ARN."""
    of_resource = {"resourceArn": arn}
    return Tagging(
        add=Call("tag_resource", of_resource),
        remove=Call("untag_resource", of_resource),
        create="tags",
        path="tags",
        add_parameter="tags",
        remove_parameter="tagKeys",
        mapped=True,
    )


def _encode_logging(kinds: list[str]) -> Model:
    return {"clusterLogging": [{"types": kinds, "enabled": True}]}


def _decode_logging(logging: Model) -> list[str]:
    return [kind for entry in logging["clusterLogging"] if entry["enabled"] for kind in entry["types"]]


def _await_active(work: Work) -> None:
    def probe() -> str | None:
        status = work.find("cluster.status", "describe_cluster", name=work.id)
        if status == "FAILED":
            raise WaitError(f"cluster {work.id} is FAILED")
        return None if status == "ACTIVE" else str(status)

    work.waiter.until(f"cluster {work.id} to be ACTIVE", probe)


def _finish(work: Work, identifier: str) -> None:
    """Wait until EKS has finished an update: it takes one at a time."""

    def probe() -> str | None:
        update = work.find("update", "describe_update", name=work.id, updateId=identifier)
        if update["status"] in ("Failed", "Cancelled"):
            raise WaitError(f"update {identifier} of cluster {work.id} is {update['status']}: {update['errors']}")
        return None if update["status"] == "Successful" else str(update["status"])

    work.waiter.until(f"update {identifier} of cluster {work.id}", probe)


def _configure(*names: str, adjust: Callable[[Work, Model], None] | None = None) -> Callable[[Work], None]:
    """An update of the configuration that changes these inputs together."""
    call = Call("update_cluster_config", _OF_CLUSTER, "update.id", adjust)

    def change(work: Work) -> None:
        _finish(work, work.perform(call, names))

    return change


def _change_addresses(work: Work) -> None:
    """Subnets and the end point's reach are two kinds of update."""
    old, new = work.old_inputs["vpcConfig"], work.inputs["vpcConfig"]
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    for part in (changed & {*_SUBNETS}, changed - {*_SUBNETS}):
        if part:
            wanted = {name: new[name] for name in part if name in new}
            update = work.find("update.id", "update_cluster_config", name=work.id, resourcesVpcConfig=wanted)
            _finish(work, update)


def _change_logging(work: Work) -> None:
    wanted = work.get("enabledClusterLogTypes", [])
    ended = [kind for kind in work.old_inputs.get("enabledClusterLogTypes", []) if kind not in wanted]
    entries = [{"types": wanted, "enabled": True}, {"types": ended, "enabled": False}]
    logging = {"clusterLogging": [entry for entry in entries if entry["types"]]}
    _finish(work, work.find("update.id", "update_cluster_config", name=work.id, logging=logging))


def _change_version(work: Work) -> None:
    wanted = {"version": work.inputs["version"], "force": bool(work.get("forceUpdateVersion"))}
    _finish(work, work.find("update.id", "update_cluster_version", name=work.id, **wanted))


def _encrypt(work: Work) -> None:
    wanted = work.inputs["encryptionConfig"]
    provider = {"keyArn": wanted["provider"]["keyArn"]}
    config = [{"resources": wanted["resources"], "provider": provider}]
    update = work.find("update.id", "associate_encryption_config", clusterName=work.id, encryptionConfig=config)
    _finish(work, update)


def _load_balancing_only(_work: Work, parameters: Model) -> None:
    """Of the cluster's own network, only whether it looks after load balancers can change."""
    network = parameters.get("kubernetesNetworkConfig", {})
    parameters["kubernetesNetworkConfig"] = {"elasticLoadBalancing": network.get("elasticLoadBalancing", {})}


def _replacing(old: Properties, new: Properties) -> set[str]:
    found = set()
    for name, field in (
        ("kubernetesNetworkConfig", "ipFamily"),
        ("kubernetesNetworkConfig", "serviceIpv4Cidr"),
        ("accessConfig", "bootstrapClusterCreatorAdminPermissions"),
    ):
        if old.get(name, {}).get(field) != new.get(name, {}).get(field):
            found.add(name)
    if old.get("encryptionConfig"):
        found.add("encryptionConfig")  # it can be added, and never changed
    return found


_AUTO_MODE = ("computeConfig", "kubernetesNetworkConfig", "storageConfig")

CLUSTER = Declaration(
    type="aws:eks/cluster:Cluster",
    service="eks",
    fidelity=Fidelity.RUNS,
    behind="a real Kubernetes control plane, of one version whatever is asked; one administrator, no encryption of "
    "secrets, no logs to CloudWatch; nodes are made by the sandbox, not by Karpenter",
    inputs={
        "name": fixed(),
        "roleArn": fixed(),
        "version": Input(computed=True),
        "vpcConfig": Input(api="resourcesVpcConfig"),
        "accessConfig": Input(computed=True),
        "bootstrapSelfManagedAddons": fixed(default=True, write_only=True),
        "computeConfig": Input(computed=True),
        "kubernetesNetworkConfig": Input(computed=True),
        "storageConfig": Input(computed=True),
        "upgradePolicy": Input(computed=True),
        "zonalShiftConfig": Input(computed=True),
        "deletionProtection": Input(default=False),
        "enabledClusterLogTypes": Input(api="logging", unordered=True, encode=_encode_logging, decode=_decode_logging),
        "encryptionConfig": Input(),
        "forceUpdateVersion": local(),
    },
    create=Call("create_cluster", result="cluster.name"),
    read=Call("describe_cluster", _OF_CLUSTER, "cluster"),
    updates=(
        Update(_change_version, ("version",)),
        Update(_configure("accessConfig"), ("accessConfig",)),
        Update(_configure(*_AUTO_MODE, adjust=_load_balancing_only), _AUTO_MODE),
        Update(_configure("upgradePolicy"), ("upgradePolicy",)),
        Update(_configure("zonalShiftConfig"), ("zonalShiftConfig",)),
        Update(_configure("deletionProtection"), ("deletionProtection",)),
        Update(_change_addresses, ("vpcConfig",)),
        Update(_change_logging, ("enabledClusterLogTypes",)),
        Update(_encrypt, ("encryptionConfig",)),
    ),
    delete=Call("delete_cluster", _OF_CLUSTER),
    settle=_await_active,
    wait_gone=True,
    outputs={"identities": "[{oidcs: [identity.oidc]}]", "clusterId": "id"},
    volatile=lambda work: {"platformVersion"} if "version" in work.changed else set(),
    replaces=_replacing,
    naming=Naming(limit=100, prefix_input=None),
    tagging=tagging("{arn}"),
    time_out=_AWAITED_SECONDS,
)

ALL = (CLUSTER,)
