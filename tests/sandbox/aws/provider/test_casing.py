"""Values are re-cased by botocore's and the SDK's types, and checked on the way."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.model import StructureShape

from sandbox.aws.provider.casing import from_api, to_api
from sandbox.provider.sdk import resource_type
from sandbox.provider.values import UNKNOWN, Value

pytestmark = pytest.mark.unit


def _shape(service: str, operation: str, member: str) -> Any:
    model = botocore.session.get_session().get_service_model(service)
    shape = model.operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape.members[member]


def _encoded(shape: Any, value: Value) -> tuple[Any, dict[str, str]]:
    faults: dict[str, str] = {}
    return to_api(value, shape, "it", {}, faults.__setitem__), faults


@pytest.fixture(scope="module")
def template_data() -> Any:
    return _shape("ec2", "CreateLaunchTemplate", "LaunchTemplateData")


def test_nested_names_are_recased_and_texts_become_what_the_api_has(template_data: Any) -> None:
    given = {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 20, "encrypted": "true"}}]}
    assert _encoded(template_data, given) == (
        {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, "Encrypted": True}}]},
        {},
    )


def test_a_structure_in_place_of_a_list_of_one_is_wrapped() -> None:
    shape = _shape("s3", "PutBucketOwnershipControls", "OwnershipControls")
    given = {"rule": {"objectOwnership": "BucketOwnerEnforced"}}
    assert _encoded(shape, given) == ({"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, {})


def test_a_map_of_tags_becomes_pairs_and_comes_back(template_data: Any) -> None:
    given = {"tagSpecifications": [{"resourceType": "instance", "tags": {"owner": "platform"}}]}
    encoded, faults = _encoded(template_data, given)
    assert encoded == {
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "owner", "Value": "platform"}]}]
    }
    assert not faults
    wanted = resource_type("aws:ec2/launchTemplate:LaunchTemplate").outputs["tagSpecifications"]
    assert from_api(encoded["TagSpecifications"], wanted, {}) == given["tagSpecifications"]


def test_what_is_not_known_yet_is_left_out_and_the_rest_is_checked(template_data: Any) -> None:
    encoded, faults = _encoded(template_data, {"imageId": UNKNOWN, "instanceType": "t9.huge"})
    assert "ImageId" not in encoded
    assert list(faults) == ["it.instanceType"]


@pytest.mark.parametrize(
    ("given", "path", "reason"),
    [
        ({"instanceType": "t9.huge"}, "it.instanceType", "must be one of"),
        ({"metadataOptions": {"httpTokens": "maybe"}}, "it.metadataOptions.httpTokens", "must be one of"),
        ({"metadataOptions": {"httpPort": 1}}, "it.metadataOptions.httpPort", "is not handled by the sandbox"),
        ({"blockDeviceMappings": [{"ebs": {"volumeSize": "big"}}]}, "it.blockDeviceMappings[0].ebs.volumeSize", "big"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(template_data: Any, given: Value, path: str, reason: str) -> None:
    _, faults = _encoded(template_data, given)
    assert list(faults) == [path]
    assert reason in faults[path]


def test_ranges_and_patterns_of_the_model_hold() -> None:
    assert "from 1 to 65535" in _encoded(_shape("elbv2", "CreateTargetGroup", "Port"), 70_000)[1]["it"]
    assert "must match" in _encoded(_shape("iam", "CreateRole", "RoleName"), "with space")[1]["it"]


def test_a_list_in_place_of_a_scalar_is_its_first_item() -> None:
    wanted = resource_type("aws:lb/listener:Listener").outputs["alpnPolicy"]
    assert from_api(["HTTP2Only"], wanted, {}) == "HTTP2Only"
    assert from_api([], wanted, {}) is None
