"""No bucket is open to everybody, and each is encrypted, versioned and reached over TLS alone.

A bucket's properties are resources of their own that name it, so that a bucket can only be judged among the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policy.resource import Resource, Stack
from policy.rule import Check, ResourceCheck, StackCheck, of_types
from policy.values import items, read, statements

_BUCKETS = of_types("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
_PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_ACLS = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
_ENCRYPTION = tuple(
    f"aws:s3/bucketServerSideEncryptionConfiguration{version}:BucketServerSideEncryptionConfiguration{version}"
    for version in ("", "V2")
)
_VERSIONING = tuple(f"aws:s3/bucketVersioning{version}:BucketVersioning{version}" for version in ("", "V2"))
_CLOSED = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _of_bucket(bucket: Resource, stack: Stack, *types: str) -> list[Resource]:
    return [one for one in stack.of_type(*types) if one.refers_to(bucket, "bucket", "bucket")]


def _not_closed(bucket: Resource, stack: Stack) -> Iterator[str]:
    blocks = _of_bucket(bucket, stack, _PUBLIC_ACCESS_BLOCK)
    if not blocks:
        yield "no BucketPublicAccessBlock closes it"
    for block in blocks:
        opened = [name for name in _CLOSED if read(block.inputs, name) is not True]
        if opened:
            yield f"its BucketPublicAccessBlock '{block.name}' leaves open: {', '.join(opened)}"


def _public_acl(resource: Resource) -> Iterator[str]:
    acl = read(resource.inputs, "acl")
    if acl in ("public-read", "public-read-write", "authenticated-read"):
        yield f"the ACL '{acl}' opens it to everybody"


def _public_policy(policy: Resource) -> Iterator[str]:
    for statement in statements(policy.inputs.get("policy"), "policy"):
        if statement.get("Effect") == "Allow" and _everybody(statement) and not statement.get("Condition"):
            yield f"the statement '{statement.get('Sid', 'without Sid')}' allows everybody {statement.get('Action')}"


def _everybody(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    return principal == "*" or (isinstance(principal, Mapping) and "*" in items(principal, "AWS"))


def _not_encrypted(bucket: Resource, stack: Stack) -> Iterator[str]:
    if not _of_bucket(bucket, stack, *_ENCRYPTION):
        yield "no BucketServerSideEncryptionConfiguration says how it is encrypted"


def _not_versioned(bucket: Resource, stack: Stack) -> Iterator[str]:
    versionings = _of_bucket(bucket, stack, *_VERSIONING)
    if not any(read(one.inputs, "versioningConfiguration.status") == "Enabled" for one in versionings):
        yield "it keeps no versions: what is overwritten or deleted is lost"


def _not_tls_only(bucket: Resource, stack: Stack) -> Iterator[str]:
    policies = _of_bucket(bucket, stack, _POLICY)
    if not any(_denies_plain(one) for policy in policies for one in statements(policy.inputs.get("policy"), "policy")):
        yield "no statement of its policy denies requests without TLS (aws:SecureTransport)"


def _denies_plain(statement: Mapping[str, Any]) -> bool:
    secure = read(statement, "Condition.Bool.aws:SecureTransport")
    return statement.get("Effect") == "Deny" and str(secure).lower() == "false"


CHECKS: tuple[Check, ...] = (
    StackCheck(rule="public-bucket", covers=_BUCKETS, violations=_not_closed),
    ResourceCheck(
        rule="public-bucket",
        covers=of_types(*_ACLS, "aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"),
        violations=_public_acl,
    ),
    ResourceCheck(rule="public-bucket", covers=of_types(_POLICY), violations=_public_policy),
    StackCheck(rule="missing-encryption", covers=_BUCKETS, violations=_not_encrypted),
    StackCheck(rule="missing-backup", covers=_BUCKETS, violations=_not_versioned),
    StackCheck(rule="weak-tls", covers=_BUCKETS, violations=_not_tls_only),
)
