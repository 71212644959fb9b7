"""What somebody changes between users and machines: load balancers, certificates, names."""

from __future__ import annotations

from typing import Any

from sandbox.aws.provider.cloud import Cloud
from tests.sandbox.aws.provider.drift.changes import Change, Changes, call, gone, tags
from tests.sandbox.aws.provider.drift.site import DriftSite
from tests.sandbox.provider.engine_driver import Resource


def elb_tags(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    cloud.call("elbv2", "add_tags", ResourceArns=[made.id], Tags=[{"Key": "by", "Value": "hand"}])


def attribute(kind: str, key: str, text: str) -> Change:
    parameter = {"load_balancer": "LoadBalancerArn", "target_group": "TargetGroupArn"}[kind]
    return call("elbv2", f"modify_{kind}_attributes", of=parameter, Attributes=[{"Key": key, "Value": text}])


def forward_elsewhere(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    actions = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    cloud.call("elbv2", "modify_rule", RuleArn=made.id, Actions=actions)


def match_elsewhere(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    conditions = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/other"]}}]
    cloud.call("elbv2", "modify_rule", RuleArn=made.id, Conditions=conditions)


def listen_elsewhere(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    actions = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    cloud.call("elbv2", "modify_listener", ListenerArn=made.id, DefaultActions=actions)


def record_elsewhere(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    record = {"Name": made.state["fqdn"], "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.9.9.9"}]}
    changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    cloud.call("route53", "change_resource_record_sets", HostedZoneId=made.state["zoneId"], ChangeBatch=changes)


def forget_record(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    record = {"Name": made.state["fqdn"], "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}
    changes = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
    cloud.call("route53", "change_resource_record_sets", HostedZoneId=made.state["zoneId"], ChangeBatch=changes)


def target_group(**settings: Any) -> Change:
    return call("elbv2", "modify_target_group", of="TargetGroupArn", **settings)


CHANGES: Changes = {
    "lb/loadBalancer:LoadBalancer": [
        ("idleTimeout", attribute("load_balancer", "idle_timeout.timeout_seconds", "30")),
        (
            "dropInvalidHeaderFields",
            attribute("load_balancer", "routing.http.drop_invalid_header_fields.enabled", "true"),
        ),
        ("enableDeletionProtection", attribute("load_balancer", "deletion_protection.enabled", "true")),
        ("tags", elb_tags),
    ],
    "lb/targetGroup:TargetGroup": [
        ("deregistrationDelay", attribute("target_group", "deregistration_delay.timeout_seconds", "5")),
        ("stickiness", attribute("target_group", "stickiness.enabled", "true")),
        ("healthCheck", target_group(HealthCheckPath="/")),
        ("healthCheck", target_group(HealthCheckIntervalSeconds=200)),
        ("tags", elb_tags),
    ],
    "lb/listener:Listener": [
        ("defaultActions", listen_elsewhere),
        ("port", call("elbv2", "modify_listener", of="ListenerArn", Port=8082)),
        ("tags", elb_tags),
    ],
    "lb/listenerRule:ListenerRule": [
        ("actions", forward_elsewhere),
        ("conditions", match_elsewhere),
        (
            "priority",
            lambda cloud, made, _site: cloud.call(
                "elbv2", "set_rule_priorities", RulePriorities=[{"RuleArn": made.id, "Priority": 77}]
            ),
        ),
        ("tags", elb_tags),
    ],
    "acm/certificate:Certificate": [
        ("tags", tags("acm", "add_tags_to_certificate", of="CertificateArn")),
        (None, gone("acm", "delete_certificate", CertificateArn="id")),
    ],
    "acm/certificateValidation:CertificateValidation": [
        (None, gone("acm", "delete_certificate", CertificateArn="certificateArn")),
    ],
    "route53/zone:Zone": [
        ("comment", call("route53", "update_hosted_zone_comment", of="Id", Comment="by hand")),
        (
            "tags",
            call(
                "route53",
                "change_tags_for_resource",
                of="ResourceId",
                ResourceType="hostedzone",
                AddTags=[{"Key": "by", "Value": "hand"}],
            ),
        ),
    ],
    "route53/record:Record": [("records", record_elsewhere), (None, forget_record)],
}
