"""Elastic Load Balancing: the authorities whose clients a listener lets in."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Update, fixed
from sandbox.aws.provider.declarations.elbv2 import NAME_LIMIT, tagging
from sandbox.aws.provider.work import Work
from sandbox.provider.naming import Naming

_OF_STORE = {"TrustStoreArn": "{id}"}
# AWS keeps a copy of the bundle, and never says where it was.
_BUNDLE = {
    name: Input(write_only=True)
    for name in ("caCertificatesBundleS3Bucket", "caCertificatesBundleS3Key", "caCertificatesBundleS3ObjectVersion")
}


def _extend(work: Work, model: Model) -> None:
    model["ArnSuffix"] = work.id.rpartition(":")[2]


TRUST_STORE = Declaration(
    type="aws:lb/trustStore:TrustStore",
    service="elbv2",
    behind="its bundle is read and counted; no client is asked for a certificate, since the site is loopback HTTP",
    inputs={"name": fixed(), "namePrefix": fixed(local=True), **_BUNDLE},
    create=Call("create_trust_store", result="TrustStores[0].TrustStoreArn"),
    read=Call("describe_trust_stores", {"TrustStoreArns": ["{id}"]}, "TrustStores[0]"),
    updates=(Update(Call("modify_trust_store", _OF_STORE), tuple(_BUNDLE), after_create=False),),
    delete=Call("delete_trust_store", _OF_STORE),
    extend=_extend,
    outputs={"arn": "TrustStoreArn"},
    naming=Naming(limit=NAME_LIMIT),
    tagging=tagging(),
)

ALL = (TRUST_STORE,)
