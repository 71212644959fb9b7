"""Every declaration says only what pulumi-aws and botocore have, and nothing that a program sets gets lost."""

from __future__ import annotations

import pytest

from sandbox.aws.provider.checking import handled_inputs
from sandbox.aws.provider.cloud import Cloud
from sandbox.aws.provider.declaration import Call, Declaration
from sandbox.aws.provider.registry import UnservedTypeError, declaration, declarations
from sandbox.aws.provider.work import has_place
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.sdk import resource_type

pytestmark = pytest.mark.unit

# What the program is made of. Each is more than remembered.
PROGRAM_TYPES = (
    "ec2/vpc:Vpc",
    "ec2/subnet:Subnet",
    "ec2/internetGateway:InternetGateway",
    "ec2/eip:Eip",
    "ec2/natGateway:NatGateway",
    "ec2/routeTable:RouteTable",
    "ec2/route:Route",
    "ec2/routeTableAssociation:RouteTableAssociation",
    "ec2/vpcEndpoint:VpcEndpoint",
    "ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "ec2/securityGroup:SecurityGroup",
    "ec2/launchTemplate:LaunchTemplate",
    "ec2/instance:Instance",
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "s3/bucket:Bucket",
    "s3/bucketVersioning:BucketVersioning",
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "s3/bucketOwnershipControls:BucketOwnershipControls",
    "s3/bucketPolicy:BucketPolicy",
    "s3/bucketObjectv2:BucketObjectv2",
    "kms/key:Key",
    "kms/alias:Alias",
    "iam/role:Role",
    "iam/rolePolicy:RolePolicy",
    "iam/rolePolicyAttachment:RolePolicyAttachment",
    "iam/instanceProfile:InstanceProfile",
    "lambda/function:Function",
    "lambda/permission:Permission",
    "secretsmanager/secret:Secret",
    "secretsmanager/secretRotation:SecretRotation",
    "rds/subnetGroup:SubnetGroup",
    "rds/parameterGroup:ParameterGroup",
    "rds/instance:Instance",
    "lb/loadBalancer:LoadBalancer",
    "lb/targetGroup:TargetGroup",
    "lb/listener:Listener",
    "lb/listenerRule:ListenerRule",
    "autoscaling/group:Group",
    "acm/certificate:Certificate",
    "acm/certificateValidation:CertificateValidation",
    "route53/zone:Zone",
    "route53/record:Record",
    "ssm/association:Association",
    "ssm/document:Document",
    "backup/vault:Vault",
    "backup/vaultLockConfiguration:VaultLockConfiguration",
    "backup/plan:Plan",
    "backup/selection:Selection",
    "budgets/budget:Budget",
    "cloudtrail/trail:Trail",
    "cloudwatch/logGroup:LogGroup",
    "cloudwatch/dashboard:Dashboard",
    "cloudwatch/metricAlarm:MetricAlarm",
    "ec2/flowLog:FlowLog",
    "rds/eventSubscription:EventSubscription",
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "sns/topic:Topic",
    "sns/topicPolicy:TopicPolicy",
    "sns/topicSubscription:TopicSubscription",
    "wafv2/webAcl:WebAcl",
    "wafv2/webAclAssociation:WebAclAssociation",
    "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    "ecr/lifecyclePolicy:LifecyclePolicy",
    "ecr/repository:Repository",
    "eks/accessEntry:AccessEntry",
    "eks/accessPolicyAssociation:AccessPolicyAssociation",
    "eks/addon:Addon",
    "eks/cluster:Cluster",
    "eks/podIdentityAssociation:PodIdentityAssociation",
    "elasticache/parameterGroup:ParameterGroup",
    "elasticache/replicationGroup:ReplicationGroup",
    "elasticache/subnetGroup:SubnetGroup",
    "elasticache/user:User",
    "elasticache/userGroup:UserGroup",
    "sesv2/configurationSet:ConfigurationSet",
    "sesv2/emailIdentity:EmailIdentity",
    "sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes",
    "sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
    "sqs/queue:Queue",
    "sqs/queuePolicy:QueuePolicy",
    "sqs/redriveAllowPolicy:RedriveAllowPolicy",
)

EVERY = [pytest.param(found, id=token) for token, found in declarations().items()]


@pytest.mark.parametrize("token", PROGRAM_TYPES)
def test_the_program_s_types_are_served_and_not_only_recorded(token: str) -> None:
    assert declaration(f"aws:{token}").fidelity is not Fidelity.RECORDED


@pytest.mark.parametrize("declared", EVERY)
def test_no_property_is_invented(declared: Declaration) -> None:
    schema = resource_type(declared.type)
    assert declared.inputs.keys() <= schema.inputs.keys()
    assert declared.outputs.keys() <= schema.outputs.keys()
    assert {name for pair in declared.conflicts for name in pair} <= declared.inputs.keys()
    if declared.naming is not None:
        assert declared.naming.input in declared.inputs
        assert declared.naming.prefix_input is None or declared.naming.prefix_input in schema.inputs


@pytest.mark.parametrize("declared", EVERY)
def test_what_pulumi_aws_requires_is_handled(declared: Declaration) -> None:
    assert resource_type(declared.type).required <= handled_inputs(declared)


@pytest.mark.parametrize("declared", EVERY)
def test_an_input_that_changes_in_place_has_something_that_changes_it(declared: Declaration) -> None:
    changed = {name for update in declared.updates for name in update.inputs}
    assert changed <= declared.inputs.keys()
    in_place = {name for name, spec in declared.inputs.items() if spec.change.value == "updates" and not spec.local}
    assert in_place <= changed


@pytest.mark.parametrize("declared", EVERY)
def test_every_declared_call_exists_and_takes_what_it_is_given(declared: Declaration, cloud: Cloud) -> None:
    calls = [declared.create, declared.read, declared.delete, *(update.call for update in declared.updates)]
    for call in calls:
        if isinstance(call, Call):
            assert call.parameters.keys() <= cloud.input_shape(declared.service, call.method).members.keys()


@pytest.mark.parametrize("declared", EVERY)
def test_an_input_of_a_declared_call_has_a_place_in_it(declared: Declaration, cloud: Cloud) -> None:
    for update in declared.updates:
        if isinstance(update.call, Call) and update.call.adjust is None:
            shape = cloud.input_shape(declared.service, update.call.method)
            for name in update.inputs:
                spec = declared.inputs[name]
                assert spec.local or has_place(spec, name, shape), name


def test_a_type_that_is_not_served_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UnservedTypeError, match=r"does not serve aws:ec2/vpcPeeringConnection:VpcPeeringConnection"):
        declaration("aws:ec2/vpcPeeringConnection:VpcPeeringConnection")
    with pytest.raises(UnservedTypeError, match="pulumi-aws has no resource type"):
        declaration("aws:ec2/vcp:Vcp")
