"""What the documentation says of the sandbox's fidelity is what the declarations say."""

from __future__ import annotations

import pytest

from sandbox.aws.provider.declaration import Fidelity
from sandbox.aws.provider.fidelity import PAGE, every_type, page
from sandbox.aws.provider.registry import declarations
from sandbox.kubernetes.provider.fidelity import KINDS

pytestmark = pytest.mark.unit


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `python -m sandbox.aws.provider.fidelity`"


def test_every_served_type_is_told_of_once_and_in_order() -> None:
    rows = every_type()
    assert sorted(row.type for row in rows) == sorted([*declarations(), *KINDS])
    kinds = list(Fidelity)
    keys = [(kinds.index(row.fidelity), row.type) for row in rows]
    assert keys == sorted(keys)


def test_what_runs_says_what_stands_behind_it() -> None:
    assert [row.type for row in every_type() if row.fidelity is Fidelity.RUNS and not row.behind] == []
