"""IAM tokens for a cache, made by botocore's signer as clients of ElastiCache make them."""

from __future__ import annotations

from botocore.credentials import Credentials as SigningCredentials
from botocore.hooks import HierarchicalEmitter
from botocore.model import ServiceId
from botocore.signers import RequestSigner

from sandbox.dataplane.credentials import Credentials

_EVENTS = HierarchicalEmitter()  # signers keep a weak reference only


def cache_token(
    credentials: Credentials,
    user: str = "portal",
    *,
    group: str = "cache",
    region: str = "ap-southeast-3",
    service: str = "elasticache",
    action: str = "connect",
    seconds: int = 900,
) -> str:
    signer = RequestSigner(
        ServiceId("elasticache"),
        region,
        service,
        "v4",
        SigningCredentials(credentials.access_key_id, credentials.secret_access_key),
        _EVENTS,
    )
    url = f"http://{group}/?Action={action}&User={user}"
    request = {"method": "GET", "url": url, "body": {}, "headers": {}, "context": {}}
    signed: str = signer.generate_presigned_url(
        request, expires_in=seconds, region_name=region, operation_name="connect"
    )
    return signed.removeprefix("http://")
