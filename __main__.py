"""The Prakerja platform in one environment: settings, then layer upon layer, then what others may know of it."""

from pathlib import Path

from components.artefact_build import build_artefact
from components.tags import tag_every_resource
from stacks.foundation import build_foundation
from stacks.iaas import build_iaas
from stacks.manifest import read_manifests
from stacks.outputs import export_outputs
from stacks.paas import build_paas
from stacks.protection import build_deletion_guard
from stacks.services import build_services
from stacks.stack_config import read_stack_config, whole_config

REPOSITORY = Path(__file__).parent

manifests = read_manifests(REPOSITORY / "app")
config = read_stack_config(whole_config(), manifests)
tag_every_resource(environment=config.settings.environment.name, cost_centre=config.settings.environment.cost_centre)
artefact = build_artefact(REPOSITORY, config.settings.vms.architecture)

foundation = build_foundation(config, artefact)
paas = build_paas(config, foundation)
iaas = build_iaas(config, foundation, paas)
services = build_services(config, manifests, foundation, paas, iaas)
guard = build_deletion_guard(config, foundation, paas, iaas, services)
export_outputs(config, foundation, paas, iaas, services, guard)
