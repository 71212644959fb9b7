"""An AWS account with a cluster, an image and a target group behind the site, for tests of what runs in it."""

from __future__ import annotations

import json
from typing import Any

import boto3

from sandbox.state import LOOPBACK
from tests.sandbox.dataplane.platform import NOT_FOUND, paths

Json = dict[str, Any]

BUCKET = "artefacts"
CLUSTER = "main"


class Account:
    """The account of the cloud server on a port."""

    def __init__(self, port: int) -> None:
        self._port = port
        ec2 = self.client("ec2")
        self.vpc: str = ec2.create_vpc(CidrBlock="10.97.0.0/16")["Vpc"]["VpcId"]
        self.subnets: list[str] = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.97.{n}.0/24", AvailabilityZone=f"ap-southeast-3{zone}")[
                "Subnet"
            ]["SubnetId"]
            for n, zone in ((1, "a"), (2, "b"))
        ]
        role = self.role("cluster", "eks.amazonaws.com")
        self.client("eks").create_cluster(
            name=CLUSTER,
            version="1.37",
            roleArn=role,
            resourcesVpcConfig={"subnetIds": self.subnets},
            accessConfig={"authenticationMode": "API"},
            bootstrapSelfManagedAddons=False,
            computeConfig={"enabled": True},
            storageConfig={"blockStorage": {"enabled": True}},
            kubernetesNetworkConfig={"elasticLoadBalancing": {"enabled": True}},
        )
        self.client("ecr").create_repository(repositoryName="services")

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name="ap-southeast-3",
            endpoint_url=f"http://{LOOPBACK}:{self._port}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def role(self, name: str, service: str) -> str:
        """A role that a service may assume for what it runs; its ARN."""
        actions = ["sts:AssumeRole", "sts:TagSession"]
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arn: str = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        return arn

    def push(self, sha256: str, artefact: bytes) -> str:
        """Put an artefact in its bucket and an image of it in the registry; the image's reference."""
        s3 = self.client("s3")
        if BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
            s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-southeast-3"})
        s3.put_object(Bucket=BUCKET, Key=f"artefacts/{sha256}.tar", Body=artefact)
        facts = {"sha256": sha256, "bucket": BUCKET, "key": f"artefacts/{sha256}.tar", "python": "3.11"}
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "size": 2,
                "digest": f"sha256:{sha256}",
            },
            "layers": [],
            "annotations": {f"id.go.prakerja.artefact.{name}": value for name, value in facts.items()},
        }
        ecr = self.client("ecr")
        image = ecr.put_image(repositoryName="services", imageManifest=json.dumps(manifest), imageTag=sha256[:12])
        repository = ecr.describe_repositories(repositoryNames=["services"])["repositories"][0]["repositoryUri"]
        return f"{repository}@{image['image']['imageId']['imageDigest']}"

    def target_group(self, name: str, kind: str = "ip", delay: int = 5) -> str:
        """A target group whose checks are as quick as ELB has them; its ARN."""
        elb = self.client("elbv2")
        arn: str = elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=8080,
            VpcId=self.vpc,
            TargetType=kind,
            HealthCheckPath="/healthz",
            HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}
        elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[attribute])
        return arn

    def site(self, groups: dict[str, str]) -> None:
        """An internet-facing load balancer that sends `/<name>*` to each group."""
        elb = self.client("elbv2")
        balancer = elb.create_load_balancer(Name="site", Subnets=self.subnets, Scheme="internet-facing")
        certificate = self.client("acm").request_certificate(DomainName="x.id")["CertificateArn"]
        listener = elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTPS",
            Port=443,
            Certificates=[{"CertificateArn": certificate}],
            DefaultActions=[NOT_FOUND],
        )["Listeners"][0]["ListenerArn"]
        for priority, (name, arn) in enumerate(groups.items(), 1):
            elb.create_rule(
                ListenerArn=listener,
                Priority=priority,
                Conditions=paths(f"/{name}*"),
                Actions=[{"Type": "forward", "TargetGroupArn": arn}],
            )

    def target_states(self, arn: str) -> dict[str, str]:
        """The state of each target by its address."""
        described = self.client("elbv2").describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return {one["Target"]["Id"]: one["TargetHealth"]["State"] for one in described}
