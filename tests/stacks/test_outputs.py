"""The outputs are complete, are what the program made, keep to the contract that was published, and hold no secret."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from jsonschema import Draft202012Validator

from components.data_processor import Bilingual, DataProcessor
from stacks.outputs_statements import statements
from stacks.schemas import outputs_schema
from tests.components import recorder
from tests.components.recorder import Recording
from tests.stacks.environments import run_program

pytestmark = pytest.mark.unit

PUBLISHED = Path(__file__).parent / "published"
# Each holds data, and each has to be told of.
HOLDS_DATA = {
    "aws:rds/instance:Instance": "database",
    "aws:elasticache/replicationGroup:ReplicationGroup": "cache",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:sqs/queue:Queue": "queue",
    "aws:cloudwatch/logGroup:LogGroup": "log group",
    "aws:ecr/repository:Repository": "image repository",
    "aws:backup/vault:Vault": "backup vault",
    "aws:sns/topic:Topic": "topic",
}
CARRIES_A_POLICY = {
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:kms/key:Key",
    "aws:lambda/permission:Permission",
}


def open_ended(schema: Any) -> Any:
    """A schema as a reader takes it that ignores what it does not know."""
    if isinstance(schema, dict):
        return {key: open_ended(value) for key, value in schema.items() if key != "additionalProperties" or value}
    return [open_ended(one) for one in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("published", sorted(PUBLISHED.glob("outputs.*.schema.json")), ids=lambda path: path.name)
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_readers_of_a_published_contract_are_served_by_todays_outputs(
    published: Path, stack: str, request: pytest.FixtureRequest
) -> None:
    exports = request.getfixturevalue(stack).exports
    reader = Draft202012Validator(open_ended(json.loads(published.read_text())))
    assert [f"{error.json_path}: {error.message}" for error in reader.iter_errors(exports)] == []


@pytest.mark.parametrize("published", sorted(PUBLISHED.glob("outputs.*.schema.json")), ids=lambda path: path.name)
def test_nothing_published_has_gone_or_changed_its_type(published: Path) -> None:
    before, now = json.loads(published.read_text()), outputs_schema()
    changed = []
    for model in ["", *before["$defs"]]:
        old = before["$defs"][model] if model else before
        new = now["$defs"].get(model, {}) if model else now
        for name, field in old["properties"].items():
            kept = {
                key: value for key, value in new.get("properties", {}).get(name, {}).items() if key != "description"
            }
            if kept != {key: value for key, value in field.items() if key != "description"}:
                changed.append(f"{model}.{name}")
        changed += [f"{model}.{name} is optional" for name in set(old["required"]) - set(new.get("required", []))]
    assert changed == [], "a change that readers notice needs a new schema_version"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_inventory_has_every_resource_once(stack: str, request: pytest.FixtureRequest) -> None:
    recording: Recording = request.getfixturevalue(stack)
    told = [
        (resource["type"], resource["name"])
        for parts in recording.exports["inventory"].values()
        for part in parts
        for resource in part["resources"]
    ]
    made = [(one.type, one.name) for one in recording.custom() if not one.type.startswith("pulumi:")]
    assert sorted(told) == sorted(made)


def test_the_inventory_says_whose_everything_is(prod: Recording) -> None:
    parts = {(part["kind"], part["name"]): part for parts in prod.exports["inventory"].values() for part in parts}
    assert parts["Database", "prod-database"]["data_class"] == "personal"
    assert parts["DocumentStore", "prod-documents"]["owner"] == "platform"
    for kind in ("VmFleet", "ContainerWorkload"):
        part = parts[kind, "prod-registration"]
        assert (part["service"], part["owner"]) == ("registration", "participants")


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_place_where_data_lies_is_told_of(stack: str, request: pytest.FixtureRequest) -> None:
    recording: Recording = request.getfixturevalue(stack)
    told = {(store["kind"], store["name"]) for store in recording.exports["data_stores"]}
    made = {(HOLDS_DATA[one.type], one.name) for one in recording.custom() if one.type in HOLDS_DATA}
    assert made <= told
    # Beside them: secrets, RDS's own for its master user included, and the volumes of machines and nodes.
    assert {kind for kind, _ in told - made} == {"secret", "machine volumes", "node volumes"}


def test_a_data_store_says_its_key_its_backups_and_how_long_it_is_kept(prod: Recording) -> None:
    stores = {(store["kind"], store["name"]): store for store in prod.exports["data_stores"]}
    database = stores["database", "prod-database"]
    assert database["backups"] == [
        {"kind": "point in time", "retention_days": 35},
        {"kind": "daily copy", "retention_days": 90},
    ]
    assert database["encryption_key_arn"] == prod.one("aws:rds/instance:Instance").inputs["kmsKeyId"]
    assert database["deletion_protected"] is True
    assert stores["bucket", "prod-documents"]["backups"] == [
        {"kind": "object versions", "retention_days": 30},
        {"kind": "daily copy", "retention_days": 90},
    ]
    # Load balancers can't write with a key of ours.
    assert stores["bucket", "prod-requests"]["encryption_key_arn"] is None
    assert stores["queue", "prod-queue-notification"]["retention_days"] == 4
    assert stores["backup vault", "prod-backups"]["retention_days"] == 90
    assert all(store["encrypted"] and store["region"] == "ap-southeast-3" for store in stores.values())


def test_without_snapshots_there_is_no_way_back_for_the_cache(dev: Recording) -> None:
    [cache] = (store for store in dev.exports["data_stores"] if store["kind"] == "cache")
    assert cache["backups"] == []


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_identities_are_word_for_word_what_the_policies_say(stack: str, request: pytest.FixtureRequest) -> None:
    recording: Recording = request.getfixturevalue(stack)
    told = [
        (sorted(statement["actions"]), statement["resources"])
        for role in recording.exports["identities"]["roles"]
        for statement in role["statements"]
    ]
    made = [
        (sorted(_list(statement["Action"])), sorted(_list(statement["Resource"])))
        for policy in recording.of_type("aws:iam/rolePolicy:RolePolicy")
        for statement in json.loads(policy.inputs["policy"])["Statement"]
    ]
    assert sorted(told) == sorted(made)
    assert len(recording.exports["identities"]["roles"]) == len(recording.of_type("aws:iam/role:Role"))
    managed = [arn for role in recording.exports["identities"]["roles"] for arn in role["managed_policies"]]
    assert len(managed) == len(recording.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment"))


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_resource_with_a_policy_of_its_own_is_told_of(stack: str, request: pytest.FixtureRequest) -> None:
    recording: Recording = request.getfixturevalue(stack)
    told = sorted(policy["name"] for policy in recording.exports["identities"]["resource_policies"])
    assert told == sorted(one.name for one in recording.custom() if one.type in CARRIES_A_POLICY)


def test_a_role_says_who_may_take_it_on(prod: Recording) -> None:
    roles = {role["part"]: role for role in prod.exports["identities"]["roles"]}
    [machines] = roles["prod-portal"]["assumed_by"]
    assert (machines["principals"], machines["conditions"]) == (["Service: ec2.amazonaws.com"], {})
    [pods] = roles["prod-relay-pods"]["assumed_by"]
    assert pods["principals"] == ["Service: pods.eks.amazonaws.com"]
    assert pods["conditions"]["StringEquals"]["aws:RequestTag/kubernetes-namespace"] == ["relay"]


def test_what_the_outputs_have_no_place_for_is_an_error_and_never_left_out() -> None:
    document = {"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}
    with pytest.raises(ValueError, match="NotAction"):
        statements("policy", json.dumps(document))


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_opening_of_every_security_group_is_told_of(stack: str, request: pytest.FixtureRequest) -> None:
    recording: Recording = request.getfixturevalue(stack)
    openings = recording.exports["exposure"]["openings"]
    for direction, kind in (("ingress", "Ingress"), ("egress", "Egress")):
        made = recording.of_type(f"aws:vpc/securityGroup{kind}Rule:SecurityGroup{kind}Rule")
        assert sum(opening["direction"] == direction for opening in openings) == len(made)
    # None hides within a group.
    for group in recording.of_type("aws:ec2/securityGroup:SecurityGroup"):
        assert not group.inputs.get("ingress")
        assert not group.inputs.get("egress")
    assert all(opening["peer_name"] or "/" in opening["peer"] for opening in openings), "a network, or a group by name"


def test_only_the_site_can_be_reached_from_anywhere(prod: Recording) -> None:
    exposure = prod.exports["exposure"]
    from_anywhere = [
        (opening["security_group"], opening["from_port"])
        for opening in exposure["openings"]
        if opening["direction"] == "ingress" and opening["peer"] == "0.0.0.0/0"
    ]
    assert from_anywhere == [("prod-site", 80), ("prod-site", 443)]
    assert {listener["port"]: listener["allowed_sources"] for listener in exposure["listeners"]} == {
        80: ["0.0.0.0/0"],
        443: ["0.0.0.0/0"],
    }
    assert exposure["cluster_api"] == {"within_network": True, "public": False, "allowed_sources": []}


def test_the_mail_service_is_a_processor_and_says_by_what_right(prod: Recording) -> None:
    processors = {one["name"]: one for one in prod.exports["processors"]}
    mail = processors["Amazon Web Services (SES)"]
    assert (mail["country"], mail["place"], mail["transfer_ground"]) == ("ID", "ap-southeast-3", None)
    assert "e-mail address" in mail["data"]
    assert set(mail["purpose"]) == {"id", "en"}


@pytest.mark.parametrize(("country", "transfer"), [("US", None), ("ID", "consent")])
def test_data_leaves_indonesia_by_a_right_or_not_at_all(country: str, transfer: Any) -> None:
    with pytest.raises(ValueError, match="transfer"):
        DataProcessor(
            name="Somebody",
            purpose=Bilingual(indonesian="-", english="-"),
            data=["name"],
            country=country,
            place="-",
            legal_ground="consent",
            transfer=transfer,
        )


def test_releases_say_what_each_service_runs_from(prod: Recording) -> None:
    releases = prod.exports["releases"]
    assert releases["services"]["portal"] == {
        "artefact_sha256": prod.exports["artefact"]["sha256"],
        "image_digest": releases["image_digest"],
    }
    assert releases["services"]["relay"]["artefact_sha256"] is None
    assert releases["image"].endswith(f"@{releases['image_digest']}")


def test_traffic_begins_as_the_settings_say(prod: Recording) -> None:
    assert {
        name: (rule["initial_vm_share"], rule["initial_container_share"])
        for name, rule in prod.exports["traffic"].items()
    } == {"portal": (100, 0), "registration": (100, 0)}


def test_no_output_has_a_place_for_a_secret() -> None:
    """What holds a secret is named, by its ARN; what it holds has no field to be in."""
    fields = {name for model in outputs_schema()["$defs"].values() for name in model.get("properties", {})}
    assert not {name for name in fields if re.search("password|token|credential|secret|user_data|private_key", name)}


def test_the_log_in_to_the_registry_stays_with_the_image() -> None:
    """The one secret value that passes through the program."""
    answers = {"userName": "AWS", "password": "the-log-in-to-the-registry"}
    with patch.dict(recorder.CALL_ANSWERS, {"aws:ecr/getAuthorizationToken:getAuthorizationToken": answers}):
        recording = run_program("dev")
    assert "the-log-in-to-the-registry" in repr(recording.resources)
    assert "the-log-in-to-the-registry" not in repr(recording.exports)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
