"""Writes the JSON Schemas that editors and other programs read, from the models that the program itself uses.

`python -m stacks.schemas` writes them; a test fails when a model and its schema have come apart.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from stacks.manifest import Manifest
from stacks.outputs_model import PlatformOutputs
from stacks.settings import Settings
from stacks.stack_config import INDONESIAN_REGIONS, NAMESPACE

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def stack_file_schema() -> dict[str, Any]:
    """The schema of a whole `Pulumi.<stack>.yaml`."""
    schema = Settings.model_json_schema()
    config = {
        "type": "object",
        "properties": {
            "aws:region": {"enum": list(INDONESIAN_REGIONS), "description": "AWS region; in Indonesia by PP 71/2019."},
            **{f"{NAMESPACE}:{name}": section for name, section in schema["properties"].items()},
        },
        "required": ["aws:region", *(f"{NAMESPACE}:{name}" for name in schema["required"])],
        "patternProperties": {"^(aws|pulumi):": {}},
        "additionalProperties": False,
    }
    return {
        "$schema": _DIALECT,
        "title": "Stack file of the Prakerja platform",
        "type": "object",
        "properties": {
            "config": config,
            "secretsprovider": {"type": "string", "description": "What encrypts the stack's secrets."},
            "encryptedkey": {"type": "string", "description": "The stack's data key, encrypted; written by Pulumi."},
            "encryptionsalt": {"type": "string", "description": "Salt of a passphrase; written by Pulumi."},
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": schema["$defs"],
    }


def service_schema() -> dict[str, Any]:
    """The schema of `app/<service>/service.yaml`."""
    schema = TypeAdapter(Annotated[Manifest, Field(discriminator="kind")]).json_schema()
    return {"$schema": _DIALECT, "title": "Service manifest of the Prakerja platform", **schema}


def outputs_schema() -> dict[str, Any]:
    """The schema of the stack's outputs, as `pulumi stack output --json` prints them."""
    return {"$schema": _DIALECT, **PlatformOutputs.model_json_schema()}


SCHEMAS = {
    "stacks/settings.schema.json": stack_file_schema,
    "stacks/outputs.schema.json": outputs_schema,
    "app/service.schema.json": service_schema,
}


def render(schema: dict[str, Any]) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    for path, make in SCHEMAS.items():
        Path(path).write_text(render(make()))
