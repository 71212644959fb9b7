"""That moto by itself still is wrong where it is corrected: a test that fails here says which correction can go.

moto runs uncorrected in these tests' own process: nothing but the cloud server applies the corrections.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.exceptions import ConnectionError as BotoConnectionError
from moto import mock_aws, settings
from moto.core.serialize import AttributePicker, AttributePickerContext, XFormedAttributePicker
from moto.sqs.models import Message

pytestmark = pytest.mark.unit

REGION = "ap-southeast-3"


# Parsing a service's model takes longer than what a test does with it; what a client answers comes from moto each time.
_SESSION = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)


@functools.cache
def client(service: str) -> Any:
    return _SESSION.client(service)  # type: ignore[call-overload]


@pytest.fixture(autouse=True)
def uncorrected_moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        yield


def make_subnets(count: int = 2) -> list[str]:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{index}.0/24", AvailabilityZone=f"{REGION}{'abc'[index]}")
        for index in range(count)
    ]
    return [subnet["Subnet"]["SubnetId"] for subnet in subnets]


def make_template(**data: Any) -> str:
    data = {"ImageId": "ami-12345678", "InstanceType": "t3.small", **data}
    template: str = client("ec2").create_launch_template(LaunchTemplateName="vm", LaunchTemplateData=data)[
        "LaunchTemplate"
    ]["LaunchTemplateId"]
    return template


def make_target_group() -> str:
    vpc = client("ec2").create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    group: str = client("elbv2").create_target_group(Name="vm", Protocol="HTTP", Port=8080, VpcId=vpc)["TargetGroups"][
        0
    ]["TargetGroupArn"]
    return group


def make_group(size: int, target_group: str | None = None, version: str = "1", **template: Any) -> Any:
    attached = {"TargetGroupARNs": [target_group]} if target_group else {}
    client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="vm",
        MinSize=0,
        MaxSize=size,
        DesiredCapacity=size,
        LaunchTemplate={"LaunchTemplateId": make_template(**template), "Version": version},
        VPCZoneIdentifier=",".join(make_subnets()),
        HealthCheckGracePeriod=0,
        **attached,
    )
    return client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]


def health(target_group: str) -> list[str]:
    described = client("elbv2").describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
    return [one["TargetHealth"]["State"] for one in described]


def test_addresses_terminated_instances_keep_their_interface() -> None:
    ec2, subnet = client("ec2"), make_subnets()[0]
    instance = ec2.run_instances(ImageId="ami-1", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]["InstanceId"]
    ec2.terminate_instances(InstanceIds=[instance])
    [interface] = ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [subnet]}])[
        "NetworkInterfaces"
    ]
    assert interface["Status"] == "in-use"


def test_associations_there_are_none() -> None:
    with pytest.raises(NotImplementedError):
        client("ssm").create_association(Name="AWS-RunShellScript")


def test_auto_scaling_all_instances_are_in_one_subnet() -> None:
    assert len({instance["AvailabilityZone"] for instance in make_group(4)["Instances"]}) == 1


def test_auto_scaling_scale_in_leaves_targets_behind() -> None:
    target_group = make_target_group()
    make_group(4, target_group)
    client("autoscaling").set_desired_capacity(AutoScalingGroupName="vm", DesiredCapacity=1)
    assert len(health(target_group)) == 4


def test_auto_scaling_a_grace_period_of_nothing_becomes_five_minutes() -> None:
    assert make_group(0)["HealthCheckGracePeriod"] == 300


def test_backups_there_are_no_selections_and_plans_never_change() -> None:
    backup = client("backup")
    backup.create_backup_vault(BackupVaultName="vault")
    content = {"BackupPlanName": "plan", "Rules": [{"RuleName": "daily", "TargetBackupVaultName": "vault"}]}
    plan = backup.create_backup_plan(BackupPlan=content)["BackupPlanId"]
    selection = {"SelectionName": "all", "IamRoleArn": "arn:aws:iam::123456789012:role/backup", "Resources": ["*"]}
    with pytest.raises(NotImplementedError):
        backup.create_backup_selection(BackupPlanId=plan, BackupSelection=selection)
    with pytest.raises(NotImplementedError):
        backup.update_backup_plan(BackupPlanId=plan, BackupPlan=content)


def test_balancers_reserve_no_capacity_and_say_that_some_is_provisioned() -> None:
    elbv2 = client("elbv2")
    anything = "arn:aws:elasticloadbalancing:ap-southeast-3:123456789012:loadbalancer/app/none/0"
    found = elbv2.describe_capacity_reservation(LoadBalancerArn=anything)
    assert found["CapacityReservationState"] == [{"State": {"Code": "provisioned"}}]
    with pytest.raises(NotImplementedError):
        elbv2.modify_capacity_reservation(LoadBalancerArn=anything, ResetCapacityReservation=True)


def test_budgets_never_change_and_bear_no_tags() -> None:
    budgets = client("budgets")
    limit = {"Amount": "500", "Unit": "USD"}
    budget = {"BudgetName": "month", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": limit}
    budgets.create_budget(AccountId="123456789012", Budget=budget)
    with pytest.raises(NotImplementedError):
        budgets.update_budget(AccountId="123456789012", NewBudget=budget)
    with pytest.raises(NotImplementedError):
        budgets.list_tags_for_resource(ResourceARN="arn:aws:budgets::123456789012:budget/month")


def test_certificates_are_issued_without_their_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ACM_VALIDATION_WAIT", -1)
    acm = client("acm")
    arn = acm.request_certificate(DomainName="prakerja.example", ValidationMethod="DNS")["CertificateArn"]
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"


def test_a_changed_subnet_group_is_lost() -> None:
    rds, subnets = client("rds"), make_subnets()
    rds.create_db_subnet_group(DBSubnetGroupName="group", DBSubnetGroupDescription="of a test", SubnetIds=subnets)
    rds.modify_db_subnet_group(DBSubnetGroupName="group", SubnetIds=subnets[:1])
    with pytest.raises(ClientError, match="DBSubnetGroupNotFoundFault"):
        rds.describe_db_subnet_groups(DBSubnetGroupName="group")


def test_databases_are_available_at_once_and_share_their_id_and_password() -> None:
    rds, secrets = client("rds"), client("secretsmanager")
    databases = [
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            Engine="postgres",
            DBInstanceClass="db.m7g.large",
            MasterUsername="owner",
            ManageMasterUserPassword=True,
        )["DBInstance"]
        for name in ("one", "two")
    ]
    contents = {
        secrets.get_secret_value(SecretId=database["MasterUserSecret"]["SecretArn"])["SecretString"]
        for database in databases
    }
    assert {database["DBInstanceStatus"] for database in databases} == {"available"}
    assert len({database["DbiResourceId"] for database in databases}) == 1
    assert [json.loads(content)["username"] for content in contents] == ["admin"]


def test_deliveries_leave_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    posted: list[str] = []
    monkeypatch.setattr("moto.sns.models.requests.post", lambda url, **_: posted.append(url))
    sns = client("sns")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://pager.test/key")
    sns.publish(TopicArn=topic, Message="{}")
    assert posted == ["https://pager.test/key"]


def test_dependencies_a_subnet_goes_from_under_its_instances() -> None:
    ec2, subnet = client("ec2"), make_subnets()[0]
    ec2.run_instances(ImageId="ami-1", MinCount=1, MaxCount=1, SubnetId=subnet)
    ec2.delete_subnet(SubnetId=subnet)
    with pytest.raises(ClientError, match="NotFound"):
        ec2.describe_subnets(SubnetIds=[subnet])


def test_event_subscriptions_never_change() -> None:
    rds = client("rds")
    rds.create_event_subscription(SubscriptionName="events", SnsTopicArn="arn:aws:sns:ap-southeast-3:123456789012:t")
    with pytest.raises(NotImplementedError):
        rds.modify_event_subscription(SubscriptionName="events", Enabled=False)
    with pytest.raises(NotImplementedError):
        rds.add_source_identifier_to_subscription(SubscriptionName="events", SourceIdentifier="database")


def test_flow_logs_do_not_find_a_log_group_by_its_arn() -> None:
    client("logs").create_log_group(logGroupName="flows")
    ec2 = client("ec2")
    ec2.create_flow_logs(
        ResourceIds=[ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestination=f"arn:aws:logs:{REGION}:123456789012:log-group:flows",
        DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flows",
    )
    assert ec2.describe_flow_logs()["FlowLogs"][0]["DeliverLogsStatus"] == "FAILED"


def test_images_a_pinned_release_is_not_found() -> None:
    name = "al2023-ami-2023.9.20251117.1-kernel-6.1-x86_64"
    assert client("ec2").describe_images(Filters=[{"Name": "name", "Values": [name]}])["Images"] == []


def test_instance_refresh_there_is_none() -> None:
    make_group(0)
    with pytest.raises(NotImplementedError):
        client("autoscaling").start_instance_refresh(AutoScalingGroupName="vm")


def test_launch_templates_a_second_version_with_user_data_breaks_the_group() -> None:
    ec2, template = client("ec2"), make_template()
    ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"UserData": "c2Vjb25k"})
    with pytest.raises(AssertionError):
        client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName="vm",
            MinSize=1,
            MaxSize=1,
            LaunchTemplate={"LaunchTemplateId": template, "Version": "2"},
            VPCZoneIdentifier=make_subnets()[0],
        )


def test_launch_templates_a_version_does_not_build_on_its_source() -> None:
    ec2, template = client("ec2"), make_template()
    version = ec2.create_launch_template_version(LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={})
    assert "ImageId" not in version["LaunchTemplateVersion"]["LaunchTemplateData"]


def test_launch_templates_metadata_options_do_not_reach_the_instances() -> None:
    ec2 = client("ec2")
    template = make_template(MetadataOptions={"HttpTokens": "required"})
    instance = ec2.run_instances(
        MinCount=1, MaxCount=1, SubnetId=make_subnets()[0], LaunchTemplate={"LaunchTemplateId": template}
    )["Instances"][0]
    assert instance["MetadataOptions"]["HttpTokens"] == "optional"


def test_launch_templates_an_instance_gets_a_volume_that_nobody_asked_for() -> None:
    ec2 = client("ec2")
    root = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "Encrypted": True}}
    template = make_template(BlockDeviceMappings=[root])
    ec2.run_instances(MinCount=1, MaxCount=1, SubnetId=make_subnets()[0], LaunchTemplate={"LaunchTemplateId": template})
    assert sorted(volume["Encrypted"] for volume in ec2.describe_volumes()["Volumes"]) == [False, True]


def test_managed_policies_there_are_none() -> None:
    iam = client("iam")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")


def test_policy_conditions_a_condition_that_is_not_met_denies() -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="artefacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::artefacts/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="artefacts", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    with pytest.raises(ClientError, match="403"):
        s3.put_object(Bucket="artefacts", Key="release", Body=b"content")


def test_nat_gateways_a_deleted_one_keeps_its_address() -> None:
    ec2 = client("ec2")
    [subnet] = make_subnets(1)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    with pytest.raises(ClientError, match="AlreadyAssociated"):
        ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)


def test_security_groups_a_rule_between_groups_loses_its_description() -> None:
    ec2 = client("ec2")
    group = ec2.create_security_group(GroupName="own", Description="own")["GroupId"]
    pair = {"GroupId": group, "Description": "from itself"}
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [pair]}
    [rule] = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"]
    assert "Description" not in rule


def test_serialization_the_names_of_a_field_are_worked_out_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    worked_out: list[str] = []
    upstream = XFormedAttributePicker.get_possible_keys

    def counting(picker: AttributePicker, context: AttributePickerContext) -> Any:
        worked_out.append(f"{context.key_path}.{context.key}")
        return upstream(picker, context)  # type: ignore[arg-type]

    make_subnets(2)
    monkeypatch.setattr(XFormedAttributePicker, "get_possible_keys", counting)
    client("ec2").describe_subnets()
    assert len(worked_out) > len(set(worked_out))


def test_target_groups_every_target_is_healthy_at_once_and_none_drains() -> None:
    target_group = make_target_group()
    instance = make_group(1, target_group)["Instances"][0]["InstanceId"]
    assert health(target_group) == ["healthy"]
    client("elbv2").deregister_targets(TargetGroupArn=target_group, Targets=[{"Id": instance}])
    assert health(target_group) == []


def test_log_groups_keep_their_key() -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="flows")
    with pytest.raises(NotImplementedError):
        logs.associate_kms_key(logGroupName="flows", kmsKeyId=f"arn:aws:kms:{REGION}:123456789012:key/1")


def test_subnet_groups_that_were_modified_are_gone() -> None:
    rds, subnets = client("rds"), make_subnets(3)
    rds.create_db_subnet_group(DBSubnetGroupName="data", DBSubnetGroupDescription="data", SubnetIds=subnets)
    rds.modify_db_subnet_group(DBSubnetGroupName="data", SubnetIds=subnets[:2])
    with pytest.raises(ClientError, match="DBSubnetGroupNotFound"):
        rds.describe_db_subnet_groups(DBSubnetGroupName="data")


def make_cluster() -> Any:
    role = "arn:aws:iam::123456789012:role/cluster"
    settings = {"accessConfig": {"authenticationMode": "API"}, "upgradePolicy": {"supportType": "STANDARD"}}
    client("eks").create_cluster(name="main", roleArn=role, resourcesVpcConfig={"subnetIds": []}, **settings)
    return client("eks").describe_cluster(name="main")["cluster"]


def test_clusters_are_active_at_once_and_forget_what_was_asked() -> None:
    cluster = make_cluster()
    assert cluster["status"] == "ACTIVE"
    assert "accessConfig" not in cluster
    assert "clusterSecurityGroupId" not in cluster["resourcesVpcConfig"]


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("update_cluster_version", {"name": "main", "version": "1.37"}),
        ("create_addon", {"clusterName": "main", "addonName": "metrics-server"}),
        ("create_access_entry", {"clusterName": "main", "principalArn": "arn:aws:iam::123456789012:role/any"}),
        (
            "create_pod_identity_association",
            {
                "clusterName": "main",
                "namespace": "portal",
                "serviceAccount": "portal",
                "roleArn": "arn:aws:iam::123456789012:role/any",
            },
        ),
    ],
)
def test_clusters_have_nothing_that_belongs_to_them(method: str, parameters: dict[str, str]) -> None:
    make_cluster()
    with pytest.raises((ClientError, BotoConnectionError)):
        getattr(client("eks"), method)(**parameters)


def test_container_images_have_another_digest_than_their_manifest() -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="services")
    media_type = "application/vnd.oci.image.manifest.v1+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": media_type, "layers": []})
    image = ecr.put_image(repositoryName="services", imageManifest=manifest, imageTag="one")["image"]
    assert image["imageId"]["imageDigest"] != f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"


def make_cache() -> Any:
    return client("elasticache").create_replication_group(
        ReplicationGroupId="main", ReplicationGroupDescription="of a test", NumCacheClusters=3
    )["ReplicationGroup"]


def test_caches_are_available_at_once_with_one_member() -> None:
    cache = make_cache()
    assert (cache["Status"], len(cache["MemberClusters"])) == ("available", 1)


def test_caches_that_were_deleted_are_still_there() -> None:
    make_cache()
    cache = client("elasticache")
    cache.delete_replication_group(ReplicationGroupId="main")
    assert cache.describe_replication_groups()["ReplicationGroups"][0]["Status"] == "deleting"


def test_cache_subnet_groups_never_change() -> None:
    with pytest.raises(NotImplementedError):
        client("elasticache").modify_cache_subnet_group(CacheSubnetGroupName="data", SubnetIds=make_subnets())


def test_cache_parameter_groups_there_are_none() -> None:
    with pytest.raises(NotImplementedError):
        client("elasticache").create_cache_parameter_group(
            CacheParameterGroupName="own", CacheParameterGroupFamily="valkey8", Description="own"
        )


def test_cache_users_have_no_groups_and_never_change() -> None:
    cache = client("elasticache")
    with pytest.raises(NotImplementedError):
        cache.create_user_group(UserGroupId="services", Engine="valkey")
    with pytest.raises(NotImplementedError):
        cache.modify_user(UserId="default", AccessString="off")


def test_mail_identities_are_never_verified() -> None:
    ses = client("sesv2")
    ses.create_email_identity(EmailIdentity="prakerja.example")
    assert ses.get_email_identity(EmailIdentity="prakerja.example")["VerifiedForSendingStatus"] is False


def test_mail_configuration_sets_never_change() -> None:
    ses = client("sesv2")
    ses.create_configuration_set(ConfigurationSetName="mail")
    with pytest.raises((ClientError, NotImplementedError)):
        ses.put_configuration_set_sending_options(ConfigurationSetName="mail", SendingEnabled=False)


def test_mail_is_sent_by_a_set_that_does_not_exist() -> None:
    ses = client("sesv2")
    ses.create_email_identity(EmailIdentity="prakerja.example")
    content = {"Simple": {"Subject": {"Data": "subject"}, "Body": {"Text": {"Data": "text"}}}}
    assert ses.send_email(
        FromEmailAddress="no-reply@prakerja.example",
        Destination={"ToAddresses": ["siti@example.id"]},
        Content=content,
        ConfigurationSetName="none",
    )["MessageId"]


def test_queues_do_not_say_whose_dead_letters_they_take() -> None:
    sqs = client("sqs")
    queue = sqs.create_queue(QueueName="dead")["QueueUrl"]
    allowed = json.dumps({"redrivePermission": "denyAll"})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedriveAllowPolicy": allowed})
    assert "RedriveAllowPolicy" not in sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]


def test_queues_look_at_every_message_for_each_one_that_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[Message] = []

    def counting(message: Message) -> bool:
        looked_at.append(message)
        return True

    sqs = client("sqs")
    queue = sqs.create_queue(QueueName="full")["QueueUrl"]
    for number in range(10):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    monkeypatch.setattr(Message, "visible", property(counting))
    sqs.send_message(QueueUrl=queue, MessageBody="last")
    assert len(looked_at) >= 10


def test_queues_lose_their_policy_when_another_attribute_is_set() -> None:
    sqs = client("sqs")
    policy = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}
    queue = sqs.create_queue(QueueName="work", Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
    assert "Policy" in sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "60"})
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]


def test_trust_stores_there_are_none() -> None:
    with pytest.raises(NotImplementedError):
        client("elbv2").create_trust_store(
            Name="edge", CaCertificatesBundleS3Bucket="bundles", CaCertificatesBundleS3Key="ca.pem"
        )


def test_trust_stores_a_listener_forgets_whether_it_asks_for_a_certificate() -> None:
    elbv2, acm = client("elbv2"), client("acm")
    balancer = elbv2.create_load_balancer(Name="site", Subnets=make_subnets())["LoadBalancers"][0]["LoadBalancerArn"]
    certificate = acm.request_certificate(DomainName="prakerja.example", ValidationMethod="DNS")["CertificateArn"]
    [listener] = elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
        MutualAuthentication={"Mode": "passthrough"},
    )["Listeners"]
    assert "MutualAuthentication" not in listener


def make_function(**more: Any) -> Any:
    role = client("iam").create_role(RoleName="rotation", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", "")
    code = {"ZipFile": content.getvalue()}
    return client("lambda").create_function(
        FunctionName="rotation", Runtime="python3.13", Role=role, Handler="handler.rotate", Code=code, **more
    )


def test_functions_forget_where_they_write_and_stand_in_no_vpc_that_there_is() -> None:
    made = make_function(
        LoggingConfig={"LogFormat": "Text", "LogGroup": "rotation"},
        VpcConfig={"SubnetIds": make_subnets(), "SecurityGroupIds": ["sg-1"]},
    )
    assert "LoggingConfig" not in made
    assert made["VpcConfig"]["VpcId"] == "vpc-123abc"


def test_rotations_need_a_value_to_begin_with() -> None:
    secrets, function = client("secretsmanager"), make_function()["FunctionArn"]
    arn = secrets.create_secret(Name="credential")["ARN"]
    with pytest.raises(UnboundLocalError):
        secrets.rotate_secret(SecretId=arn, RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 30})


def test_dns_records_that_were_deleted_cannot_be_made_again() -> None:
    route53 = client("route53")
    zone = route53.create_hosted_zone(Name="prakerja.example", CallerReference="1")["HostedZone"]["Id"]

    def change(action: str, name: str) -> None:
        record = {
            "Name": f"{name}.prakerja.example",
            "Type": "CNAME",
            "TTL": 300,
            "ResourceRecords": [{"Value": "elsewhere.example"}],
        }
        changes = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)

    change("CREATE", "mail")
    change("CREATE", "www")
    change("DELETE", "mail")
    with pytest.raises(ClientError, match="already exists"):
        change("CREATE", "mail")
