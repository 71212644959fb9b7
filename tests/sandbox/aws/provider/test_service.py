"""What the engine is told when something fails, and how a connection's settings count."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from sandbox.aws.provider.cloud import Cloud
from sandbox.provider.values import UNKNOWN, from_wire, to_wire
from tests.sandbox.provider.engine_driver import EngineDriver, Resource
from tests.sandbox.provider.engine_log import EngineLog, engine_log

pytestmark = pytest.mark.unit

GROUP = "aws:autoscaling/group:Group"


def _details(error: grpc.RpcError) -> str:
    assert isinstance(error, grpc.Call)
    return str(error.details())


def _kept(error: grpc.RpcError) -> provider_pb2.ErrorResourceInitFailed:
    assert isinstance(error, grpc.Call)
    trailer = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailer["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    return detail


@pytest.fixture
def group(engine: EngineDriver) -> Resource:
    """A group that waits for more healthy targets than it has instances, so for ever."""
    image = engine.invoke("aws:ec2/getAmi:getAmi", owners=["amazon"], mostRecent=True)["id"]
    vpc = engine.made("aws:ec2/vpc:Vpc", "net", cidrBlock="10.20.0.0/16")
    subnet = engine.made("aws:ec2/subnet:Subnet", "a", vpcId=vpc.id, cidrBlock="10.20.0.0/24")
    targets = engine.made("aws:lb/targetGroup:TargetGroup", "it", vpcId=vpc.id, port=80, protocol="HTTP")
    template = engine.made("aws:ec2/launchTemplate:LaunchTemplate", "it", imageId=image, instanceType="t3.micro")
    return engine.resource(
        GROUP,
        "it",
        minSize=2,
        maxSize=2,
        vpcZoneIdentifiers=[subnet.id],
        targetGroupArns=[targets.id],
        launchTemplate={"id": template.id, "version": "1"},
        waitForElbCapacity=3,
        waitForCapacityTimeout="500ms",
        forceDelete=True,
    )


def test_a_refusal_of_aws_names_code_message_and_resource(engine: EngineDriver) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        engine.made("aws:ec2/subnet:Subnet", "lost", vpcId="vpc-1", cidrBlock="10.0.0.0/24")
    message = _details(refused.value)
    assert message.startswith("creating aws:ec2/subnet:Subnet 'lost': InvalidVpcID.NotFound: ")
    assert message.endswith("(CreateSubnet)")


def test_a_resource_that_does_not_become_ready_keeps_its_state(group: Resource) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        group.create()
    assert "2 of 3 healthy behind the load balancer" in _details(failed.value)
    kept = _kept(failed.value)
    assert kept.id == group.checked["name"]
    assert from_wire(kept.properties)["minSize"] == 2
    group.id, group.state = kept.id, from_wire(kept.properties)
    group.update(waitForElbCapacity=2)
    group.delete()


def test_a_cancelled_engine_stops_waiting(engine: EngineDriver, group: Resource) -> None:
    group.checked = group.check({**group.checked, "waitForCapacityTimeout": "10m"}, group.checked)
    timer = threading.Timer(0.5, lambda: engine.stub.Cancel(empty_pb2.Empty()))
    timer.start()
    with pytest.raises(grpc.RpcError) as failed:
        group.create()
    timer.join()
    assert "cancelled while waiting for" in _details(failed.value)
    assert _kept(failed.value).id


def test_a_new_run_is_not_cancelled_by_an_earlier_one(provider_address: str) -> None:
    first = EngineDriver(provider_address)
    first.stub.Cancel(empty_pb2.Empty())
    second = EngineDriver(provider_address)
    vpc = second.made("aws:ec2/vpc:Vpc", "it", cidrBlock="10.9.0.0/16")
    vpc.delete()
    first.channel.close()
    second.channel.close()


def test_default_tags_are_aws_s_and_not_the_program_s(engine: EngineDriver, cloud: Cloud) -> None:
    engine.configure(defaultTags='{"tags": {"owner": "platform"}}')
    vpc = engine.made("aws:ec2/vpc:Vpc", "it", cidrBlock="10.9.0.0/16", tags={"a": "b"})
    assert vpc.state["tags"] == {"a": "b"}
    assert vpc.state["tagsAll"] == {"a": "b", "owner": "platform"}
    found = vpc.read()
    assert found is not None
    assert found[0] == vpc.checked
    tags = cloud.call("ec2", "describe_vpcs", VpcIds=[vpc.id])["Vpcs"][0]["Tags"]
    assert {"Key": "owner", "Value": "platform"} in tags
    vpc.delete()


@pytest.mark.parametrize(
    ("settings", "path"),
    [({"regoin": "x"}, "regoin"), ({"allowedAccountIds": '["111111111111"]'}, "allowedAccountIds")],
)
def test_settings_that_cannot_be_right_are_refused(
    engine: EngineDriver, settings: dict[str, object], path: str
) -> None:
    answer = engine.stub.CheckConfig(provider_pb2.CheckRequest(news=to_wire(settings)))
    assert [failure.property for failure in answer.failures] == [path]


@pytest.fixture
def log(engine: EngineDriver) -> Iterator[EngineLog]:
    """The log of the engine that the provider is attached to."""
    with engine_log(engine) as log:
        yield log


def test_what_may_or_may_not_change_in_place_is_a_replacement_and_said_so(engine: EngineDriver, log: EngineLog) -> None:
    database = Resource(engine, "aws:rds/instance:Instance", "it", id="db-1")
    database.checked = {"dbSubnetGroupName": "a", "instanceClass": "db.t4g.micro"}
    assert database.diff({**database.checked, "dbSubnetGroupName": "b"}).replaces == ["dbSubnetGroupName"]
    assert len(log.lines) == 1
    assert log.lines[0].startswith("replacement unknown: whether AWS changes dbSubnetGroupName in place")
    assert not database.diff({**database.checked, "instanceClass": "db.t4g.large"}).replaces
    assert not database.diff({**database.checked, "backupWindow": UNKNOWN}).replaces


def test_the_caller_s_identity_is_the_sandbox_s(engine: EngineDriver) -> None:
    assert engine.invoke("aws:index/getCallerIdentity:getCallerIdentity")["accountId"] == "123456789012"


def test_a_function_or_type_that_is_not_served_is_named(engine: EngineDriver) -> None:
    with pytest.raises(grpc.RpcError, match="does not serve this function"):
        engine.invoke("aws:ec2/getVpc:getVpc")
    with pytest.raises(grpc.RpcError, match="the sandbox does not serve aws:mq/broker:Broker"):
        engine.resource("aws:mq/broker:Broker", "it")
    with pytest.raises(grpc.RpcError, match="pulumi-aws has no resource type"):
        engine.resource("aws:ec2/vcp:Vcp", "it")
