"""Label selectors select as the API server's do."""

from __future__ import annotations

import pytest

from sandbox.kubernetes.api.selectors import selects

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("", True),
        ("app=portal", True),
        ("app==portal,tier=web", True),
        ("app=portal,tier=db", False),
        ("app!=portal", False),
        ("other!=x", True),
        ("app in (portal, registration),tier", True),
        ("app notin (portal)", False),
        ("!other", True),
        ("!app", False),
        ("other", False),
    ],
)
def test_a_selector_holds_where_all_its_requirements_do(selector: str, selected: bool) -> None:
    assert selects(selector, {"app": "portal", "tier": "web"}) is selected
