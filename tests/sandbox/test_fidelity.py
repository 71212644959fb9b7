"""What the documentation says of the sandbox's fidelity is what the declarations say."""

from __future__ import annotations

import pytest

from sandbox.aws.provider.registry import declarations
from sandbox.fidelity import PAGE, every_type, page
from sandbox.provider.fidelity import Fidelity

pytestmark = pytest.mark.unit


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `python -m sandbox.fidelity`"


def test_every_served_type_is_told_of_once_and_in_order() -> None:
    rows = every_type()
    assert len({row.type for row in rows}) == len(rows)
    assert declarations().keys() | {"docker-build:index:Image", "kubernetes:apps/v1:Deployment"} <= {
        row.type for row in rows
    }
    kinds = list(Fidelity)
    keys = [(kinds.index(row.fidelity), row.type) for row in rows]
    assert keys == sorted(keys)


def test_what_runs_says_what_stands_behind_it() -> None:
    assert [row.type for row in every_type() if row.fidelity is Fidelity.RUNS and not row.behind] == []
