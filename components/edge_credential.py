"""What the edge shows the load balancer, so that nobody else is taken for it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_tls as tls

from components.component import Classification, Component
from components.naming import TRUST_STORE, auto_named, logical

# Both load balancers and the edge are known to take RSA keys of 2,048 bits and more, signed with SHA-256; of the edge
# it isn't said whether it takes elliptic curves.
ALGORITHM = "RSA"
AUTHORITY_KEY_BITS = 3072
CLIENT_KEY_BITS = 2048

_HOURS_A_DAY = 24
CLIENT_VALIDITY_HOURS = 365 * _HOURS_A_DAY
# Whichever update comes first in the last 90 days brings the next certificate; the one before stays valid meanwhile.
CLIENT_RENEWAL_HOURS = 90 * _HOURS_A_DAY
AUTHORITY_VALIDITY_HOURS = 3650 * _HOURS_A_DAY
# Sooner than a client certificate's whole life before its end: none outlives who signed it.
AUTHORITY_RENEWAL_HOURS = 2 * CLIENT_VALIDITY_HOURS

CLIENT_USES = ("client_auth", "digital_signature")
AUTHORITY_USES = ("cert_signing",)
BUNDLE_KEY = "edge/authority.pem"


@dataclass(frozen=True, kw_only=True)
class EdgeCredentialArgs:
    """domain: whose edge it is for; the certificates' names say so.
    bucket: name of a bucket of ours, versioned, to keep the authority's certificate in.
    """

    domain: str
    bucket: pulumi.Input[str]


class EdgeCredential(Component):
    """A private certificate authority, a client certificate of it for the edge, and a trust store of it alone.

    The edge's vendor has a certificate of its own for this, but shows it on behalf of all its customers.

    Nothing has to be done for it over the years but an update of the stack at least every three months: the client
    certificate is renewed under the same authority, and so is the authority's own certificate under its same key, so
    that a load balancer trusts the old certificate and the new one at any moment. Only another authority's key (once
    this one has become known to somebody) has a moment in which neither is trusted: stop asking for the certificate
    first, replace the key, and ask again.

    Private keys are kept in the stack's state, encrypted, and nowhere else of ours.
    """

    layer = "paas"

    def __init__(self, name: str, args: EdgeCredentialArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="internal"), opts)
        authority_key = tls.PrivateKey(
            logical(name, "authority"), algorithm=ALGORITHM, rsa_bits=AUTHORITY_KEY_BITS, opts=self.child()
        )
        authority = self._certify_authority(name, args.domain, authority_key)
        key = tls.PrivateKey(name, algorithm=ALGORITHM, rsa_bits=CLIENT_KEY_BITS, opts=self.child())
        certificate = self._certify_client(name, args.domain, key, authority_key, authority)
        self.trust_store = self._trust(name, args.bucket, authority)
        self.certificate_pem = certificate.cert_pem
        # The SDK has the engine keep it secret.
        self.private_key_pem = key.private_key_pem
        self.trust_store_arn = self.trust_store.arn
        self.register_outputs({"trust_store": self.trust_store_arn})

    def _certify_authority(self, name: str, domain: str, key: tls.PrivateKey) -> tls.SelfSignedCert:
        return tls.SelfSignedCert(
            logical(name, "authority"),
            private_key_pem=key.private_key_pem,
            subject=tls.SelfSignedCertSubjectArgs(common_name=f"{domain} edge authority", organization=domain),
            is_ca_certificate=True,
            set_subject_key_id=True,
            allowed_uses=list(AUTHORITY_USES),
            validity_period_hours=AUTHORITY_VALIDITY_HOURS,
            early_renewal_hours=AUTHORITY_RENEWAL_HOURS,
            opts=self.child(),
        )

    def _certify_client(
        self,
        name: str,
        domain: str,
        key: tls.PrivateKey,
        authority_key: tls.PrivateKey,
        authority: tls.SelfSignedCert,
    ) -> tls.LocallySignedCert:
        request = tls.CertRequest(
            name,
            private_key_pem=key.private_key_pem,
            subject=tls.CertRequestSubjectArgs(common_name=f"{domain} edge", organization=domain),
            # Strict verifiers want an alternative name of whatever certificate.
            dns_names=[domain],
            opts=self.child(),
        )
        return tls.LocallySignedCert(
            name,
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=authority_key.private_key_pem,
            ca_cert_pem=authority.cert_pem,
            set_subject_key_id=True,
            allowed_uses=list(CLIENT_USES),
            validity_period_hours=CLIENT_VALIDITY_HOURS,
            early_renewal_hours=CLIENT_RENEWAL_HOURS,
            opts=self.child(),
        )

    def _trust(self, name: str, bucket: pulumi.Input[str], authority: tls.SelfSignedCert) -> aws.lb.TrustStore:
        bundle = aws.s3.BucketObjectv2(
            name,
            bucket=bucket,
            key=BUNDLE_KEY,
            content=authority.cert_pem,
            content_type="application/x-pem-file",
            # A certificate is no secret. Elastic Load Balancing reads it on behalf of who makes the trust store, and
            # isn't said to do so where that takes a KMS key.
            server_side_encryption="AES256",
            opts=self.child(),
        )
        return aws.lb.TrustStore(
            auto_named(TRUST_STORE, name),
            ca_certificates_bundle_s3_bucket=bundle.bucket,
            ca_certificates_bundle_s3_key=bundle.key,
            # Elastic Load Balancing keeps a copy: only another version makes it look again.
            ca_certificates_bundle_s3_object_version=bundle.version_id,
            opts=self.child(),
        )
