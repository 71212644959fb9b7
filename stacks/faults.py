"""What is wrong with a document that a person wrote, one line a fault: where, what, what is allowed, what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

# Kinds of fault whose own message does not tell what is allowed; the field's description does.
_SAYS_NOT_WHAT_IS_ALLOWED = {"string_pattern_mismatch", "ip_v4_network", "value_error"}
# A longer list of names helps nobody; the nearest few do.
_NAMES_WORTH_LISTING = 12


def describe_faults(
    error: ValidationError, *, model: type[BaseModel], place: str, section: tuple[str, ...] = ()
) -> list[str]:
    """One line for each fault that pydantic found while it read a `model`, or the part of it at `section`.

    place: where the document stands, put before each key's path (`prakerja:`, `app/portal/service.yaml: `).
    """
    faults = error.errors(include_url=False)
    return [
        _describe({**fault, "loc": (*section, *fault["loc"])}, model, place)
        for fault in faults
        if not _follows_from_another(fault, faults)
    ]


def unknown_name(name: str, allowed: Iterable[str]) -> str:
    """The rest of a line about a name that nobody knows: the nearest known one, and all of them."""
    known = sorted(allowed)
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean '{close[0]}'? " if close else ""
    if len(known) > _NAMES_WORTH_LISTING:
        known = [*get_close_matches(name, known, n=_NAMES_WORTH_LISTING, cutoff=0.3), "…"]
    return f"'{name}' is not known; {hint}allowed: {', '.join(known)}"


def _follows_from_another(fault: ErrorDetails, faults: Iterable[ErrorDetails]) -> bool:
    """Whether a collection is only too short because what is faulty in it was left out."""
    location = fault["loc"]
    return fault["type"] == "too_short" and any(
        len(other["loc"]) > len(location) and other["loc"][: len(location)] == location for other in faults
    )


def _describe(fault: ErrorDetails, model: type[BaseModel], place: str) -> str:
    location = fault["loc"]
    if fault["type"] == "extra_forbidden":
        owner = _path(place, location[:-1])
        separator = "." if location[:-1] else ""
        return f"{owner}{separator}{location[-1]}: {unknown_name(str(location[-1]), _keys_at(model, location[:-1]))}"
    path = _path(place, location)
    _, description = _field_at(model, location)
    if fault["type"] == "missing":
        return f"{path}: missing; needed: {description}"
    if location[-1] == "[key]":
        return f"{_path(place, location[:-1])}: not a valid name; {fault['msg']}"
    if fault["type"] == "value_error":
        message, given = str(fault["ctx"]["error"]), ""
    else:
        message, given = fault["msg"], f" (given: {fault['input']!r})"
    if fault["type"] == "string_pattern_mismatch":
        message = "not of the right form"
    allowed = f"; allowed: {description}" if fault["type"] in _SAYS_NOT_WHAT_IS_ALLOWED else ""
    if "allowed: " in message:
        allowed = ""
    return f"{path}: {message}{given}{allowed}{_nearest_literal(fault)}"


def _nearest_literal(fault: ErrorDetails) -> str:
    if fault["type"] != "literal_error":
        return ""
    close = get_close_matches(str(fault["input"]), fault["ctx"]["expected"].replace("'", "").split(" or "), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _path(place: str, location: tuple[int | str, ...]) -> str:
    return place + ".".join(str(part) for part in location)


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    annotation, _ = _field_at(model, location)
    return list(annotation.model_fields) if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _field_at(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[Any, str]:
    """The type and the description of what stands at `location`; a part of a whole has the whole's description."""
    annotation: Any = model
    description = ""
    for part in location:
        annotation = _without_optional(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields.get(str(part), FieldInfo())
            annotation, description = field.annotation, field.description or ""
        elif arguments := get_args(annotation):
            annotation = arguments[1] if get_origin(annotation) is dict else arguments[0]
    return _without_optional(annotation), description


def _without_optional(annotation: Any) -> Any:
    while get_origin(annotation) in (Annotated, Union, UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    return annotation
