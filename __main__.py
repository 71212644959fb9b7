"""The Prakerja platform in one environment: settings, then layer upon layer, then what others may know of it."""

# ruff: noqa: E402 - the garbage collector is off before anything large is imported

import gc
from pathlib import Path

# The program ends within seconds and keeps what it makes: looking for garbage would take a third of its time, most of
# it while the SDKs' classes are made. So it is off before they are imported, whichever language host runs the program.
gc.disable()

from components.artefact_build import build_artefact
from components.tags import tag_every_resource
from stacks.audit import build_audit
from stacks.containers import build_containers
from stacks.foundation import build_foundation
from stacks.iaas import build_iaas
from stacks.layers import Layers
from stacks.manifest import read_manifests
from stacks.observability import build_observability
from stacks.outputs import export_outputs
from stacks.outputs_ledger import keep_ledger
from stacks.paas import build_paas
from stacks.partners import build_partners
from stacks.protection import build_deletion_guard, build_protection
from stacks.saas import build_saas
from stacks.service_logs import build_service_logs
from stacks.services import build_services
from stacks.stack_config import read_stack_config, whole_config

REPOSITORY = Path(__file__).parent

manifests = read_manifests(REPOSITORY / "app")
config = read_stack_config(whole_config(), manifests)
tag_every_resource(environment=config.settings.environment.name, cost_centre=config.settings.environment.cost_centre)
ledger = keep_ledger()
artefact = build_artefact(REPOSITORY, config.settings.vms.architecture)

foundation = build_foundation(config, artefact)
audit = build_audit(config, foundation)
paas = build_paas(config, manifests, foundation, audit)
iaas = build_iaas(config, foundation, paas)
logs = build_service_logs(config, manifests, foundation)
containers = build_containers(config, manifests, foundation, paas, logs, REPOSITORY)
partners = build_partners(config, manifests, foundation, REPOSITORY)
layers = Layers(
    config=config,
    foundation=foundation,
    paas=paas,
    iaas=iaas,
    partners=partners.apis,
    logs=logs,
    containers=containers,
)
services = build_services(manifests, layers)
protection = build_protection(config, foundation, paas)
observability = build_observability(config, foundation, paas, partners, services)
saas = build_saas(config, manifests, paas, services, observability)
guard = build_deletion_guard(
    config,
    [
        foundation,
        audit,
        paas,
        iaas,
        logs,
        *([containers] if containers else []),
        partners,
        *services.values(),
        protection,
        observability,
        saas,
    ],
)
export_outputs(layers, services, guard, ledger)
