"""A real cloud server on a free port for each test module, and ways to speak to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from sandbox.processes import spawn, spawn_and_wait_ready
from sandbox.state import PREFERRED_PORTS, Ports, SandboxState

REPOSITORY = Path(__file__).parents[4]
REGION = "ap-southeast-3"


def _free_port() -> int:
    """One that nobody prefers, so that servers started side by side don't meet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class CloudServer:
    """The server of one state directory; it can be stopped, killed and started again."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.options = options
        self.state = SandboxState(directory)
        self.state.create()
        self.port = _free_port()
        ports = Ports(**{**dict.fromkeys(PREFERRED_PORTS, 0), "aws": self.port})
        self.state.ports_file.write_text(json.dumps(asdict(ports)))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.state.logs / "aws.log"

    def start(self) -> None:
        arguments = [
            sys.executable,
            "-m",
            "sandbox.aws.server",
            "--state-dir",
            str(self.state.directory),
            *self.options,
        ]

        def start(environment: Mapping[str, str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
            return spawn(
                arguments,
                log=self.log,
                environment={**os.environ, **environment},
                directory=REPOSITORY,
                pass_fds=descriptors,
            )

        self.process = spawn_and_wait_ready(start, name="the cloud server", timeout=30)

    def end(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=20)

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 0}, read_timeout=20),
        )

    def ask(self, path: str) -> Any:
        return httpx.get(f"{self.url}/_sandbox/{path}", timeout=30).raise_for_status().json()

    def tell(self, path: str, content: Any) -> Any:
        return httpx.post(f"{self.url}/_sandbox/{path}", json=content, timeout=30).raise_for_status().json()

    def tell_health(
        self, target_group: str, state: str, port: int = 8080, targets: Sequence[str] | None = None
    ) -> None:
        if targets is None:
            described = self.client("elbv2").describe_target_health(TargetGroupArn=target_group)
            targets = [one["Target"]["Id"] for one in described["TargetHealthDescriptions"]]
        self.tell("target-health", {target_group: {f"{target}:{port}": {"state": state} for target in targets}})


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudServer]:
    server = CloudServer(tmp_path_factory.mktemp("cloud"))
    server.start()
    yield server
    server.end(signal.SIGTERM)
    assert "Traceback" not in server.log.read_text()


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Waits until a condition holds, ten seconds at most."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, "the condition did not hold within ten seconds"
            time.sleep(0.05)

    return wait


class Fleet:
    """An Auto Scaling group over three zones behind a target group, in a network of its own."""

    def __init__(self, cloud: CloudServer, size: int, name: str) -> None:
        self.cloud = cloud
        self.name = name
        self.ec2, self.auto_scaling, self.elbv2 = (cloud.client(one) for one in ("ec2", "autoscaling", "elbv2"))
        vpc = self.ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")[
                "Subnet"
            ]["SubnetId"]
            for index, zone in enumerate("abc")
        ]
        self.security_group = self.ec2.create_security_group(GroupName=name, Description="fleet", VpcId=vpc)["GroupId"]
        self.template = self.ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData={
                "ImageId": "ami-12345678",
                "InstanceType": "t3.small",
                "UserData": "Zmlyc3Q=",
                "MetadataOptions": {"HttpTokens": "required"},
                "SecurityGroupIds": [self.security_group],
                "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
            },
        )["LaunchTemplate"]["LaunchTemplateId"]
        self.target_group = self.elbv2.create_target_group(
            Name=name, Protocol="HTTP", Port=8080, VpcId=vpc, HealthCheckPath="/healthz"
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elbv2.modify_target_group_attributes(
            TargetGroupArn=self.target_group,
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "600"}],
        )
        self.auto_scaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            MinSize=size,
            MaxSize=size,
            LaunchTemplate={"LaunchTemplateId": self.template, "Version": "1"},
            VPCZoneIdentifier=",".join(self.subnets),
            TargetGroupARNs=[self.target_group],
            HealthCheckType="ELB",
            HealthCheckGracePeriod=0,
            Tags=[{"Key": "service", "Value": "portal", "PropagateAtLaunch": True}],
        )

    def described(self) -> dict[str, Any]:
        groups = self.auto_scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        described: dict[str, Any] = groups["AutoScalingGroups"][0]
        return described

    def instances(self, lifecycle_state: str = "InService") -> list[dict[str, Any]]:
        return [one for one in self.described()["Instances"] if one["LifecycleState"] == lifecycle_state]

    def health(self) -> dict[str, str]:
        described = self.elbv2.describe_target_health(TargetGroupArn=self.target_group)
        return {one["Target"]["Id"]: one["TargetHealth"]["State"] for one in described["TargetHealthDescriptions"]}

    def resize(self, size: int) -> None:
        self.auto_scaling.update_auto_scaling_group(
            AutoScalingGroupName=self.name, MinSize=size, MaxSize=size, DesiredCapacity=size
        )

    def use_new_version(self, user_data: str = "c2Vjb25k") -> None:
        version = self.ec2.create_launch_template_version(
            LaunchTemplateId=self.template, SourceVersion="1", LaunchTemplateData={"UserData": user_data}
        )["LaunchTemplateVersion"]["VersionNumber"]
        self.auto_scaling.update_auto_scaling_group(
            AutoScalingGroupName=self.name,
            LaunchTemplate={"LaunchTemplateId": self.template, "Version": str(version)},
        )


@pytest.fixture(scope="session")
def server_of() -> type[CloudServer]:
    """Gives a test a server of its own, not yet started, for a directory."""
    return CloudServer


@pytest.fixture(scope="session")
def fleet_of() -> type[Fleet]:
    """Makes a fleet in a test's own server, from the server, a size and a name."""
    return Fleet


@pytest.fixture
def make_fleet(cloud: CloudServer, request: pytest.FixtureRequest) -> Callable[[int], Fleet]:
    """Makes the fleet of one test, named after it."""
    name = request.node.name.removeprefix("test_").replace("_", "-")[:32].strip("-")
    return lambda size: Fleet(cloud, size, name)
