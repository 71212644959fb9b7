"""X.509: requests for certificates, and certificates signed by a key or by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from sandbox.tls.keys import PrivateKey, PublicKey, digest_for

KEY_USES = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
    "encipher_only": "encipher_only",
    "decipher_only": "decipher_only",
}
"""By the program's name of a use, X.509's."""

EXTENDED_USES = {
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "ipsec_end_system": ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "ipsec_tunnel": ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec_user": ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "microsoft_server_gated_crypto": ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
    "netscape_server_gated_crypto": ObjectIdentifier("2.16.840.1.113730.4.1"),
    "microsoft_commercial_code_signing": ObjectIdentifier("1.3.6.1.4.1.311.2.1.22"),
    "microsoft_kernel_code_signing": ObjectIdentifier("1.3.6.1.4.1.311.61.1.1"),
}
# These two only narrow what a key agreement may be used for (RFC 5280, 4.2.1.3).
_NARROWING = ("encipher_only", "decipher_only")

SUBJECT = {
    "commonName": NameOID.COMMON_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "streetAddresses": NameOID.STREET_ADDRESS,
    "locality": NameOID.LOCALITY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "country": NameOID.COUNTRY_NAME,
    "postalCode": NameOID.POSTAL_CODE,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "emailAddress": NameOID.EMAIL_ADDRESS,
}

Kind = TypeVar("Kind", bound=x509.ExtensionType)


class CertificateError(ValueError):
    """A certificate that can't be made of what was given."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a certificate is good for, and for how long.

    uses: names of KEY_USES and EXTENDED_USES. authority: whether it may sign others.
    path_length: authorities that may stand below it; None for any number.
    subject_key_id: whether it names its key; an authority does anyway.
    authority_key_id: whether it names its signer's key although it is its own signer.
    """

    uses: Sequence[str]
    hours: int
    authority: bool = False
    path_length: int | None = None
    subject_key_id: bool = False
    authority_key_id: bool = False


@dataclass(frozen=True, kw_only=True)
class Names:
    """Whom a certificate is for: the fields of SUBJECT, and the alternative names."""

    subject: Mapping[str, Any] = field(default_factory=dict)
    dns: Sequence[str] = ()
    addresses: Sequence[str] = ()
    uris: Sequence[str] = ()

    def distinguished(self) -> x509.Name:
        """The distinguished name. Raises ValueError where a field can't be what is given."""
        pairs = [
            (oid, text)
            for name, oid in SUBJECT.items()
            for text in (self.subject.get(name, []) if name == "streetAddresses" else [self.subject.get(name)])
            if text
        ]
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in pairs])

    def alternative(self) -> x509.SubjectAlternativeName | None:
        """The alternative names, where there are any."""
        found: list[x509.GeneralName] = [
            *(x509.DNSName(name) for name in self.dns),
            *(x509.IPAddress(ip_address(address)) for address in self.addresses),
            *(x509.UniformResourceIdentifier(uri) for uri in self.uris),
        ]
        return x509.SubjectAlternativeName(found) if found else None


def request(key: PrivateKey, names: Names) -> x509.CertificateSigningRequest:
    """A request for a certificate, signed by the key that it is for."""
    builder = x509.CertificateSigningRequestBuilder(names.distinguished())
    if alternative := names.alternative():
        builder = builder.add_extension(alternative, critical=False)
    return builder.sign(key, digest_for(key))


def self_signed(key: PrivateKey, names: Names, profile: Profile) -> x509.Certificate:
    """A certificate that is its own authority."""
    subject = names.distinguished()
    if profile.authority and not list(subject):
        raise CertificateError("subject: an authority needs a name")
    own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    signer = own_id if profile.authority_key_id else None
    return _signed(key.public_key(), subject, names.alternative(), profile, by=key, issuer=subject, issuer_id=signer)


def locally_signed(
    asked: x509.CertificateSigningRequest, authority: x509.Certificate, key: PrivateKey, profile: Profile
) -> x509.Certificate:
    """The certificate that is asked for, signed with an authority's key. Raises CertificateError."""
    if not asked.is_signature_valid:
        raise CertificateError("certRequestPem: is not signed by the key that it is for")
    if authority.public_key() != key.public_key():
        raise CertificateError("caPrivateKeyPem: is not the key of caCertPem")
    public = asked.public_key()
    if not isinstance(public, PublicKey):
        raise CertificateError("certRequestPem: has a key of an unknown algorithm")
    return _signed(
        public,
        asked.subject,
        _extension(asked, x509.SubjectAlternativeName),
        profile,
        by=key,
        issuer=authority.subject,
        issuer_id=_extension(authority, x509.SubjectKeyIdentifier),
    )


def _signed(
    public: PublicKey,
    subject: x509.Name,
    alternative: x509.SubjectAlternativeName | None,
    profile: Profile,
    *,
    by: PrivateKey,
    issuer: x509.Name,
    issuer_id: x509.SubjectKeyIdentifier | None,
) -> x509.Certificate:
    begins = datetime.now(UTC).replace(microsecond=0)
    length = profile.path_length if profile.authority else None
    builder = (
        x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(hours=profile.hours))
        .add_extension(x509.BasicConstraints(profile.authority, length), critical=True)
    )
    if usage := _key_usage(profile.uses):
        builder = builder.add_extension(usage, critical=True)
    if extended := [EXTENDED_USES[use] for use in profile.uses if use in EXTENDED_USES]:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
    if profile.authority or profile.subject_key_id:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    if issuer_id is not None:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id)
        builder = builder.add_extension(identifier, critical=False)
    if alternative is not None:
        builder = builder.add_extension(alternative, critical=False)
    return builder.sign(by, digest_for(by))


def _key_usage(uses: Sequence[str]) -> x509.KeyUsage | None:
    wanted = {KEY_USES[use] for use in uses if use in KEY_USES}
    if not wanted:
        return None
    if "key_agreement" not in wanted and not wanted.isdisjoint(_NARROWING):
        raise CertificateError(f"allowedUses: {' and '.join(_NARROWING)} need key_agreement beside them")
    return x509.KeyUsage(**{name: name in wanted for name in KEY_USES.values()})


def _extension(of: x509.Certificate | x509.CertificateSigningRequest, kind: type[Kind]) -> Kind | None:
    try:
        return of.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def pem(of: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """In PEM format."""
    return of.public_bytes(Encoding.PEM).decode()
