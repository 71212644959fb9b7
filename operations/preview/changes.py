"""What a preview would change, read from the engine's events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

# What the engine's events have in place of a value that is only known once the change is made, and around a secret.
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SECRET_MARK = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the engine's published mark, not a secret

NOT_KNOWN = "(known after the change)"
SECRET = "[secret]"  # noqa: S105 - what is shown in a secret's place

# What the engine says at the end whatever has failed: a policy, or a protected resource that would have to go.
_SOMETHING_FAILED = "preview failed"
# What it says of those. A preview goes on then, and shows what would be done.
_PROTECTED = re.compile(r"marked for protection|because it is protected")

# The provider of the sandbox says so where it can't tell (`sandbox/aws/provider/service.py`).
_REPLACEMENT_UNKNOWN = "replacement unknown"

_URN = re.compile(r'"(urn:pulumi:[^"]+)"')
_PATH_PART = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


class Action(StrEnum):
    """What is done to a resource, in the words of the report."""

    DELETE = "delete"
    REPLACE = "replace"
    CREATE = "create"
    UPDATE = "update"


_ACTIONS = {
    "create": Action.CREATE,
    "update": Action.UPDATE,
    "delete": Action.DELETE,
    "replace": Action.REPLACE,
    "create-replacement": Action.REPLACE,
    "delete-replaced": Action.REPLACE,
    "import": Action.CREATE,
    "import-replacement": Action.REPLACE,
    "discard-replaced": Action.REPLACE,
}


@dataclass(frozen=True, kw_only=True)
class Property:
    """A property that differs.

    before, after: its values, None where it has none; secrets are never among them. replaces: the resource can't keep
    it and change it.
    """

    path: str
    before: Any = None
    after: Any = None
    replaces: bool = False

    @property
    def input(self) -> str:
        """The input of the resource that it is in."""
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is done to one resource.

    kept: what is deleted stays in the cloud, only the stack forgets it. replacement_unknown: the provider can't tell
    whether it is replaced, so that it counts as replaced. refused: the engine will not do it, as it is protected.
    """

    action: Action
    urn: str
    type: str
    properties: tuple[Property, ...] = ()
    kept: bool = False
    replacement_unknown: bool = False
    refused: bool = False

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """All that a preview found. unchanged: how many resources stay as they are.

    errors: why it failed; then the rest is what it had found till then.
    """

    changes: tuple[Change, ...]
    unchanged: int
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether no resource was looked at."""
        return not self.changes and not self.unchanged


def read_changes(events: Iterable[Mapping[str, Any]], protected: frozenset[str] = frozenset()) -> Changes:
    """What the events of one preview say; those of components and providers, which are nothing by themselves, are left.

    events: the engine's (`pulumi preview --json` with PULUMI_ENABLE_STREAMING_JSON_PREVIEW, or its event log).
    protected: URNs of resources that the engine protects, where the events were made without that protection: with it,
    the engine stops at the first that is deleted, and shows no others.
    """
    found: dict[str, Change] = {}
    unchanged: set[str] = set()
    said: dict[str, list[str]] = {"warning": [], "error": []}
    unknown: set[str] = set()
    refused: set[str] = set()
    for event in events:
        if "resourcePreEvent" in event:
            metadata = event["resourcePreEvent"]["metadata"]
            change = _change(metadata, protected) if _is_custom(metadata) else None
            if change is not None:
                found[change.urn] = _merged(found.get(change.urn), change)
            elif metadata["op"] == "same" and _is_custom(metadata):
                unchanged.add(metadata["urn"])
        elif "diagnosticEvent" in event:
            diagnostic = event["diagnosticEvent"]
            message, urn = diagnostic["message"].strip(), diagnostic.get("urn", "")
            if _REPLACEMENT_UNKNOWN in message:
                unknown.add(urn)
            if _PROTECTED.search(message):
                refused.update([urn, *_URN.findall(message)])
            elif message and message != _SOMETHING_FAILED and diagnostic["severity"] in said:
                said[diagnostic["severity"]].append(_about(urn) + message)
    return Changes(
        changes=tuple(
            replace(one, replacement_unknown=one.urn in unknown, refused=_is_refused(one, refused, protected))
            for one in found.values()
        ),
        unchanged=len(unchanged),
        warnings=tuple(dict.fromkeys(said["warning"])),
        errors=tuple(dict.fromkeys(said["error"])),
    )


def _is_refused(change: Change, refused: set[str], protected: frozenset[str]) -> bool:
    ends = change.action in {Action.DELETE, Action.REPLACE}
    return change.urn in refused or (ends and change.urn in protected)


def _is_custom(metadata: Mapping[str, Any]) -> bool:
    state = metadata.get("new") or metadata.get("old") or {}
    return bool(state.get("custom")) and not metadata["type"].startswith("pulumi:")


def _change(metadata: Mapping[str, Any], protected: frozenset[str]) -> Change | None:
    old, new = metadata.get("old") or {}, metadata.get("new") or {}
    old = {**old, "protect": old.get("protect") or metadata["urn"] in protected}
    unprotected = [Property(path="protect", before=True, after=False)] if _loses_protection(old, new) else []
    action = _ACTIONS.get(metadata["op"]) or (Action.UPDATE if unprotected else None)
    if action is None:
        return None
    return Change(
        action=action,
        urn=metadata["urn"],
        type=metadata["type"],
        properties=(*_properties(metadata, old, new), *unprotected),
        kept=bool(old.get("retainOnDelete")) and action in {Action.DELETE, Action.REPLACE},
    )


def _loses_protection(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether the engine would no longer refuse to delete it."""
    return bool(old.get("protect")) and bool(new) and not new.get("protect")


def _merged(before: Change | None, change: Change) -> Change:
    """A replacement has several steps, of which not all say why."""
    if before is None or len(change.properties) > len(before.properties):
        return change
    return before


def _properties(metadata: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Property]:
    if metadata["op"] in {"create", "delete", "import"}:
        return
    keys = set(metadata.get("keys") or ())
    detailed = metadata.get("detailedDiff") or {}
    for path, difference in sorted(detailed.items()):
        kind = str(difference.get("diffKind") or difference.get("kind") or "")
        yield _property(path, old, new, replaces=kind.endswith("replace"))
    if not detailed:
        for path in sorted({*(metadata.get("diffs") or ()), *keys}):
            yield _property(path, old, new, replaces=path in keys)


def _property(path: str, old: Mapping[str, Any], new: Mapping[str, Any], *, replaces: bool) -> Property:
    before = _value(old.get("inputs"), path)
    if before is None:
        before = _value(old.get("outputs"), path)  # drift shows there
    return Property(path=path, before=before, after=_value(new.get("inputs"), path), replaces=replaces)


def _value(properties: Any, path: str) -> Any:
    """The value at a property path, None where there is none, with nothing secret in it."""
    value = properties
    for found in _PATH_PART.finditer(path):
        name, index, quoted = found.groups()
        if isinstance(value, Mapping) and _SECRET_MARK in value:
            return SECRET
        if index is not None:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            key = name if name is not None else quoted
            value = value.get(key) if isinstance(value, Mapping) else None
    return _shown(value)


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        if _SECRET_MARK in value:
            return SECRET
        return {name: _shown(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return NOT_KNOWN if value == _UNKNOWN else value


def _about(urn: str) -> str:
    return "" if not urn or "::pulumi:pulumi:Stack::" in urn else f"{urn.rpartition('::')[2]}: "
