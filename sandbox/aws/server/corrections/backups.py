"""AWS Backup: plans that change, and what they copy.

moto 5.2.5: there is no UpdateBackupPlan, and there are no selections.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from moto.backup.exceptions import ResourceNotFoundException
from moto.backup.models import BackupBackend, Plan
from moto.backup.responses import BackupResponse
from moto.core.utils import unix_time

from sandbox.aws.server.corrections.patching import add


def apply() -> None:
    add(
        BackupResponse,
        update_backup_plan=_update_plan,
        create_backup_selection=_create,
        get_backup_selection=_get,
        list_backup_selections=_list,
        delete_backup_selection=_delete,
    )


@dataclass
class Selection:
    """content: the request's BackupSelection, as AWS echoes it."""

    plan_id: str
    content: dict[str, Any]
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: float = field(default_factory=unix_time)

    def described(self) -> dict[str, Any]:
        return {"SelectionId": self.identifier, "BackupPlanId": self.plan_id, "CreationDate": self.created}


def _selections(backend: BackupBackend) -> dict[str, Selection]:
    selections: dict[str, Selection] = backend.__dict__.setdefault("selections", {})
    return selections


def _update_plan(response: BackupResponse) -> str:
    backend = response.backup_backend
    old = backend.get_backup_plan(_path(response)[0], None)
    new = Plan(json.loads(response.body)["BackupPlan"], old.creator_request_id, backend)
    old.backup_plan, old.version_id = new.backup_plan, new.version_id
    old.advanced_backup_settings = new.advanced_backup_settings
    return json.dumps(old.to_dict())


def _create(response: BackupResponse) -> str:
    backend = response.backup_backend
    [plan_id] = _path(response)
    backend.get_backup_plan(plan_id, None)
    selection = Selection(plan_id, json.loads(response.body)["BackupSelection"])
    _selections(backend)[selection.identifier] = selection
    return json.dumps(selection.described())


def _get(response: BackupResponse) -> str:
    selection = _find(response)
    return json.dumps({**selection.described(), "BackupSelection": selection.content})


def _list(response: BackupResponse) -> str:
    [plan_id] = _path(response)
    found = [
        {
            **selection.described(),
            "SelectionName": selection.content["SelectionName"],
            "IamRoleArn": selection.content["IamRoleArn"],
        }
        for selection in _selections(response.backup_backend).values()
        if selection.plan_id == plan_id
    ]
    return json.dumps({"BackupSelectionsList": found})


def _delete(response: BackupResponse) -> str:
    del _selections(response.backup_backend)[_find(response).identifier]
    return "{}"


def _find(response: BackupResponse) -> Selection:
    plan_id, identifier = _path(response)
    selection = _selections(response.backup_backend).get(identifier)
    if selection is None or selection.plan_id != plan_id:
        raise ResourceNotFoundException(f"Cannot find Backup selection {identifier} of plan {plan_id}")
    return selection


def _path(response: BackupResponse) -> list[str]:
    """The ids in `/backup/plans/<plan>/selections/<selection>`, as many as there are."""
    plan, _, selection = response.path.partition("/plans/")[2].strip("/").partition("/selections")
    return [part.strip("/") for part in (plan, selection) if part.strip("/")]
