"""Nothing that holds data, a key or a promise to others is replaced or deleted.

The engine shows a policy what a stack will hold, not what it will lose. So the stack as it was is compared: an object
that has an ARN keeps it for life, and one whose ARN is to be found nowhere after the change is gone. A replacement is
known by the same: its ARN is not known yet. Renaming keeps the ARN, and is no loss.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy.resource import Resource, Stack
from policy.rule import Check, LossCheck, of_types

# By type, the output that an object keeps for life.
STATEFUL = {
    "aws:backup/vault:Vault": "arn",
    "aws:cloudtrail/trail:Trail": "arn",
    "aws:cloudwatch/logGroup:LogGroup": "arn",
    "aws:ebs/volume:Volume": "arn",
    "aws:ec2/eip:Eip": "allocationId",
    "aws:ecr/repository:Repository": "arn",
    "aws:efs/fileSystem:FileSystem": "arn",
    "aws:eks/cluster:Cluster": "arn",
    "aws:elasticache/replicationGroup:ReplicationGroup": "arn",
    "aws:kms/key:Key": "arn",
    "aws:lb/loadBalancer:LoadBalancer": "arn",
    "aws:rds/cluster:Cluster": "arn",
    "aws:rds/instance:Instance": "arn",
    "aws:route53/zone:Zone": "arn",
    "aws:s3/bucket:Bucket": "arn",
    "aws:secretsmanager/secret:Secret": "arn",
    "aws:sesv2/emailIdentity:EmailIdentity": "arn",
    "aws:sqs/queue:Queue": "arn",
    "cloudflare:index/zone:Zone": "id",
}


def _lost(before: Resource, stack: Stack) -> Iterator[str]:
    name = STATEFUL[before.type]
    was = before.identities(name)
    if not any(was & one.identities(name) for one in stack.of_type(before.type)):
        replaced = any(one.urn == before.urn for one in stack.resources)
        yield f"{before.name} ({before.type}) would be {'replaced' if replaced else 'deleted'}"


CHECKS: tuple[Check, ...] = (LossCheck(rule="stateful-loss", covers=of_types(*STATEFUL), violations=_lost),)
