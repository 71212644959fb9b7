"""The stack after a change of which a preview can't know all: two templates hold what the cloud will say.

One turns out to hold a reference, the other what its name calls a token. A third has a waiver.
"""

import base64

import pulumi
import pulumi_aws as aws

TAGS = dict.fromkeys(("cost-centre", "data-class", "environment", "layer", "owner", "service"), "test")

key = aws.kms.Key("key-before", tags=TAGS)
aws.ecr.Repository(
    "stateful-loss-deleted",
    encryption_configurations=[aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=key.arn)],
    tags=TAGS,
)
aws.sqs.Queue("stateful-loss-replaced", name="mail", kms_master_key_id=key.arn, tags=TAGS)


def template(name: str, user_data: pulumi.Input[str] | None = None, tokens: str = "required") -> None:
    aws.ec2.LaunchTemplate(
        name,
        user_data=pulumi.Output.from_input(user_data).apply(
            lambda text: base64.b64encode(text.encode()).decode() if text else None
        ),
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(http_tokens=tokens),
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name="/dev/xvda", ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(encrypted="true")
            )
        ],
        tags=TAGS,
    )


topic = aws.sns.Topic("sound-topic", kms_master_key_id=key.arn, tags=TAGS)
template("unknown-then-sound", topic.arn.apply(lambda arn: f"TOPIC_SECRET={arn}"))
template("unknown-then-spoiled", topic.owner.apply(lambda owner: f"API_TOKEN=of-{owner}"))
template("waived-imds-v1", tokens="optional")
