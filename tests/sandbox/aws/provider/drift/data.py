"""What somebody changes in buckets and databases."""

from __future__ import annotations

from typing import Any

from sandbox.aws.provider.cloud import Cloud
from tests.sandbox.aws.provider.drift.changes import OTHER_POLICY, Change, Changes, call, tags
from tests.sandbox.aws.provider.drift.site import DriftSite
from tests.sandbox.provider.engine_driver import Resource

SSE = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}


def database(**settings: Any) -> Change:
    return call(
        "rds", "modify_db_instance", of="DBInstanceIdentifier", by="identifier", ApplyImmediately=True, **settings
    )


def parameters(**settings: str) -> Change:
    given = [
        {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
        for name, value in settings.items()
    ]
    return call("rds", "modify_db_parameter_group", of="DBParameterGroupName", Parameters=given)


def overwrite_object(cloud: Cloud, made: Resource, site: DriftSite) -> None:
    cloud.call("s3", "put_object", Bucket=site.bucket, Key=made.state["key"], Body=b"other", ContentType="text/html")


CHANGES: Changes = {
    "s3/bucket:Bucket": [
        ("tags", call("s3", "put_bucket_tagging", of="Bucket", Tagging={"TagSet": [{"Key": "by", "Value": "hand"}]})),
        (None, call("s3", "delete_bucket", of="Bucket")),
    ],
    "s3/bucketVersioning:BucketVersioning": [
        (
            "versioningConfiguration",
            call("s3", "put_bucket_versioning", of="Bucket", VersioningConfiguration={"Status": "Suspended"}),
        ),
    ],
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
        ("rules", call("s3", "put_bucket_encryption", of="Bucket", ServerSideEncryptionConfiguration=SSE)),
    ],
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [
        (
            "blockPublicAcls",
            call(
                "s3",
                "put_public_access_block",
                of="Bucket",
                PublicAccessBlockConfiguration={"BlockPublicAcls": False, "RestrictPublicBuckets": True},
            ),
        ),
        (None, call("s3", "delete_public_access_block", of="Bucket")),
    ],
    "s3/bucketOwnershipControls:BucketOwnershipControls": [
        (
            "rule",
            call(
                "s3",
                "put_bucket_ownership_controls",
                of="Bucket",
                OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
            ),
        ),
    ],
    "s3/bucketPolicy:BucketPolicy": [
        ("policy", call("s3", "put_bucket_policy", of="Bucket", Policy=OTHER_POLICY)),
        (None, call("s3", "delete_bucket_policy", of="Bucket")),
    ],
    "s3/bucketObjectv2:BucketObjectv2": [
        ("contentType", overwrite_object),
        (None, call("s3", "delete_object", of="Bucket", by="bucket", Key="a/b.txt")),
    ],
    # moto by itself loses a group whose subnets are changed: tests/sandbox/aws/server/test_databases.py
    "rds/subnetGroup:SubnetGroup": [("tags", tags("rds", "add_tags_to_resource", of="ResourceName", by="arn"))],
    "rds/parameterGroup:ParameterGroup": [
        ("parameters", parameters(max_connections="9")),
        ("parameters", parameters(log_statement="all")),
        ("tags", tags("rds", "add_tags_to_resource", of="ResourceName", by="arn")),
    ],
    "rds/instance:Instance": [
        ("instanceClass", database(DBInstanceClass="db.t4g.large")),
        ("backupRetentionPeriod", database(BackupRetentionPeriod=1)),
        ("multiAz", database(MultiAZ=False)),
        ("iamDatabaseAuthenticationEnabled", database(EnableIAMDatabaseAuthentication=False)),
        ("deletionProtection", database(DeletionProtection=True)),
        ("copyTagsToSnapshot", database(CopyTagsToSnapshot=False)),
        ("publiclyAccessible", database(PubliclyAccessible=True)),
        ("allocatedStorage", database(AllocatedStorage=40)),
        ("maxAllocatedStorage", database(MaxAllocatedStorage=99)),
        ("autoMinorVersionUpgrade", database(AutoMinorVersionUpgrade=True)),
        (
            "enabledCloudwatchLogsExports",
            database(CloudwatchLogsExportConfiguration={"EnableLogTypes": ["upgrade"]}),
        ),
        (
            "enabledCloudwatchLogsExports",
            database(CloudwatchLogsExportConfiguration={"DisableLogTypes": ["postgresql"]}),
        ),
        ("tags", tags("rds", "add_tags_to_resource", of="ResourceName", by="arn")),
    ],
}
