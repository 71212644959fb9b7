"""Tags: the same map in the program, a different call in every service."""

from __future__ import annotations

from typing import Any

from sandbox.aws.provider.declaration import Model, Tagging
from sandbox.aws.provider.picking import pick
from sandbox.aws.provider.work import Work


def wanted_tags(work: Work) -> dict[str, str]:
    """The resource's tags with the provider's own default tags under them."""
    if work.declaration.tagging is None:  # an Auto Scaling group's tags are an input like others
        return {}
    return {**work.default_tags, **work.inputs.get("tags", {})}


def at_creation(work: Work) -> Model:
    """The create call's parameters that carry the tags."""
    tagging = work.declaration.tagging
    tags = wanted_tags(work)
    if tagging is None or not tagging.create or not tags:
        return {}
    given = as_parameter(tagging, tags)
    if tagging.specification:
        return {"TagSpecifications": [{"ResourceType": tagging.specification, "Tags": given}]}
    return {tagging.create: given}


def read(work: Work, model: Model) -> dict[str, str]:
    """The tags that AWS has, less AWS's own."""
    tagging = work.declaration.tagging
    if tagging is None:
        return {}
    found: Any = pick(tagging.path, model) if tagging.read is None else work.perform(tagging.read)
    pairs = found or []
    tags = pairs if isinstance(pairs, dict) else {pair[tagging.key]: pair[tagging.value] for pair in pairs}
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def bring_about(work: Work, present: dict[str, str]) -> None:
    """Change the present tags into those wanted."""
    tagging = work.declaration.tagging
    if tagging is None:
        return
    wanted = wanted_tags(work)
    if tagging.put is not None and wanted != present:
        tagging.put(work, wanted)
        return
    removed = {key: value for key, value in present.items() if key not in wanted}
    added = {key: value for key, value in wanted.items() if present.get(key) != value}
    if removed and tagging.remove is not None:
        keys = [{tagging.key: key} for key in removed] if tagging.remove_pairs else list(removed)
        work.perform(tagging.remove, more={tagging.remove_parameter: keys})
    if added and tagging.add is not None:
        work.perform(tagging.add, more={tagging.add_parameter: as_parameter(tagging, added)})


def as_parameter(tagging: Tagging, tags: dict[str, str]) -> list[dict[str, str]] | dict[str, str]:
    """The tags as the service's calls take them."""
    if tagging.mapped:
        return tags
    return [{tagging.key: key, tagging.value: value} for key, value in tags.items()]
