"""What somebody changed by hand is found by a refresh, in every type that is more than recorded.

Each type is changed by AWS's own API in what the program sets of it, and Read must then give other inputs: it is from
those that the engine tells a user of a drift.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.aws.provider.cloud import Cloud
from sandbox.aws.provider.registry import declarations
from sandbox.provider.fidelity import Fidelity
from tests.sandbox.aws.provider.drift import data, identity, machines, network, traffic
from tests.sandbox.aws.provider.drift.changes import Change, Changes
from tests.sandbox.aws.provider.drift.site import INPUTS, DriftSite, inputs_of
from tests.sandbox.aws.provider.test_foundation_types import CASES as FOUNDATION
from tests.sandbox.aws.provider.test_lifecycle import RECORDED
from tests.sandbox.aws.provider.test_partner_types import CASES as PARTNERS
from tests.sandbox.aws.provider.test_platform_types import CASES as PLATFORM
from tests.sandbox.aws.provider.test_trust_stores import TRUST_STORE
from tests.sandbox.provider.engine_driver import EngineDriver, Resource

pytestmark = pytest.mark.sandbox

DRIFT: Changes = network.CHANGES | machines.CHANGES | identity.CHANGES | data.CHANGES | traffic.CHANGES
# Types for which moto by itself lacks operations: there a change is found on the corrected cloud.
CHANGED_ON_THE_CORRECTED_CLOUD = {
    case.token for case in (*FOUNDATION, *PARTNERS, *PLATFORM, TRUST_STORE) if case.token not in RECORDED
}
EACH = [
    pytest.param(f"aws:{token}", shows, change, id=f"{token.rpartition(':')[2]}-{shows or 'gone'}-{number}")
    for token, changes in DRIFT.items()
    for number, (shows, change) in enumerate(changes)
]


@pytest.fixture
def site(engine: EngineDriver, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[DriftSite]:
    monkeypatch.setenv("MOTO_ACM_VALIDATION_WAIT", "0")
    yield DriftSite(engine, cloud)
    httpx.post(f"{cloud.endpoint}/moto-api/reset").raise_for_status()  # what was changed by hand may resist deletion


def test_every_type_that_is_more_than_recorded_is_among_these() -> None:
    expected = {token for token, declared in declarations().items() if declared.fidelity is not Fidelity.RECORDED}
    assert {f"aws:{token}" for token in DRIFT} | CHANGED_ON_THE_CORRECTED_CLOUD == expected


@pytest.mark.parametrize(("token", "shows", "change"), EACH)
def test_a_change_by_hand_is_found(
    token: str, shows: str | None, change: Change, engine: EngineDriver, cloud: Cloud, site: DriftSite
) -> None:
    made = engine.made(token, "it", **inputs_of(token, site))
    before = dict(made.checked)
    change(cloud, made, site)
    found = made.read()
    if shows is None:
        assert found is None
        return
    assert found is not None
    made.checked = found[0]
    drifted = {path.partition(".")[0].partition("[")[0] for path in _differences(made, before)}
    assert shows in drifted


def _differences(made: Resource, program: dict[str, Any]) -> list[str]:
    """What the next update would change back."""
    return list(made.diff(program).detailedDiff)


IMPORTED = [pytest.param(token, id=token) for token in INPUTS if token[4:] in DRIFT]


@pytest.mark.parametrize("token", IMPORTED)
def test_an_import_gives_inputs_that_are_valid_and_change_nothing(
    token: str, engine: EngineDriver, site: DriftSite
) -> None:
    made = engine.made(token, "it", **inputs_of(token, site))
    imported = engine.imported(token, made.id)
    checked = imported.check(imported.checked, imported.checked)
    assert not _differences(imported, checked)
