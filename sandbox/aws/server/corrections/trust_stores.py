"""Trust stores of load balancers, and listeners that ask clients for a certificate.

moto 5.2.5: there are no trust stores, and a listener forgets whether and whom it asks.

What is in a trust store is what its bundle held when it was last looked at, as on AWS. No certificate is ever asked
for: the data plane serves HTTPS as loopback HTTP.
"""

from __future__ import annotations

from typing import Any

from cryptography import x509
from moto.core.responses import ActionResult, EmptyResult
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeListener
from moto.elbv2.responses import ELBV2Response
from moto.moto_api._internal import mock_random
from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends

from sandbox.aws.server.corrections.patching import add, replace

Description = dict[str, Any]

_upstream_create_listener = ELBV2Response.create_listener
_upstream_modify_listener = ELBV2Response.modify_listener
_upstream_resource = ELBv2Backend._get_resource_by_arn  # noqa: SLF001 - the one place where tags find their resource


class NoTrustStoreError(ELBClientError):
    """A trust store that there isn't."""

    def __init__(self) -> None:
        super().__init__("TrustStoreNotFound", "The specified trust store does not exist.")


def apply() -> None:
    add(
        ELBV2Response,
        create_trust_store=_create,
        describe_trust_stores=_describe,
        modify_trust_store=_modify,
        delete_trust_store=_delete,
        describe_trust_store_associations=_describe_associations,
    )
    replace(ELBV2Response, create_listener=_create_listener, modify_listener=_modify_listener)
    replace(ELBv2Backend, _get_resource_by_arn=_resource)


def _stores(backend: ELBv2Backend) -> dict[str, Description]:
    stores: dict[str, Description] = backend.__dict__.setdefault("trust_stores", {})
    return stores


def _store(backend: ELBv2Backend, arn: str) -> Description:
    if arn not in _stores(backend):
        raise NoTrustStoreError
    return _stores(backend)[arn]


def _create(response: ELBV2Response) -> ActionResult:
    request, backend = response._get_params(), response.elbv2_backend  # noqa: SLF001 - moto's own responses use it
    name = request["Name"]
    if any(store["Name"] == name for store in _stores(backend).values()):
        raise ELBClientError("DuplicateTrustStoreName", "A trust store with the specified name already exists.")
    count = _certificates_in_bundle(backend, request)
    place = f"arn:{backend.partition}:elasticloadbalancing:{backend.region_name}:{backend.account_id}"
    arn = f"{place}:truststore/{name}/{mock_random.get_random_hex(16)}"
    _stores(backend)[arn] = {
        "Name": name,
        "TrustStoreArn": arn,
        "Status": "ACTIVE",
        "NumberOfCaCertificates": count,
        "TotalRevokedEntries": 0,
    }
    backend.tagging_service.tag_resource(arn, request.get("Tags", []))
    return ActionResult({"TrustStores": [_stores(backend)[arn]]})


def _describe(response: ELBV2Response) -> ActionResult:
    request, backend = response._get_params(), response.elbv2_backend  # noqa: SLF001
    stores, arns, names = _stores(backend), request.get("TrustStoreArns"), request.get("Names")
    found = [
        store for arn, store in stores.items() if (not arns or arn in arns) and (not names or store["Name"] in names)
    ]
    if (arns or names) and not found:
        raise NoTrustStoreError
    return ActionResult({"TrustStores": found})


def _modify(response: ELBV2Response) -> ActionResult:
    request, backend = response._get_params(), response.elbv2_backend  # noqa: SLF001
    store = _store(backend, request["TrustStoreArn"])
    store["NumberOfCaCertificates"] = _certificates_in_bundle(backend, request)
    return ActionResult({"TrustStores": [store]})


def _delete(response: ELBV2Response) -> ActionResult:
    backend = response.elbv2_backend
    arn = _store(backend, response._get_params()["TrustStoreArn"])["TrustStoreArn"]  # noqa: SLF001
    if _listeners_asking(backend, arn):
        raise ELBClientError("TrustStoreInUse", f"Trust store '{arn}' is currently in use by a listener")
    del _stores(backend)[arn]
    return EmptyResult()


def _describe_associations(response: ELBV2Response) -> ActionResult:
    backend = response.elbv2_backend
    arn = _store(backend, response._get_params()["TrustStoreArn"])["TrustStoreArn"]  # noqa: SLF001
    return ActionResult(
        {"TrustStoreAssociations": [{"ResourceArn": listener.arn} for listener in _listeners_asking(backend, arn)]}
    )


def _listeners_asking(backend: ELBv2Backend, arn: str) -> list[FakeListener]:
    listeners = [one for balancer in backend.load_balancers.values() for one in balancer.listeners.values()]
    return [one for one in listeners if _asks(one).get("TrustStoreArn") == arn]


def _asks(listener: FakeListener) -> Description:
    asks: Description = getattr(listener, "mutual_authentication", None) or {}
    return asks


def _certificates_in_bundle(backend: ELBv2Backend, request: Description) -> int:
    """How many authorities' certificates are in the object that a request names."""
    s3 = s3_backends[backend.account_id][backend.partition]
    version = request.get("CaCertificatesBundleS3ObjectVersion")
    try:
        bundle = s3.get_object(request["CaCertificatesBundleS3Bucket"], request["CaCertificatesBundleS3Key"], version)
    except MissingBucket:
        bundle = None
    if bundle is None:
        raise ELBClientError("CaCertificatesBundleNotFound", "The specified ca certificate bundle does not exist.")
    try:
        certificates = x509.load_pem_x509_certificates(bundle.value)
        authorities = [one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca for one in certificates]
    except (ValueError, x509.ExtensionNotFound):
        authorities = []
    if not authorities or not all(authorities):
        raise ELBClientError(
            "InvalidCaCertificatesBundle", "The specified ca certificate bundle is in an invalid format, or corrupt."
        )
    return len(authorities)


def _create_listener(response: ELBV2Response) -> ActionResult:
    request = response._get_params()  # noqa: SLF001
    asks = _asked(response.elbv2_backend, request, request.get("Protocol"))
    return _asking(_upstream_create_listener(response), asks)


def _modify_listener(response: ELBV2Response) -> ActionResult:
    request, backend = response._get_params(), response.elbv2_backend  # noqa: SLF001
    [listener] = backend.describe_listeners(None, [request["ListenerArn"]])
    # What a change does not speak of stays.
    asks = _asked(backend, request, request.get("Protocol") or listener.protocol) or _asks(listener)
    return _asking(_upstream_modify_listener(response), asks)


def _asking(answer: ActionResult, asks: Description) -> ActionResult:
    result: Any = answer.result
    listener: Any = result["Listeners"][0]
    listener.mutual_authentication = asks or ({"Mode": "off"} if listener.protocol == "HTTPS" else None)
    return answer


def _asked(backend: ELBv2Backend, request: Description, protocol: str | None) -> Description:
    asks: Description = request.get("MutualAuthentication") or {}
    if not asks:
        return {}
    if protocol != "HTTPS":
        raise ELBClientError("InvalidConfigurationRequest", "Mutual Authentication needs an HTTPS listener")
    verifies = asks["Mode"] == "verify"
    if verifies != ("TrustStoreArn" in asks):
        raise ELBClientError("ValidationError", "A trust store is needed in mode 'verify', and in no other")
    if verifies:
        _store(backend, asks["TrustStoreArn"])
        return {"IgnoreClientCertificateExpiry": False, "AdvertiseTrustStoreCaNames": "off", **asks}
    return asks


def _resource(backend: ELBv2Backend, arn: str) -> Any:
    return _store(backend, arn) if ":truststore/" in arn else _upstream_resource(backend, arn)
