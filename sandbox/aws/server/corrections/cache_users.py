"""ElastiCache's users change and go, and stand in user groups.

moto 5.2.5: a user never changes; a deleted one stays until somebody asks for it; there are no user groups; and only
some kinds of resource have tags.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.core.responses import ActionResult
from moto.elasticache.exceptions import (
    ElastiCacheException,
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    UserNotFound,
)
from moto.elasticache.models import ElastiCacheBackend, User
from moto.elasticache.responses import ElastiCacheResponse
from moto.elasticache.utils import AuthenticationTypes

from sandbox.aws.server.corrections.patching import add, replace

_DEFAULT_USER = "default"

_upstream_create_user = ElastiCacheBackend.create_user


def apply() -> None:
    replace(
        ElastiCacheBackend,
        create_user=_create_user,
        delete_user=_delete_user,
        list_tags_for_resource=_list_tags,
    )
    add(
        ElastiCacheResponse,
        modify_user=_modify_user,
        create_user_group=_create_group,
        describe_user_groups=_describe_groups,
        modify_user_group=_modify_group,
        delete_user_group=_delete_group,
    )


@dataclass
class UserGroup:
    """A set of users, by id, that a cache lets in."""

    identifier: str
    engine: str
    arn: str
    user_ids: list[str]

    def described(self, backend: ElastiCacheBackend) -> dict[str, Any]:
        return {
            "UserGroupId": self.identifier,
            "Status": "active",
            "Engine": self.engine,
            "UserIds": self.user_ids,
            "MinimumEngineVersion": "7.2" if self.engine == "valkey" else "6.0",
            "ReplicationGroups": _caches_with(backend, self.identifier),
            "ARN": self.arn,
        }


def user_group(backend: ElastiCacheBackend, identifier: str) -> UserGroup:
    """A user group by its id. Raises UserGroupNotFoundFault."""
    if identifier not in _groups(backend):
        raise ElastiCacheException("UserGroupNotFound", f"User group {identifier} not found.")
    return _groups(backend)[identifier]


def users_of(backend: ElastiCacheBackend, group_ids: list[str]) -> list[User]:
    """The users that these groups let in."""
    return [
        backend.users[identifier]
        for group_id in group_ids
        for identifier in (_groups(backend)[group_id].user_ids if group_id in _groups(backend) else [])
    ]


def _groups(backend: ElastiCacheBackend) -> dict[str, UserGroup]:
    groups: dict[str, UserGroup] = backend.__dict__.setdefault("user_groups", {})
    return groups


def _caches_with(backend: ElastiCacheBackend, group_id: str) -> list[str]:
    return [
        cache.replication_group_id for cache in backend.replication_groups.values() if group_id in cache.user_group_ids
    ]


def _create_user(backend: ElastiCacheBackend, *, user_id: str, user_name: str, **settings: Any) -> User:
    if settings["authentication_type"] == AuthenticationTypes.IAM and user_id != user_name:
        raise InvalidParameterCombinationException(
            "The user id and the user name of a user with IAM authentication must be the same."
        )
    user = _upstream_create_user(backend, user_id=user_id, user_name=user_name, **settings)
    user.minimum_engine_version = "7.2" if user.engine == "valkey" else "6.0"
    return user


def _modify_user(response: ElastiCacheResponse) -> ActionResult:
    user, params = _user(response), response.params
    mode = params.get("AuthenticationMode", {})
    user.access_string = params.get("AccessString", user.access_string)
    user.engine = params.get("Engine", user.engine).lower()
    user.passwords = params.get("Passwords", mode.get("Passwords", user.passwords))
    user.no_password_required = params.get("NoPasswordRequired", user.no_password_required)
    if mode:
        user.authentication_type = mode["Type"]
        user.no_password_required = mode["Type"] == AuthenticationTypes.NOPASSWORD
        user.passwords = mode.get("Passwords", [])
    return ActionResult(user)


def _user(response: ElastiCacheResponse) -> User:
    [user] = response.elasticache_backend.describe_users(response.params["UserId"])
    return user


def _delete_user(backend: ElastiCacheBackend, user_id: str) -> User:
    """It goes from all its groups, too."""
    if user_id == _DEFAULT_USER:
        raise ElastiCacheException("DefaultUserRequired", "The default user cannot be deleted.")
    user = backend.users.pop(user_id, None)
    if user is None:
        raise UserNotFound(user_id)
    for group in _groups(backend).values():
        group.user_ids = [identifier for identifier in group.user_ids if identifier != user_id]
    backend.tagging_service.delete_all_tags_for_resource(user.arn)
    user.status = "deleting"
    return user


def _create_group(response: ElastiCacheResponse) -> ActionResult:
    backend, params = response.elasticache_backend, response.params
    identifier, engine = params["UserGroupId"], params["Engine"].lower()
    if identifier in _groups(backend):
        raise ElastiCacheException("UserGroupAlreadyExists", f"User group {identifier} already exists.")
    arn = f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:usergroup:{identifier}"
    group = UserGroup(identifier, engine, arn, [])
    _set_users(backend, group, params.get("UserIds", []))
    _groups(backend)[identifier] = group
    backend.tagging_service.tag_resource(arn, params.get("Tags", []))
    _list_groups_in_users(backend)
    return ActionResult(group.described(backend))


def _set_users(backend: ElastiCacheBackend, group: UserGroup, identifiers: list[str]) -> None:
    for identifier in identifiers:
        if identifier not in backend.users:
            raise UserNotFound(identifier)
    names = [backend.users[identifier].name for identifier in identifiers]
    if len({*names}) < len(names):
        raise ElastiCacheException("DuplicateUserName", "A user group cannot have two users with the same name.")
    if group.engine == "redis" and _DEFAULT_USER not in names:
        raise ElastiCacheException(
            "DefaultUserRequired", "A user group for Redis must have a user with the name default."
        )
    group.user_ids = identifiers


def _describe_groups(response: ElastiCacheResponse) -> ActionResult:
    backend, identifier = response.elasticache_backend, response.params.get("UserGroupId")
    groups = [user_group(backend, identifier)] if identifier else [*_groups(backend).values()]
    return ActionResult({"UserGroups": [group.described(backend) for group in groups]})


def _modify_group(response: ElastiCacheResponse) -> ActionResult:
    backend, params = response.elasticache_backend, response.params
    group = user_group(backend, params["UserGroupId"])
    added, removed = params.get("UserIdsToAdd", []), params.get("UserIdsToRemove", [])
    if not (added or removed or "Engine" in params):
        raise InvalidParameterCombinationException("There is nothing to modify.")
    if both := {*added} & {*group.user_ids}:
        raise InvalidParameterValueException(f"{min(both)} is in the user group {group.identifier} already.")
    group.engine = params.get("Engine", group.engine).lower()
    _set_users(backend, group, [one for one in group.user_ids if one not in removed] + added)
    _list_groups_in_users(backend)
    return ActionResult(group.described(backend))


def _delete_group(response: ElastiCacheResponse) -> ActionResult:
    backend = response.elasticache_backend
    group = user_group(backend, response.params["UserGroupId"])
    if caches := _caches_with(backend, group.identifier):
        raise ElastiCacheException("InvalidUserGroupState", f"User group {group.identifier} is in use by {caches[0]}.")
    del _groups(backend)[group.identifier]
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    _list_groups_in_users(backend)
    return ActionResult({**group.described(backend), "Status": "deleting"})


def _list_groups_in_users(backend: ElastiCacheBackend) -> None:
    for user in backend.users.values():
        user.user_group_ids = [group.identifier for group in _groups(backend).values() if user.id in group.user_ids]


def _list_tags(backend: ElastiCacheBackend, arn: str) -> dict[str, list[dict[str, str]]]:
    return backend.tagging_service.list_tags_for_resource(arn)
