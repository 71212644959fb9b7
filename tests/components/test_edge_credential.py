"""Nobody but the edge is taken for it, and its certificate is renewed without anybody noticing."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.edge_credential import (
    AUTHORITY_RENEWAL_HOURS,
    AUTHORITY_VALIDITY_HOURS,
    CLIENT_RENEWAL_HOURS,
    CLIENT_VALIDITY_HOURS,
    EdgeCredential,
    EdgeCredentialArgs,
)
from tests.components.recorder import Recording, record
from tests.stacks.environments import run_program, stack_file

pytestmark = pytest.mark.unit

EDGE = {"provider": "cloudflare", "account_id": "0" * 32, "proxied": True, "only_way_in": True}


def config_with_edge(stack: str, **edge: Any) -> dict[str, Any]:
    config: dict[str, Any] = {**stack_file(stack)["config"]}
    config["prakerja:edge"] = {**EDGE, **edge}
    return config


@pytest.fixture(scope="module")
def credential() -> Recording:
    def program() -> None:
        credential = EdgeCredential("prod-edge-credential", EdgeCredentialArgs(domain="prakerja.go.id", bucket="ours"))
        pulumi.export("key", credential.private_key_pem)

    return record(program)


@pytest.fixture(scope="module")
def closed() -> Recording:
    """An environment whose edge is the only way in."""
    return run_program("dev", config_with_edge("dev"))


@pytest.fixture(scope="module")
def opening() -> Recording:
    """An environment whose edge people come by, but not all of them yet."""
    return run_program("dev", config_with_edge("dev", only_way_in=False))


def https_listener(recording: Recording) -> dict[str, Any]:
    return recording.one("aws:lb/listener:Listener", "dev-site-https").inputs


def write_limit(recording: Recording) -> dict[str, Any]:
    rules = recording.one("aws:wafv2/webAcl:WebAcl").inputs["rules"]
    (statement,) = [rule["statement"]["rateBasedStatement"] for rule in rules if rule["name"] == "writes"]
    found: dict[str, Any] = statement
    return found


def test_the_clients_certificate_is_the_private_authoritys_and_good_for_clients_alone(credential: Recording) -> None:
    authority = credential.one("tls:index/selfSignedCert:SelfSignedCert").inputs
    assert authority["isCaCertificate"] is True
    assert authority["allowedUses"] == ["cert_signing"]
    client = credential.one("tls:index/locallySignedCert:LocallySignedCert")
    assert client.inputs["allowedUses"] == ["client_auth", "digital_signature"]
    assert "isCaCertificate" not in client.inputs
    assert credential.one("tls:index/selfSignedCert:SelfSignedCert").urn in client.dependencies


def test_no_key_is_weaker_than_load_balancers_take(credential: Recording) -> None:
    keys = [one.inputs for one in credential.of_type("tls:index/privateKey:PrivateKey")]
    assert {one["algorithm"] for one in keys} == {"RSA"}
    assert all(2048 <= one["rsaBits"] <= 8192 for one in keys)


def test_no_client_certificate_outlives_the_authoritys(credential: Recording) -> None:
    authority = credential.one("tls:index/selfSignedCert:SelfSignedCert").inputs
    assert authority["validityPeriodHours"] == AUTHORITY_VALIDITY_HOURS
    assert CLIENT_VALIDITY_HOURS < AUTHORITY_RENEWAL_HOURS == authority["earlyRenewalHours"]
    assert CLIENT_RENEWAL_HOURS < CLIENT_VALIDITY_HOURS


def test_a_renewed_authority_keeps_its_key_so_that_what_it_signed_stays_trusted(credential: Recording) -> None:
    authority = credential.one("tls:index/selfSignedCert:SelfSignedCert")
    assert authority.dependencies == {
        credential.one("tls:index/privateKey:PrivateKey", "prod-edge-credential-authority").urn
    }


def test_the_trust_store_looks_again_when_the_authoritys_certificate_has_changed(credential: Recording) -> None:
    bundle = credential.one("aws:s3/bucketObjectv2:BucketObjectv2")
    assert bundle.inputs["bucket"] == "ours"
    assert credential.one("tls:index/selfSignedCert:SelfSignedCert").urn in bundle.dependencies
    store = credential.one("aws:lb/trustStore:TrustStore")
    assert store.inputs["caCertificatesBundleS3Key"] == bundle.inputs["key"]
    assert bundle.urn in store.dependencies


def test_the_bundle_can_be_read_without_a_key_of_ours(credential: Recording) -> None:
    assert credential.one("aws:s3/bucketObjectv2:BucketObjectv2").inputs["serverSideEncryption"] == "AES256"


def test_the_bundle_lies_in_a_bucket_that_is_closed_and_versioned_by_then(closed: Recording) -> None:
    bundle = closed.one("aws:s3/bucketObjectv2:BucketObjectv2", "dev-edge-credential")
    artefact = closed.one("aws:s3/bucketObjectv2:BucketObjectv2", "dev-artefacts")
    assert artefact.urn in bundle.dependencies
    assert closed.one("aws:s3/bucketPolicy:BucketPolicy", "dev-artefacts").urn in artefact.dependencies


def test_no_private_key_is_shown_in_the_outputs(closed: Recording) -> None:
    assert "PRIVATE KEY" not in json.dumps(closed.exports, default=str)


def test_where_the_edge_is_the_only_way_in_others_are_refused(closed: Recording) -> None:
    listener = https_listener(closed)
    store = closed.one("aws:lb/trustStore:TrustStore")
    assert listener["mutualAuthentication"] == {
        "mode": "verify",
        "trustStoreArn": f"arn:aws:lb:ap-southeast-3:123456789012:{store.name}",
        "ignoreClientCertificateExpiry": False,
    }
    (redirect,) = closed.one("aws:lb/listener:Listener", "dev-site-http").inputs["defaultActions"]
    assert redirect["type"] == "redirect"


def test_before_the_edge_is_the_only_way_in_its_credential_is_there_and_not_asked_for(opening: Recording) -> None:
    assert opening.one("aws:lb/trustStore:TrustStore").name == "dev-edge-credential"
    assert https_listener(opening)["mutualAuthentication"] == {"mode": "off"}


def test_without_an_edge_there_is_no_credential_and_a_listener_that_asked_stops_asking() -> None:
    config = {**stack_file("dev")["config"]}
    config.pop("prakerja:edge", None)
    recording = run_program("dev", config)
    assert not [one for one in recording.resources if one.type.startswith("tls:") or "trustStore" in one.type]
    # Left out, it would be kept as it is by the provider.
    assert https_listener(recording)["mutualAuthentication"] == {"mode": "off"}


def test_switching_the_edge_on_and_off_replaces_and_loses_nothing(closed: Recording, opening: Recording) -> None:
    assert closed.urns() == opening.urns()


def test_writes_are_counted_by_the_address_that_the_edge_names_from_when_on_it_asks(
    closed: Recording, opening: Recording
) -> None:
    for counted in (write_limit(closed), write_limit(opening)):
        assert counted["aggregateKeyType"] == "FORWARDED_IP"
        assert counted["forwardedIpConfig"] == {"headerName": "CF-Connecting-IP", "fallbackBehavior": "MATCH"}
    prepared = run_program("dev", config_with_edge("dev", proxied=False, only_way_in=False))
    counted = write_limit(prepared)
    assert counted["aggregateKeyType"] == "IP"
    assert "forwardedIpConfig" not in counted
