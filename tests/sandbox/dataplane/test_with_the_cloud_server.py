"""The data plane on the real cloud server: what boto3 makes is run, and boto3 sees how it does."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import boto3
import httpx
import pytest
import valkey.asyncio as valkey

from sandbox.dataplane.children import REPOSITORY
from sandbox.dataplane.credentials import instance_credentials
from sandbox.processes import spawn, spawn_and_wait_ready, stop
from sandbox.state import LOOPBACK, SandboxState
from tests.sandbox.dataplane import platform
from tests.sandbox.dataplane.artefact import build
from tests.sandbox.dataplane.conftest import free_port, until
from tests.sandbox.dataplane.tokens import cache_token

pytestmark = pytest.mark.sandbox


class Account:
    """A sandbox's AWS account, with a network, a role and an artefact."""

    def __init__(self, port: int, artefact: bytes, sha256: str) -> None:
        self._port = port
        self.client("s3").create_bucket(
            Bucket=platform.BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-southeast-3"}
        )
        self.client("s3").put_object(Bucket=platform.BUCKET, Key=f"artefacts/{sha256}.tar", Body=artefact)
        self.vpc = self.client("ec2").create_vpc(CidrBlock="10.97.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [self._subnet(number) for number in (1, 2)]
        self._role()

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name="ap-southeast-3",
            endpoint_url=f"http://{LOOPBACK}:{self._port}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def launch(self, data: str, count: int) -> list[str]:
        image = self.client("ec2").describe_images(
            Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023.9.20260101.0-kernel-6.12-x86_64"]}]
        )["Images"][0]["ImageId"]
        answers = [
            self.client("ec2").run_instances(
                ImageId=image,
                MinCount=1,
                MaxCount=1,
                SubnetId=self.subnets[0],
                UserData=data,
                IamInstanceProfile={"Name": "registration"},
            )
            for _ in range(count)
        ]
        return [answer["Instances"][0]["InstanceId"] for answer in answers]

    def serve(self, instances: list[str]) -> str:
        """Put instances behind an internet-facing load balancer; returns the target group's ARN."""
        client = self.client("elbv2")
        group: str = client.create_target_group(
            Name="registration", Protocol="HTTP", Port=8080, VpcId=self.vpc, HealthCheckPath="/healthz"
        )["TargetGroups"][0]["TargetGroupArn"]
        client.register_targets(TargetGroupArn=group, Targets=[{"Id": instance} for instance in instances])
        balancer = client.create_load_balancer(Name="site", Subnets=self.subnets, Scheme="internet-facing")[
            "LoadBalancers"
        ][0]
        listener = client.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTPS",
            Port=443,
            Certificates=[
                {"CertificateArn": self.client("acm").request_certificate(DomainName="x.id")["CertificateArn"]}
            ],
            DefaultActions=[platform.NOT_FOUND],
        )["Listeners"][0]["ListenerArn"]
        client.create_rule(
            ListenerArn=listener,
            Priority=1,
            Conditions=platform.paths("/daftar*"),
            Actions=[
                {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group, "Weight": 100}]}}
            ],
        )
        return group

    def health(self, group: str) -> list[str]:
        described = self.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [target["TargetHealth"]["State"] for target in described]

    def _subnet(self, number: int) -> str:
        subnet: str = self.client("ec2").create_subnet(
            VpcId=self.vpc, CidrBlock=f"10.97.{number}.0/24", AvailabilityZone=f"ap-southeast-3{'ab'[number - 1]}"
        )["Subnet"]["SubnetId"]
        return subnet

    def _role(self) -> None:
        iam = self.client("iam")
        iam.create_role(RoleName="registration", AssumeRolePolicyDocument="{}")
        allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{platform.BUCKET}/*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        iam.put_role_policy(RoleName="registration", PolicyName="artefact", PolicyDocument=document)
        iam.create_instance_profile(InstanceProfileName="registration")
        iam.add_role_to_instance_profile(InstanceProfileName="registration", RoleName="registration")


@pytest.fixture
def state() -> Iterator[SandboxState]:
    directory = Path(tempfile.mkdtemp(prefix="prakerja-"))
    state = SandboxState(directory / "sandbox")
    state.create()
    names = ("site", "redirect", "aws", "aws_provider")
    state.ports_file.write_text(json.dumps({name: free_port() for name in names}))
    yield state
    shutil.rmtree(directory)


@pytest.fixture
def account(state: SandboxState) -> Iterator[tuple[Account, str]]:
    """An account whose data plane runs, and the artefact's digest."""
    sha256, data = build()
    modules = ("sandbox.aws.server", "sandbox.dataplane")
    processes = [spawn_and_wait_ready(starter(module, state), name=module, timeout=60) for module in modules]
    yield Account(state.ports().aws, data, sha256), sha256
    for process in reversed(processes):
        stop(process, grace=20)


def starter(module: str, state: SandboxState) -> Callable[[Any, Any], subprocess.Popen[bytes]]:
    def start(environment: Any, descriptors: Any) -> subprocess.Popen[bytes]:
        return spawn(
            [sys.executable, "-m", module, "--state-dir", str(state.directory)],
            log=state.logs / f"{module}.log",
            environment={**os.environ, **environment},
            directory=REPOSITORY,
            pass_fds=descriptors,
        )

    return start


def test_instances_behind_a_load_balancer_serve_and_are_seen_to_be_healthy(
    state: SandboxState, account: tuple[Account, str]
) -> None:
    aws, sha256 = account
    instances = aws.launch(platform.user_data(sha256), 4)
    group = aws.serve(instances)
    until(lambda: aws.health(group) == ["healthy"] * 4, "healthy targets", 20, (state.run / "dataplane.json").read_text)
    site = f"http://{LOOPBACK}:{state.ports().site}"
    with httpx.Client(base_url=site) as client:
        assert {client.get("/daftar").headers["x-served-by"] for _ in range(8)} == set(instances)
        assert client.get("/").status_code == 404


def test_a_database_becomes_available_and_takes_its_master_secret(
    state: SandboxState, account: tuple[Account, str]
) -> None:
    aws, _ = account
    rds = aws.client("rds")
    rds.create_db_subnet_group(DBSubnetGroupName="data", DBSubnetGroupDescription="data", SubnetIds=aws.subnets)
    rds.create_db_instance(
        DBInstanceIdentifier="prakerja",
        DBInstanceClass="db.m7g.large",
        Engine="postgres",
        DBName="prakerja",
        MasterUsername="master",
        ManageMasterUserPassword=True,
        AllocatedStorage=20,
        DBSubnetGroupName="data",
    )

    def available() -> Any:
        found = rds.describe_db_instances(DBInstanceIdentifier="prakerja")["DBInstances"][0]
        return found if found["DBInstanceStatus"] == "available" else None

    database = until(available, "available database", 20)
    arn = database["MasterUserSecret"]["SecretArn"]
    secret = json.loads(aws.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])

    async def main() -> None:
        endpoint = database["Endpoint"]
        connection = await asyncpg.connect(
            host=endpoint["Address"],
            port=endpoint["Port"],
            user=secret["username"],
            password=secret["password"],
            database="prakerja",
            ssl="require",
        )
        assert await connection.fetchval("show max_connections") == "901"
        await connection.close()

    asyncio.run(main())


def test_a_cache_becomes_available_and_lets_an_instances_role_in(
    state: SandboxState, account: tuple[Account, str]
) -> None:
    aws, sha256 = account
    [instance] = aws.launch(platform.user_data(sha256), 1)
    cache = aws.client("elasticache")
    cache.create_cache_subnet_group(
        CacheSubnetGroupName="data", CacheSubnetGroupDescription="data", SubnetIds=aws.subnets
    )
    user = cache.create_user(
        UserId="portal",
        UserName="portal",
        Engine="valkey",
        AccessString="on ~portal:* -@all +get +set",
        AuthenticationMode={"Type": "iam"},
    )
    cache.create_user_group(UserGroupId="services", Engine="valkey", UserIds=["portal"])
    group = cache.create_replication_group(
        ReplicationGroupId="waves",
        ReplicationGroupDescription="waves",
        Engine="valkey",
        EngineVersion="8.1",
        CacheNodeType="cache.t4g.small",
        NumCacheClusters=1,
        CacheSubnetGroupName="data",
        TransitEncryptionEnabled=True,
        UserGroupIds=["services"],
    )["ReplicationGroup"]
    allow = {"Effect": "Allow", "Action": "elasticache:Connect", "Resource": [group["ARN"], user["ARN"]]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    aws.client("iam").put_role_policy(RoleName="registration", PolicyName="cache", PolicyDocument=document)

    def available() -> Any:
        found = cache.describe_replication_groups(ReplicationGroupId="waves")["ReplicationGroups"][0]
        return found if found["Status"] == "available" else None

    endpoint = until(available, "available cache", 20, (state.run / "dataplane.json").read_text)["NodeGroups"][0][
        "PrimaryEndpoint"
    ]
    key = (state.secrets / "instance-credentials.key").read_bytes()

    async def main() -> bytes:
        async with valkey.Valkey(
            host=endpoint["Address"],
            port=endpoint["Port"],
            username="portal",
            password=cache_token(instance_credentials(instance, key), group="waves"),
            protocol=3,
            ssl=True,
            ssl_ca_certs=str(state.secrets / "ca.pem"),
        ) as connection:
            await connection.set("portal:wave", "open")
            return bytes(await connection.get("portal:wave") or b"")

    assert asyncio.run(main()) == b"open"
