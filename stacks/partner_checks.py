"""What an environment's partners, its placements and the services' manifests say about each other."""

from __future__ import annotations

from collections.abc import Mapping

from stacks.checks import partner_askers
from stacks.manifest import Manifest
from stacks.saas_settings import PartnerName, PartnerSettings
from stacks.settings import ServicePlacement


def check_partners(
    partners: Mapping[PartnerName, PartnerSettings],
    services: Mapping[str, ServicePlacement] | None,
    manifests: Mapping[str, Manifest],
) -> list[str]:
    """Each partner is asked by a service, and each process that asks has a request a second at least."""
    asked = sorted({name for manifest in manifests.values() for name in manifest.needs.partners})
    faults = []
    for name, partner in partners.items():
        path = f"prakerja:partners.{name}"
        if name not in asked:
            allowed = f"one that a service asks ({', '.join(asked)})" if asked else "none"
            faults.append(f"{path}: no service asks it; allowed: {allowed}")
        askers = partner_askers(name, services or {}, manifests)
        if askers > partner.requests_per_second:
            faults.append(
                f"{path}.requests_per_second: {partner.requests_per_second}, and up to {askers} processes ask; "
                f"allowed: from {askers}, or fewer of the services that ask it"
            )
    return faults
