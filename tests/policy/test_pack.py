"""The pack is light, stands alone, and names what there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from policy.controls import CONTROLS, Framework
from policy.page import PAGE, page
from policy.rules.taggable import TAGGABLE
from tests.policy.sdk_types import resource_types, taggable

pytestmark = pytest.mark.unit

PACK = Path(__file__).parents[2] / "policy"
# Any SDK of a cloud takes seconds to import: rules match on type tokens.
ALLOWED = {"policy", "yaml", "grpc", "google", "pulumi.runtime.proto"}
STANDARD = {"__future__", "argparse", "base64", "binascii", "collections", "concurrent", "dataclasses", "datetime"} | {
    *("enum", "functools", "ipaddress", "json", "os", "pathlib", "re", "signal", "subprocess", "sys", "threading"),
    *("typing", "xml"),
}
_CLAUSES = {
    Framework.CIS_AWS: r"\d(\.\d+){1,2}",
    Framework.ISO_27001: r"A\.[5-8]\.\d+",
    Framework.UU_PDP: r"Pasal \d+",
    Framework.PP_71: r"Pasal \d+( ayat \(\d\))?( huruf [a-z])?",
    Framework.BSSN_4: r"Pasal \d+( ayat \(\d\))?( huruf [a-z])?",
}


def imported() -> Iterator[str]:
    for path in PACK.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module


def test_it_imports_no_cloud_sdk_and_nothing_of_the_platform() -> None:
    foreign = {name for name in imported() if name.split(".")[0] not in STANDARD | ALLOWED and name not in ALLOWED}
    assert foreign == set()


def test_every_aws_type_that_it_names_is_one_of_the_sdks() -> None:
    named = {
        token
        for path in (PACK / "rules").glob("*.py")
        for token in re.findall(r'"(aws:[A-Za-z0-9]+/[A-Za-z0-9]+:[A-Za-z0-9]+)"', path.read_text())
    }
    assert named
    assert named - resource_types().keys() == set()


def test_the_types_that_can_bear_tags_are_the_sdks() -> None:
    assert sorted(TAGGABLE) == taggable(), "run `python -m tests.policy.sdk_types`"


def test_every_rule_says_what_it_is_for() -> None:
    for control in CONTROLS.values():
        assert control.title
        assert control.remedy
        assert control.serves
        for framework, clauses in control.serves.items():
            assert clauses
            assert all(re.fullmatch(_CLAUSES[framework], clause) for clause in clauses), clauses


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `python -m policy.page`"
