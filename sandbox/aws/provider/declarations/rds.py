"""RDS: database instances and the groups that they use."""

from __future__ import annotations

import re
from typing import cast

from sandbox.aws.provider.declaration import (
    Call,
    Declaration,
    Input,
    Model,
    Naming,
    Tagging,
    Update,
    doubtful,
    fixed,
    local,
)
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.values import Properties
from sandbox.provider.waiting import WaitError

# ModifyDBParameterGroup takes this many parameters at a time.
_PARAMETER_BATCH = 20
_AWAITED_SECONDS = 2400  # as terraform-provider-aws waits for a new instance: 40 min


def _tagging() -> Tagging:
    of_resource = {"ResourceName": "{arn}"}
    return Tagging(
        add=Call("add_tags_to_resource", of_resource),
        remove=Call("remove_tags_from_resource", of_resource),
        path="TagList",
        read=None,
    )


def _extend_subnet_group(work: Work, model: Model) -> None:
    model["TagList"] = work.find("TagList", "list_tags_for_resource", ResourceName=model["DBSubnetGroupArn"])


SUBNET_GROUP = Declaration(
    type="aws:rds/subnetGroup:SubnetGroup",
    service="rds",
    id="{name}",
    inputs={
        "name": fixed(api="DBSubnetGroupName"),
        "namePrefix": fixed(local=True),
        "description": Input(api="DBSubnetGroupDescription", default="Managed by Pulumi"),
        "subnetIds": Input(read="Subnets[].SubnetIdentifier", unordered=True),
    },
    create=Call(
        "create_db_subnet_group",
        adjust=lambda _work, parameters: parameters.setdefault("DBSubnetGroupDescription", "Managed by Pulumi"),
    ),
    read=Call("describe_db_subnet_groups", {"DBSubnetGroupName": "{id}"}, "DBSubnetGroups[0]"),
    updates=(Update(Call("modify_db_subnet_group", {"DBSubnetGroupName": "{id}"}), ("description", "subnetIds")),),
    delete=Call("delete_db_subnet_group", {"DBSubnetGroupName": "{id}"}),
    extend=_extend_subnet_group,
    outputs={"arn": "DBSubnetGroupArn"},
    naming=Naming(limit=255, lower=True),
    tagging=_tagging(),
)


def _set_parameters(work: Work) -> None:
    wanted = {parameter["name"]: parameter for parameter in work.inputs.get("parameters", [])}
    present = {parameter["name"]: parameter for parameter in work.old_inputs.get("parameters", [])}
    removed = [parameter for name, parameter in present.items() if name not in wanted]
    changed = [parameter for name, parameter in wanted.items() if present.get(name) != parameter]
    for method, parameters in (("reset_db_parameter_group", removed), ("modify_db_parameter_group", changed)):
        for start in range(0, len(parameters), _PARAMETER_BATCH):
            batch = [_as_parameter(parameter) for parameter in parameters[start : start + _PARAMETER_BATCH]]
            work.call(method, DBParameterGroupName=work.id, Parameters=batch)


def _as_parameter(parameter: Properties) -> Model:
    return {
        "ParameterName": parameter["name"],
        "ParameterValue": parameter["value"],
        "ApplyMethod": parameter.get("applyMethod", "immediate"),
    }


def _extend_parameter_group(work: Work, model: Model) -> None:
    pages = work.cloud.client("rds").get_paginator("describe_db_parameters")
    model["Parameters"] = [
        {
            "Name": parameter["ParameterName"],
            "Value": parameter["ParameterValue"],
            "ApplyMethod": parameter.get("ApplyMethod"),
        }
        for page in pages.paginate(DBParameterGroupName=work.id, Source="user")
        for parameter in page["Parameters"]
        if "ParameterValue" in parameter
    ]
    model["TagList"] = work.find("TagList", "list_tags_for_resource", ResourceName=model["DBParameterGroupArn"])


PARAMETER_GROUP = Declaration(
    type="aws:rds/parameterGroup:ParameterGroup",
    service="rds",
    fidelity=Fidelity.RUNS,
    id="{name}",
    behind="rds.force_ssl, max_connections and PostgreSQL's own parameters reach the server",
    inputs={
        "name": fixed(api="DBParameterGroupName"),
        "namePrefix": fixed(local=True),
        "family": fixed(api="DBParameterGroupFamily"),
        "description": fixed(default="Managed by Pulumi"),
        "parameters": Input(unordered=True),
        "skipDestroy": local(),
    },
    create=Call(
        "create_db_parameter_group",
        adjust=lambda _work, parameters: parameters.setdefault("Description", "Managed by Pulumi"),
    ),
    read=Call("describe_db_parameter_groups", {"DBParameterGroupName": "{id}"}, "DBParameterGroups[0]"),
    updates=(Update(_set_parameters, ("parameters",)),),
    delete=Call("delete_db_parameter_group", {"DBParameterGroupName": "{id}"}),
    extend=_extend_parameter_group,
    outputs={"arn": "DBParameterGroupArn"},
    naming=Naming(limit=255, lower=True),
    tagging=_tagging(),
)

_RESOURCE_ID = re.compile(r"db-[A-Z0-9]{26}")


def _read_instance(work: Work) -> Model | None:
    identifier = work.known.get("identifier")
    if identifier is None and _RESOURCE_ID.fullmatch(work.id):
        by_id = [{"Name": "dbi-resource-id", "Values": [work.id]}]
        return cast("Model | None", work.find("DBInstances[0]", "describe_db_instances", Filters=by_id))
    # An import may name the instance, which is not its id.
    wanted = identifier or work.id
    return cast("Model | None", work.find("DBInstances[0]", "describe_db_instances", DBInstanceIdentifier=wanted))


def _extend_instance(_work: Work, model: Model) -> None:
    endpoint = model.get("Endpoint") or {}
    secret = model.get("MasterUserSecret")
    model |= {
        "Arn": model["DBInstanceArn"],
        "Address": endpoint.get("Address"),
        "Port": endpoint.get("Port") or model.get("DbInstancePort"),
        "EndpointText": f"{endpoint['Address']}:{endpoint['Port']}" if endpoint.get("Address") else None,
        "EngineVersionActual": model.get("EngineVersion"),
        "MasterUserSecrets": [{**secret, "KmsKeyId": secret.get("KmsKeyId")}] if secret else [],
        "ManageMasterUserPassword": True if secret else None,
        "LogExports": model.get("EnabledCloudwatchLogsExports", []),
    }


def _await_available(work: Work) -> None:
    def probe() -> str | None:
        model = _read_instance(work)
        status = model["DBInstanceStatus"] if model else "not there yet"
        if status in ("failed", "incompatible-parameters", "incompatible-network"):
            raise WaitError(f"database {work.inputs['identifier']} is {status}")
        return None if status == "available" else status

    work.waiter.until(f"database {work.inputs['identifier']} to be available", probe)


def _await_changed(work: Work) -> None:
    if work.changed & set(_MODIFIABLE):
        _await_available(work)


def _apply_when(work: Work, parameters: Model) -> None:
    """Without `applyImmediately` AWS changes most things in the next maintenance window only."""
    parameters["ApplyImmediately"] = bool(work.get("applyImmediately"))
    if work.get("allowMajorVersionUpgrade"):
        parameters["AllowMajorVersionUpgrade"] = True
    exports = parameters.pop("EnableCloudwatchLogsExports", None)
    if exports is not None:
        old = set(work.old_inputs.get("enabledCloudwatchLogsExports", []))
        parameters["CloudwatchLogsExportConfiguration"] = {
            "EnableLogTypes": sorted(set(exports) - old),
            "DisableLogTypes": sorted(old - set(exports)),
        }


def _delete_instance(work: Work) -> None:
    parameters: Model = {"DeleteAutomatedBackups": work.get("deleteAutomatedBackups")}
    if work.get("skipFinalSnapshot"):
        parameters["SkipFinalSnapshot"] = True
    else:
        snapshot = work.get("finalSnapshotIdentifier")
        if not snapshot:
            raise ValueError("finalSnapshotIdentifier is required where skipFinalSnapshot is false")
        parameters |= {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": snapshot}
    work.call("delete_db_instance", DBInstanceIdentifier=work.known["identifier"], **parameters)


def _check_instance(inputs: Properties) -> list[tuple[str, str]]:
    given = "password" in inputs or inputs.get("manageMasterUserPassword")
    found = [] if given else [("password", "or manageMasterUserPassword is required")]
    found += [(name, "is required") for name in ("engine", "username", "allocatedStorage") if name not in inputs]
    return found


_MODIFIABLE: dict[str, Input] = {
    "allocatedStorage": Input(),
    "maxAllocatedStorage": Input(default=0),
    "storageType": Input(computed=True),
    "iops": Input(computed=True),
    "storageThroughput": Input(computed=True),
    "instanceClass": Input(api="DBInstanceClass"),
    "engineVersion": Input(computed=True),
    "autoMinorVersionUpgrade": Input(default=True),
    "backupRetentionPeriod": Input(default=0),
    "backupWindow": Input(api="PreferredBackupWindow", computed=True),
    "maintenanceWindow": Input(api="PreferredMaintenanceWindow", computed=True),
    "caCertIdentifier": Input(api="CACertificateIdentifier", computed=True),
    "copyTagsToSnapshot": Input(default=False),
    "deletionProtection": Input(default=False),
    "iamDatabaseAuthenticationEnabled": Input(
        api="EnableIAMDatabaseAuthentication", read="IAMDatabaseAuthenticationEnabled", default=False
    ),
    "manageMasterUserPassword": Input(),
    "masterUserSecretKmsKeyId": Input(read="MasterUserSecret.KmsKeyId", computed=True),
    "password": Input(api="MasterUserPassword", write_only=True),
    "monitoringInterval": Input(default=0),
    "monitoringRoleArn": Input(computed=True),
    "multiAz": Input(api="MultiAZ", default=False),
    "networkType": Input(computed=True),
    "parameterGroupName": Input(
        api="DBParameterGroupName", read="DBParameterGroups[0].DBParameterGroupName", computed=True
    ),
    "performanceInsightsEnabled": Input(
        api="EnablePerformanceInsights", read="PerformanceInsightsEnabled", default=False
    ),
    "performanceInsightsKmsKeyId": Input(api="PerformanceInsightsKMSKeyId", computed=True),
    "performanceInsightsRetentionPeriod": Input(computed=True),
    "port": Input(api="Port|DBPortNumber", read="Port", computed=True),
    "publiclyAccessible": Input(default=False),
    "vpcSecurityGroupIds": Input(read="VpcSecurityGroups[].VpcSecurityGroupId", unordered=True, computed=True),
    "enabledCloudwatchLogsExports": Input(api="EnableCloudwatchLogsExports", read="LogExports", unordered=True),
}

_OF_INSTANCE = {"DBInstanceIdentifier": "{identifier}"}

INSTANCE = Declaration(
    type="aws:rds/instance:Instance",
    service="rds",
    fidelity=Fidelity.RUNS,
    behind="PostgreSQL 18 whatever version is asked, with TLS and IAM login; no standby, snapshots hold no data",
    inputs={
        "identifier": fixed(api="DBInstanceIdentifier"),
        "identifierPrefix": fixed(local=True),
        "engine": fixed(),
        "dbName": fixed(api="DBName"),
        "username": fixed(api="MasterUsername"),
        "availabilityZone": fixed(computed=True),
        "storageEncrypted": fixed(default=False),
        "kmsKeyId": fixed(computed=True),
        "dbSubnetGroupName": doubtful(read="DBSubnetGroup.DBSubnetGroupName", computed=True),
        **_MODIFIABLE,
        "allowMajorVersionUpgrade": local(),
        "applyImmediately": local(),
        "deleteAutomatedBackups": local(default=True),
        "finalSnapshotIdentifier": local(),
        "skipFinalSnapshot": local(),
    },
    create=Call("create_db_instance", result="DBInstance.DbiResourceId"),
    read=_read_instance,
    updates=(
        Update(
            Call("modify_db_instance", _OF_INSTANCE, adjust=_apply_when),
            tuple(_MODIFIABLE),
            changed_only=True,
            after_create=False,
        ),
    ),
    delete=_delete_instance,
    settle=_await_available,
    settle_update=_await_changed,
    wait_gone=True,
    extend=_extend_instance,
    identity="DbiResourceId",
    outputs={
        "arn": "DBInstanceArn",
        "endpoint": "EndpointText",
        "resourceId": "DbiResourceId",
        "status": "DBInstanceStatus",
        "replicas": "ReadReplicaDBInstanceIdentifiers",
        "latestRestorableTime": "`null`",  # it moves with the clock, and every refresh would report it
    },
    check=_check_instance,
    conflicts=(("password", "manageMasterUserPassword"),),
    naming=Naming(limit=63, input="identifier", prefix_input="identifierPrefix", lower=True),
    tagging=_tagging(),
    time_out=_AWAITED_SECONDS,
)

ALL = (SUBNET_GROUP, PARAMETER_GROUP, INSTANCE)
