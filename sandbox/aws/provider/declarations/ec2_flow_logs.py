"""EC2: flow logs of a VPC."""

from __future__ import annotations

from sandbox.aws.provider.cloud import CloudError
from sandbox.aws.provider.declaration import Call, Declaration, Model, fixed
from sandbox.aws.provider.declarations.ec2_network import arn
from sandbox.aws.provider.declarations.ec2_tags import ec2_tagging
from sandbox.aws.provider.tagging import at_creation
from sandbox.aws.provider.work import Work

_CREATE = Call("create_flow_logs", {"ResourceIds": ["{vpcId}"], "ResourceType": "VPC"})


def _create(work: Work) -> str:
    answer = work.perform(_CREATE, work.inputs.keys() & FLOW_LOG.inputs, at_creation(work))
    for refused in answer.get("Unsuccessful", []):
        raise CloudError("CreateFlowLogs", refused["Error"]["Code"], refused["Error"]["Message"])
    identifier: str = answer["FlowLogIds"][0]
    return identifier


def _extend(work: Work, model: Model) -> None:
    model["Arn"] = arn(work, f"vpc-flow-log/{work.id}")


FLOW_LOG = Declaration(
    type="aws:ec2/flowLog:FlowLog",
    service="ec2",
    behind="no traffic is recorded",
    inputs={
        "vpcId": fixed(read="ResourceId"),
        "trafficType": fixed(),
        "logDestinationType": fixed(default="cloud-watch-logs"),
        "logDestination": fixed(),
        "iamRoleArn": fixed(api="DeliverLogsPermissionArn"),
        "logFormat": fixed(computed=True),
        "maxAggregationInterval": fixed(default=600),
    },
    create=_create,
    validate=(_CREATE,),
    read=Call("describe_flow_logs", {"FlowLogIds": ["{id}"]}, "FlowLogs[0]"),
    delete=Call("delete_flow_logs", {"FlowLogIds": ["{id}"]}),
    extend=_extend,
    tagging=ec2_tagging("vpc-flow-log"),
)

ALL = (FLOW_LOG,)
