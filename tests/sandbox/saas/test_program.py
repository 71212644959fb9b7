"""What the platform's own program asks of the vendors is taken, kept as it is, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.saas.registry import DECLARED, VENDORS
from tests.sandbox.provider.engine_driver import EngineDriver
from tests.sandbox.saas.conftest import Vendor
from tests.stacks.environments import recorded

pytestmark = pytest.mark.sandbox


def test_prod_s_resources_are_taken_and_a_second_update_changes_nothing(tmp_path: Path) -> None:
    declared = [one for one in recorded("prod").resources if one.type.partition(":")[0] in VENDORS]
    assert {one.type for one in declared} == DECLARED.keys()
    vendors = {name: Vendor(name, tmp_path) for name in VENDORS}
    engines: dict[str, EngineDriver] = {name: vendor.engine for name, vendor in vendors.items()}
    made = [engines[one.type.partition(":")[0]].made(one.type, one.name, **one.inputs) for one in declared]
    for resource in made:
        assert resource.paths() == {}, resource.name
        found = resource.read()
        assert found is not None
        assert found[0] == resource.checked, resource.name
    for resource in reversed(made):
        resource.delete()
    for vendor in vendors.values():
        assert vendor.record.entries() == {}
        vendor.end()
