"""Elastic Load Balancing: load balancers and target groups."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed
from sandbox.aws.provider.declarations.elbv2_attributes import (
    Keys,
    attribute_inputs,
    attribute_update,
    read_attributes,
)
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.waiting import WaitError

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
NAME_LIMIT = 32


def tagging() -> Tagging:
    """The tags of any of the service's resources."""
    of_resource = {"ResourceArns": ["{id}"]}
    return Tagging(
        add=Call("add_tags", of_resource),
        remove=Call("remove_tags", of_resource),
        read=Call("describe_tags", of_resource, "TagDescriptions[0].Tags"),
    )


def _settle(work: Work) -> None:
    def probe() -> str | None:
        state = work.find("LoadBalancers[0].State", "describe_load_balancers", LoadBalancerArns=[work.id])
        if state["Code"] == "failed":
            raise WaitError(f"load balancer {work.id} failed: {state.get('Reason', '')}")
        return None if state["Code"] == "active" else str(state["Code"])

    work.waiter.until("the load balancer to be active", probe)


_BALANCER_ATTRIBUTES: Keys = {
    "enableDeletionProtection": "deletion_protection.enabled",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "clientKeepAlive": "client_keep_alive.seconds",
    "enableHttp2": "routing.http2.enabled",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableWafFailOpen": "waf.fail_open.enabled",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "accessLogs": {
        "enabled": "access_logs.s3.enabled",
        "bucket": "access_logs.s3.bucket",
        "prefix": "access_logs.s3.prefix",
    },
    "connectionLogs": {
        "enabled": "connection_logs.s3.enabled",
        "bucket": "connection_logs.s3.bucket",
        "prefix": "connection_logs.s3.prefix",
    },
}
_BALANCER_DEFAULTS = {
    "enableDeletionProtection": False,
    "idleTimeout": 60,
    "clientKeepAlive": 3600,
    "enableHttp2": True,
    "enableWafFailOpen": False,
    "desyncMitigationMode": "defensive",
    "dropInvalidHeaderFields": False,
    "preserveHostHeader": False,
    "xffHeaderProcessingMode": "append",
    "enableXffClientPort": False,
    "enableTlsVersionAndCipherSuiteHeaders": False,
    "accessLogs": {"enabled": False},
    "connectionLogs": {"enabled": False},
}


def _extend_balancer(work: Work, model: Model) -> None:
    attributes = work.find("Attributes", "describe_load_balancer_attributes", LoadBalancerArn=work.id)
    model["Attributes"] = read_attributes(_BALANCER_ATTRIBUTES, attributes)
    model["ArnSuffix"] = work.id.partition(":loadbalancer/")[2]
    model["Reserved"] = work.find(
        "MinimumLoadBalancerCapacity", "describe_capacity_reservation", LoadBalancerArn=work.id
    )


def _reserve(work: Work) -> None:
    capacity = work.get("minimumLoadBalancerCapacity")
    if capacity:
        units = {"CapacityUnits": capacity["capacityUnits"]}
        work.call("modify_capacity_reservation", LoadBalancerArn=work.id, MinimumLoadBalancerCapacity=units)
    else:
        work.call("modify_capacity_reservation", LoadBalancerArn=work.id, ResetCapacityReservation=True)


_OF_BALANCER = {"LoadBalancerArn": "{id}"}

LOAD_BALANCER = Declaration(
    type="aws:lb/loadBalancer:LoadBalancer",
    service="elbv2",
    fidelity=Fidelity.RUNS,
    behind="HAProxy without ALB's capacity limits; reserved capacity is kept alone; access logs are not written",
    inputs={
        "name": fixed(api="Name", read="LoadBalancerName"),
        "namePrefix": fixed(local=True),
        "loadBalancerType": fixed(api="Type", default="application"),
        "internal": fixed(
            api="Scheme",
            default=False,
            encode=lambda internal: "internal" if internal else "internet-facing",
            decode=lambda scheme: scheme == "internal",
        ),
        "subnets": Input(read="AvailabilityZones[].SubnetId", unordered=True),
        "securityGroups": Input(unordered=True),
        "ipAddressType": Input(default="ipv4"),
        "minimumLoadBalancerCapacity": Input(read="Reserved"),
        **attribute_inputs(_BALANCER_ATTRIBUTES, _BALANCER_DEFAULTS),
    },
    create=Call("create_load_balancer", result="LoadBalancers[0].LoadBalancerArn"),
    read=Call("describe_load_balancers", {"LoadBalancerArns": ["{id}"]}, "LoadBalancers[0]"),
    updates=(
        Update(Call("set_subnets", _OF_BALANCER), ("subnets",)),
        Update(Call("set_security_groups", _OF_BALANCER), ("securityGroups",)),
        Update(Call("set_ip_address_type", _OF_BALANCER), ("ipAddressType",)),
        Update(_reserve, ("minimumLoadBalancerCapacity",)),
        attribute_update(_BALANCER_ATTRIBUTES, "load_balancer"),
    ),
    delete=Call("delete_load_balancer", _OF_BALANCER),
    settle=_settle,
    extend=_extend_balancer,
    outputs={"arn": "LoadBalancerArn", "zoneId": "CanonicalHostedZoneId"},
    naming=Naming(limit=NAME_LIMIT),
    tagging=tagging(),
)

_GROUP_ATTRIBUTES: Keys = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "slowStart": "slow_start.duration_seconds",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingAnomalyMitigation": "load_balancing.algorithm.anomaly_mitigation",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
    "preserveClientIp": "preserve_client_ip.enabled",
    "proxyProtocolV2": "proxy_protocol_v2.enabled",
    "connectionTermination": "deregistration_delay.connection_termination.enabled",
    "stickiness": {
        "enabled": "stickiness.enabled",
        "type": "stickiness.type",
        "cookieDuration": "stickiness.lb_cookie.duration_seconds",
        "cookieName": "stickiness.app_cookie.cookie_name",
    },
}
_GROUP_DEFAULTS = {
    "deregistrationDelay": 300,
    "slowStart": 0,
    "loadBalancingAlgorithmType": "round_robin",
    "loadBalancingAnomalyMitigation": "off",
    "loadBalancingCrossZoneEnabled": "use_load_balancer_configuration",
    "stickiness": {"enabled": False},
}

_HEALTH_CHECK = {
    "enabled": "HealthCheckEnabled",
    "protocol": "HealthCheckProtocol",
    "port": "HealthCheckPort",
    "path": "HealthCheckPath",
    "interval": "HealthCheckIntervalSeconds",
    "timeout": "HealthCheckTimeoutSeconds",
    "healthyThreshold": "HealthyThresholdCount",
    "unhealthyThreshold": "UnhealthyThresholdCount",
    "matcher": "Matcher.HttpCode",
}


def _extend_group(work: Work, model: Model) -> None:
    attributes = work.find("Attributes", "describe_target_group_attributes", TargetGroupArn=work.id)
    model["Attributes"] = read_attributes(_GROUP_ATTRIBUTES, attributes)
    model["ArnSuffix"] = work.id.rpartition(":")[2]


_OF_GROUP = {"TargetGroupArn": "{id}"}

TARGET_GROUP = Declaration(
    type="aws:lb/targetGroup:TargetGroup",
    service="elbv2",
    fidelity=Fidelity.RUNS,
    behind="health checks at ALB's own intervals, draining; no stickiness, no slow start",
    inputs={
        "name": fixed(api="Name", read="TargetGroupName"),
        "namePrefix": fixed(local=True),
        "port": fixed(),
        "protocol": fixed(),
        "protocolVersion": fixed(default="HTTP1"),
        "vpcId": fixed(),
        "targetType": fixed(default="instance"),
        "ipAddressType": fixed(default="ipv4"),
        "healthCheck": Input(spread=_HEALTH_CHECK, computed=True),
        **attribute_inputs(_GROUP_ATTRIBUTES, _GROUP_DEFAULTS),
    },
    create=Call("create_target_group", result="TargetGroups[0].TargetGroupArn"),
    read=Call("describe_target_groups", {"TargetGroupArns": ["{id}"]}, "TargetGroups[0]"),
    updates=(
        Update(Call("modify_target_group", _OF_GROUP), ("healthCheck",)),
        attribute_update(_GROUP_ATTRIBUTES, "target_group"),
    ),
    delete=Call("delete_target_group", _OF_GROUP),
    extend=_extend_group,
    outputs={"arn": "TargetGroupArn", "loadBalancerArns": "LoadBalancerArns"},
    naming=Naming(limit=NAME_LIMIT),
    tagging=tagging(),
)

ALL = (LOAD_BALANCER, TARGET_GROUP)
