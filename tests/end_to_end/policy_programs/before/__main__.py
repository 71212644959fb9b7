"""A small stack as it was before a change: a bucket, a queue and a key."""

import pulumi_aws as aws

TAGS = dict.fromkeys(("cost-centre", "data-class", "environment", "layer", "owner", "service"), "test")

key = aws.kms.Key("key-before", tags=TAGS)
aws.ecr.Repository(
    "stateful-loss-deleted",
    encryption_configurations=[aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=key.arn)],
    tags=TAGS,
)
aws.sqs.Queue("stateful-loss-replaced", name="mail", kms_master_key_id=key.arn, tags=TAGS)
