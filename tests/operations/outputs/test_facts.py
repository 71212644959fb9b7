"""The flat rows hold every value once, each under a name of its own."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from operations.outputs.facts import Fact, as_csv, facts
from tests.operations.outputs.sample import sample_outputs

pytestmark = pytest.mark.unit


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and value:
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list) and value:
        for one in value:
            yield from leaves(one)
    else:
        yield value


def as_text(value: Any) -> str:
    if value is None or value in ([], {}):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_every_value_is_a_fact_and_every_fact_a_value() -> None:
    outputs = sample_outputs()
    assert Counter(fact.value for fact in facts(outputs)) == Counter(map(as_text, leaves(outputs)))


def test_no_two_facts_have_one_name() -> None:
    names = Counter((fact.section, fact.name, fact.property) for fact in facts(sample_outputs()))
    assert [name for name, count in names.items() if count > 1] == []


def test_things_are_named_by_what_people_know_them_by() -> None:
    rows = set(facts(sample_outputs()))
    assert Fact("services", "portal", "vms.desired", "40") in rows
    assert Fact("data_stores", "database prod-database", "backups[0].retention_days", "35") in rows
    assert Fact("platform", "platform", "region", "ap-southeast-3") in rows


def test_the_csv_is_read_back_as_it_was() -> None:
    outputs = sample_outputs()
    outputs["site"]["url"] = 'a "quoted", broken\nline'
    read = csv.reader(StringIO(as_csv(outputs)))
    assert next(read) == list(Fact._fields)
    assert [Fact(*row) for row in read] == list(facts(outputs))
