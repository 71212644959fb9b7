"""What the declarations name is what the SDKs have."""

from __future__ import annotations

import pytest

from sandbox.provider.fidelity import Fidelity
from sandbox.provider.sdk import PropertyType, resource_type
from sandbox.saas.declaration import Recorded
from sandbox.saas.fidelity import every_type
from sandbox.saas.registry import DECLARED, VENDORS

pytestmark = pytest.mark.unit

every_declaration = pytest.mark.parametrize("declared", DECLARED.values(), ids=DECLARED)


@every_declaration
def test_its_inputs_are_the_sdk_s(declared: Recorded) -> None:
    named = {*declared.replaces, *declared.unhandled, *declared.documents}
    assert named <= resource_type(declared.type).inputs.keys()


@every_declaration
def test_what_the_vendor_adds_are_outputs_of_the_sdk_s(declared: Recorded) -> None:
    assert declared.adds.keys() <= resource_type(declared.type).outputs.keys()
    assert declared.changes <= declared.adds.keys()


@every_declaration
def test_nothing_that_the_program_must_give_is_unhandled(declared: Recorded) -> None:
    assert not declared.unhandled & resource_type(declared.type).required


@every_declaration
def test_every_write_only_path_leads_somewhere(declared: Recorded) -> None:
    for path in declared.write_only:
        of = PropertyType("object", arguments=resource_type(declared.type).arguments)
        for part in path.split("."):
            of = of.items if part == "*" else of.fields[part]


@every_declaration
def test_inputs_that_the_sdk_calls_secret_are_not_recorded(declared: Recorded) -> None:
    of = resource_type(declared.type)
    assert of.secrets & of.inputs.keys() <= set(declared.write_only)


@every_declaration
def test_a_name_is_made_for_what_has_one_that_need_not_be_given(declared: Recorded) -> None:
    of = resource_type(declared.type)
    assert (declared.naming is not None) == ("name" in of.inputs and "name" not in of.required)


def test_a_type_belongs_to_the_vendor_that_its_token_names() -> None:
    for vendor, types in VENDORS.items():
        assert {token.partition(":")[0] for token in types} == {vendor}


def test_each_is_told_of_as_recorded_with_its_inputs_counted() -> None:
    rows = {row.type: row for row in every_type()}
    assert rows.keys() == DECLARED.keys()
    assert {row.fidelity for row in rows.values()} == {Fidelity.RECORDED}
    ruleset = rows["cloudflare:index/ruleset:Ruleset"]
    assert (ruleset.handled, ruleset.inputs) == (6, 7)
