"""A trust store from create to delete, and a listener that begins to ask for whom it vouches, and stops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.provider.cloud import Cloud
from sandbox.tls import certificates, keys
from sandbox.tls.certificates import Names, Profile
from tests.sandbox.aws.provider.test_lifecycle import RETAGGED, TAGS, Case, Site, live
from tests.sandbox.provider.engine_driver import EngineDriver, Resource

pytestmark = pytest.mark.sandbox

STORE = "aws:lb/trustStore:TrustStore"
LISTENER = "aws:lb/listener:Listener"
BUNDLE = ("caCertificatesBundleS3Bucket", "caCertificatesBundleS3Key", "caCertificatesBundleS3ObjectVersion")


@pytest.fixture(scope="module")
def moto_endpoint(corrected_cloud: str) -> str:
    """The cloud server itself in moto's place."""
    return corrected_cloud


def authority() -> str:
    key = keys.generate("ECDSA", rsa_bits=0, curve="P256")
    profile = Profile(uses=["cert_signing"], hours=24, authority=True)
    return certificates.pem(certificates.self_signed(key, Names(subject={"commonName": "authority"}), profile))


class EdgeSite(Site):
    """With bundles of authorities, and a listener that speaks TLS."""

    def bundle(self, name: str) -> dict[str, Any]:
        self._once(
            "aws:s3/bucketVersioning:BucketVersioning",
            "versioning",
            bucket=self.bucket,
            versioningConfiguration={"status": "Enabled"},
        )
        made = self._once(
            "aws:s3/bucketObjectv2:BucketObjectv2", name, bucket=self.bucket, key=f"{name}.pem", content=authority()
        )
        return dict(zip(BUNDLE, (self.bucket, made.state["key"], made.state["versionId"]), strict=True))

    @property
    def https(self) -> Resource:
        certificate = self._once(
            "aws:acm/certificate:Certificate", "certificate", domainName="prakerja.test", validationMethod="DNS"
        )
        return self._once(
            LISTENER,
            "https",
            loadBalancerArn=self.balancer,
            port=443,
            protocol="HTTPS",
            certificateArn=certificate.id,
            mutualAuthentication={"mode": "off"},
            defaultActions=[
                {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}
            ],
        )


TRUST_STORE = Case(
    STORE,
    lambda site: {**site.bundle("first"), **TAGS},  # type: ignore[attr-defined] # an EdgeSite
    lambda _: RETAGGED,
    {"name": "another"},
)


@pytest.fixture
def site(engine: EngineDriver) -> Iterator[EdgeSite]:
    site = EdgeSite(engine)
    yield site
    site.clear()


def test_a_trust_store_lives_from_create_to_delete(engine: EngineDriver, site: EdgeSite) -> None:
    live(TRUST_STORE, engine, site)


def test_an_import_finds_all_but_where_the_bundle_was(engine: EngineDriver, site: EdgeSite) -> None:
    # As of the real provider: AWS doesn't say it.
    made = engine.made(STORE, "it", **site.bundle("first"))
    imported = engine.imported(STORE, made.id)
    assert imported.checked == {"name": made.checked["name"]}
    made.delete()


def test_another_bundle_is_looked_at_in_place(engine: EngineDriver, site: EdgeSite, cloud: Cloud) -> None:
    store = engine.made(STORE, "it", **site.bundle("first"))
    before = store.id
    assert set(store.paths(**site.bundle("second")).values()) == {"UPDATE"}
    store.update(**site.bundle("second"))
    assert store.id == before
    assert store.read() == (store.checked, store.state)
    store.delete()


def test_a_trust_store_that_is_gone_is_seen(engine: EngineDriver, site: EdgeSite, cloud: Cloud) -> None:
    store = engine.made(STORE, "it", **site.bundle("first"))
    cloud.call("elbv2", "delete_trust_store", TrustStoreArn=store.id)
    assert store.read() is None


def test_a_listener_begins_to_ask_and_stops_in_place(engine: EngineDriver, site: EdgeSite, cloud: Cloud) -> None:
    listener = site.https
    assert listener.read() == (listener.checked, listener.state)
    store = engine.made(STORE, "it", **site.bundle("first"))
    verify = {"mode": "verify", "trustStoreArn": store.id, "ignoreClientCertificateExpiry": False}
    listener.update(mutualAuthentication=verify)
    assert listener.read() == (listener.checked, listener.state)
    assert not listener.paths()
    # Left out, it stays as it is, as with the real provider.
    assert not listener.paths(mutualAuthentication=None)
    listener.update(mutualAuthentication={"mode": "off"})
    store.delete()


def test_a_listener_that_somebody_opened_is_seen(engine: EngineDriver, site: EdgeSite, cloud: Cloud) -> None:
    listener = site.https
    store = engine.made(STORE, "it", **site.bundle("first"))
    listener.update(mutualAuthentication={"mode": "verify", "trustStoreArn": store.id})
    wanted = listener.checked
    cloud.call("elbv2", "modify_listener", ListenerArn=listener.id, MutualAuthentication={"Mode": "off"})
    listener.refresh()
    assert listener.checked["mutualAuthentication"]["mode"] == "off"
    assert "mutualAuthentication.mode" in listener.diff(wanted).detailedDiff
    listener.update(mutualAuthentication={"mode": "off"})
    store.delete()
