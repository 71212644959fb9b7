"""The stack after a change that breaks every rule: each resource is named after the rule that it breaks.

Those named `sound-…` break none, `waived-…` has a waiver, and `unknown-…` can't be judged before it is made.
"""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

TAGS = dict.fromkeys(("cost-centre", "data-class", "environment", "layer", "owner", "service"), "test")
IMDS_V2 = aws.ec2.InstanceMetadataOptionsArgs(http_tokens="required")
ENCRYPTED = aws.ec2.InstanceRootBlockDeviceArgs(encrypted=True)
IMAGE = "ami-0123456789abcdef0"

# Kept under another name, which is no loss; the repository is left out; a queue's name replaces it.
key = aws.kms.Key("sound-key", tags=TAGS, opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="key-before")]))
aws.sqs.Queue("stateful-loss-replaced", name="post", kms_master_key_id=key.arn, tags=TAGS)

public = aws.s3.Bucket("public-bucket", tags=TAGS)
aws.s3.BucketPublicAccessBlock("public-bucket", bucket=public.bucket, block_public_acls=True)

vpc = aws.ec2.Vpc("sound-network", cidr_block="10.0.0.0/16", tags=TAGS)
group = aws.ec2.SecurityGroup("sound-group", vpc_id=vpc.id, tags=TAGS)
aws.vpc.SecurityGroupIngressRule(
    "open-port",
    security_group_id=group.id,
    ip_protocol="tcp",
    from_port=22,
    to_port=22,
    cidr_ipv4="0.0.0.0/0",
    tags=TAGS,
)

aws.sqs.Queue("missing-encryption", tags=TAGS)
aws.rds.Instance(
    "missing-backup",
    instance_class="db.t4g.small",
    engine="postgres",
    allocated_storage=20,
    username="master",
    manage_master_user_password=True,
    storage_encrypted=True,
    skip_final_snapshot=True,
    tags=TAGS,
)

role = aws.iam.Role(
    "sound-role",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
            ],
        }
    ),
    tags=TAGS,
)
aws.iam.RolePolicy(
    "wildcard-write",
    role=role.id,
    policy=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}),
)

aws.ec2.Instance(
    "secret-in-clear",
    ami=IMAGE,
    instance_type="t3.micro",
    user_data="DATABASE_PASSWORD=correct-horse",
    metadata_options=IMDS_V2,
    root_block_device=ENCRYPTED,
    tags=TAGS,
)
aws.ec2.Instance(
    "unknown-user-data",
    ami=IMAGE,
    instance_type="t3.micro",
    user_data=role.arn.apply(lambda arn: f"ROLE={arn}"),
    metadata_options=IMDS_V2,
    root_block_device=ENCRYPTED,
    tags=TAGS,
)
for name in ("imds-v1", "waived-imds-v1"):
    aws.ec2.Instance(
        name,
        ami=IMAGE,
        instance_type="t3.micro",
        metadata_options=aws.ec2.InstanceMetadataOptionsArgs(http_tokens="optional"),
        root_block_device=ENCRYPTED,
        tags=TAGS,
    )

singapore = aws.Provider("outside-indonesia", region="ap-southeast-1", skip_credentials_validation=True)

aws.elasticache.ReplicationGroup(
    "weak-tls",
    description="speaks in the clear",
    engine="valkey",
    node_type="cache.t4g.micro",
    num_cache_clusters=1,
    at_rest_encryption_enabled=True,
    transit_encryption_enabled=False,
    snapshot_retention_limit=7,
    tags=TAGS,
)
aws.cloudwatch.LogGroup("log-retention", kms_key_id=key.arn, tags=TAGS)
aws.sns.Topic("missing-tags", kms_master_key_id=key.arn)

# The cluster isn't there yet, as in a first preview.
cluster = kubernetes.Provider("sound-cluster", kubeconfig=role.arn)
kubernetes.apps.v1.Deployment(
    "privileged-pod",
    metadata={"name": "tool"},
    spec={
        "selector": {"match_labels": {"app": "tool"}},
        "template": {
            "metadata": {"labels": {"app": "tool"}},
            "spec": {
                "containers": [{"name": "tool", "image": "tool@sha256:00", "security_context": {"privileged": True}}]
            },
        },
    },
    opts=pulumi.ResourceOptions(provider=cluster),
)

pulumi.export("api_token", "0f8fad5bd9cb469fa16570867728950e")
