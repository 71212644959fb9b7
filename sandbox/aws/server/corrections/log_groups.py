"""A log group's KMS key can be changed.

moto 5.2.5: it has neither AssociateKmsKey nor DisassociateKmsKey.
"""

from __future__ import annotations

import json

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse

from sandbox.aws.server.corrections.patching import add


def apply() -> None:
    add(LogsResponse, associate_kms_key=_associate, disassociate_kms_key=_disassociate)


def _associate(response: LogsResponse) -> str:
    _group(response).kms_key_id = json.loads(response.body)["kmsKeyId"]
    return ""


def _disassociate(response: LogsResponse) -> str:
    _group(response).kms_key_id = None
    return ""


def _group(response: LogsResponse) -> LogGroup:
    group = response.logs_backend.groups.get(json.loads(response.body)["logGroupName"])
    if group is None:
        raise ResourceNotFoundException
    return group
