"""The published JSON Schemas are those of the models, and the repository's own documents obey them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from stacks.schemas import SCHEMAS, render
from tests.components.recorder import Recording
from tests.stacks.environments import REPOSITORY, stack_file

pytestmark = pytest.mark.unit


def validator(path: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((REPOSITORY / path).read_text()))


def undescribed(schema: dict[str, Any]) -> list[str]:
    """Names of properties without a description, their own or that of the model they refer to."""
    models = [schema, *schema.get("$defs", {}).values()]
    return [
        f"{model.get('title')}.{name}"
        for model in models
        for name, field in model.get("properties", {}).items()
        if not field.keys() & {"description", "$ref"}
    ]


@pytest.mark.parametrize("path", SCHEMAS)
def test_schemas_are_in_step_with_their_models(path: str) -> None:
    assert (REPOSITORY / path).read_text() == render(SCHEMAS[path]()), "run `python -m stacks.schemas`"


@pytest.mark.parametrize("path", SCHEMAS)
def test_schemas_are_valid(path: str) -> None:
    Draft202012Validator.check_schema(json.loads((REPOSITORY / path).read_text()))


def test_every_setting_is_described() -> None:
    schema = json.loads((REPOSITORY / "stacks/settings.schema.json").read_text())
    assert undescribed({"$defs": schema["$defs"], **schema["properties"]["config"]}) == []


def test_every_field_of_a_manifest_is_described() -> None:
    assert undescribed(json.loads((REPOSITORY / "app/service.schema.json").read_text())) == []


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_tracked_stack_files_obey_the_schema_that_editors_use(stack: str) -> None:
    assert list(validator("stacks/settings.schema.json").iter_errors(stack_file(stack))) == []


def test_manifests_obey_the_schema_that_editors_use() -> None:
    manifests = sorted(REPOSITORY.glob("app/*/service.yaml"))
    assert manifests
    for path in manifests:
        assert list(validator("app/service.schema.json").iter_errors(yaml.safe_load(path.read_text()))) == []


def test_outputs_have_the_same_shape_in_every_environment(dev: Recording, prod: Recording) -> None:
    for recording in (dev, prod):
        assert list(validator("stacks/outputs.schema.json").iter_errors(recording.exports)) == []
