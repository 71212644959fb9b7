"""The API's description is valid, and true."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from app.registration import openapi
from app.registration.api import _REFUSALS
from app.registration.validation import _PARSERS
from app.registration.validation import validate as validate_applicant
from tests.app.registration.samples import applicant

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


def _validator(document: dict[str, Any], name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


def test_it_is_openapi(document: dict[str, Any]) -> None:
    validate(document)


def test_it_names_the_fields_that_are_taken(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["AccountRequest"]
    assert list(schema["properties"]) == schema["required"] == list(_PARSERS)
    assert schema["additionalProperties"] is False


def test_its_examples_make_an_applicant_that_is_taken(document: dict[str, Any]) -> None:
    properties = document["components"]["schemas"]["AccountRequest"]["properties"]
    example = {name: schema["examples"][0] for name, schema in properties.items()}
    _validator(document, "AccountRequest").validate(example)
    validate_applicant(example)


def test_what_is_taken_fits_its_schema(document: dict[str, Any]) -> None:
    validate_applicant(applicant())
    _validator(document, "AccountRequest").validate(applicant())


def test_it_tells_every_status_that_the_operation_has(document: dict[str, Any]) -> None:
    told = set(document["paths"]["/api/accounts"]["post"]["responses"])
    of_other_addresses = {404, 405, 500}
    assert told == {"201"} | {str(status) for status in _REFUSALS.keys() - of_other_addresses}
