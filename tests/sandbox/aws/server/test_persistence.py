from __future__ import annotations

import io
import pickle
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.server.persistence import DEBOUNCE, objects_beside

pytestmark = pytest.mark.sandbox

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def own_cloud(server_of: Any, tmp_path: Path) -> Iterator[Any]:
    """A server of this test's own, to be stopped and started."""
    server = server_of(tmp_path / "own")
    server.start()
    yield server
    if server.process.poll() is None:
        server.end(signal.SIGKILL)
    assert "Traceback" not in server.log.read_text()


def fill(cloud: Any) -> dict[str, Any]:
    """One of each kind whose state is more than plain data."""
    ec2, s3, kms, acm, ssm, sqs = (cloud.client(one) for one in ("ec2", "s3", "kms", "acm", "ssm", "sqs"))
    s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "ap-southeast-3"})
    s3.put_object(Bucket="kept", Key="object", Body=b"content" * 100_000)
    ssm.put_parameter(Name="/kept", Value="value", Type="String", Tags=[{"Key": "a", "Value": "b"}])
    return {
        "vpc": ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"],
        "key": kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"],
        "certificate": acm.request_certificate(DomainName="kept.example", ValidationMethod="DNS")["CertificateArn"],
        "queue": sqs.create_queue(QueueName="kept")["QueueUrl"],
        "function": make_function(cloud),
    }


def make_function(cloud: Any) -> str:
    """A function with a policy, which refers back to it."""
    role = cloud.client("iam").create_role(RoleName="kept", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", "")
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName="kept",
        Runtime="python3.13",
        Role=role,
        Handler="handler.rotate",
        Code={"ZipFile": content.getvalue()},
        LoggingConfig={"LogFormat": "Text", "LogGroup": "kept"},
    )
    functions.add_permission(
        FunctionName="kept", StatementId="one", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com"
    )
    return "kept"


def assert_kept(cloud: Any, made: dict[str, Any]) -> None:
    assert cloud.client("ec2").describe_vpcs(VpcIds=[made["vpc"]])["Vpcs"]
    assert cloud.client("s3").get_object(Bucket="kept", Key="object")["Body"].read() == b"content" * 100_000
    assert cloud.client("kms").get_public_key(KeyId=made["key"])["PublicKey"]
    assert cloud.client("acm").describe_certificate(CertificateArn=made["certificate"])["Certificate"]
    assert cloud.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "value"
    functions = cloud.client("lambda")
    configuration = functions.get_function(FunctionName=made["function"])["Configuration"]
    assert configuration["LoggingConfig"]["LogGroup"] == "kept"
    assert '"one"' in functions.get_policy(FunctionName=made["function"])["Policy"]
    assert cloud.client("sqs").list_queues()["QueueUrls"] == [made["queue"]]


def test_everything_is_there_after_a_stop_and_a_start(own_cloud: Any) -> None:
    made = fill(own_cloud)
    assert own_cloud.end(signal.SIGTERM) == 0
    own_cloud.start()
    assert_kept(own_cloud, made)


def test_everything_older_than_the_debounce_survives_a_kill(own_cloud: Any, eventually: Eventually) -> None:
    made = fill(own_cloud)
    written = own_cloud.state.cloud_snapshot
    filled = written.stat().st_mtime_ns if written.exists() else 0
    own_cloud.client("ec2").create_tags(Resources=[made["vpc"]], Tags=[{"Key": "last", "Value": "change"}])
    eventually(lambda: written.exists() and written.stat().st_mtime_ns > filled + DEBOUNCE * 1e9 / 2)
    own_cloud.end(signal.SIGKILL)
    own_cloud.start()
    assert_kept(own_cloud, made)


def test_a_poller_sees_a_restart_as_a_new_generation(own_cloud: Any) -> None:
    before = own_cloud.ask("snapshot")["generation"]
    own_cloud.end(signal.SIGTERM)
    own_cloud.start()
    assert own_cloud.ask("snapshot")["generation"] > before


def test_instances_and_their_group_stay_the_same_objects(own_cloud: Any, fleet_of: Any) -> None:
    fleet = fleet_of(own_cloud, 3, "kept")
    own_cloud.end(signal.SIGTERM)
    own_cloud.start()
    ended = fleet.instances()[0]["InstanceId"]
    fleet.ec2.terminate_instances(InstanceIds=[ended])
    assert ended not in {instance["InstanceId"] for instance in fleet.instances()}
    assert len(fleet.instances()) == 3
    assert set(fleet.health().values()) == {"initial"}


def test_a_large_object_is_written_once_and_goes_with_the_object(own_cloud: Any, eventually: Eventually) -> None:
    fill(own_cloud)
    objects = objects_beside(own_cloud.state.cloud_snapshot)
    eventually(lambda: len(list(objects.iterdir())) == 1)
    [body] = objects.iterdir()
    written = body.stat().st_mtime_ns
    s3 = own_cloud.client("s3")
    s3.put_object(Bucket="kept", Key="small", Body=b"small")
    own_cloud.end(signal.SIGTERM)
    own_cloud.start()
    assert body.stat().st_mtime_ns == written
    assert own_cloud.state.cloud_snapshot.stat().st_size < len(b"content" * 100_000)
    s3.delete_object(Bucket="kept", Key="object")
    eventually(lambda: not list(objects.iterdir()))


def test_the_state_is_for_its_owner_only(own_cloud: Any) -> None:
    fill(own_cloud)
    own_cloud.end(signal.SIGTERM)
    assert own_cloud.state.cloud_snapshot.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"damaged", "can't be read"),
        (pickle.dumps({"format": 1, "moto": "5.0.0"}), "written by {'format': 1, 'moto': '5.0.0'}"),
        (pickle.dumps({"format": 0, "moto": "5.2.5"}), "written by {'format': 0, 'moto': '5.2.5'}"),
    ],
)
def test_a_state_that_cannot_be_taken_up_is_refused_by_name(own_cloud: Any, content: bytes, why: str) -> None:
    own_cloud.end(signal.SIGTERM)
    own_cloud.state.cloud_snapshot.write_bytes(content)
    started = subprocess.run(
        [sys.executable, "-m", "sandbox.aws.server", "--state-dir", str(own_cloud.state.directory)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert started.returncode == 1
    assert str(own_cloud.state.cloud_snapshot) in started.stderr
    assert why in started.stderr
    assert own_cloud.state.cloud_snapshot.read_bytes() == content
