"""Single corrections that a provider's reads and writes depend on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.sandbox

IMAGE = "al2023-ami-2023.9.20251117.1-kernel-6.1-x86_64"


def test_an_amazon_linux_image_is_found_by_its_exact_name(cloud: Any) -> None:
    ec2 = cloud.client("ec2")
    wanted = {"Owners": ["amazon"], "Filters": [{"Name": "name", "Values": [IMAGE]}]}
    [image] = ec2.describe_images(**wanted)["Images"]
    assert (image["Name"], image["Architecture"]) == (IMAGE, "x86_64")
    assert ec2.describe_images(**wanted)["Images"] == [image]


def test_a_name_that_is_no_image_finds_none(cloud: Any) -> None:
    filters = [{"Name": "name", "Values": ["al2023-ami-latest"]}]
    assert cloud.client("ec2").describe_images(Owners=["amazon"], Filters=filters)["Images"] == []


def test_a_certificate_is_issued_once_its_records_are_published(cloud: Any) -> None:
    acm, route53 = cloud.client("acm"), cloud.client("route53")
    zone = route53.create_hosted_zone(Name="prakerja.example", CallerReference="once")["HostedZone"]["Id"]
    arn = acm.request_certificate(
        DomainName="prakerja.example", SubjectAlternativeNames=["www.prakerja.example"], ValidationMethod="DNS"
    )["CertificateArn"]

    def described() -> Any:
        return acm.describe_certificate(CertificateArn=arn)["Certificate"]

    options = described()["DomainValidationOptions"]
    assert [option["DomainName"] for option in options] == ["prakerja.example", "www.prakerja.example"]
    for option in options:
        assert described()["Status"] == "PENDING_VALIDATION"
        record = option["ResourceRecord"]
        published = {
            "Name": record["Name"],
            "Type": "CNAME",
            "TTL": 60,
            "ResourceRecords": [{"Value": record["Value"]}],
        }
        route53.change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": published}]}
        )
    assert described()["Status"] == "ISSUED"


def test_a_record_can_be_made_once_and_again_after_it_was_deleted(cloud: Any) -> None:
    route53 = cloud.client("route53")
    zone = route53.create_hosted_zone(Name="prakerja.example", CallerReference="again")["HostedZone"]["Id"]

    def change(action: str, name: str) -> None:
        record = {"Name": name, "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": "elsewhere.example"}]}
        changes = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)

    change("CREATE", "mail.prakerja.example")
    change("CREATE", "www.prakerja.example")
    with pytest.raises(ClientError, match="already exists"):
        change("CREATE", "mail.prakerja.example.")
    change("DELETE", "mail.prakerja.example")
    change("CREATE", "mail.prakerja.example")
    names = [one["Name"] for one in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]]
    assert names.count("mail.prakerja.example.") == 1


def test_a_bucket_that_refuses_plain_connections_takes_objects(cloud: Any) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="artefacts", CreateBucketConfiguration={"LocationConstraint": "ap-southeast-3"})
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::artefacts", "arn:aws:s3:::artefacts/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="artefacts", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    s3.put_object(Bucket="artefacts", Key="release", Body=b"content")
    assert s3.get_object(Bucket="artefacts", Key="release")["Body"].read() == b"content"


def test_what_a_policy_denies_without_condition_is_denied(cloud: Any) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="closed", CreateBucketConfiguration={"LocationConstraint": "ap-southeast-3"})
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::closed/*"}
    s3.put_bucket_policy(Bucket="closed", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    with pytest.raises(ClientError, match="403"):
        s3.put_object(Bucket="closed", Key="release", Body=b"content")


def test_a_rule_between_security_groups_keeps_its_description(cloud: Any) -> None:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]["VpcId"]
    group, other = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("own", "other")
    )
    pair = {"GroupId": other, "Description": "from the load balancer"}
    permission = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [pair]}
    [rule] = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"]
    described = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    assert described["SecurityGroupRules"][0]["Description"] == "from the load balancer"


def test_a_deleted_nat_gateway_gives_its_address_to_the_next(cloud: Any) -> None:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.70.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.70.0.0/28")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    # More of them than the subnet has private addresses: those are given back too.
    for _ in range(12):
        gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
        ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert "AssociationId" not in ec2.describe_addresses(AllocationIds=[address])["Addresses"][0]


def test_what_an_instance_uses_cannot_be_deleted(cloud: Any) -> None:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.60.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="used", Description="used", VpcId=vpc)["GroupId"]
    instance = ec2.run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=subnet, SecurityGroupIds=[group]
    )["Instances"][0]["InstanceId"]
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=subnet)


def test_aws_own_policies_can_be_read_and_attached(cloud: Any) -> None:
    iam = cloud.client("iam")
    arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
    assert iam.get_policy(PolicyArn=arn)["Policy"]["PolicyName"] == "AmazonRDSEnhancedMonitoringRole"
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/NobodyMadeThis")
