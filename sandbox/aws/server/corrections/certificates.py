"""ACM certificates with DNS validation: issued once the records that prove the domain are in Route 53.

moto 5.2.5: a certificate is issued when a minute has passed, whether or not anybody has made its validation records,
and lists the records in an order that differs from one answer to the next start's.
"""

from __future__ import annotations

from typing import Any

from moto.acm.models import CertBundle
from moto.route53.models import route53_backends

from sandbox.aws.server.corrections.patching import replace

_upstream_check = CertBundle.check
_upstream_describe = CertBundle.describe


def apply() -> None:
    replace(CertBundle, check=_check, describe=_describe)


def _check(certificate: CertBundle) -> None:
    if certificate.status != "PENDING_VALIDATION":
        _upstream_check(certificate)
    elif all(_is_published(certificate.arn.split(":")[4], record) for record in _validation_records(certificate)):
        certificate.status = "ISSUED"


def _describe(certificate: CertBundle) -> dict[str, Any]:
    description = _upstream_describe(certificate)
    options = description["Certificate"].get("DomainValidationOptions", [])
    options.sort(key=lambda option: (option["DomainName"] != certificate.common_name, option["DomainName"]))
    return description


def _validation_records(certificate: CertBundle) -> list[dict[str, str]]:
    options = certificate.describe()["Certificate"]["DomainValidationOptions"]
    return [option["ResourceRecord"] for option in options]


def _is_published(account: str, record: dict[str, str]) -> bool:
    zones: Any = route53_backends[account]["aws"].zones.values()
    return any(
        published.name.rstrip(".") == record["Name"].rstrip(".")
        and record["Value"].rstrip(".") in [str(value).rstrip(".") for value in published.records]
        for zone in zones
        for published in zone.rrsets
        if published.type == record["Type"]
    )
