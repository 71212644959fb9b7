from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.sandbox

MISSING_OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "ec2": lambda client: client.describe_placement_groups(),
    "rds": lambda client: client.describe_db_engine_versions(Engine="postgres"),
    "ssm": lambda client: client.list_compliance_items(),
    "route53": lambda client: client.get_account_limit(Type="MAX_HOSTED_ZONES_BY_OWNER"),
    "eks": lambda client: client.list_insights(clusterName="none"),
}


def status_of(cloud: Any, headers: dict[str, str], path: str = "/_sandbox/health") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=10)
    connection.request("GET", path, headers=headers)
    return connection.getresponse().status


def test_it_is_healthy(cloud: Any) -> None:
    assert cloud.ask("health") == {"ok": True}


def test_it_listens_on_loopback_only(cloud: Any) -> None:
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{cloud.port:04X}")
    ]
    assert listening == [f"0100007F:{cloud.port:04X}"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:4566", "[::1]:4566"])
def test_a_loopback_name_is_served(cloud: Any, host: str) -> None:
    assert status_of(cloud, {"Host": host}) == 200


@pytest.mark.parametrize("headers", [{"Host": "rebound.example.com"}, {"Host": "localhost", "Origin": "http://a.id"}])
def test_a_browser_elsewhere_is_refused(cloud: Any, headers: dict[str, str]) -> None:
    assert status_of(cloud, headers) == 403
    assert status_of(cloud, headers, path="/") == 403


@pytest.mark.parametrize("service", MISSING_OPERATIONS)
def test_a_missing_operation_is_one_clean_error_that_names_it(cloud: Any, service: str) -> None:
    with pytest.raises(ClientError) as refused:
        MISSING_OPERATIONS[service](cloud.client(service))
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert f"{service}:" in refused.value.response["Error"]["Message"]


def test_what_is_not_there_is_not_taken_for_a_missing_operation(cloud: Any) -> None:
    with pytest.raises(ClientError) as missing:
        cloud.client("s3").head_bucket(Bucket="no-such-bucket")
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_an_unknown_private_end_point_is_refused(cloud: Any) -> None:
    assert status_of(cloud, {"Host": "localhost"}, path="/_sandbox/nothing") == 404


def test_a_long_poll_holds_up_nobody(cloud: Any) -> None:
    queue = (
        cloud.client("sqs")
        .create_queue(QueueName="waiting")["QueueUrl"]
        .replace("localhost:5000", f"localhost:{cloud.port}")
    )
    received: list[Any] = []
    poll = threading.Thread(
        target=lambda: received.append(cloud.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10))
    )
    poll.start()
    cloud.client("ec2").describe_vpcs()
    assert poll.is_alive()
    cloud.client("sqs").send_message(QueueUrl=queue, MessageBody="arrived")
    poll.join(timeout=10)
    assert received[0]["Messages"][0]["Body"] == "arrived"


def test_requests_at_once_lose_nothing(cloud: Any) -> None:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda index: ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.30.{index}.0/24"), range(100)))
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert len({subnet["SubnetId"] for subnet in subnets}) == 100
