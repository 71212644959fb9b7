"""The tls provider as the engine asks it: real chains, private keys only ever secret, renewal in time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2

from sandbox.provider.fidelity import Fidelity
from sandbox.provider.values import UNKNOWN, to_wire
from sandbox.tls import fidelity
from sandbox.tls.resources import KINDS
from tests.sandbox.provider.engine_driver import CheckError, EngineDriver, Resource

pytestmark = pytest.mark.unit

KEY = "tls:index/privateKey:PrivateKey"
REQUEST = "tls:index/certRequest:CertRequest"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
# Of the engine's protocol: what marks a secret on the wire.
SECRET_MARK = ("4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270")


class Chain:
    """An authority, and a client's certificate signed by it."""

    def __init__(self, engine: EngineDriver, **client: Any) -> None:
        self.authority_key = engine.made(KEY, "authority", algorithm="RSA", rsaBits=2048)
        self.authority = engine.made(
            SELF_SIGNED,
            "authority",
            privateKeyPem=self.authority_key.state["privateKeyPem"],
            subject={"commonName": "authority", "organization": "prakerja"},
            isCaCertificate=True,
            setSubjectKeyId=True,
            allowedUses=["cert_signing"],
            validityPeriodHours=87600,
        )
        self.key = engine.made(KEY, "client", algorithm="ECDSA", ecdsaCurve="P256")
        self.request = engine.made(
            REQUEST,
            "client",
            privateKeyPem=self.key.state["privateKeyPem"],
            subject={"commonName": "edge"},
            dnsNames=["edge.prakerja.example"],
        )
        self.certificate = engine.made(
            LOCALLY_SIGNED,
            "client",
            **{
                "certRequestPem": self.request.state["certRequestPem"],
                "caPrivateKeyPem": self.authority_key.state["privateKeyPem"],
                "caCertPem": self.authority.state["certPem"],
                "allowedUses": ["client_auth", "digital_signature"],
                "setSubjectKeyId": True,
                "validityPeriodHours": 48,
                "earlyRenewalHours": 24,
                **client,
            },
        )


@pytest.fixture(scope="module")
def chain(provider_address: str) -> Chain:
    return Chain(EngineDriver(provider_address))


def parsed(resource: Resource) -> x509.Certificate:
    return x509.load_pem_x509_certificate(resource.state["certPem"].encode())


def refusal(caught: pytest.ExceptionInfo[grpc.RpcError]) -> str:
    return str(caught.value.details())


def aged(resource: Resource, end: datetime) -> Resource:
    """The resource as if its certificate ended at another time."""
    state = {**resource.state, "validityEndTime": end.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return Resource(resource.engine, resource.type, resource.name, resource.id, resource.checked, state)


def answered(resource: Resource, *, preview: bool = False) -> struct_pb2.Struct:
    answer: provider_pb2.CreateResponse = resource.engine.stub.Create(
        provider_pb2.CreateRequest(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            properties=to_wire(resource.checked),
            preview=preview,
        )
    )
    return answer.properties


def is_secret(value: struct_pb2.Value) -> bool:
    mark, kind = SECRET_MARK
    return value.struct_value.fields[mark].string_value == kind


def test_a_clients_certificate_is_verified_against_its_authority(chain: Chain) -> None:
    verifier = PolicyBuilder().store(Store([parsed(chain.authority)])).build_client_verifier()
    verified = verifier.verify(parsed(chain.certificate), [])
    assert verified.chain == [parsed(chain.certificate), parsed(chain.authority)]
    certificate = parsed(chain.certificate)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [*usage] == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert certificate.subject.rfc4514_string() == "CN=edge"
    assert chain.certificate.id == str(certificate.serial_number)


def test_another_authority_does_not_vouch_for_it(chain: Chain, engine: EngineDriver) -> None:
    other = Chain(engine)
    verifier = PolicyBuilder().store(Store([parsed(other.authority)])).build_client_verifier()
    with pytest.raises(x509.verification.VerificationError):
        verifier.verify(parsed(chain.certificate), [])


def test_what_an_authority_signed_stays_trusted_when_its_certificate_is_renewed_under_its_key(chain: Chain) -> None:
    renewed = chain.authority.engine.made(SELF_SIGNED, "renewed", **chain.authority.checked)
    assert renewed.id != chain.authority.id
    verifier = PolicyBuilder().store(Store([parsed(renewed)])).build_client_verifier()
    assert verifier.verify(parsed(chain.certificate), []).chain[-1] == parsed(renewed)


@pytest.mark.parametrize(
    ("inputs", "kind"),
    [
        ({"algorithm": "RSA", "rsaBits": 2048}, rsa.RSAPrivateKey),
        ({"algorithm": "ECDSA", "ecdsaCurve": "P384"}, ec.EllipticCurvePrivateKey),
    ],
)
def test_a_key_is_the_same_in_every_format(inputs: dict[str, Any], kind: type, engine: EngineDriver) -> None:
    state = engine.made(KEY, "key", **inputs).state
    key = load_pem_private_key(state["privateKeyPem"].encode(), None)
    assert isinstance(key, kind)
    private = [
        load_pem_private_key(state["privateKeyPemPkcs8"].encode(), None),
        load_ssh_private_key(state["privateKeyOpenssh"].encode(), None),
    ]
    assert [one.private_numbers() for one in private] == [key.private_numbers()] * 2  # type: ignore[union-attr]
    assert state["publicKeyPem"].startswith("-----BEGIN PUBLIC KEY-----")
    assert state["publicKeyFingerprintSha256"].startswith("SHA256:")
    assert state["publicKeyOpenssh"].endswith("\n")


def test_the_defaults_are_the_providers_own(engine: EngineDriver) -> None:
    state = engine.made(KEY, "key", algorithm="ECDSA").state
    assert (state["ecdsaCurve"], state["rsaBits"]) == ("P224", 2048)
    assert state["publicKeyOpenssh"] == state["privateKeyOpenssh"] == state["publicKeyFingerprintMd5"] == ""


@pytest.mark.parametrize("token", KINDS)
def test_a_private_key_is_never_an_unmarked_output(token: str, chain: Chain) -> None:
    made = {KEY: chain.key, REQUEST: chain.request, SELF_SIGNED: chain.authority, LOCALLY_SIGNED: chain.certificate}
    properties = answered(made[token]).fields
    assert properties
    for name, value in properties.items():
        if "PRIVATE KEY" in str(value):
            assert is_secret(value), name


def test_a_refresh_keeps_private_keys_secret(chain: Chain) -> None:
    key = chain.key
    answer = key.engine.stub.Read(
        provider_pb2.ReadRequest(
            id=key.id, type=KEY, name="key", properties=to_wire(key.state), inputs=to_wire(key.checked)
        )
    )
    assert answer.id == key.id
    assert is_secret(answer.properties.fields["privateKeyPem"])


def test_a_preview_knows_the_inputs_and_defaults_alone(engine: EngineDriver) -> None:
    key = engine.resource(KEY, "key", algorithm="RSA")
    key.create(preview=True)
    assert (key.id, key.state["algorithm"], key.state["rsaBits"]) == ("", "RSA", 2048)
    assert key.state["privateKeyPem"] is key.state["publicKeyPem"] is UNKNOWN


def test_what_a_preview_does_not_know_yet_is_no_fault(engine: EngineDriver) -> None:
    certificate = engine.resource(
        LOCALLY_SIGNED,
        "client",
        certRequestPem=UNKNOWN,
        caPrivateKeyPem=UNKNOWN,
        caCertPem=UNKNOWN,
        allowedUses=["client_auth"],
        validityPeriodHours=24,
    )
    certificate.create(preview=True)
    assert certificate.state["certPem"] is UNKNOWN


@pytest.mark.parametrize(
    ("token", "inputs", "failures"),
    [
        (KEY, {"algorithm": "RSA", "rsaBit": 2048}, {"rsaBit": "nearest that is: rsaBits"}),
        (KEY, {}, {"algorithm": "is required"}),
        (KEY, {"algorithm": "DSA"}, {"algorithm": "'DSA'; allowed: RSA, ECDSA, ED25519"}),
        (KEY, {"algorithm": "ECDSA", "ecdsaCurve": "P192"}, {"ecdsaCurve": "allowed: P224, P256, P384, P521"}),
        (KEY, {"algorithm": "RSA", "rsaBits": 512}, {"rsaBits": "is 512; allowed: from 1024"}),
        (KEY, {"algorithm": "RSA", "rsaBits": "many"}, {"rsaBits": "must be of type integer"}),
        (REQUEST, {}, {"privateKeyPem": "is required"}),
        (REQUEST, {"privateKeyPem": "none"}, {"privateKeyPem": "is no private key in PEM format"}),
        (REQUEST, {"privateKeyPem": UNKNOWN, "privateKeyPemWo": "x"}, {"privateKeyPemWo": "is not handled"}),
        (REQUEST, {"privateKeyPem": UNKNOWN, "subject": {"name": "x"}}, {"subject.name": "is not a property of"}),
        (
            SELF_SIGNED,
            {"privateKeyPem": UNKNOWN, "allowedUses": ["client"], "validityPeriodHours": -1},
            {"allowedUses": "is 'client'; allowed: digital_signature", "validityPeriodHours": "allowed: from 0"},
        ),
    ],
)
def test_inputs_that_cannot_work_are_refused_by_name(
    token: str, inputs: dict[str, Any], failures: dict[str, str], engine: EngineDriver
) -> None:
    with pytest.raises(CheckError) as caught:
        engine.resource(token, "wrong", **inputs)
    assert caught.value.failures.keys() == failures.keys()
    for name, reason in failures.items():
        assert reason in caught.value.failures[name]


def test_an_authoritys_key_must_be_its_own(chain: Chain, engine: EngineDriver) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        Chain(engine, caPrivateKeyPem=chain.key.state["privateKeyPem"])
    assert "caPrivateKeyPem: is not the key of caCertPem" in refusal(caught)


def test_an_authority_needs_a_name(chain: Chain, engine: EngineDriver) -> None:
    nameless = {name: value for name, value in chain.authority.checked.items() if name != "subject"}
    with pytest.raises(grpc.RpcError) as caught:
        engine.made(SELF_SIGNED, "nameless", **nameless)
    assert "an authority needs a name" in refusal(caught)


def test_every_change_replaces_but_that_of_when_to_renew(chain: Chain) -> None:
    assert chain.key.paths(ecdsaCurve="P384") == {"ecdsaCurve": "UPDATE_REPLACE"}
    assert chain.request.paths(subject={"commonName": "other"}) == {"subject.commonName": "UPDATE_REPLACE"}
    assert chain.certificate.paths(allowedUses=["client_auth"]) == {"allowedUses[1]": "DELETE_REPLACE"}
    assert chain.certificate.paths(earlyRenewalHours=12) == {"earlyRenewalHours": "UPDATE"}


def test_what_is_given_as_it_is_by_default_changes_nothing(chain: Chain) -> None:
    assert chain.certificate.paths(isCaCertificate=False) == {}
    assert chain.key.paths(rsaBits=2048) == {}


def test_when_to_renew_can_change_without_another_certificate(engine: EngineDriver) -> None:
    certificate = Chain(engine).certificate
    before = dict(certificate.state)
    certificate.update(earlyRenewalHours=12)
    assert certificate.state == {**before, "earlyRenewalHours": 12}


def test_a_certificate_is_replaced_once_the_time_to_renew_it_has_come(chain: Chain) -> None:
    ends = datetime.now(UTC)
    early = aged(chain.certificate, ends + timedelta(hours=25))
    assert early.paths() == {}
    late = aged(chain.certificate, ends + timedelta(hours=23))
    found = late.diff(late.checked)
    assert found.replaces == ["readyForRenewal"]
    assert found.deleteBeforeReplace is False  # the next one is there before it goes
    assert found.detailedDiff["readyForRenewal"].inputDiff is False


def test_a_refresh_says_when_the_time_to_renew_has_come(chain: Chain) -> None:
    assert chain.certificate.state["readyForRenewal"] is False
    late = aged(chain.certificate, datetime.now(UTC) + timedelta(hours=23))
    late.refresh()
    assert late.state["readyForRenewal"] is True


def test_nothing_can_be_imported(engine: EngineDriver) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        engine.imported(KEY, "0123")
    assert "can't be imported" in refusal(caught)


def test_a_type_that_is_not_served_is_refused_with_the_nearest(engine: EngineDriver) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        engine.resource("tls:index/privateKeys:PrivateKeys", "key")
    assert f"nearest that is: {KEY}" in refusal(caught)


def test_deleting_leaves_nothing(chain: Chain) -> None:
    chain.key.delete()


def test_the_provider_says_which_version_and_types_it_is(engine: EngineDriver) -> None:
    assert engine.stub.GetPluginInfo(empty_pb2.Empty()).version.startswith("5.")
    schema = json.loads(engine.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)
    assert schema["name"] == "tls"
    assert schema["resources"].keys() == KINDS.keys()


def test_every_type_runs_with_all_but_the_write_only_inputs() -> None:
    rows = {row.type: row for row in fidelity.every_type()}
    assert {row.fidelity for row in rows.values()} == {Fidelity.RUNS}
    assert rows[KEY].coverage == "3 of 3"
    assert rows[SELF_SIGNED].coverage == "12 of 14"
