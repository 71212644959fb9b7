"""The cache speaks TLS only, and lets each service at its own keys alone."""

from __future__ import annotations

import dataclasses

import pytest

from components.cache import CacheArgs
from tests.components.recorder import Recording

pytestmark = pytest.mark.unit

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
USER = "aws:elasticache/user:User"


def test_the_cache_is_encrypted_on_disk_and_on_the_way(prod: Recording) -> None:
    group = prod.one(GROUP).inputs
    assert group["atRestEncryptionEnabled"] is group["transitEncryptionEnabled"] is True
    assert group["transitEncryptionMode"] == "required"
    assert "authToken" not in group


def test_services_log_in_by_token_each_among_its_own_keys(prod: Recording) -> None:
    user = prod.one(USER, "prod-cache-portal").inputs
    assert user["authenticationMode"] == {"type": "iam"}
    # What ElastiCache asks of users who log in by IAM.
    assert user["userId"] == user["userName"]
    assert user["accessString"] == "on ~portal:* -@all +get +set +ping"


def test_nobody_logs_in_without_a_name(prod: Recording) -> None:
    default = prod.one(USER, "prod-cache-default").inputs
    assert (default["userName"], default["accessString"]) == ("default", "off ~* -@all")
    group = prod.one("aws:elasticache/userGroup:UserGroup").inputs
    assert group["userIds"] == ["prod-cache-default", "prod-cache-portal"]
    assert prod.one(GROUP).inputs["userGroupIds"] == ["prod-cache-id"]


def test_a_full_cache_forgets_what_was_asked_for_the_longest_ago(prod: Recording) -> None:
    parameters = prod.one("aws:elasticache/parameterGroup:ParameterGroup").inputs
    assert parameters["family"] == "valkey9"
    assert parameters["parameters"] == [{"name": "maxmemory-policy", "value": "allkeys-lru"}]


def test_the_caches_version_moves_only_by_its_setting(prod: Recording) -> None:
    group = prod.one(GROUP).inputs
    assert (group["engine"], group["engineVersion"]) == ("valkey", "9.1")
    assert group["autoMinorVersionUpgrade"] is False


def test_in_prod_a_copy_in_another_zone_takes_over(prod: Recording, dev: Recording) -> None:
    assert prod.one(GROUP).inputs["numCacheClusters"] == 3
    assert dev.one(GROUP).inputs["numCacheClusters"] == 1
    highest, *nodes = prod.one("aws:cloudwatch/metricAlarm:MetricAlarm", "prod-cache-memory").inputs["metricQueries"]
    assert highest["expression"] == "MAX(METRICS())"
    watched = [node["metric"]["dimensions"]["CacheClusterId"] for node in nodes]
    assert watched == ["prod-cache-id-001", "prod-cache-id-002", "prod-cache-id-003"]


def test_a_version_that_names_no_family_is_refused() -> None:
    values = {field.name: None for field in dataclasses.fields(CacheArgs)}
    with pytest.raises(ValueError, match="engine_version: 'latest' given"):
        CacheArgs(**{**values, "engine_version": "latest"})  # type: ignore[arg-type] # only the version is looked at
