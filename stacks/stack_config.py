"""Reads an environment's settings from Pulumi's configuration, or says everything that is wrong with it.

Pulumi itself lets a misspelt key pass as one that nobody reads. Here every key of every namespace is accounted for
before the first resource.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pulumi
import pulumi_aws as aws
from pulumi.runtime import config as pulumi_config
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from stacks import checks
from stacks.faults import describe_faults, unknown_name
from stacks.manifest import Manifest
from stacks.partner_checks import check_partners
from stacks.settings import Settings

NAMESPACE = "prakerja"
# `pulumi` holds the engine's own keys, `aws` the provider's.
NAMESPACES = (NAMESPACE, "aws", "pulumi")
# PP 71/2019 keeps public operators' data in Indonesia; AWS has one region there.
INDONESIAN_REGIONS = ("ap-southeast-3",)


class SettingsError(pulumi.RunError):
    """Settings that can't be used. Pulumi shows the message, one line a fault, and no traceback."""


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """All that a stack file says."""

    region: str
    settings: Settings


def whole_config() -> dict[str, str]:
    """Every key of the stack's configuration, in all namespaces, as Pulumi hands it to the program: as text."""
    return {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}


def read_stack_config(config: Mapping[str, str], manifests: Mapping[str, Manifest]) -> StackConfig:
    """The settings in `config`, checked on their own and against the services' manifests.

    Raises SettingsError with all faults at once.
    """
    region = config.get("aws:region", "")
    sections, faults = _read_sections(config)
    faults = _check_keys(config) + _check_region(region) + faults
    faults += _check_together(region, sections, manifests)
    if faults:
        raise SettingsError("the stack file's settings can't be used:\n" + "\n".join(f"  {fault}" for fault in faults))
    return StackConfig(region=region, settings=Settings(**sections))


def _check_keys(config: Mapping[str, str]) -> list[str]:
    known = {NAMESPACE: set(Settings.model_fields), "aws": _provider_keys()}
    faults = []
    for key in config:
        namespace, _, name = key.partition(":")
        if namespace not in NAMESPACES:
            faults.append(f"{key}: namespace {unknown_name(namespace, NAMESPACES)}")
        elif namespace in known and name.partition(".")[0] not in known[namespace]:
            faults.append(f"{key}: {unknown_name(name, known[namespace])}")
    return faults


def _provider_keys() -> set[str]:
    """What the aws provider can be told, from its typed arguments (`max_retries` is written `maxRetries`)."""
    names = [name for name in inspect.signature(aws.ProviderArgs.__init__).parameters if not name.startswith("_")]
    return {head + "".join(word.capitalize() for word in rest) for head, *rest in (name.split("_") for name in names)}


def _check_region(region: str) -> list[str]:
    if region in INDONESIAN_REGIONS:
        return []
    given = f"'{region}' is outside Indonesia" if region else "missing"
    return [f"aws:region: {given}; allowed: {', '.join(INDONESIAN_REGIONS)}"]


def _read_sections(config: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Each section that can be read, and the faults of those that can't: one faulty section does not hide another."""
    sections: dict[str, Any] = {}
    faults: list[str] = []
    for name, field in Settings.model_fields.items():
        path = f"{NAMESPACE}:{name}"
        if path not in config:
            if field.is_required():
                faults.append(f"{path}: missing; needed: {field.description}")
            else:
                sections[name] = field.default
            continue
        text = config[path]
        if not text.startswith("{"):
            faults.append(f"{path}: not a mapping (given: {text!r}); needed: {field.description}")
            continue
        try:
            sections[name] = _section_type(field).validate_json(text)
        except ValidationError as error:
            faults += describe_faults(error, model=Settings, place=f"{NAMESPACE}:", section=(name,))
    return sections, faults


def _section_type(field: FieldInfo) -> TypeAdapter[Any]:
    return TypeAdapter(cast("Any", field.annotation))


def _check_together(region: str, sections: Mapping[str, Any], manifests: Mapping[str, Manifest]) -> list[str]:
    """The checks across sections, as far as their sections could be read."""
    network, services = sections.get("network"), sections.get("services")
    database, vms, site = sections.get("database"), sections.get("vms"), sections.get("site")
    mail, kubernetes, partners = sections.get("mail"), sections.get("kubernetes"), sections.get("partners")
    faults: list[str] = []
    if network and region in INDONESIAN_REGIONS:
        faults += checks.check_region(region, network)
    if network:
        faults += checks.check_subnets(network)
    if services is not None and partners is not None:
        faults += checks.check_services(services, manifests, partners)
    if network and services is not None:
        faults += checks.check_fleet_fits(network, services, kubernetes)
    if database and services is not None:
        faults += checks.check_connections(database, services, manifests)
    if vms:
        faults += checks.check_architecture(vms)
    if mail:
        faults += checks.check_mail(mail, site, services, manifests)
    if services is not None and "kubernetes" in sections:
        faults += checks.check_cluster(kubernetes, services, manifests)
    faults += check_partners(partners or {}, services, manifests)
    if kubernetes and network:
        faults += checks.check_service_network(kubernetes, network)
    return faults
