"""What is spoken is encrypted, with TLS 1.2 or later. Buckets refuse plain requests: `buckets.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy.resource import Resource, Stack
from policy.rule import Check, NotApplicable, ResourceCheck, StackCheck, of_types
from policy.values import items, read

# ELB's security policies name their lowest version after TLS 1.3's, where they have that: TLS13-1-2 begins at 1.2.
_MODERN = re.compile(r"^ELBSecurityPolicy-(TLS13-1-[23]\b|TLS-1-2-|FS-1-2-)")

_ZONE_SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
# By setting of a Cloudflare zone, the values by which people and the origin are spoken to in TLS 1.2 or later alone.
_SOUND_AT_THE_EDGE = {
    "min_tls_version": ("1.2", "1.3"),
    "ssl": ("strict",),
    "always_use_https": ("on",),
    "tls_1_3": ("on", "zrt"),
}


def _listener(listener: Resource) -> Iterator[str]:
    protocol = read(listener.inputs, "protocol")
    if protocol == "HTTP":
        actions = items(listener.inputs, "defaultActions")
        if not all(read(action, "redirect.protocol") == "HTTPS" for action in actions):
            yield "it serves plain HTTP, and does not send everybody to HTTPS"
    elif protocol in ("HTTPS", "TLS"):
        policy = read(listener.inputs, "sslPolicy")
        if not _MODERN.match(policy or ""):
            yield f"its sslPolicy {policy or 'is not set, and'} allows versions before TLS 1.2"
    else:
        raise NotApplicable(f"it speaks {protocol}")


def _cache(resource: Resource) -> Iterator[str]:
    if read(resource.inputs, "transitEncryptionEnabled") is not True:
        yield "transitEncryptionEnabled is not set"
    elif read(resource.inputs, "transitEncryptionMode") == "preferred":
        yield "transitEncryptionMode lets clients speak in the clear"


def _database_parameters(group: Resource) -> Iterator[str]:
    family = read(group.inputs, "family") or ""
    if not family.startswith(("postgres", "aurora-postgresql")):
        raise NotApplicable(f"the family {family} has no parameter rds.force_ssl")
    parameters = {read(one, "name"): str(read(one, "value")) for one in items(group.inputs, "parameters")}
    if parameters.get("rds.force_ssl") != "1":
        yield "rds.force_ssl is not 1"
    lowest = parameters.get("ssl_min_protocol_version", "TLSv1.2")  # the default of RDS for PostgreSQL
    if lowest not in ("TLSv1.2", "TLSv1.3"):
        yield f"ssl_min_protocol_version is {lowest}"


def _distribution(distribution: Resource) -> Iterator[str]:
    version = read(distribution.inputs, "viewerCertificate.minimumProtocolVersion") or "TLSv1"
    if not version.startswith(("TLSv1.2", "TLSv1.3")):
        yield f"viewerCertificate.minimumProtocolVersion is {version}"


def _mail(configuration: Resource) -> Iterator[str]:
    if read(configuration.inputs, "deliveryOptions.tlsPolicy") != "REQUIRE":
        yield "deliveryOptions.tlsPolicy does not require TLS"


def _edge(setting: Resource) -> Iterator[str]:
    name = read(setting.inputs, "settingId")
    value = str(read(setting.inputs, "value"))
    if name not in _SOUND_AT_THE_EDGE:
        raise NotApplicable(f"{name} says nothing of TLS")
    if value not in _SOUND_AT_THE_EDGE[name]:
        yield f"{name} is {value}"


def _edge_by_default(zone: Resource, stack: Stack) -> Iterator[str]:
    """Cloudflare's defaults take TLS 1.0, and don't ask whose certificate the origin shows."""
    settings = [one for one in stack.of_type(_ZONE_SETTING) if one.refers_to(zone, "zoneId", "id")]
    for name in ("min_tls_version", "ssl"):
        if not any(read(one.inputs, "settingId") == name for one in settings):
            yield f"no ZoneSetting sets {name}"


def _check(covered: tuple[str, ...], violations: object) -> Check:
    return ResourceCheck(rule="weak-tls", covers=of_types(*covered), violations=violations)  # type: ignore[arg-type]


CHECKS: tuple[Check, ...] = (
    _check(("aws:lb/listener:Listener", "aws:alb/listener:Listener"), _listener),
    _check(("aws:elasticache/replicationGroup:ReplicationGroup",), _cache),
    _check(("aws:rds/parameterGroup:ParameterGroup",), _database_parameters),
    _check(("aws:cloudfront/distribution:Distribution",), _distribution),
    _check(("aws:sesv2/configurationSet:ConfigurationSet",), _mail),
    _check((_ZONE_SETTING,), _edge),
    StackCheck(rule="weak-tls", covers=of_types("cloudflare:index/zone:Zone"), violations=_edge_by_default),
)
