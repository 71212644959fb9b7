"""The provider's resource types: which inputs are handled, what is wrong with them, and what is made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.provider.checking import Failure, missing, unknown, wrong_types
from sandbox.provider.sdk import ResourceType, resource_type
from sandbox.provider.values import UNKNOWN, Properties, Value
from sandbox.tls import certificates, keys
from sandbox.tls.certificates import EXTENDED_USES, KEY_USES, Names, Profile

Made = tuple[str, Properties]
"""A resource's id, and the outputs that no input gives."""

RENEWAL = "earlyRenewalHours"
READY = "readyForRenewal"
_END = "validityEndTime"
_TIMES = "%Y-%m-%dT%H:%M:%SZ"
_USES = (*KEY_USES, *EXTENDED_USES)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One resource type.

    unhandled: inputs that the sandbox refuses. required: further inputs that can't be left out.
    allowed: what a text, or each of a list of texts, may be. least: the least that a number may be.
    pem: inputs that hold PEM, and what reads one or raises ValueError.
    defaults: what inputs are where they aren't given. make: makes the resource.
    """

    type: str
    unhandled: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)
    pem: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)
    defaults: Mapping[str, Value] = field(default_factory=dict)
    make: Callable[[Properties], Made]

    @property
    def sdk(self) -> ResourceType:
        """What the SDK says of it."""
        return resource_type(self.type)

    @property
    def handled(self) -> set[str]:
        """The inputs that it handles."""
        return {*self.sdk.inputs} - {*self.unhandled}

    @property
    def outputs(self) -> set[str]:
        """What it knows once it is made."""
        return {*self.sdk.outputs} - {*self.sdk.inputs}

    def failures(self, inputs: Properties) -> list[Failure]:
        """Everything that is wrong with the inputs."""
        found = [
            *unknown(self.sdk, inputs),
            *(
                Failure(name, f"is not handled by the sandbox's {self.type}")
                for name in self.unhandled
                if name in inputs
            ),
            *missing(self.sdk, inputs),
            *(Failure(name, f"is required by {self.type}") for name in self.required if name not in inputs),
            *wrong_types(self.sdk, inputs),
        ]
        return found or [*self._wrong_values({name: value for name, value in inputs.items() if value is not UNKNOWN})]

    def _wrong_values(self, known: Properties) -> Iterator[Failure]:
        for name in known.keys() & self.allowed.keys():
            given = known[name] if isinstance(known[name], list) else [known[name]]
            for value in given:
                if value is not UNKNOWN and value not in self.allowed[name]:
                    yield Failure(name, f"is {value!r}; allowed: {', '.join(self.allowed[name])}")
        for name in known.keys() & self.least.keys():
            if known[name] < self.least[name]:
                yield Failure(name, f"is {known[name]}; allowed: from {self.least[name]}")
        for name in known.keys() & self.pem.keys():
            try:
                self.pem[name](known[name])
            except ValueError as error:
                yield Failure(name, str(error))

    def created(self, inputs: Properties) -> tuple[str, Properties]:
        """A new resource's id and state. Raises ValueError where it can't be made of the inputs."""
        complete = {**self.defaults, **inputs}
        made_id, outputs = self.make(complete)
        return made_id, {**complete, **outputs}

    def foreseen(self, inputs: Properties) -> Properties:
        """What a preview knows of the state of a new resource."""
        return {**self.defaults, **inputs, **dict.fromkeys(self.outputs, UNKNOWN)}


def due(state: Properties, early_hours: int) -> bool:
    """Whether it is time for another certificate; never for what is no certificate."""
    if _END not in state:
        return False
    ends = datetime.strptime(state[_END], _TIMES).replace(tzinfo=UTC)
    return datetime.now(UTC) >= ends - timedelta(hours=early_hours)


def _private_key(inputs: Properties) -> Made:
    key = keys.generate(inputs["algorithm"], rsa_bits=inputs["rsaBits"], curve=inputs["ecdsaCurve"])
    written = keys.written(key)
    return written.id, {
        "privateKeyPem": written.private_pem,
        "privateKeyPemPkcs8": written.private_pkcs8,
        "privateKeyOpenssh": written.private_openssh,
        "publicKeyPem": written.public_pem,
        "publicKeyOpenssh": written.public_openssh,
        "publicKeyFingerprintMd5": written.fingerprint_md5,
        "publicKeyFingerprintSha256": written.fingerprint_sha256,
    }


def _names(inputs: Properties) -> Names:
    return Names(
        subject=inputs.get("subject", {}),
        dns=inputs.get("dnsNames", ()),
        addresses=inputs.get("ipAddresses", ()),
        uris=inputs.get("uris", ()),
    )


def _profile(inputs: Properties) -> Profile:
    return Profile(
        uses=inputs["allowedUses"],
        hours=inputs["validityPeriodHours"],
        authority=inputs["isCaCertificate"],
        path_length=inputs.get("maxPathLength"),
        subject_key_id=inputs["setSubjectKeyId"],
        authority_key_id=inputs.get("setAuthorityKeyId", False),
    )


def _cert_request(inputs: Properties) -> Made:
    key = keys.read(inputs["privateKeyPem"])
    request = certificates.request(key, _names(inputs))
    digest = hashlib.sha1(request.public_bytes(Encoding.DER), usedforsecurity=False).hexdigest()
    return digest, {"certRequestPem": certificates.pem(request), "keyAlgorithm": keys.algorithm_of(key)}


def _self_signed(inputs: Properties) -> Made:
    key = keys.read(inputs["privateKeyPem"])
    made_id, outputs = _certificate(certificates.self_signed(key, _names(inputs), _profile(inputs)), inputs)
    return made_id, {**outputs, "keyAlgorithm": keys.algorithm_of(key)}


def _locally_signed(inputs: Properties) -> Made:
    key = keys.read(inputs["caPrivateKeyPem"])
    certificate = certificates.locally_signed(
        _read_request(inputs["certRequestPem"]), _read_certificate(inputs["caCertPem"]), key, _profile(inputs)
    )
    made_id, outputs = _certificate(certificate, inputs)
    return made_id, {**outputs, "caKeyAlgorithm": keys.algorithm_of(key)}


def _certificate(certificate: x509.Certificate, inputs: Properties) -> Made:
    outputs: Properties = {
        "certPem": certificates.pem(certificate),
        "validityStartTime": certificate.not_valid_before_utc.strftime(_TIMES),
        _END: certificate.not_valid_after_utc.strftime(_TIMES),
    }
    return str(certificate.serial_number), {**outputs, READY: due(outputs, inputs[RENEWAL])}


def _read_request(text: str) -> x509.CertificateSigningRequest:
    try:
        return x509.load_pem_x509_csr(text.encode())
    except ValueError as error:
        raise certificates.CertificateError("is no certificate request in PEM format") from error


def _read_certificate(text: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError as error:
        raise certificates.CertificateError("is no certificate in PEM format") from error


_PERIODS = {"validityPeriodHours": 0, RENEWAL: 0}
_CERTIFICATE_DEFAULTS: Properties = {"isCaCertificate": False, RENEWAL: 0, "setSubjectKeyId": False}

KINDS = {
    kind.type: kind
    for kind in (
        Kind(
            type="tls:index/privateKey:PrivateKey",
            allowed={"algorithm": keys.ALGORITHMS, "ecdsaCurve": (*keys.CURVES,)},
            least={"rsaBits": keys.FEWEST_RSA_BITS},
            defaults={"rsaBits": 2048, "ecdsaCurve": "P224"},
            make=_private_key,
        ),
        Kind(
            type="tls:index/certRequest:CertRequest",
            unhandled=("privateKeyPemWo", "privateKeyPemWoVersion"),
            required=("privateKeyPem",),
            pem={"privateKeyPem": keys.read},
            make=_cert_request,
        ),
        Kind(
            type="tls:index/selfSignedCert:SelfSignedCert",
            unhandled=("privateKeyPemWo", "privateKeyPemWoVersion"),
            required=("privateKeyPem",),
            allowed={"allowedUses": _USES},
            least=_PERIODS,
            pem={"privateKeyPem": keys.read},
            defaults={**_CERTIFICATE_DEFAULTS, "setAuthorityKeyId": False},
            make=_self_signed,
        ),
        Kind(
            type="tls:index/locallySignedCert:LocallySignedCert",
            unhandled=("caPrivateKeyPemWo", "caPrivateKeyPemWoVersion"),
            required=("caPrivateKeyPem",),
            allowed={"allowedUses": _USES},
            least=_PERIODS,
            pem={
                "caPrivateKeyPem": keys.read,
                "caCertPem": _read_certificate,
                "certRequestPem": _read_request,
            },
            defaults=_CERTIFICATE_DEFAULTS,
            make=_locally_signed,
        ),
    )
}
"""By their tokens."""
