"""How much stands behind the provider's resource types: all of it."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.provider.fidelity import Fidelity, TypeFidelity
from sandbox.tls.resources import KINDS

_BEHIND = {
    "tls:index/privateKey:PrivateKey": "a real key, from the system's random numbers",
    "tls:index/certRequest:CertRequest": "a real request, signed by its key",
    "tls:index/selfSignedCert:SelfSignedCert": "a real certificate, renewed when it is time",
    "tls:index/locallySignedCert:LocallySignedCert": "a real certificate, signed by its authority; renewed in time",
}


def every_type() -> Iterator[TypeFidelity]:
    """All served types."""
    for token, kind in KINDS.items():
        yield TypeFidelity(
            type=token,
            fidelity=Fidelity.RUNS,
            behind=_BEHIND[token],
            handled=len(kind.handled),
            inputs=len(kind.sdk.inputs),
        )
