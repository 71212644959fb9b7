"""How a recorded resource type is declared: what its vendor makes up, and which changes replace it.

What its properties are, and which of them are secret, the SDK says.
"""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.provider.naming import Naming
from sandbox.provider.values import Properties, Value

NAMED = Naming(limit=255, prefix_input=None)
"""A name of the provider's own making, where the program gives none."""

MADE_UP_DOMAIN = "invalid"
"""The end of the host names that the sandbox makes up: RFC 2606 keeps it from ever leading anywhere."""


@dataclass(frozen=True)
class Made:
    """A resource as its vendor sees it.

    inputs: what was asked for. id: its own. before: what the vendor had added to it before this change.
    """

    inputs: Properties
    id: str
    before: Properties = field(default_factory=dict)


Addition = Callable[[Made], Value]


def _nothing(_old: Properties, _new: Properties) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One resource type.

    type: its token. behind: what else is to be known of it, for those who ask how far to trust a rehearsal.
    id: the vendor's id for a new one.
    place: how `pulumi import` names one, over `{id}` and the inputs; the record has it under that.
    full_place: how an import may name one more shortly: from that to the record's place.
    settings: there is always just one at its place, and making it is changing it.
    adds: what the vendor adds to a new one. changes: what of that becomes another with every change.
    replaces: the inputs whose change replaces the resource. replaces_by_content: those that do by what is in them.
    write_only: the inputs that the vendor takes and never answers, dotted; a list's items are `*`.
    unhandled: the inputs that the sandbox refuses. documents: the inputs that are JSON, compared as that.
    naming: how a name is made where the program gives none.
    """

    type: str
    behind: str = ""
    id: Callable[[Properties], str]
    place: str = "{id}"
    full_place: Callable[[str], str] = str
    settings: bool = False
    adds: Mapping[str, Addition] = field(default_factory=dict)
    changes: frozenset[str] = frozenset()
    replaces: frozenset[str] = frozenset()
    replaces_by_content: Callable[[Properties, Properties], frozenset[str]] = _nothing
    write_only: tuple[str, ...] = ()
    unhandled: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    naming: Naming | None = None

    def place_of(self, resource_id: str, properties: Properties) -> str:
        """Where the record has the resource. Raises KeyError where a property of it is missing."""
        return self.place.format_map({**properties, "id": resource_id})

    def same(self, name: str, old: Value, new: Value) -> bool:
        """Whether two values of an input mean the same."""
        if name in self.documents and isinstance(old, str) and isinstance(new, str):
            return bool(_document(old) == _document(new))
        return bool(old == new)


def _document(text: str) -> Value:
    try:
        return json.loads(text)
    except ValueError:
        return text


def now(_made: Made) -> str:
    """The time, as the vendors write it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def counted(name: str) -> Addition:
    """A number that goes up by one with each change, from one."""
    return lambda made: int(made.before.get(name, 0)) + 1


def constant(value: Value) -> Addition:
    """The same for every resource."""
    return lambda _made: value


def hex_digits(count: int) -> Callable[[Properties], str]:
    """An id of that many random hex digits."""
    return lambda _inputs: secrets.token_hex(count // 2)


def letters_and_digits(lead: str, count: int) -> Callable[[Properties], str]:
    """An id that begins with `lead`, then has that many random capitals and digits."""
    alphabet = string.ascii_uppercase + string.digits
    return lambda _inputs: lead + "".join(secrets.choice(alphabet) for _ in range(count))
