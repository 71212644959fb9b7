"""Answers in a fraction of the time: which names a response's field may have is worked out once, not for each object.

moto 5.2.5: to fill one field of an answer it builds up to ten possible attribute names through five alias classes, for
every field of every object; that is more than half of the time of a DescribeInstances with 100 instances. The names
depend only on the field and the object's class.
"""

from __future__ import annotations

from typing import Any

from moto.core.serialize import AttributePicker, AttributePickerContext, XFormedAttributePicker
from moto.core.utils import get_value

from sandbox.aws.server.corrections.patching import replace

_MISSING = object()
_names: dict[tuple[Any, ...], tuple[str, ...]] = {}


def apply() -> None:
    replace(AttributePicker, __call__=_pick)


def _pick(picker: XFormedAttributePicker, context: AttributePickerContext) -> Any:
    value = next(
        (
            value
            for name in _possible_names(picker, context)
            if (value := get_value(context.obj, name, _MISSING)) is not _MISSING
        ),
        None,
    )
    suffixes = picker.__dict__.setdefault("suffixes", tuple(picker.response_transformers))
    path = f"{context.key_path}.{context.key}"
    if path.endswith(suffixes):
        transform = next(picker.response_transformers[suffix] for suffix in suffixes if path.endswith(suffix))
        return transform(value)
    return value


def _possible_names(picker: XFormedAttributePicker, context: AttributePickerContext) -> tuple[str, ...]:
    shape = context.shape
    parent = getattr(shape, "parent", None)
    service = context.service_model.service_name if context.service_model else None
    field = (service, parent.name if parent else None, shape.name, shape.serialization.get("name"), context.key)
    key = (type(context.obj), *field)
    if key not in _names:
        _names[key] = tuple(dict.fromkeys(picker.get_possible_keys(context)))
    return _names[key]
