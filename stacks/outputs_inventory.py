"""Gathers what there is and whose it is, who else handles people's data, what was deployed, and how traffic begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.data_processor import INDONESIA, Bilingual, DataProcessor, PersonalData
from stacks.layers import Layers
from stacks.manifest import HttpManifest
from stacks.outputs_audit_model import ProcessorOutput
from stacks.outputs_ledger import Ledger
from stacks.services import Service

_WHOLE = 100
# What people register with, what they upload, and what the site's logs have of them.
_HOSTED: Sequence[PersonalData] = (
    "name",
    "birth date",
    "e-mail address",
    "telephone number",
    "identity number",
    "family card number",
    "identity card picture",
    "face picture",
    "password hash",
    "network address",
)


def inventory(ledger: Ledger) -> dict[str, list[dict[str, Any]]]:
    """All components with their resources, by layer, in the order in which they are made."""
    layers: dict[str, list[dict[str, Any]]] = {}
    for part in ledger.parts:
        owned = ledger.belonging_to(part)
        if owned:
            layers.setdefault(part.layer, []).append(
                {
                    "kind": type(part).__name__,
                    "name": part.pulumi_resource_name,
                    "service": part.classification.service,
                    "owner": part.classification.owner,
                    "data_class": part.classification.data_class,
                    "resources": [{"type": one.type, "name": one.name, "id": one.resource.id} for one in owned],
                }
            )
    return layers


def processors(ledger: Ledger, *, region: str) -> list[ProcessorOutput]:
    """Who handles personal data beside the operator: whoever it runs with, and those that components hand data to."""
    handed_to = [processor for part in ledger.parts for processor in part.processors]
    return [_processor(one) for one in (_hosting(region), *handed_to)]


def _hosting(region: str) -> DataProcessor:
    return DataProcessor(
        name="Amazon Web Services",
        purpose=Bilingual(
            indonesian="Menjalankan mesin, klaster, basis data dan penyimpanan tempat seluruh data platform berada",
            english="Runs machines, cluster, database and storage that all of the platform's data lies in",
        ),
        data=_HOSTED,
        country=INDONESIA,
        place=region,
        legal_ground="public service",
    )


def _processor(processor: DataProcessor) -> ProcessorOutput:
    return ProcessorOutput(
        name=processor.name,
        purpose={"id": processor.purpose.indonesian, "en": processor.purpose.english},
        data=list(processor.data),
        country=processor.country,
        place=processor.place,
        legal_ground=processor.legal_ground,
        transfer_ground=processor.transfer,
    )


def releases(layers: Layers, services: Mapping[str, Service]) -> dict[str, Any]:
    """What each service was deployed from."""
    artefact = layers.foundation.artefact_store.artefact.sha256
    image = layers.containers.image.ref if layers.containers else None
    digest = image.apply(lambda ref: ref.rpartition("@")[2]) if image else None
    return {
        "artefact_sha256": artefact,
        "image": image,
        "image_digest": digest,
        "services": {
            name: {
                "artefact_sha256": artefact if service.fleet else None,
                "image_digest": digest if service.workload else None,
            }
            for name, service in services.items()
        },
    }


def traffic(services: Mapping[str, Service]) -> dict[str, Any]:
    """Each routed service's rule, and the shares that it is made with."""
    return {
        name: {
            "rule_arn": service.route.rule.arn,
            "priority": service.manifest.routes.priority,
            "paths": list(service.manifest.routes.paths),
            "initial_vm_share": _WHOLE - service.placement.initial_container_share,
            "initial_container_share": service.placement.initial_container_share,
        }
        for name, service in services.items()
        if service.route and isinstance(service.manifest, HttpManifest)
    }
