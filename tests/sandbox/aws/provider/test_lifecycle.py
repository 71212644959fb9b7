"""Every kind of resource is made, found unchanged, imported, changed in place and deleted."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from sandbox.aws.provider.cloud import Cloud
from sandbox.provider.values import UNKNOWN, Asset
from tests.sandbox.provider.engine_driver import EngineDriver, Resource

pytestmark = pytest.mark.unit

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)


class Site:
    """What the resources under test stand in; made when first asked for, and deleted in reverse order."""

    def __init__(self, engine: EngineDriver) -> None:
        self._engine = engine
        self._made: dict[str, Resource] = {}

    def _once(self, token: str, name: str, /, **inputs: object) -> Resource:
        if name not in self._made:
            self._made[name] = self._engine.made(token, name, **inputs)
        return self._made[name]

    @property
    def vpc(self) -> str:
        return self._once("aws:ec2/vpc:Vpc", "net", cidrBlock="10.20.0.0/16").id

    def subnet(self, zone: str) -> str:
        block = f"10.20.{ord(zone) - ord('a')}.0/24"
        zone_name = f"ap-southeast-3{zone}"
        return self._once(
            "aws:ec2/subnet:Subnet", f"subnet-{zone}", vpcId=self.vpc, cidrBlock=block, availabilityZone=zone_name
        ).id

    @property
    def subnets(self) -> list[str]:
        return [self.subnet(zone) for zone in "abc"]

    @property
    def group(self) -> str:
        return self._once("aws:ec2/securityGroup:SecurityGroup", "group", vpcId=self.vpc).id

    @property
    def gateway(self) -> str:
        return self._once("aws:ec2/internetGateway:InternetGateway", "gateway", vpcId=self.vpc).id

    @property
    def address(self) -> str:
        return self._once("aws:ec2/eip:Eip", "address", domain="vpc").id

    @property
    def routes(self) -> str:
        return self._once("aws:ec2/routeTable:RouteTable", "routes", vpcId=self.vpc).id

    @property
    def role(self) -> str:
        return self._once("aws:iam/role:Role", "role", assumeRolePolicy=TRUST, forceDetachPolicies=True).id

    @property
    def key(self) -> Resource:
        return self._once("aws:kms/key:Key", "key", description="for tests")

    @property
    def bucket(self) -> str:
        return self._once("aws:s3/bucket:Bucket", "bucket", forceDestroy=True).id

    @property
    def zone(self) -> str:
        return self._once("aws:route53/zone:Zone", "zone", name="prakerja.test", forceDestroy=True).id

    @property
    def balancer(self) -> str:
        return self._once(
            "aws:lb/loadBalancer:LoadBalancer", "balancer", subnets=self.subnets, securityGroups=[self.group]
        ).id

    @property
    def target_group(self) -> str:
        return self._once("aws:lb/targetGroup:TargetGroup", "targets", vpcId=self.vpc, port=8080, protocol="HTTP").id

    @property
    def listener(self) -> str:
        return self._once(
            "aws:lb/listener:Listener",
            "listener",
            loadBalancerArn=self.balancer,
            port=80,
            defaultActions=[{"type": "forward", "targetGroupArn": self.target_group}],
        ).id

    @property
    def image(self) -> str:
        images = self._engine.invoke("aws:ec2/getAmi:getAmi", owners=["amazon"], mostRecent=True)
        return str(images["id"])

    @property
    def template(self) -> Resource:
        return self._once(
            "aws:ec2/launchTemplate:LaunchTemplate",
            "template",
            imageId=self.image,
            instanceType="t3.micro",
            updateDefaultVersion=True,
        )

    @property
    def subnet_group(self) -> str:
        return self._once("aws:rds/subnetGroup:SubnetGroup", "subnets", subnetIds=self.subnets).id

    @property
    def log_group(self) -> str:
        return str(self._once("aws:cloudwatch/logGroup:LogGroup", "aws-waf-logs-group").state["arn"])

    @property
    def topic(self) -> str:
        return self._once("aws:sns/topic:Topic", "topic").id

    @property
    def vault(self) -> str:
        return self._once("aws:backup/vault:Vault", "vault").id

    @property
    def plan(self) -> str:
        rules = [{"ruleName": "daily", "targetVaultName": self.vault, "schedule": "cron(0 21 * * ? *)"}]
        return self._once("aws:backup/plan:Plan", "plan", rules=rules).id

    @property
    def role_arn(self) -> str:
        return str(self._once("aws:iam/role:Role", "service", assumeRolePolicy=TRUST).state["arn"])

    @property
    def web_acl(self) -> str:
        metrics = {"cloudwatchMetricsEnabled": False, "metricName": "any", "sampledRequestsEnabled": False}
        return str(
            self._once(
                "aws:wafv2/webAcl:WebAcl",
                "acl",
                scope="REGIONAL",
                defaultAction={"allow": {}},
                visibilityConfig=metrics,
            ).state["arn"]
        )

    def clear(self) -> None:
        for resource in reversed(self._made.values()):
            resource.delete()


@dataclass(frozen=True)
class Case:
    """One resource: its inputs, a change in place (None takes an input away), and one that replaces it.

    stays: it is only forgotten, or what it set can't be taken away.
    """

    token: str
    inputs: Callable[[Site], dict[str, Any]]
    change: Callable[[Site], dict[str, Any]] | None = None
    replacing: dict[str, Any] | None = None
    stays: bool = False


TAGS = {"tags": {"owner": "platform", "Name": "x"}}
RETAGGED = {"tags": {"owner": "data"}}

CASES = [
    Case(
        "aws:ec2/vpc:Vpc",
        lambda _: {"cidrBlock": "10.9.0.0/16", "enableDnsHostnames": True, **TAGS},
        lambda _: {"enableDnsHostnames": None, **RETAGGED},
        {"cidrBlock": "10.8.0.0/16"},
    ),
    Case(
        "aws:ec2/subnet:Subnet",
        lambda site: {"vpcId": site.vpc, "cidrBlock": "10.20.9.0/24", "mapPublicIpOnLaunch": True, **TAGS},
        lambda _: {"mapPublicIpOnLaunch": False, **RETAGGED},
        {"cidrBlock": "10.20.8.0/24"},
    ),
    Case("aws:ec2/internetGateway:InternetGateway", lambda site: {"vpcId": site.vpc, **TAGS}, lambda _: RETAGGED),
    Case("aws:ec2/eip:Eip", lambda _: {"domain": "vpc", **TAGS}, lambda _: RETAGGED),
    Case(
        "aws:ec2/natGateway:NatGateway",
        lambda site: {"allocationId": site.address, "subnetId": site.subnet("a"), **TAGS},
        lambda _: RETAGGED,
        {"connectivityType": "private"},
    ),
    Case("aws:ec2/routeTable:RouteTable", lambda site: {"vpcId": site.vpc, **TAGS}, lambda _: RETAGGED),
    Case(
        "aws:ec2/route:Route",
        lambda site: {"routeTableId": site.routes, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": site.gateway},
        replacing={"destinationCidrBlock": "10.0.0.0/8"},
    ),
    Case(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        lambda site: {"routeTableId": site.routes, "subnetId": site.subnet("a")},
        replacing={"routeTableId": "rtb-1"},
    ),
    Case(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        lambda site: {
            "vpcId": site.vpc,
            "serviceName": "com.amazonaws.ap-southeast-3.s3",
            "vpcEndpointType": "Gateway",
            "routeTableIds": [site.routes],
            **TAGS,
        },
        lambda _: {"routeTableIds": [], **RETAGGED},
    ),
    Case(
        "aws:ec2/securityGroup:SecurityGroup",
        lambda site: {
            "vpcId": site.vpc,
            "description": "of a test",
            "ingress": [
                {"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["10.0.0.0/8", "10.1.0.0/16"]},
                {"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True},
            ],
            **TAGS,
        },
        lambda _: {
            "ingress": [{"protocol": "tcp", "fromPort": 81, "toPort": 81, "cidrBlocks": ["10.0.0.0/8"]}],
            **RETAGGED,
        },
        {"description": "another"},
    ),
    Case(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        lambda site: {"vpcId": site.vpc, "ingress": [], "egress": [], **TAGS},
        lambda _: RETAGGED,
        stays=True,
    ),
    Case(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        lambda site: {
            "securityGroupId": site.group,
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.0.0.0/8",
            **TAGS,
        },
        lambda _: {"toPort": 444, "description": "wider"},
    ),
    Case(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        lambda site: {"securityGroupId": site.group, "ipProtocol": "-1", "referencedSecurityGroupId": site.group},
    ),
    Case(
        "aws:ec2/launchTemplate:LaunchTemplate",
        lambda site: {
            "imageId": site.image,
            "instanceType": "t3.micro",
            "vpcSecurityGroupIds": [site.group],
            "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
            "blockDeviceMappings": [
                {"deviceName": "/dev/xvda", "ebs": {"volumeSize": 20, "encrypted": "true", "volumeType": "gp3"}}
            ],
            "tagSpecifications": [{"resourceType": "instance", "tags": {"Name": "vm"}}],
            "userData": base64.b64encode(b"#cloud-config\n").decode(),
            **TAGS,
        },
        lambda _: {"instanceType": "t3.small", **RETAGGED},
    ),
    Case(
        "aws:iam/role:Role",
        lambda _: {"assumeRolePolicy": TRUST, **TAGS},
        lambda _: {"description": "of a test", "maxSessionDuration": 7200, **RETAGGED},
        {"path": "/other/"},
    ),
    Case(
        "aws:iam/rolePolicy:RolePolicy",
        lambda site: {"role": site.role, "policy": POLICY},
        lambda _: {"policy": POLICY.replace("GetObject", "PutObject")},
    ),
    Case("aws:iam/instanceProfile:InstanceProfile", lambda site: {"role": site.role, **TAGS}, lambda _: RETAGGED),
    Case(
        "aws:kms/key:Key",
        lambda _: {"description": "data", "enableKeyRotation": True, **TAGS},
        lambda _: {"description": "other", "enableKeyRotation": False, **RETAGGED},
    ),
    Case("aws:kms/alias:Alias", lambda site: {"targetKeyId": site.key.id}),
    Case(
        "aws:secretsmanager/secret:Secret",
        lambda _: {"description": "a secret", "recoveryWindowInDays": 0, **TAGS},
        lambda _: {"description": "another", **RETAGGED},
    ),
    Case("aws:s3/bucket:Bucket", lambda _: TAGS, lambda _: RETAGGED, {"bucket": "another-bucket"}),
    Case(
        "aws:s3/bucketVersioning:BucketVersioning",
        lambda site: {"bucket": site.bucket, "versioningConfiguration": {"status": "Enabled"}},
        lambda _: {"versioningConfiguration": {"status": "Suspended"}},
        stays=True,
    ),
    Case(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        lambda site: {
            "bucket": site.bucket,
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {
                        "sseAlgorithm": "aws:kms",
                        "kmsMasterKeyId": site.key.state["arn"],
                    },
                    "bucketKeyEnabled": True,
                }
            ],
        },
    ),
    Case(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        lambda site: {"bucket": site.bucket, "blockPublicAcls": True, "restrictPublicBuckets": True},
        lambda _: {"blockPublicAcls": None},
    ),
    Case(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        lambda site: {"bucket": site.bucket, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
    ),
    Case("aws:s3/bucketPolicy:BucketPolicy", lambda site: {"bucket": site.bucket, "policy": POLICY}),
    Case(
        "aws:s3/bucketObjectv2:BucketObjectv2",
        lambda site: {"bucket": site.bucket, "key": "a/b.txt", "source": Asset(sha256="1", text="one"), **TAGS},
        lambda _: {"source": Asset(sha256="2", text="two")},
        {"key": "c"},
    ),
    Case(
        "aws:rds/subnetGroup:SubnetGroup",
        lambda site: {"subnetIds": site.subnets, **TAGS},
        lambda _: RETAGGED,
    ),
    Case(
        "aws:rds/parameterGroup:ParameterGroup",
        lambda _: {
            "family": "postgres17",
            "parameters": [{"name": "max_connections", "value": "500", "applyMethod": "pending-reboot"}],
            **TAGS,
        },
        lambda _: {
            "parameters": [{"name": "max_connections", "value": "600", "applyMethod": "pending-reboot"}],
            **RETAGGED,
        },
    ),
    Case(
        "aws:lb/loadBalancer:LoadBalancer",
        lambda site: {"subnets": site.subnets, "securityGroups": [site.group], "idleTimeout": 65, **TAGS},
        lambda _: {"idleTimeout": None, "dropInvalidHeaderFields": True, **RETAGGED},
        {"internal": True},
    ),
    Case(
        "aws:lb/targetGroup:TargetGroup",
        lambda site: {
            "vpcId": site.vpc,
            "port": 8080,
            "protocol": "HTTP",
            "deregistrationDelay": 30,
            "healthCheck": {"path": "/healthz", "interval": 5, "timeout": 4, "matcher": "200"},
            **TAGS,
        },
        lambda _: {"deregistrationDelay": 20, "healthCheck": {"path": "/readyz"}, **RETAGGED},
        {"port": 8081},
    ),
    Case(
        "aws:lb/listener:Listener",
        lambda site: {
            "loadBalancerArn": site.balancer,
            "port": 8081,
            "protocol": "HTTP",
            "defaultActions": [
                {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
            ],
            **TAGS,
        },
        lambda _: {
            "defaultActions": [
                {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}
            ]
        },
    ),
    Case(
        "aws:lb/listenerRule:ListenerRule",
        lambda site: {
            "listenerArn": site.listener,
            "priority": 10,
            "conditions": [{"pathPattern": {"values": ["/api/*"]}}, {"httpRequestMethod": {"values": ["GET"]}}],
            "actions": [{"type": "forward", "forward": {"targetGroups": [{"arn": site.target_group, "weight": 100}]}}],
            **TAGS,
        },
        lambda _: {"priority": 11, "conditions": [{"hostHeader": {"values": ["prakerja.test"]}}], **RETAGGED},
    ),
    Case(
        "aws:route53/zone:Zone",
        lambda _: {"name": "other.test", **TAGS},
        lambda _: {"comment": "of a test", **RETAGGED},
    ),
    Case(
        "aws:route53/record:Record",
        lambda site: {"zoneId": site.zone, "name": "www", "type": "A", "ttl": 60, "records": ["10.0.0.1"]},
        lambda _: {"ttl": 300, "records": ["10.0.0.2"]},
        {"name": "other"},
    ),
    Case(
        "aws:acm/certificate:Certificate",
        lambda _: {"domainName": "prakerja.test", "validationMethod": "DNS", **TAGS},
        lambda _: RETAGGED,
        {"subjectAlternativeNames": ["*.prakerja.test"]},
    ),
    Case(
        "aws:ssm/document:Document",
        lambda _: {
            "name": "SSM-SessionManagerRunShell",
            "documentType": "Session",
            "content": json.dumps({"schemaVersion": "1.0", "inputs": {"idleSessionTimeout": "15"}}),
            **TAGS,
        },
        lambda _: {
            "content": json.dumps({"schemaVersion": "1.0", "inputs": {"idleSessionTimeout": "20"}}),
            **RETAGGED,
        },
        {"name": "SSM-Other"},
    ),
    Case(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        lambda _: {"alarmName": "any", "alarmRule": "ALARM(one)"},
        lambda _: {"alarmRule": "ALARM(two)"},
    ),
]
# Only the engine's own state knows what is recorded: it is never found gone, and can't be imported.
RECORDED = ("aws:cloudwatch/compositeAlarm:CompositeAlarm",)
EACH = [pytest.param(case, id=case.token) for case in CASES]
IMPORTABLE = [pytest.param(case, id=case.token) for case in CASES if case.token not in RECORDED]


@pytest.fixture
def site(engine: EngineDriver) -> Iterator[Site]:
    site = Site(engine)
    yield site
    site.clear()


@pytest.mark.parametrize("case", EACH)
def test_a_resource_lives_from_create_to_delete(case: Case, engine: EngineDriver, site: Site) -> None:
    live(case, engine, site)


def live(case: Case, engine: EngineDriver, site: Site) -> None:
    """Have a case's resource made, read, changed, and deleted."""
    inputs = case.inputs(site)
    resource = engine.resource(case.token, "it", **inputs)
    resource.create(preview=True)
    assert not resource.id
    resource.create()
    assert resource.id

    found = resource.read()
    assert found == (resource.checked, resource.state), "a refresh right after creation finds a difference"

    if case.change is not None:
        change = case.change(site)
        assert {path.split(".")[0].split("[")[0] for path in resource.paths(**change)} == change.keys()
        resource.update(preview=True, **change)
        before = replace(resource)
        resource.update(**change)
        if case.token not in RECORDED:
            _finds_drift(before, set(change) - NOT_IMPORTED)
        assert resource.read() == (resource.checked, resource.state), "a refresh right after the update does"
    assert not resource.paths()

    if case.replacing is not None:
        kinds = resource.paths(**case.replacing)
        assert kinds
        assert all(kind.endswith("_REPLACE") for kind in kinds.values())

    resource.delete()
    assert case.stays or case.token in RECORDED or resource.read() is None


def _finds_drift(before: Resource, changed: set[str]) -> None:
    """Have a refresh that knows nothing of the change find it, as if another had made it, in what the inputs set."""
    found = before.read()
    assert found is not None
    set_before = changed & before.checked.keys()
    unseen = {name for name in set_before if found[0].get(name) == before.checked[name]}
    assert not unseen


NOT_IMPORTED = {
    "bootstrapSelfManagedAddons",
    "code",
    "endpointAutoConfirms",
    "forceDestroy",
    "recoveryWindowInDays",
    "resolveConflictsOnUpdate",
    "source",
    "updateDefaultVersion",
    "waitForCapacityTimeout",
}


@pytest.mark.parametrize("case", IMPORTABLE)
def test_an_import_finds_the_inputs_that_made_the_resource(case: Case, engine: EngineDriver, site: Site) -> None:
    be_imported(case, engine, site)


def be_imported(case: Case, engine: EngineDriver, site: Site) -> None:
    """Have a case's resource imported, and its inputs found."""
    made = engine.made(case.token, "it", **case.inputs(site))
    imported = engine.imported(case.token, made.id)
    wanted = {name: value for name, value in made.checked.items() if name not in NOT_IMPORTED}
    assert not engine_differences(imported, wanted)
    made.delete()


def engine_differences(imported: Resource, wanted: dict[str, Any]) -> list[str]:
    """What the engine would say an imported resource differs in from the program's inputs."""
    compared = {name: value for name, value in wanted.items() if name != "ingress"}  # AWS splits a rule by its sources
    kept = {name: value for name, value in imported.checked.items() if name in wanted and name != "ingress"}
    imported.checked = kept
    found = imported.diff(compared).detailedDiff
    # A list's order and what AWS adds inside an object are AWS's own.
    return [path for path, kind in found.items() if kind.kind in (0, 1) or (kind.kind >= 4 and "." not in path)]


def test_drift_in_a_resource_is_seen_and_repaired(engine: EngineDriver, cloud: Cloud) -> None:
    vpc = engine.made("aws:ec2/vpc:Vpc", "it", cidrBlock="10.9.0.0/16", enableDnsHostnames=True)
    program = dict(vpc.checked)
    cloud.call("ec2", "modify_vpc_attribute", VpcId=vpc.id, EnableDnsHostnames={"Value": False})
    cloud.call("ec2", "create_tags", Resources=[vpc.id], Tags=[{"Key": "by", "Value": "hand"}])
    vpc.refresh()
    assert vpc.checked == {"cidrBlock": "10.9.0.0/16", "enableDnsHostnames": False, "tags": {"by": "hand"}}
    vpc.update(enableDnsHostnames=True, tags=None)
    vpc.refresh()
    assert vpc.checked == program
    vpc.delete()


def test_a_resource_deleted_by_hand_is_found_gone_and_its_deletion_succeeds(engine: EngineDriver, cloud: Cloud) -> None:
    vpc = engine.made("aws:ec2/vpc:Vpc", "it", cidrBlock="10.9.0.0/16")
    cloud.call("ec2", "delete_vpc", VpcId=vpc.id)
    assert vpc.read() is None
    vpc.delete()


def test_a_preview_promises_only_what_it_knows(engine: EngineDriver, site: Site) -> None:
    template = site.template
    previewed = template.update(preview=True, instanceType="t3.small")
    assert previewed["latestVersion"] is UNKNOWN
    assert previewed["name"] == template.state["name"]
    assert template.update(preview=True, tags={"a": "b"})["latestVersion"] == 1
    vpc = engine.resource("aws:ec2/vpc:Vpc", "it", cidrBlock="10.9.0.0/16")
    vpc.create(preview=True)
    assert vpc.state["arn"] is UNKNOWN
    assert vpc.state["cidrBlock"] == "10.9.0.0/16"


def test_a_preview_leaves_open_what_the_cloud_adds_to_an_object(engine: EngineDriver) -> None:
    identity = engine.resource(
        "aws:sesv2/emailIdentity:EmailIdentity",
        "it",
        emailIdentity="prakerja.test",
        dkimSigningAttributes={"nextSigningKeyLength": "RSA_2048_BIT"},
    )
    identity.create(preview=True)
    attributes = identity.state["dkimSigningAttributes"]
    assert attributes["tokens"] is UNKNOWN
    assert attributes["nextSigningKeyLength"] == "RSA_2048_BIT"


def test_a_preview_of_an_update_keeps_what_the_cloud_has_added_to_an_object(engine: EngineDriver) -> None:
    identity = engine.resource(
        "aws:sesv2/emailIdentity:EmailIdentity",
        "kept",
        emailIdentity="kept.prakerja.test",
        dkimSigningAttributes={"nextSigningKeyLength": "RSA_2048_BIT"},
    )
    identity.create()
    identity.state["dkimSigningAttributes"]["tokens"] = ["a", "b", "c"]
    foreseen = identity.update(preview=True, tags={"owner": "web"})
    assert foreseen["dkimSigningAttributes"]["tokens"] == ["a", "b", "c"]
    identity.delete()
