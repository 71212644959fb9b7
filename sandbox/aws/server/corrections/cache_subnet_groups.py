"""ElastiCache's subnet groups change, and go.

moto 5.2.5: it has neither ModifyCacheSubnetGroup nor DeleteCacheSubnetGroup, and shows no zone of a subnet.
"""

from __future__ import annotations

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import ElastiCacheException
from moto.elasticache.models import CacheSubnetGroup, ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from sandbox.aws.server.corrections.patching import add, replace

_upstream_create = ElastiCacheBackend.create_cache_subnet_group


def apply() -> None:
    replace(ElastiCacheBackend, create_cache_subnet_group=_create)
    add(ElastiCacheResponse, modify_cache_subnet_group=_modify, delete_cache_subnet_group=_delete)


def _create(
    backend: ElastiCacheBackend,
    cache_subnet_group_name: str,
    cache_subnet_group_description: str,
    subnet_ids: list[str],
    tags: list[dict[str, str]] | None,
) -> CacheSubnetGroup:
    group = _upstream_create(backend, cache_subnet_group_name, cache_subnet_group_description, subnet_ids, tags)
    return _with_zones(group)


def _modify(response: ElastiCacheResponse) -> ActionResult:
    old, params = _find(response), response.params
    new = CacheSubnetGroup(
        response.current_account,
        response.region,
        old.cache_subnet_group_name,
        params.get("CacheSubnetGroupDescription", old.cache_subnet_group_description),
        params.get("SubnetIds", old.subnet_ids),
        old.tags,
    )
    response.elasticache_backend.cache_subnet_groups[old.cache_subnet_group_name] = _with_zones(new)
    return ActionResult({"CacheSubnetGroup": new})


def _delete(response: ElastiCacheResponse) -> EmptyResult:
    backend, group = response.elasticache_backend, _find(response)
    name = group.cache_subnet_group_name
    if name in [replication.cache_subnet_group_name for replication in backend.replication_groups.values()]:
        raise ElastiCacheException(
            "CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use by a cache."
        )
    del backend.cache_subnet_groups[name]
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return EmptyResult()


def _find(response: ElastiCacheResponse) -> CacheSubnetGroup:
    [group] = response.elasticache_backend.describe_cache_subnet_groups(response.params["CacheSubnetGroupName"])
    return group


def _with_zones(group: CacheSubnetGroup) -> CacheSubnetGroup:
    for subnet in group.subnets:
        zone = subnet["subnet_availability_zone"]
        subnet["subnet_availability_zone"] = zone if isinstance(zone, dict) else {"Name": zone}
    return group
