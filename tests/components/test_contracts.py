"""What holds for every component and every resource of the program, whoever writes the next one."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import json
import keyword
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import pulumi_aws as aws
import pytest
import yaml

import components
from components import naming
from components.component import Component, Layer
from components.grafana_stack import READ_METRICS
from components.tags import CLUSTER_TAG, TagKey
from stacks import manifest as manifest_module
from stacks.manifest import Manifest
from stacks.saas_settings import PartnerName
from tests.components.recorder import RecordedResource, Recording
from tests.stacks.environments import REPOSITORY, run_program, stack_file

pytestmark = pytest.mark.unit

ANYWHERE = "0.0.0.0/0"
NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass"
# Of prod's machines.
PRIVATE_NETWORKS = ("10.20.32.0/22", "10.20.36.0/22", "10.20.40.0/22")
LONGEST_ENVIRONMENT = "envname8"
LONGEST_SERVICE = "servicenam12"
TAG_VALUES = {"data-class": {"public", "internal", "personal"}, "layer": {*get_args(Layer)}}
# Actions on what is no resource that could be named (Service Authorization Reference).
NAMELESS = {*READ_METRICS, "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}
# What auto-named resources' physical names may have, in characters.
LIMITS = {
    "aws:ecr/repository:Repository": naming.IMAGE_REPOSITORY,
    "aws:elasticache/parameterGroup:ParameterGroup": 255,
    "aws:elasticache/replicationGroup:ReplicationGroup": naming.CACHE,
    "aws:elasticache/subnetGroup:SubnetGroup": 255,
    "aws:sqs/queue:Queue": naming.QUEUE,
    "aws:backup/plan:Plan": naming.BACKUP_PLAN,
    "aws:backup/selection:Selection": naming.BACKUP_PLAN,
    "aws:backup/vault:Vault": naming.BACKUP_VAULT,
    "aws:budgets/budget:Budget": naming.BUDGET,
    "aws:cloudtrail/trail:Trail": naming.TRAIL,
    "aws:cloudwatch/logGroup:LogGroup": 512,
    "aws:cloudwatch/metricAlarm:MetricAlarm": 255,
    "aws:rds/eventSubscription:EventSubscription": 255,
    "aws:sns/topic:Topic": 256,
    "aws:wafv2/webAcl:WebAcl": naming.WEB_ACL,
    "aws:autoscaling/group:Group": 255,
    "aws:ec2/launchTemplate:LaunchTemplate": naming.LAUNCH_TEMPLATE,
    "aws:ec2/securityGroup:SecurityGroup": naming.SECURITY_GROUP,
    "aws:iam/instanceProfile:InstanceProfile": 128,
    "aws:iam/role:Role": naming.IAM_ROLE,
    "aws:iam/rolePolicy:RolePolicy": 128,
    "aws:lambda/function:Function": naming.FUNCTION,
    "aws:kms/alias:Alias": 256 - len("alias/"),
    "aws:lb/loadBalancer:LoadBalancer": naming.LOAD_BALANCER,
    "aws:lb/targetGroup:TargetGroup": naming.TARGET_GROUP,
    "aws:rds/instance:Instance": naming.DATABASE_INSTANCE,
    "aws:rds/parameterGroup:ParameterGroup": 255,
    "aws:rds/subnetGroup:SubnetGroup": 255,
    "aws:s3/bucket:Bucket": naming.BUCKET,
    "aws:secretsmanager/secret:Secret": 512,
}


def component_modules() -> list[Any]:
    return [
        importlib.import_module(f"components.{module.name}") for module in pkgutil.iter_modules(components.__path__)
    ]


def component_classes() -> list[type[Component]]:
    return [
        member
        for module in component_modules()
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Component) and member is not Component and member.__module__ == module.__name__
    ]


def taken_by(type_: str) -> set[str]:
    """The inputs that a resource type of AWS's takes, by their names in Python; none for another's."""
    provider, module, name = type_.split(":")
    if provider != "aws":
        return set()
    module = module.split("/")[0]
    # `lambda` is a word of Python's own.
    resource = getattr(getattr(aws, f"{module}_" if keyword.iskeyword(module) else module), name)
    return set(inspect.signature(resource._internal_init).parameters)


def taggable(type_: str) -> bool:
    """Whether a resource of that type is AWS's, and its class takes tags."""
    return "tags" in taken_by(type_)


@pytest.fixture(scope="module")
def longest() -> Recording:
    """The program with the longest names that settings and manifests allow."""
    config = copy.deepcopy(stack_file("prod")["config"])
    config["prakerja:environment"]["name"] = LONGEST_ENVIRONMENT
    config["prakerja:services"] = {LONGEST_SERVICE: {"vms": 3, "containers": {"minimum": 2, "maximum": 4}}}
    with patch.object(manifest_module, "read_manifests", return_value={LONGEST_SERVICE: manifest_of_all_needs()}):
        return run_program("test", config)


@pytest.fixture(scope="module")
def otherwise() -> Recording:
    """Production with what can stand in place of what it has."""
    config = copy.deepcopy(stack_file("prod")["config"])
    config["prakerja:dashboards"] = {"drawn_by": "cloudwatch"}
    return run_program("prod", config)


def manifest_of_all_needs() -> Manifest:
    """A service that needs all that there is."""
    document = yaml.safe_load((REPOSITORY / "app/registration/service.yaml").read_text())
    queues = {side: ["notification"] for side in ("read", "write")}
    document["needs"] |= {"cache": True, "mail": True, "queues": queues, "partners": list(get_args(PartnerName))}
    return manifest_module.HttpManifest.model_validate_json(json.dumps(document))


def test_there_are_components_to_hold_to_this() -> None:
    assert len(component_classes()) >= 12


@pytest.mark.parametrize("component", component_classes(), ids=lambda one: one.__name__)
def test_arguments_are_frozen_and_by_keyword_only(component: type[Component]) -> None:
    module = inspect.getmodule(component)
    arguments = getattr(module, f"{component.__name__}Args")
    assert arguments.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(arguments))
    assert list(inspect.signature(component).parameters) == ["name", "args", "opts"]


@pytest.mark.parametrize("component", component_classes(), ids=lambda one: one.__name__)
def test_each_component_of_the_library_is_in_use(
    component: type[Component], prod: Recording, otherwise: Recording
) -> None:
    in_use = {one.type for one in (*prod.resources, *otherwise.resources)}
    assert f"prakerja:{component.layer}:{component.__name__}" in in_use


def test_every_resource_belongs_to_a_component(prod: Recording) -> None:
    components_in_use = {one.urn for one in prod.resources if not one.custom}
    assert {one.urn for one in prod.custom() if one.parent not in components_in_use} == set()


def tags_of(resource: RecordedResource) -> dict[str, str]:
    tags = resource.inputs["tags"]
    return {tag["key"]: tag["value"] for tag in tags} if isinstance(tags, list) else tags


def test_tags_of_the_closed_vocabulary_reach_every_resource_that_can_bear_them(prod: Recording) -> None:
    bearing = [one for one in prod.custom() if taggable(one.type)]
    assert len(bearing) > 50
    for resource in bearing:
        tags = tags_of(resource)
        for_cluster = {CLUSTER_TAG} if resource.inputs.get("targetType") == "ip" else set()
        assert tags.keys() == {key.value for key in TagKey} | for_cluster, resource.urn
        assert all(tags.values()), resource.urn
        for key, allowed in TAG_VALUES.items():
            assert tags[key] in allowed, resource.urn


def test_machines_and_their_disks_are_tagged_as_their_service_is(prod: Recording) -> None:
    for group in prod.of_type("aws:autoscaling/group:Group"):
        assert all(tag["propagateAtLaunch"] for tag in group.inputs["tags"])
    for template in prod.of_type("aws:ec2/launchTemplate:LaunchTemplate"):
        (volumes,) = template.inputs["tagSpecifications"]
        assert volumes == {"resourceType": "volume", "tags": template.inputs["tags"]}
    host = prod.one("aws:ec2/instance:Instance")
    assert host.inputs["volumeTags"] == host.inputs["tags"]


def test_nothing_is_open_to_the_internet_but_what_the_settings_name(prod: Recording) -> None:
    open_rules = [
        one
        for one in prod.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if one.inputs.get("cidrIpv4", PRIVATE_NETWORKS[0]) not in PRIVATE_NETWORKS
    ]
    assert {(rule.inputs["cidrIpv4"], rule.inputs["fromPort"]) for rule in open_rules} == {
        (ANYWHERE, 80),
        (ANYWHERE, 443),
    }
    site = prod.one("prakerja:paas:SiteLoadBalancer")
    assert {rule.parent for rule in open_rules} == {site.urn}
    assert prod.one("aws:rds/instance:Instance").inputs["publiclyAccessible"] is False
    assert prod.one("aws:ec2/instance:Instance").inputs["associatePublicIpAddress"] is False
    assert prod.one("aws:eks/cluster:Cluster").inputs["vpcConfig"]["endpointPublicAccess"] is False
    assert prod.one(NODE_CLASS).inputs["spec"]["advancedNetworking"] == {"associatePublicIPAddress": False}
    assert not any(one.inputs["mapPublicIpOnLaunch"] for one in prod.of_type("aws:ec2/subnet:Subnet"))


def test_every_bucket_is_closed_versioned_encrypted_and_speaks_tls_only(prod: Recording) -> None:
    buckets = {one.name: f"{one.name}-bucket" for one in prod.of_type("aws:s3/bucket:Bucket")}
    assert buckets.keys() == {"prod-artefacts", "prod-documents", "prod-requests", "prod-trail-log"}

    def of_each(kind: str) -> dict[str, dict[str, Any]]:
        settings = {
            one.inputs["bucket"]: one.inputs for one in prod.of_type(f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}")
        }
        assert settings.keys() == set(buckets.values()), kind
        return settings

    for block in of_each("BucketPublicAccessBlock").values():
        assert all(
            block[rule]
            for rule in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        )
    for ownership in of_each("BucketOwnershipControls").values():
        assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    for versioning in of_each("BucketVersioning").values():
        assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    assert of_each("BucketServerSideEncryptionConfiguration")
    for policy in of_each("BucketPolicy").values():
        tls, *others = json.loads(policy["policy"])["Statement"]
        assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
        assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert all("Service" in statement["Principal"] for statement in others)


# Elastic Load Balancing's own account in Jakarta, as which load balancers may write access logs.
AWS_OWN_ACCOUNT = "arn:aws:iam::589379963580:root"


QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"


def test_policies_of_resources_let_in_aws_services_alone_and_only_for_this_account(prod: Recording) -> None:
    for type_ in ("aws:s3/bucketPolicy:BucketPolicy", "aws:sns/topicPolicy:TopicPolicy", QUEUE_POLICY):
        for policy in prod.of_type(type_):
            for statement in json.loads(policy.inputs["policy"])["Statement"]:
                if statement["Effect"] == "Allow":
                    assert "Service" in statement["Principal"], policy.urn
                    assert statement["Principal"].get("AWS", AWS_OWN_ACCOUNT) == AWS_OWN_ACCOUNT, policy.urn
                    bounds = json.dumps([statement["Resource"], statement.get("Condition")])
                    assert "123456789012" in bounds, policy.urn


def test_who_may_reach_the_site_is_a_setting() -> None:
    config = copy.deepcopy(stack_file("dev")["config"])
    config["prakerja:site"]["allowed_sources"] = ["203.0.113.0/24"]
    rules = run_program("dev", config).of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert {rule.inputs.get("cidrIpv4") for rule in rules} == {None, "203.0.113.0/24"}


def test_machines_reach_out_only_by_https_and_to_named_groups(prod: Recording) -> None:
    for rule in prod.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"):
        if "cidrIpv4" in rule.inputs:
            assert rule.inputs["fromPort"] == rule.inputs["toPort"] == 443
        else:
            assert rule.inputs["referencedSecurityGroupId"]


def test_every_opening_has_both_its_sides(prod: Recording) -> None:
    def sides(type_: str, source: str, target: str) -> set[tuple[Any, ...]]:
        return {
            (rule.inputs[source], rule.inputs[target], rule.inputs["fromPort"])
            for rule in prod.of_type(type_)
            if "referencedSecurityGroupId" in rule.inputs
        }

    out = sides(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "securityGroupId", "referencedSecurityGroupId"
    )
    into = sides(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "referencedSecurityGroupId", "securityGroupId"
    )
    assert out == into


# Keys that say nothing: of a feature that is off, of code that anybody may read, and of an object whose bucket decides.
# And what is no key at all.
NOT_KEYS_OF_OURS = {
    ("aws:lambda/function:Function", "sourceKmsKeyArn"),
    ("aws:rds/instance:Instance", "performanceInsightsKmsKeyId"),
    ("aws:s3/bucketObjectv2:BucketObjectv2", "kmsKeyId"),
    ("aws:sqs/queue:Queue", "kmsDataKeyReusePeriodSeconds"),
}


def key_inputs(type_: str) -> list[str]:
    """The inputs of a resource type of AWS's that take a KMS key."""
    names = [
        re.sub(r"_(\w)", lambda found: found[1].upper(), one)
        for one in taken_by(type_)
        if re.search(r"kms_(\w+_)?key", one)
    ]
    return [one for one in names if (type_, one) not in NOT_KEYS_OF_OURS]


def bucket_encryption(recording: Recording) -> Iterator[tuple[str, str, str | None]]:
    for one in recording.of_type(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    ):
        (rule,) = one.inputs["rules"]
        default = rule["applyServerSideEncryptionByDefault"]
        yield one.name, default["sseAlgorithm"], default.get("kmsMasterKeyId")


def test_everything_that_can_be_encrypted_is_by_our_own_keys(prod: Recording) -> None:
    keys = {f"arn:aws:kms:ap-southeast-3:123456789012:{key.name}" for key in prod.of_type("aws:kms/key:Key")}
    assert prod.one("aws:rds/instance:Instance").inputs["storageEncrypted"] is True
    checked = set()
    for resource in prod.custom():
        for name in key_inputs(resource.type):
            assert resource.inputs.get(name) in keys, f"{resource.urn} {name}"
            checked.add(resource.type.rpartition(":")[2])
    assert checked == {
        "Function",
        "Instance",
        "LogGroup",
        "Queue",
        "ReplicationGroup",
        "Secret",
        "Topic",
        "Trail",
        "Vault",
    }
    (images,) = prod.one("aws:ecr/repository:Repository").inputs["encryptionConfigurations"]
    assert images["encryptionType"] == "KMS"
    assert images["kmsKey"] in keys
    cluster = prod.one("aws:eks/cluster:Cluster").inputs["encryptionConfig"]
    assert cluster["resources"] == ["secrets"]
    assert cluster["provider"]["keyArn"] in keys
    assert prod.one(NODE_CLASS).inputs["spec"]["ephemeralStorage"]["kmsKeyID"] in keys
    for bucket, algorithm, key in bucket_encryption(prod):
        # What load balancers write can be encrypted with S3's own keys alone.
        assert (algorithm, key) == ("AES256", None) if bucket == "prod-requests" else key in keys
    for template in prod.of_type("aws:ec2/launchTemplate:LaunchTemplate"):
        (disk,) = template.inputs["blockDeviceMappings"]
        assert disk["ebs"]["encrypted"] == "true"
        assert disk["ebs"]["kmsKeyId"] in keys
    root = prod.one("aws:ec2/instance:Instance").inputs["rootBlockDevice"]
    assert root["encrypted"] is True
    assert root["kmsKeyId"] in keys
    assert all(key.inputs["enableKeyRotation"] for key in prod.of_type("aws:kms/key:Key"))


def test_machines_that_handle_personal_data_have_disks_under_its_key(prod: Recording) -> None:
    used = {
        template.name: template.inputs["blockDeviceMappings"][0]["ebs"]["kmsKeyId"].rsplit(":")[-1]
        for template in prod.of_type("aws:ec2/launchTemplate:LaunchTemplate")
    }
    assert used == {"prod-portal": "prod-internal", "prod-registration": "prod-personal"}


def test_every_machine_asks_for_session_tokens_and_is_reached_by_systems_manager_alone(prod: Recording) -> None:
    machines = [*prod.of_type("aws:ec2/launchTemplate:LaunchTemplate"), prod.one("aws:ec2/instance:Instance")]
    for machine in machines:
        assert machine.inputs["metadataOptions"]["httpTokens"] == "required"
        assert machine.inputs["metadataOptions"]["httpPutResponseHopLimit"] == 1
        assert "keyName" not in machine.inputs
    attached = prod.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    of_machines = [one for one in attached if one.name.endswith("-systems-manager")]
    assert {one.inputs["policyArn"] for one in of_machines} == {"arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"}
    assert len(of_machines) == len(prod.of_type("aws:iam/instanceProfile:InstanceProfile"))


def test_a_role_of_one_of_awss_services_is_taken_on_for_this_account_alone(prod: Recording) -> None:
    """EC2 hands a role to the account's own machines only, and says nothing more of whom it acts for."""
    taken_on_by = set()
    for role in prod.of_type("aws:iam/role:Role"):
        (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        if "AWS" in trust["Principal"]:
            # Another company's account says for which of its customers it asks.
            assert trust["Principal"]["AWS"].startswith("arn:aws:iam::"), role.urn
            assert trust["Condition"]["StringEquals"]["sts:ExternalId"], role.urn
            continue
        service = trust["Principal"]["Service"]
        taken_on_by.add(service)
        if service == "pods.eks.amazonaws.com":
            # The cluster's ARN names the account.
            assert ":123456789012:" in trust["Condition"]["StringEquals"]["aws:RequestTag/eks-cluster-arn"], role.urn
        # Neither takes a role but what somebody of its own account passes to it.
        elif service not in ("ec2.amazonaws.com", "lambda.amazonaws.com"):
            assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}, role.urn
    assert len(taken_on_by) >= 4


def statements(recording: Recording) -> Iterator[tuple[str, dict[str, Any]]]:
    for policy in recording.of_type("aws:iam/rolePolicy:RolePolicy"):
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            yield policy.name, statement


def test_permissions_name_their_resource_and_their_actions(prod: Recording) -> None:
    for name, statement in statements(prod):
        assert isinstance(statement["Resource"], str), name
        assert statement["Resource"].startswith("arn:aws:") or NAMELESS.issuperset(statement["Action"]), name
        assert not any("*" in action for action in statement["Action"]), name


def test_physical_names_fit_at_the_longest_environment_and_service(longest: Recording) -> None:
    names = [one for one in longest.custom() if one.type in LIMITS]
    assert {one.type for one in names} == LIMITS.keys()
    for one in names:
        assert len(one.inputs.get("namePrefix", one.name)) + naming.AUTO_NAME_SUFFIX <= LIMITS[one.type], one.urn


def test_names_in_the_cluster_fit_at_the_longest_environment_and_service(longest: Recording) -> None:
    """Kubernetes takes DNS labels as names, and as long a value of a label (RFC 1123)."""
    label = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
    named = [one for one in longest.custom() if one.type.startswith("kubernetes:")]
    assert LONGEST_SERVICE in {one.inputs["metadata"]["name"] for one in named}
    for one in named:
        metadata = one.inputs["metadata"]
        for value in (metadata["name"], metadata.get("namespace", "default"), *metadata.get("labels", {}).values()):
            assert label.fullmatch(value), f"{one.urn} {value}"


def test_every_pod_of_the_program_may_do_as_little_as_pod_securitys_level_restricted_lets_it(prod: Recording) -> None:
    for deployment in prod.of_type("kubernetes:apps/v1:Deployment"):
        pod = deployment.inputs["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert {next(iter(volume.keys() - {"name"})) for volume in pod["volumes"]} <= {"emptyDir"}
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False
            assert security["readOnlyRootFilesystem"] is True
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}
            assert "memory" in container["resources"]["limits"]
    namespaces = prod.of_type("kubernetes:core/v1:Namespace")
    enforced = {one.inputs["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") for one in namespaces}
    assert enforced == {"restricted"}


def test_physical_names_are_left_to_pulumi_so_that_replacement_works(prod: Recording) -> None:
    named = {one.inputs["name"] for one in prod.custom() if one.type in LIMITS and "name" in one.inputs}
    # EKS and RDS write to groups of these names and no others.
    of_database = {f"/aws/rds/instance/prod-database/{log}" for log in ("postgresql", "upgrade")}
    # People look for a service's log by its name.
    of_services = {f"/prakerja/prod/{one}" for one in ("identity", "notification", "portal", "registration", "relay")}
    assert named == {"/aws/eks/prod-cluster/cluster", *of_database, *of_services}


def test_the_program_knows_nothing_of_where_it_is_rehearsed() -> None:
    program = [
        REPOSITORY / "__main__.py",
        *(REPOSITORY / "stacks").rglob("*.py"),
        *(REPOSITORY / "components").rglob("*"),
    ]
    texts = {path: path.read_text() for path in program if path.is_file() and path.suffix != ".pyc"}
    assert len(texts) > 25
    assert [str(path) for path, text in texts.items() if "sandbox" in text.lower()] == []


def test_imports_go_one_way() -> None:
    for path in (REPOSITORY / "components").glob("*.py"):
        assert "from stacks" not in Path(path).read_text()
