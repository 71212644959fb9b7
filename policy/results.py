"""Results: what each rule says of each resource, and the file that they are handed on in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from policy.controls import CONTROLS

SCHEMA_VERSION = 1


class Verdict(StrEnum):
    """The five results. A preview can't know everything: UNKNOWN is decided on the exported state after `up`."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Result:
    """urn, type: of the resource; empty where a rule finds none to judge, and for the waivers' file.
    message: what is wrong, or not known, or why the rule doesn't apply.
    waiver: the one that excuses it.
    """

    rule: str
    urn: str
    type: str
    result: Verdict
    message: str = ""
    waiver: dict[str, str] | None = None

    @property
    def severity(self) -> str:
        """How grave a violation is."""
        return CONTROLS[self.rule].severity.value

    def as_json(self) -> dict[str, Any]:
        """As in the results file."""
        return {
            "rule": self.rule,
            "urn": self.urn,
            "type": self.type,
            "result": self.result.value,
            "message": self.message,
            "severity": self.severity,
            "waiver": self.waiver,
        }


def document(results: Iterable[Result]) -> dict[str, Any]:
    """The results file's content."""
    return {"schema_version": SCHEMA_VERSION, "results": [result.as_json() for result in results]}


def write(path: Path, results: Iterable[Result]) -> None:
    """Write the results file; a reader never sees half of it."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(document(results), indent=1) + "\n")
    fresh.replace(path)


def load(path: Path) -> Sequence[Result]:
    """What `write` wrote."""
    return [
        Result(
            rule=one["rule"],
            urn=one["urn"],
            type=one["type"],
            result=Verdict(one["result"]),
            message=one["message"],
            waiver=one["waiver"],
        )
        for one in json.loads(path.read_text())["results"]
    ]
