"""Route 53: hosted zones and their records."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.aws.provider.cloud import CloudError
from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Tagging, Update, fixed, local
from sandbox.aws.provider.work import Work
from sandbox.provider.values import Properties

# Records that a zone has from the start and keeps until it goes.
_OWN_RECORDS = ("NS", "SOA")


def _create_zone(work: Work) -> str:
    config: Model = {"Comment": work.get("comment")}
    vpcs = work.get("vpcs", [])
    more: Model = {}
    if vpcs:
        config["PrivateZone"] = True
        more["VPC"] = {"VPCId": vpcs[0]["vpcId"], "VPCRegion": vpcs[0].get("vpcRegion", work.cloud.region)}
    created = work.call(
        "create_hosted_zone",
        Name=work.inputs["name"],
        CallerReference=secrets.token_hex(16),
        HostedZoneConfig=config,
        **more,
    )
    zone: str = created["HostedZone"]["Id"].removeprefix("/hostedzone/")
    return zone


def _extend_zone(work: Work, model: Model) -> None:
    partition = work.cloud.client("route53").meta.partition
    servers = model.get("DelegationSet", {}).get("NameServers", [])
    model |= {
        "ZoneId": work.id,
        "Arn": f"arn:{partition}:route53:::hostedzone/{work.id}",
        "Name": model["HostedZone"]["Name"].removesuffix("."),
        "NameServers": sorted(servers),
        "PrimaryNameServer": servers[0] if servers else None,
        "Vpcs": [{"VpcId": vpc["VPCId"], "VpcRegion": vpc["VPCRegion"]} for vpc in model.get("VPCs", [])],
    }


def _delete_zone(work: Work) -> None:
    if work.get("forceDestroy"):
        records = work.find("ResourceRecordSets", "list_resource_record_sets", HostedZoneId=work.id)
        for record in records:
            if record["Type"] not in _OWN_RECORDS:
                _change(work, work.id, "DELETE", record)
    work.call("delete_hosted_zone", Id=work.id)


_OF_ZONE = {"ResourceType": "hostedzone", "ResourceId": "{id}"}

ZONE = Declaration(
    type="aws:route53/zone:Zone",
    service="route53",
    inputs={
        "name": fixed(),
        "comment": Input(read="HostedZone.Config.Comment", default="Managed by Pulumi"),
        "vpcs": fixed(),
        "forceDestroy": local(),
    },
    create=_create_zone,
    validate=(Call("create_hosted_zone"),),
    read=Call("get_hosted_zone", {"Id": "{id}"}),
    updates=(Update(Call("update_hosted_zone_comment", {"Id": "{id}"}), ("comment",), after_create=False),),
    delete=_delete_zone,
    extend=_extend_zone,
    tagging=Tagging(
        add=Call("change_tags_for_resource", _OF_ZONE),
        remove=Call("change_tags_for_resource", _OF_ZONE),
        read=Call("list_tags_for_resource", _OF_ZONE, "ResourceTagSet.Tags"),
        create="",
        add_parameter="AddTags",
        remove_parameter="RemoveTagKeys",
    ),
)


def _change(work: Work, zone: str, action: str, record: Model) -> None:
    changes = [{"Action": action, "ResourceRecordSet": record}]
    work.call("change_resource_record_sets", HostedZoneId=zone, ChangeBatch={"Changes": changes})


def _full_name(work: Work) -> str:
    """A record's name may be relative to its zone."""
    name: str = work.known["name"].removesuffix(".").lower()
    zone = work.find("HostedZone.Name", "get_hosted_zone", Id=work.known["zoneId"]).removesuffix(".")
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}" if name else zone


def _record(work: Work) -> Model:
    record: Model = {"Name": _full_name(work), "Type": work.inputs["type"]}
    if "records" in work.inputs:
        values = (f'"{value}"' if record["Type"] == "TXT" else value for value in work.inputs["records"])
        record |= {"TTL": work.inputs["ttl"], "ResourceRecords": [{"Value": value} for value in values]}
    for alias in work.inputs.get("aliases", []):
        record["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    for policy in work.inputs.get("weightedRoutingPolicies", []):
        record["Weight"] = policy["weight"]
    for name, member in (("setIdentifier", "SetIdentifier"), ("healthCheckId", "HealthCheckId")):
        if name in work.inputs:
            record[member] = work.inputs[name]
    return record


def _create_record(work: Work) -> str:
    record = _record(work)
    zone: str = work.inputs["zoneId"]
    _change(work, zone, "UPSERT" if work.get("allowOverwrite") else "CREATE", record)
    identifier = f"_{record['SetIdentifier']}" if "SetIdentifier" in record else ""
    return f"{zone}_{work.inputs['name']}_{record['Type']}{identifier}"


def _update_record(work: Work) -> None:
    _change(work, work.inputs["zoneId"], "UPSERT", _record(work))


def _stored_record(work: Work) -> Model | None:
    name = f"{_full_name(work)}."
    records: list[Model] = work.find(
        "ResourceRecordSets",
        "list_resource_record_sets",
        HostedZoneId=work.known["zoneId"],
        StartRecordName=name,
        StartRecordType=work.known["type"],
    )
    wanted = (name, work.known["type"], work.known.get("setIdentifier"))
    return next((r for r in records if (r["Name"].lower(), r["Type"], r.get("SetIdentifier")) == wanted), None)


def _read_record(work: Work) -> Model | None:
    record = _stored_record(work)
    if record is None:
        return None
    found: dict[str, Any] = {
        **record,
        "ZoneId": work.known["zoneId"],
        "Name": work.known["name"],
        "Fqdn": record["Name"].removesuffix("."),
    }
    if "ResourceRecords" in record:
        found["Records"] = [item["Value"].strip('"') for item in record["ResourceRecords"]]
    if "AliasTarget" in record:
        target = record["AliasTarget"]
        given = {alias["name"].lower(): alias["name"] for alias in work.known.get("aliases", [])}
        name = target["DNSName"].removesuffix(".")
        found["Aliases"] = [
            {
                "Name": given.get(name.lower(), name),
                "ZoneId": target["HostedZoneId"],
                "EvaluateTargetHealth": target["EvaluateTargetHealth"],
            }
        ]
    if "Weight" in record:
        found["WeightedRoutingPolicies"] = [{"Weight": record["Weight"]}]
    return found


def _delete_record(work: Work) -> None:
    record = _stored_record(work)
    if record is None:
        raise CloudError("ChangeResourceRecordSets", "RecordNotFound", work.id)
    _change(work, work.known["zoneId"], "DELETE", record)


def _check_record(inputs: Properties) -> list[tuple[str, str]]:
    if "aliases" in inputs:
        return [(name, "conflicts with aliases") for name in ("records", "ttl") if name in inputs]
    return [(name, "is required for a record without aliases") for name in ("records", "ttl") if name not in inputs]


_CHANGING = ("ttl", "records", "aliases", "weightedRoutingPolicies", "healthCheckId")

RECORD = Declaration(
    type="aws:route53/record:Record",
    service="route53",
    id="{zoneId}_{name}_{type}",
    behind="answered by the API only; no name server listens",
    inputs={
        "zoneId": fixed(),
        "name": fixed(),
        "type": fixed(),
        "setIdentifier": fixed(),
        "ttl": Input(),
        "records": Input(unordered=True),
        "aliases": Input(),
        "weightedRoutingPolicies": Input(),
        "healthCheckId": Input(),
        "allowOverwrite": local(),
    },
    create=_create_record,
    read=_read_record,
    updates=(Update(_update_record, _CHANGING, after_create=False),),
    delete=_delete_record,
    check=_check_record,
)

ALL = (ZONE, RECORD)
