"""The schema that the provider answers describes every type it serves."""

from __future__ import annotations

import json

import pytest
from pulumi.runtime.proto import provider_pb2

from sandbox.aws.provider.registry import declarations
from sandbox.provider.sdk import resource_type
from tests.sandbox.provider.engine_driver import EngineDriver

pytestmark = pytest.mark.unit


def test_every_type_and_property_is_in_the_schema(engine: EngineDriver) -> None:
    schema = json.loads(engine.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)
    assert schema["resources"].keys() == declarations().keys()
    for token, described in schema["resources"].items():
        assert described["inputProperties"].keys() == resource_type(token).inputs.keys()


def test_every_reference_leads_to_a_type(engine: EngineDriver) -> None:
    text = engine.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema
    types = json.loads(text)["types"]
    referred = {part.split('"')[0] for part in text.split('"#/types/')[1:]}
    assert referred <= types.keys()
