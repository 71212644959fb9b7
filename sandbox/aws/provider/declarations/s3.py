"""S3: buckets, each of their settings as a resource of its own, and objects."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from sandbox.aws.provider.cloud import CloudError
from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed, local
from sandbox.aws.provider.tagging import wanted_tags
from sandbox.aws.provider.work import Work
from sandbox.provider.values import Properties

# S3 deletes this many objects in one call. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
_DELETE_BATCH = 1000

# Jakarta's S3 website hosted zone. https://docs.aws.amazon.com/general/latest/gr/s3.html
_HOSTED_ZONES = {"ap-southeast-3": "Z01846753K324LI26A3VV"}


def _create_bucket(work: Work) -> str:
    name: str = work.inputs["bucket"]
    parameters: Model = {}
    if work.cloud.region != "us-east-1":  # the one region that may not be named
        parameters["CreateBucketConfiguration"] = {"LocationConstraint": work.cloud.region}
    if work.get("objectLockEnabled"):
        parameters["ObjectLockEnabledForBucket"] = True
    work.call("create_bucket", Bucket=name, **parameters)
    return name


def _read_bucket(work: Work) -> Model | None:
    work.call("head_bucket", Bucket=work.id)
    return {"Bucket": work.id}


def _extend_bucket(work: Work, model: Model) -> None:
    partition = work.cloud.client("s3").meta.partition
    model |= {
        "Arn": f"arn:{partition}:s3:::{work.id}",
        "BucketDomainName": f"{work.id}.s3.amazonaws.com",
        "BucketRegionalDomainName": f"{work.id}.s3.{work.cloud.region}.amazonaws.com",
        "BucketRegion": work.cloud.region,
        "HostedZoneId": _HOSTED_ZONES.get(work.cloud.region),
        "TagSet": _bucket_tags(work),
    }


def _bucket_tags(work: Work) -> list[dict[str, str]]:
    try:
        tags: list[dict[str, str]] = work.call("get_bucket_tagging", Bucket=work.id)["TagSet"]
    except CloudError as error:
        if error.code == "NoSuchTagSet":
            return []
        raise
    return tags


def _put_bucket_tags(work: Work, tags: dict[str, str]) -> None:
    if not tags:
        work.call("delete_bucket_tagging", Bucket=work.id)
        return
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    work.call("put_bucket_tagging", Bucket=work.id, Tagging={"TagSet": pairs})


def _versions(work: Work, bucket: str, prefix: str = "") -> Iterator[dict[str, str]]:
    pages = work.cloud.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for version in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            yield {"Key": version["Key"], "VersionId": version["VersionId"]}


def _delete_bucket(work: Work) -> None:
    if work.get("forceDestroy"):
        versions = list(_versions(work, work.id))
        for start in range(0, len(versions), _DELETE_BATCH):
            batch = versions[start : start + _DELETE_BATCH]
            work.call("delete_objects", Bucket=work.id, Delete={"Objects": batch, "Quiet": True})
    work.call("delete_bucket", Bucket=work.id)


BUCKET = Declaration(
    type="aws:s3/bucket:Bucket",
    service="s3",
    behind="bucket policies are kept, and not enforced",
    inputs={
        "bucket": fixed(),
        "bucketPrefix": fixed(local=True),
        "objectLockEnabled": fixed(local=True),
        "forceDestroy": local(),
    },
    create=_create_bucket,
    validate=(Call("create_bucket"),),
    read=_read_bucket,
    delete=_delete_bucket,
    extend=_extend_bucket,
    naming=Naming(limit=63, input="bucket", prefix_input="bucketPrefix", lower=True),
    tagging=Tagging(put=_put_bucket_tags, create="", path="TagSet"),
)

_OF_BUCKET = {"Bucket": "{bucket}"}


def _bucket_setting(
    name: str,
    *,
    setting: str,
    inputs: Mapping[str, Input],
    delete: Call | Callable[[Work], None],
    result: str = "@",
) -> Declaration:
    """One setting of a bucket: put as a whole, and known by the bucket's name."""

    def read(work: Work) -> Model | None:
        model: Model | None = work.find(result, f"get_{setting}", Bucket=work.known["bucket"])
        return {**model, "Bucket": work.known["bucket"]} if model else None

    put = Call(f"put_{setting}")
    return Declaration(
        type=f"aws:s3/{name[0].lower()}{name[1:]}:{name}",
        service="s3",
        id="{bucket}",
        inputs={"bucket": fixed(), **inputs},
        create=put,
        read=read,
        updates=(Update(put, ("bucket", *inputs)),),
        delete=delete,
    )


def _suspend_versioning(work: Work) -> None:
    """Versioning can't be taken away once it was on."""
    work.call("put_bucket_versioning", Bucket=work.id, VersioningConfiguration={"Status": "Suspended"})


BUCKET_VERSIONING = _bucket_setting(
    "BucketVersioning",
    setting="bucket_versioning",
    inputs={"versioningConfiguration": Input(read="@")},
    result="Status && {Status: Status, MFADelete: MFADelete}",
    delete=_suspend_versioning,
)

BUCKET_ENCRYPTION = _bucket_setting(
    "BucketServerSideEncryptionConfiguration",
    setting="bucket_encryption",
    inputs={"rules": Input(api="ServerSideEncryptionConfiguration.Rules")},
    delete=Call("delete_bucket_encryption", _OF_BUCKET),
)

BUCKET_PUBLIC_ACCESS_BLOCK = _bucket_setting(
    "BucketPublicAccessBlock",
    setting="public_access_block",
    inputs={
        "blockPublicAcls": Input(api="PublicAccessBlockConfiguration.BlockPublicAcls", default=False),
        "blockPublicPolicy": Input(api="PublicAccessBlockConfiguration.BlockPublicPolicy", default=False),
        "ignorePublicAcls": Input(api="PublicAccessBlockConfiguration.IgnorePublicAcls", default=False),
        "restrictPublicBuckets": Input(api="PublicAccessBlockConfiguration.RestrictPublicBuckets", default=False),
        "skipDestroy": local(),
    },
    delete=Call("delete_public_access_block", _OF_BUCKET),
)

BUCKET_OWNERSHIP_CONTROLS = _bucket_setting(
    "BucketOwnershipControls",
    setting="bucket_ownership_controls",
    inputs={"rule": Input(api="OwnershipControls.Rules")},
    delete=Call("delete_bucket_ownership_controls", _OF_BUCKET),
)

BUCKET_LIFECYCLE = _bucket_setting(
    "BucketLifecycleConfiguration",
    setting="bucket_lifecycle_configuration",
    inputs={"rules": Input(api="LifecycleConfiguration.Rules", read="Rules")},
    delete=Call("delete_bucket_lifecycle", _OF_BUCKET),
)

BUCKET_POLICY = _bucket_setting(
    "BucketPolicy",
    setting="bucket_policy",
    inputs={"policy": Input(document=True)},
    delete=Call("delete_bucket_policy", _OF_BUCKET),
)


def _body(work: Work, parameters: Model) -> None:
    """The content comes from one of three inputs."""
    if "source" in work.inputs:
        parameters["Body"] = work.inputs["source"].content()
    elif "content" in work.inputs:
        parameters["Body"] = work.inputs["content"].encode()
    elif "contentBase64" in work.inputs:
        parameters["Body"] = base64.b64decode(work.inputs["contentBase64"])
    parameters["Tagging"] = urlencode(wanted_tags(work))  # putting an object anew would drop its tags


def _check_object(inputs: Properties) -> list[tuple[str, str]]:
    given = [name for name in ("source", "content", "contentBase64") if name in inputs]
    found: list[tuple[str, str]] = [(name, f"conflicts with {given[0]}: give one of them") for name in given[1:]]
    if "key" not in inputs:
        found.append(("key", "is required"))
    return found


def _read_object(work: Work) -> Model | None:
    bucket, key = work.known["bucket"], work.known["key"]
    model: Model = work.call("head_object", Bucket=bucket, Key=key)
    partition = work.cloud.client("s3").meta.partition
    return {
        **model,
        "Bucket": bucket,
        "Key": key,
        "ETag": model["ETag"].strip('"'),
        "Arn": f"arn:{partition}:s3:::{bucket}/{key}",
        "TagSet": work.find("TagSet", "get_object_tagging", Bucket=bucket, Key=key),
    }


def _put_object_tags(work: Work, tags: dict[str, str]) -> None:
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    bucket, key = work.known["bucket"], work.known["key"]
    work.call("put_object_tagging", Bucket=bucket, Key=key, Tagging={"TagSet": pairs})


def _delete_object(work: Work) -> None:
    bucket, key = work.known["bucket"], work.known["key"]
    for version in _versions(work, bucket, key):
        if version["Key"] == key:
            work.call("delete_object", Bucket=bucket, **version)
    work.call("delete_object", Bucket=bucket, Key=key)


_OBJECT_SETTINGS: dict[str, Input] = {
    "cacheControl": Input(),
    "contentDisposition": Input(),
    "contentEncoding": Input(),
    "contentLanguage": Input(),
    "contentType": Input(computed=True),
    "metadata": Input(),
    "serverSideEncryption": Input(computed=True),
    "kmsKeyId": Input(api="SSEKMSKeyId", computed=True),
    "bucketKeyEnabled": Input(computed=True),
    "storageClass": Input(default="STANDARD"),
}
_CONTENTS: dict[str, Any] = {name: Input(write_only=True) for name in ("source", "content", "contentBase64")}

BUCKET_OBJECT = Declaration(
    type="aws:s3/bucketObjectv2:BucketObjectv2",
    service="s3",
    id="{bucket}/{key}",
    behind="machines fetch the artefact from it and check its digest",
    inputs={
        "bucket": fixed(),
        "key": fixed(),
        **_OBJECT_SETTINGS,
        **_CONTENTS,
        "sourceHash": local(),
        "forceDestroy": local(),
    },
    create=Call("put_object", adjust=_body),
    read=_read_object,
    updates=(
        Update(
            Call("put_object", adjust=_body),
            ("bucket", "key", *_OBJECT_SETTINGS, *_CONTENTS, "sourceHash"),
            after_create=False,
        ),
    ),
    delete=_delete_object,
    volatile=lambda work: {"etag", "versionId"} if work.changed - {"tags", "forceDestroy"} else set(),
    check=_check_object,
    tagging=Tagging(put=_put_object_tags, create="", path="TagSet"),
)

ALL = (
    BUCKET,
    BUCKET_VERSIONING,
    BUCKET_ENCRYPTION,
    BUCKET_PUBLIC_ACCESS_BLOCK,
    BUCKET_OWNERSHIP_CONTROLS,
    BUCKET_LIFECYCLE,
    BUCKET_POLICY,
    BUCKET_OBJECT,
)
