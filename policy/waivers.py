"""Waivers: violations that somebody answers for until a day. One reviewed file; what is wrong with it is a violation.

A waiver names its resource exactly, by the URN that it has in its own environment's stack. A sandbox rehearses an
environment with that environment's settings under a stack name of its own, so the waiver holds for it there too.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from policy.controls import CONTROLS

_TEXTS = ("rule", "urn", "reason", "owner", "approver")
_FIELDS = (*_TEXTS, "expires")


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """expires: the last day on which it holds."""

    rule: str
    urn: str
    reason: str
    owner: str
    approver: str
    expires: datetime.date

    @property
    def stack(self) -> str:
        """The stack of its URN."""
        return self.urn.split(":")[2]

    def as_json(self) -> dict[str, str]:
        """For the results file."""
        return {**asdict(self), "expires": self.expires.isoformat()}


@dataclass(frozen=True, kw_only=True)
class Waivers:
    """Those in force, and what is wrong with the others."""

    in_force: Sequence[Waiver]
    faults: Sequence[str]

    def of(self, rule: str, urn: str, environment: str) -> Waiver | None:
        """The waiver for a rule and a resource of a stack that is, or rehearses, an environment."""
        return next((one for one in self.of_environment(environment) if one.rule == rule and _same(one, urn)), None)

    def of_environment(self, environment: str) -> Iterator[Waiver]:
        """Those for an environment's resources."""
        return (waiver for waiver in self.in_force if waiver.stack == environment)


def _same(waiver: Waiver, urn: str) -> bool:
    return waiver.urn.partition("::")[2] == urn.partition("::")[2]


def read_waivers(path: Path, today: datetime.date) -> Waivers:
    """Read the file; every entry that is malformed or expired is a fault, and waives nothing."""
    try:
        document = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        return Waivers(in_force=[], faults=[f"{path.name} is no YAML: {error}"])
    if not isinstance(document, dict) or set(document) != {"waivers"} or not isinstance(document["waivers"], list):
        return Waivers(in_force=[], faults=[f"{path.name} must hold `waivers:` and a list, nothing else"])
    in_force: list[Waiver] = []
    faults: list[str] = []
    for number, entry in enumerate(document["waivers"], 1):
        wrong = list(_wrong(entry, in_force, today))
        if wrong:
            faults.append(f"waiver {number}: {'; '.join(wrong)}")
        else:
            in_force.append(Waiver(**entry))
    return Waivers(in_force=in_force, faults=faults)


def _wrong(entry: Any, others: Collection[Waiver], today: datetime.date) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"it must be a mapping of {', '.join(_FIELDS)}"
        return
    yield from (f"{name} is unknown" for name in sorted(map(str, set(entry) - set(_FIELDS))))
    missing = [name for name in _FIELDS if not entry.get(name)]
    yield from (f"{name} is missing" for name in missing)
    wrong = [name for name in _TEXTS if name not in missing and not isinstance(entry[name], str)]
    yield from (f"{name} must be a text" for name in wrong)
    if missing or wrong:
        return
    if entry["rule"] not in CONTROLS or entry["rule"] == "waivers":
        yield f"there is no rule '{entry['rule']}'"
    if not entry["urn"].startswith("urn:pulumi:") or entry["urn"].count("::") < 3 or "*" in entry["urn"]:
        yield f"'{entry['urn']}' is no resource's URN"
    if entry["approver"] == entry["owner"]:
        yield "its owner can't approve it"
    if any((one.rule, one.urn) == (entry["rule"], entry["urn"]) for one in others):
        yield "another waives the same"
    expires = entry["expires"]
    if not isinstance(expires, datetime.date) or isinstance(expires, datetime.datetime):
        yield "expires must be a date such as 2027-01-31"
    elif expires < today:
        yield f"{entry['rule']} for {entry['urn'].rpartition('::')[2]} expired on {expires}"
