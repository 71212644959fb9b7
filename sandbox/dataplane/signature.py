"""AWS Signature Version 4, the part needed to sign a request header and to check a presigned URL."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from sandbox.dataplane.credentials import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
TIME_FORMAT = "%Y%m%dT%H%M%SZ"


def sign_headers(
    headers: Mapping[str, str],
    *,
    method: str,
    path: str,
    body: bytes,
    credentials: Credentials,
    region: str,
    service: str,
    now: datetime,
) -> dict[str, str]:
    """`headers` (which name the host) with the date, the payload's digest and the signature added; no query string."""
    timestamp = now.strftime(TIME_FORMAT)
    digest = hashlib.sha256(body).hexdigest()
    signed = {name.lower(): value for name, value in headers.items()}
    signed |= {"x-amz-date": timestamp, "x-amz-content-sha256": digest}
    names = ";".join(sorted(signed))
    scope = f"{timestamp[:8]}/{region}/{service}/aws4_request"
    canonical = canonical_request(method, path, {}, signed, digest)
    value = signature(credentials.secret_access_key, timestamp, scope, canonical)
    signed["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, SignedHeaders={names}, Signature={value}"
    )
    return signed


def canonical_request(
    method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], payload_digest: str
) -> str:
    """The text that is signed; header names in lower case."""
    encoded = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query.items())
    return "\n".join(
        [
            method,
            quote(path, safe="/-_.~"),
            "&".join(f"{name}={value}" for name, value in encoded),
            *(f"{name}:{headers[name]}" for name in sorted(headers)),
            "",
            ";".join(sorted(headers)),
            payload_digest,
        ]
    )


def signature(secret: str, timestamp: str, scope: str, canonical: str) -> str:
    """The signature of a canonical request under a secret key; `scope` is `date/region/service/aws4_request`."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = "\n".join([ALGORITHM, timestamp, scope, digest])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
