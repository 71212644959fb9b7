"""All that a service stands on, once the layers beneath it are made."""

from __future__ import annotations

from dataclasses import dataclass

from stacks.containers import Containers
from stacks.foundation import Foundation
from stacks.iaas import Iaas
from stacks.paas import Paas
from stacks.stack_config import StackConfig


@dataclass(frozen=True, kw_only=True)
class Layers:
    """containers: what services' containers share; none where no service has any."""

    config: StackConfig
    foundation: Foundation
    paas: Paas
    iaas: Iaas
    containers: Containers | None
