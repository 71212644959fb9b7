"""What somebody changed by hand is found by a refresh, in every type that is more than recorded.

Each type is changed by AWS's own API in what the program sets of it, and Read must then give other inputs: it is from
those that the engine tells a user of a drift.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from sandbox.aws.provider.cloud import Cloud
from sandbox.aws.provider.registry import declarations
from sandbox.provider.fidelity import Fidelity
from tests.sandbox.aws.provider.test_foundation_types import CASES as FOUNDATION
from tests.sandbox.aws.provider.test_lifecycle import CASES, POLICY, RECORDED, TRUST, Site
from tests.sandbox.aws.provider.test_partner_types import CASES as PARTNERS
from tests.sandbox.aws.provider.test_platform_types import CASES as PLATFORM
from tests.sandbox.aws.provider.test_trust_stores import TRUST_STORE
from tests.sandbox.provider.engine_driver import EngineDriver, Resource

pytestmark = pytest.mark.sandbox

SSE = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
OTHER_POLICY = POLICY.replace("GetObject", "*")


class DriftSite(Site):
    """With what the further types stand in."""

    def __init__(self, engine: EngineDriver, cloud: Cloud) -> None:
        super().__init__(engine)
        self.cloud = cloud

    @property
    def policy(self) -> str:
        name = "by-hand"
        arn = f"arn:aws:iam::{self.cloud.account}:policy/{name}"
        found = self.cloud.call("iam", "list_policies", Scope="Local")["Policies"]
        if all(policy["Arn"] != arn for policy in found):
            self.cloud.call("iam", "create_policy", PolicyName=name, PolicyDocument=POLICY)
        return arn

    @property
    def certificate(self) -> str:
        return self._once(
            "aws:acm/certificate:Certificate", "proved", domainName="prakerja.test", validationMethod="DNS"
        ).id

    @property
    def machine_inputs(self) -> dict[str, Any]:
        return {
            "ami": self.image,
            "instanceType": "t3.micro",
            "subnetId": self.subnet("a"),
            "vpcSecurityGroupIds": [self.group],
            "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
            "userData": "#cloud-config\n",
            "tags": {"Name": "maintenance"},
        }


# Types whose life test_lifecycle.py does not tell, with what the program sets.
MORE: dict[str, Callable[[DriftSite], dict[str, Any]]] = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": lambda site: {"role": site.role, "policyArn": site.policy},
    "aws:acm/certificateValidation:CertificateValidation": lambda site: {"certificateArn": site.certificate},
    "aws:ec2/instance:Instance": lambda site: site.machine_inputs,
    "aws:rds/instance:Instance": lambda site: {
        "engine": "postgres",
        "engineVersion": "17.2",
        "autoMinorVersionUpgrade": False,
        "instanceClass": "db.t4g.small",
        "dbName": "prakerja",
        "port": 5432,
        "username": "master",
        "manageMasterUserPassword": True,
        "iamDatabaseAuthenticationEnabled": True,
        "multiAz": True,
        "dbSubnetGroupName": site.subnet_group,
        "vpcSecurityGroupIds": [site.group],
        "publiclyAccessible": False,
        "storageType": "gp3",
        "storageEncrypted": True,
        "allocatedStorage": 20,
        "maxAllocatedStorage": 50,
        "backupRetentionPeriod": 7,
        "backupWindow": "17:00-18:00",
        "maintenanceWindow": "sun:18:30-sun:19:30",
        "copyTagsToSnapshot": True,
        "deletionProtection": False,
        "skipFinalSnapshot": True,
        "applyImmediately": True,
        "tags": {"owner": "platform"},
    },
    "aws:autoscaling/group:Group": lambda site: {
        "minSize": 1,
        "maxSize": 1,
        "desiredCapacity": 1,
        "vpcZoneIdentifiers": site.subnets,
        "launchTemplate": {"id": site.template.id, "version": "1"},
        "targetGroupArns": [site.target_group],
        "healthCheckType": "ELB",
        "healthCheckGracePeriod": 300,
        "tags": [{"key": "owner", "value": "platform", "propagateAtLaunch": True}],
    },
}
# What the program sets beside what a life is told with.
SET_TOO: dict[str, Callable[[Site], dict[str, Any]]] = {
    "aws:kms/key:Key": lambda _: {"policy": POLICY},
    "aws:ec2/vpcEndpoint:VpcEndpoint": lambda _: {"policy": POLICY},
    "aws:secretsmanager/secret:Secret": lambda site: {"kmsKeyId": site.key.id},
    "aws:s3/bucketObjectv2:BucketObjectv2": lambda _: {"contentType": "application/x-tar"},
    "aws:ec2/launchTemplate:LaunchTemplate": lambda _: {"updateDefaultVersion": True},
}
INPUTS: dict[str, Callable[[DriftSite], dict[str, Any]]] = {case.token: case.inputs for case in CASES} | MORE


def inputs_of(token: str, site: DriftSite) -> dict[str, Any]:
    """What the program sets, as far as one resource of its own is concerned."""
    return INPUTS[token](site) | (SET_TOO[token](site) if token in SET_TOO else {})


Change = Callable[[Cloud, Resource, DriftSite], Any]


def ec2_tags(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    cloud.call("ec2", "create_tags", Resources=[made.id], Tags=[{"Key": "by", "Value": "hand"}])


def elb_tags(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    cloud.call("elbv2", "add_tags", ResourceArns=[made.id], Tags=[{"Key": "by", "Value": "hand"}])


def gone(service: str, method: str, **names: str) -> Change:
    """Deleted by hand; each parameter is a property of what was made, or its id."""

    def delete(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
        known = {**made.state, "id": made.id}
        cloud.call(service, method, **{parameter: known[name] for parameter, name in names.items()})

    return delete


def call(service: str, method: str, /, *, of: str, by: str = "id", **parameters: Any) -> Change:
    """Changed by one call, whose parameter `of` names what was made by its property `by`."""

    def change(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
        cloud.call(service, method, **{of: {**made.state, "id": made.id}[by]}, **parameters)

    return change


def tags(service: str, method: str, /, *, of: str, by: str = "id", key: str = "Key", value: str = "Value") -> Change:
    return call(service, method, of=of, by=by, Tags=[{key: "by", value: "hand"}])


def attribute(kind: str, key: str, text: str) -> Change:
    parameter = {"load_balancer": "LoadBalancerArn", "target_group": "TargetGroupArn"}[kind]
    return call("elbv2", f"modify_{kind}_attributes", of=parameter, Attributes=[{"Key": key, "Value": text}])


def open_group(direction: str) -> Change:
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return call("ec2", f"authorize_security_group_{direction}", of="GroupId", IpPermissions=[permission])


def close_group(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    group = cloud.call("ec2", "describe_security_groups", GroupIds=[made.id])["SecurityGroups"][0]
    cloud.call("ec2", "revoke_security_group_ingress", GroupId=made.id, IpPermissions=group["IpPermissions"][:1])


def widen_rule(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv4": "0.0.0.0/0"}
    rules = [{"SecurityGroupRuleId": made.id, "SecurityGroupRule": rule}]
    cloud.call("ec2", "modify_security_group_rules", GroupId=made.state["securityGroupId"], SecurityGroupRules=rules)


def move_default_version(cloud: Cloud, made: Resource, site: DriftSite) -> None:
    new_version(cloud, made, site)
    cloud.call("ec2", "modify_launch_template", LaunchTemplateId=made.id, DefaultVersion="2")


def new_version(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    data = {"ImageId": made.state["imageId"], "InstanceType": "t3.large"}
    cloud.call("ec2", "create_launch_template_version", LaunchTemplateId=made.id, LaunchTemplateData=data)


def reroute(cloud: Cloud, made: Resource, site: DriftSite) -> None:
    gateway = cloud.call("ec2", "create_nat_gateway", SubnetId=site.subnet("a"), AllocationId=site.address)
    cloud.call(
        "ec2",
        "replace_route",
        RouteTableId=made.state["routeTableId"],
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=gateway["NatGateway"]["NatGatewayId"],
    )


def allow_more(cloud: Cloud, made: Resource, site: DriftSite) -> None:
    cloud.call("iam", "put_role_policy", RoleName=site.role, PolicyName=made.state["name"], PolicyDocument=OTHER_POLICY)


def point_elsewhere(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    other = cloud.call("kms", "create_key")["KeyMetadata"]["KeyId"]
    cloud.call("kms", "update_alias", AliasName=made.id, TargetKeyId=other)


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


def group_tags(cloud: Cloud, made: Resource, _site: DriftSite) -> None:
    of_group = {"ResourceId": made.id, "ResourceType": "auto-scaling-group"}
    cloud.call(
        "autoscaling",
        "create_or_update_tags",
        Tags=[{**of_group, "Key": "by", "Value": "hand", "PropagateAtLaunch": True}],
    )


def group_version(cloud: Cloud, made: Resource, site: DriftSite) -> None:
    new_version(cloud, site.template, site)
    template = {"LaunchTemplateId": site.template.id, "Version": "2"}
    cloud.call("autoscaling", "update_auto_scaling_group", AutoScalingGroupName=made.id, LaunchTemplate=template)


def detach_role(cloud: Cloud, made: Resource, site: DriftSite) -> None:
    cloud.call("iam", "remove_role_from_instance_profile", InstanceProfileName=made.id, RoleName=site.role)


def group(**settings: Any) -> Change:
    return call("autoscaling", "update_auto_scaling_group", of="AutoScalingGroupName", **settings)


def database(**settings: Any) -> Change:
    return call(
        "rds", "modify_db_instance", of="DBInstanceIdentifier", by="identifier", ApplyImmediately=True, **settings
    )


def target_group(**settings: Any) -> Change:
    return call("elbv2", "modify_target_group", of="TargetGroupArn", **settings)


def parameters(**settings: str) -> Change:
    given = [
        {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
        for name, value in settings.items()
    ]
    return call("rds", "modify_db_parameter_group", of="DBParameterGroupName", Parameters=given)


def machine_attribute(**settings: Any) -> Change:
    return call("ec2", "modify_instance_attribute", of="InstanceId", **settings)


def overwrite_object(cloud: Cloud, made: Resource, site: DriftSite) -> None:
    cloud.call("s3", "put_object", Bucket=site.bucket, Key=made.state["key"], Body=b"other", ContentType="text/html")


ISSUER = json.loads(TRUST)
ISSUER["Statement"][0]["Principal"] = {"AWS": "arn:aws:iam::999999999999:root"}

# type → input that the change shows in (None: the resource is found gone) → the change.
DRIFT: dict[str, list[tuple[str | None, Change]]] = {
    "ec2/vpc:Vpc": [
        ("enableDnsHostnames", call("ec2", "modify_vpc_attribute", of="VpcId", EnableDnsHostnames={"Value": False})),
        ("tags", ec2_tags),
    ],
    "ec2/subnet:Subnet": [
        (
            "mapPublicIpOnLaunch",
            call("ec2", "modify_subnet_attribute", of="SubnetId", MapPublicIpOnLaunch={"Value": False}),
        ),
        ("tags", ec2_tags),
    ],
    "ec2/internetGateway:InternetGateway": [
        ("vpcId", gone("ec2", "detach_internet_gateway", InternetGatewayId="id", VpcId="vpcId")),
        ("tags", ec2_tags),
    ],
    "ec2/eip:Eip": [(None, gone("ec2", "release_address", AllocationId="id")), ("tags", ec2_tags)],
    "ec2/natGateway:NatGateway": [(None, gone("ec2", "delete_nat_gateway", NatGatewayId="id")), ("tags", ec2_tags)],
    "ec2/routeTable:RouteTable": [(None, gone("ec2", "delete_route_table", RouteTableId="id")), ("tags", ec2_tags)],
    "ec2/route:Route": [
        ("gatewayId", reroute),
        (None, call("ec2", "delete_route", of="RouteTableId", by="routeTableId", DestinationCidrBlock="0.0.0.0/0")),
    ],
    "ec2/routeTableAssociation:RouteTableAssociation": [
        (None, gone("ec2", "disassociate_route_table", AssociationId="id")),
    ],
    "ec2/vpcEndpoint:VpcEndpoint": [
        (
            "routeTableIds",
            lambda cloud, made, site: cloud.call(
                "ec2", "modify_vpc_endpoint", VpcEndpointId=made.id, RemoveRouteTableIds=[site.routes]
            ),
        ),
        ("policy", call("ec2", "modify_vpc_endpoint", of="VpcEndpointId", PolicyDocument=OTHER_POLICY)),
        ("tags", ec2_tags),
    ],
    "ec2/securityGroup:SecurityGroup": [
        ("ingress", open_group("ingress")),
        ("ingress", close_group),
        ("tags", ec2_tags),
    ],
    "ec2/defaultSecurityGroup:DefaultSecurityGroup": [
        ("ingress", open_group("ingress")),
        ("egress", open_group("egress")),
    ],
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
        ("cidrIpv4", widen_rule),
        (
            None,
            lambda cloud, made, site: cloud.call(
                "ec2", "revoke_security_group_ingress", GroupId=site.group, SecurityGroupRuleIds=[made.id]
            ),
        ),
    ],
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": [
        (
            None,
            lambda cloud, made, site: cloud.call(
                "ec2", "revoke_security_group_egress", GroupId=site.group, SecurityGroupRuleIds=[made.id]
            ),
        ),
    ],
    "ec2/launchTemplate:LaunchTemplate": [
        ("defaultVersion", move_default_version),
        ("defaultVersion", new_version),
        ("instanceType", new_version),
        ("tags", ec2_tags),
    ],
    "ec2/instance:Instance": [
        ("disableApiTermination", machine_attribute(DisableApiTermination={"Value": True})),
        (None, lambda cloud, made, _site: cloud.call("ec2", "terminate_instances", InstanceIds=[made.id])),
        ("tags", ec2_tags),
    ],
    "iam/role:Role": [
        (
            "assumeRolePolicy",
            call("iam", "update_assume_role_policy", of="RoleName", PolicyDocument=json.dumps(ISSUER)),
        ),
        ("maxSessionDuration", call("iam", "update_role", of="RoleName", MaxSessionDuration=43200)),
        ("tags", tags("iam", "tag_role", of="RoleName")),
    ],
    "iam/rolePolicy:RolePolicy": [
        ("policy", allow_more),
        (
            None,
            lambda cloud, made, site: cloud.call(
                "iam", "delete_role_policy", RoleName=site.role, PolicyName=made.state["name"]
            ),
        ),
    ],
    "iam/rolePolicyAttachment:RolePolicyAttachment": [
        (
            None,
            lambda cloud, _made, site: cloud.call(
                "iam", "detach_role_policy", RoleName=site.role, PolicyArn=site.policy
            ),
        ),
    ],
    "iam/instanceProfile:InstanceProfile": [
        ("role", detach_role),
        ("tags", tags("iam", "tag_instance_profile", of="InstanceProfileName")),
    ],
    "kms/key:Key": [
        ("enableKeyRotation", call("kms", "disable_key_rotation", of="KeyId")),
        ("isEnabled", call("kms", "disable_key", of="KeyId")),
        ("policy", call("kms", "put_key_policy", of="KeyId", PolicyName="default", Policy=OTHER_POLICY)),
        ("tags", tags("kms", "tag_resource", of="KeyId", key="TagKey", value="TagValue")),
        (None, call("kms", "schedule_key_deletion", of="KeyId", PendingWindowInDays=7)),
    ],
    "kms/alias:Alias": [("targetKeyId", point_elsewhere), (None, gone("kms", "delete_alias", AliasName="id"))],
    "secretsmanager/secret:Secret": [
        ("description", call("secretsmanager", "update_secret", of="SecretId", Description="by hand")),
        ("kmsKeyId", call("secretsmanager", "update_secret", of="SecretId", KmsKeyId="alias/other")),
        ("policy", call("secretsmanager", "put_resource_policy", of="SecretId", ResourcePolicy=OTHER_POLICY)),
        ("tags", tags("secretsmanager", "tag_resource", of="SecretId")),
    ],
    "s3/bucket:Bucket": [
        ("tags", call("s3", "put_bucket_tagging", of="Bucket", Tagging={"TagSet": [{"Key": "by", "Value": "hand"}]})),
        (None, call("s3", "delete_bucket", of="Bucket")),
    ],
    "s3/bucketVersioning:BucketVersioning": [
        (
            "versioningConfiguration",
            call("s3", "put_bucket_versioning", of="Bucket", VersioningConfiguration={"Status": "Suspended"}),
        ),
    ],
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
        ("rules", call("s3", "put_bucket_encryption", of="Bucket", ServerSideEncryptionConfiguration=SSE)),
    ],
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [
        (
            "blockPublicAcls",
            call(
                "s3",
                "put_public_access_block",
                of="Bucket",
                PublicAccessBlockConfiguration={"BlockPublicAcls": False, "RestrictPublicBuckets": True},
            ),
        ),
        (None, call("s3", "delete_public_access_block", of="Bucket")),
    ],
    "s3/bucketOwnershipControls:BucketOwnershipControls": [
        (
            "rule",
            call(
                "s3",
                "put_bucket_ownership_controls",
                of="Bucket",
                OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
            ),
        ),
    ],
    "s3/bucketPolicy:BucketPolicy": [
        ("policy", call("s3", "put_bucket_policy", of="Bucket", Policy=OTHER_POLICY)),
        (None, call("s3", "delete_bucket_policy", of="Bucket")),
    ],
    "s3/bucketObjectv2:BucketObjectv2": [
        ("contentType", overwrite_object),
        (None, call("s3", "delete_object", of="Bucket", by="bucket", Key="a/b.txt")),
    ],
    # moto by itself loses a group whose subnets are changed: tests/sandbox/aws/server/test_databases.py
    "rds/subnetGroup:SubnetGroup": [("tags", tags("rds", "add_tags_to_resource", of="ResourceName", by="arn"))],
    "rds/parameterGroup:ParameterGroup": [
        ("parameters", parameters(max_connections="9")),
        ("parameters", parameters(log_statement="all")),
        ("tags", tags("rds", "add_tags_to_resource", of="ResourceName", by="arn")),
    ],
    "rds/instance:Instance": [
        ("instanceClass", database(DBInstanceClass="db.t4g.large")),
        ("backupRetentionPeriod", database(BackupRetentionPeriod=1)),
        ("multiAz", database(MultiAZ=False)),
        ("iamDatabaseAuthenticationEnabled", database(EnableIAMDatabaseAuthentication=False)),
        ("deletionProtection", database(DeletionProtection=True)),
        ("copyTagsToSnapshot", database(CopyTagsToSnapshot=False)),
        ("publiclyAccessible", database(PubliclyAccessible=True)),
        ("allocatedStorage", database(AllocatedStorage=40)),
        ("maxAllocatedStorage", database(MaxAllocatedStorage=99)),
        ("autoMinorVersionUpgrade", database(AutoMinorVersionUpgrade=True)),
        ("tags", tags("rds", "add_tags_to_resource", of="ResourceName", by="arn")),
    ],
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
    "autoscaling/group:Group": [
        ("maxSize", group(MaxSize=2)),
        ("desiredCapacity", group(MaxSize=2, DesiredCapacity=2)),
        ("healthCheckType", group(HealthCheckType="EC2")),
        ("launchTemplate", group_version),
        (
            "targetGroupArns",
            lambda cloud, made, site: cloud.call(
                "autoscaling",
                "detach_load_balancer_target_groups",
                AutoScalingGroupName=made.id,
                TargetGroupARNs=[site.target_group],
            ),
        ),
        (
            "suspendedProcesses",
            call("autoscaling", "suspend_processes", of="AutoScalingGroupName", ScalingProcesses=["Launch"]),
        ),
        ("tags", group_tags),
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
# Types for which moto by itself lacks operations: there a change is found on the corrected cloud.
CHANGED_ON_THE_CORRECTED_CLOUD = {
    case.token for case in (*FOUNDATION, *PARTNERS, *PLATFORM, TRUST_STORE) if case.token not in RECORDED
}
EACH = [
    pytest.param(f"aws:{token}", shows, change, id=f"{token.rpartition(':')[2]}-{shows or 'gone'}-{number}")
    for token, changes in DRIFT.items()
    for number, (shows, change) in enumerate(changes)
]


@pytest.fixture
def site(engine: EngineDriver, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[DriftSite]:
    monkeypatch.setenv("MOTO_ACM_VALIDATION_WAIT", "0")
    yield DriftSite(engine, cloud)
    httpx.post(f"{cloud.endpoint}/moto-api/reset").raise_for_status()  # what was changed by hand may resist deletion


def test_every_type_that_is_more_than_recorded_is_among_these() -> None:
    expected = {token for token, declared in declarations().items() if declared.fidelity is not Fidelity.RECORDED}
    assert {f"aws:{token}" for token in DRIFT} | CHANGED_ON_THE_CORRECTED_CLOUD == expected


@pytest.mark.parametrize(("token", "shows", "change"), EACH)
def test_a_change_by_hand_is_found(
    token: str, shows: str | None, change: Change, engine: EngineDriver, cloud: Cloud, site: DriftSite
) -> None:
    made = engine.made(token, "it", **inputs_of(token, site))
    before = dict(made.checked)
    change(cloud, made, site)
    found = made.read()
    if shows is None:
        assert found is None
        return
    assert found is not None
    made.checked = found[0]
    drifted = {path.partition(".")[0].partition("[")[0] for path in _differences(made, before)}
    assert shows in drifted


def _differences(made: Resource, program: dict[str, Any]) -> list[str]:
    """What the next update would change back."""
    return list(made.diff(program).detailedDiff)


IMPORTED = [pytest.param(token, id=token) for token in INPUTS if token[4:] in DRIFT]


@pytest.mark.parametrize("token", IMPORTED)
def test_an_import_gives_inputs_that_are_valid_and_change_nothing(
    token: str, engine: EngineDriver, site: DriftSite
) -> None:
    made = engine.made(token, "it", **inputs_of(token, site))
    imported = engine.imported(token, made.id)
    checked = imported.check(imported.checked, imported.checked)
    assert not _differences(imported, checked)
