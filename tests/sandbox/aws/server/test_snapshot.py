from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.sandbox


def test_a_poller_is_answered_as_soon_as_something_changes(cloud: Any, make_fleet: Callable[[int], Any]) -> None:
    before = cloud.ask("snapshot")["generation"]
    answers: list[Any] = []
    poll = threading.Thread(target=lambda: answers.append(cloud.ask(f"snapshot?after={before}&timeout=20")))
    poll.start()
    make_fleet(1)
    poll.join(timeout=10)
    assert answers[0]["generation"] > before


def test_reading_and_irrelevant_changes_keep_the_generation(cloud: Any) -> None:
    before = cloud.ask("snapshot")["generation"]
    cloud.client("ec2").describe_instances()
    cloud.client("sqs").create_queue(QueueName="irrelevant")
    assert cloud.ask("snapshot")["generation"] == before


def test_a_poller_gets_the_present_one_when_its_time_is_up(cloud: Any) -> None:
    generation = cloud.ask("snapshot")["generation"]
    started = time.monotonic()
    assert cloud.ask(f"snapshot?after={generation}&timeout=0.3")["generation"] == generation
    assert 0.3 <= time.monotonic() - started < 5


def test_an_instance_shows_where_it_is_and_what_it_runs(cloud: Any, make_fleet: Callable[[int], Any]) -> None:
    fleet = make_fleet(1)
    snapshot = cloud.ask("snapshot")
    [instance] = [one for one in snapshot["instances"] if one["auto_scaling_group"] == fleet.name]
    assert instance["state"] == "running"
    assert instance["private_ip"].startswith("10.20.0.")
    assert instance["zone"] == "ap-southeast-3a"
    assert snapshot["user_data"][instance["user_data_sha256"]] == "first"
    assert instance["user_data_sha256"] == hashlib.sha256(b"first").hexdigest()


def test_an_address_is_reused_only_after_its_instance_was_released(cloud: Any) -> None:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.40.0.0/28")["Subnet"]["SubnetId"]

    def launch() -> Any:
        return ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]

    first = launch()
    ec2.terminate_instances(InstanceIds=[first["InstanceId"]])
    assert launch()["PrivateIpAddress"] != first["PrivateIpAddress"]
    cloud.tell(f"instances/{first['InstanceId']}", {"state": "released"})
    assert first["InstanceId"] not in {one["id"] for one in cloud.ask("snapshot")["instances"]}
    assert launch()["PrivateIpAddress"] == first["PrivateIpAddress"]


def test_a_running_instance_cannot_be_released(cloud: Any, make_fleet: Callable[[int], Any]) -> None:
    instance = make_fleet(1).instances()[0]["InstanceId"]
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        cloud.tell(f"instances/{instance}", {"state": "released"})


def test_a_load_balancer_shows_its_rules_in_order_of_priority(cloud: Any, make_fleet: Callable[[int], Any]) -> None:
    fleet = make_fleet(1)
    elbv2 = fleet.elbv2
    balancer = elbv2.create_load_balancer(Name="site", Subnets=fleet.subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    refuse = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}]
    listener = elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=refuse)
    forward = {"TargetGroups": [{"TargetGroupArn": fleet.target_group, "Weight": 100}]}
    for priority, path in ((20, "/*"), (3, "/api/*")):
        elbv2.create_rule(
            ListenerArn=listener["Listeners"][0]["ListenerArn"],
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}],
            Actions=[{"Type": "forward", "ForwardConfig": forward}],
        )
    [shown] = cloud.ask("snapshot")["load_balancers"]
    assert [rule["priority"] for rule in shown["listeners"][0]["rules"]] == [3, 20]
    rule = shown["listeners"][0]["rules"][0]
    assert rule["conditions"][0]["PathPatternConfig"]["Values"] == ["/api/*"]
    assert rule["actions"][0]["ForwardConfig"]["TargetGroups"] == forward["TargetGroups"]
    assert shown["listeners"][0]["default_actions"][0]["FixedResponseConfig"]["StatusCode"] == "404"


def test_a_role_shows_its_inline_and_customer_managed_policies(cloud: Any) -> None:
    iam = cloud.client("iam")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    iam.create_role(RoleName="vm", AssumeRolePolicyDocument="{}")
    iam.put_role_policy(RoleName="vm", PolicyName="inline", PolicyDocument=json.dumps(document))
    iam.attach_role_policy(RoleName="vm", PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
    profile = iam.create_instance_profile(InstanceProfileName="vm")["InstanceProfile"]["Arn"]
    iam.add_role_to_instance_profile(InstanceProfileName="vm", RoleName="vm")
    assert cloud.ask("snapshot")["roles"][profile] == [document]
