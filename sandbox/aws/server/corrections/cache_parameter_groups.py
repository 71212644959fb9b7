"""ElastiCache's parameter groups.

moto 5.2.5: there are none.

AWS's own groups (`default.…`) are there by their names. Whether a parameter exists is found out by the cache itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import ElastiCacheException, InvalidParameterValueException
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from sandbox.aws.server.corrections.patching import add

_FAMILY = re.compile(r"valkey\d+|redis\d[\d.x]*|memcached\d+\.\d+")
_DEFAULT = "default."


def apply() -> None:
    add(
        ElastiCacheResponse,
        create_cache_parameter_group=_create,
        describe_cache_parameter_groups=_describe,
        describe_cache_parameters=_describe_parameters,
        modify_cache_parameter_group=_modify,
        reset_cache_parameter_group=_reset,
        delete_cache_parameter_group=_delete,
    )


@dataclass
class ParameterGroup:
    """parameters: those that the group sets, by name."""

    name: str
    family: str
    description: str
    arn: str
    parameters: dict[str, str] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        return {
            "CacheParameterGroupName": self.name,
            "CacheParameterGroupFamily": self.family,
            "Description": self.description,
            "IsGlobal": False,
            "ARN": self.arn,
        }


def parameters_of(backend: ElastiCacheBackend, name: str | None) -> dict[str, str]:
    """What a parameter group sets; nothing where it is one of AWS's own."""
    group = _groups(backend).get(name or "")
    return group.parameters if group else {}


def parameter_group(backend: ElastiCacheBackend, name: str) -> ParameterGroup:
    """A group by its name. Raises CacheParameterGroupNotFoundFault."""
    if name.startswith(_DEFAULT) and _FAMILY.fullmatch(name.removeprefix(_DEFAULT)):
        family = name.removeprefix(_DEFAULT)
        return ParameterGroup(name, family, f"Default parameter group for {family}", _arn(backend, name))
    if name not in _groups(backend):
        raise ElastiCacheException("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    return _groups(backend)[name]


def _groups(backend: ElastiCacheBackend) -> dict[str, ParameterGroup]:
    groups: dict[str, ParameterGroup] = backend.__dict__.setdefault("parameter_groups", {})
    return groups


def _arn(backend: ElastiCacheBackend, name: str) -> str:
    return f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:parametergroup:{name}"


def _create(response: ElastiCacheResponse) -> ActionResult:
    backend, params = response.elasticache_backend, response.params
    name, family = params["CacheParameterGroupName"], params["CacheParameterGroupFamily"]
    if name in _groups(backend):
        raise ElastiCacheException("CacheParameterGroupAlreadyExists", f"Cache parameter group {name} already exists.")
    if not _FAMILY.fullmatch(family):
        raise InvalidParameterValueException(
            f"CacheParameterGroupFamily {family} is not a valid parameter group family."
        )
    group = ParameterGroup(name, family, params["Description"], _arn(backend, name))
    _groups(backend)[name] = group
    backend.tagging_service.tag_resource(group.arn, params.get("Tags", []))
    return ActionResult({"CacheParameterGroup": group.described()})


def _describe(response: ElastiCacheResponse) -> ActionResult:
    backend, name = response.elasticache_backend, response.params.get("CacheParameterGroupName")
    groups = [parameter_group(backend, name)] if name else [*_groups(backend).values()]
    return ActionResult({"CacheParameterGroups": [group.described() for group in groups]})


def _describe_parameters(response: ElastiCacheResponse) -> ActionResult:
    group = parameter_group(response.elasticache_backend, response.params["CacheParameterGroupName"])
    shown = [
        {"ParameterName": name, "ParameterValue": value, "Source": "user", "IsModifiable": True}
        for name, value in group.parameters.items()
        if response.params.get("Source") in (None, "user")
    ]
    return ActionResult({"Parameters": shown})


def _modify(response: ElastiCacheResponse) -> ActionResult:
    group = _own(response)
    group.parameters |= {
        parameter["ParameterName"]: parameter["ParameterValue"] for parameter in response.params["ParameterNameValues"]
    }
    return ActionResult({"CacheParameterGroupName": group.name})


def _reset(response: ElastiCacheResponse) -> ActionResult:
    group = _own(response)
    named = [parameter["ParameterName"] for parameter in response.params.get("ParameterNameValues", [])]
    for name in [*group.parameters] if response.params.get("ResetAllParameters") else named:
        group.parameters.pop(name, None)
    return ActionResult({"CacheParameterGroupName": group.name})


def _delete(response: ElastiCacheResponse) -> EmptyResult:
    backend, group = response.elasticache_backend, _own(response)
    if group.name in [cache.cache_parameter_group_name for cache in backend.replication_groups.values()]:
        raise ElastiCacheException("InvalidCacheParameterGroupState", f"{group.name} is in use by at least one cache.")
    del _groups(backend)[group.name]
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return EmptyResult()


def _own(response: ElastiCacheResponse) -> ParameterGroup:
    name = response.params["CacheParameterGroupName"]
    if name.startswith(_DEFAULT):
        raise InvalidParameterValueException(f"{name} is one of AWS's own, and cannot be changed.")
    return parameter_group(response.elasticache_backend, name)
