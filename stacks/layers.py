"""All that a service stands on, once the layers beneath it are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.partner_api import PartnerApi
from stacks.containers import Containers
from stacks.foundation import Foundation
from stacks.iaas import Iaas
from stacks.paas import Paas
from stacks.saas_settings import PartnerName
from stacks.service_logs import ServiceLogs
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Layers:
    """partners: those that services may ask, by name.
    logs: where services' logs are kept.
    containers: what services' containers share; none where no service has any.
    """

    config: StackConfig
    foundation: Foundation
    paas: Paas
    iaas: Iaas
    partners: Mapping[PartnerName, PartnerApi]
    logs: ServiceLogs
    containers: Containers | None
