"""SSM State Manager associations: what is to run on which instance, and how it went.

moto 5.2.5: it has none of the association operations. What an association runs is the data plane's affair: it sees
those that are `Pending`, carries them out, and reports `Success` or `Failed`.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.ssm.exceptions import InvalidResourceId, SSMException
from moto.ssm.models import SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from sandbox.aws.server.corrections.patching import add, replace

_upstream_validate = SimpleSystemManagerBackend._validate_resource_type_and_id  # noqa: SLF001 - it has no public name

STATUSES = ("Pending", "Success", "Failed")


def apply() -> None:
    add(
        SimpleSystemManagerResponse,
        create_association=_create,
        describe_association=_describe,
        update_association=_update,
        delete_association=_delete,
        list_associations=_list,
        describe_association_executions=_describe_executions,
    )
    replace(SimpleSystemManagerBackend, _validate_resource_type_and_id=_validate_tagged)


@dataclass
class Execution:
    """One run of one version of an association."""

    version: int
    status: str = "Pending"
    message: str = ""
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: datetime = field(default_factory=utcnow)
    updated: datetime = field(default_factory=utcnow)


@dataclass
class Association:
    """settings: the members of CreateAssociation's request that aren't read by name here, as AWS echoes them."""

    name: str
    settings: dict[str, Any]
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: datetime = field(default_factory=utcnow)
    updated: datetime = field(default_factory=utcnow)
    executions: list[Execution] = field(default_factory=lambda: [Execution(version=1)])

    @property
    def last(self) -> Execution:
        return self.executions[-1]

    @property
    def instance_ids(self) -> list[str]:
        """The instances that it names, as its target or one by one."""
        targets = self.settings.get("Targets", [])
        named = [value for target in targets if target["Key"] == "InstanceIds" for value in target["Values"]]
        return [self.settings["InstanceId"], *named] if "InstanceId" in self.settings else named

    @property
    def commands(self) -> list[str]:
        """The lines that AWS-RunShellScript is to run."""
        return list(self.settings.get("Parameters", {}).get("commands", []))

    def summary(self) -> dict[str, Any]:
        """ListAssociations' description; DescribeAssociation's has more."""
        return {
            **{name: value for name, value in self.settings.items() if name != "Tags"},
            "Name": self.name,
            "AssociationId": self.identifier,
            "AssociationVersion": str(self.last.version),
            "LastExecutionDate": self.last.updated,
            "Overview": {
                "Status": self.last.status,
                "DetailedStatus": self.last.status,
                "AssociationStatusAggregatedCount": {self.last.status: len(self.instance_ids)},
            },
        }

    def description(self) -> dict[str, Any]:
        """DescribeAssociation's description."""
        succeeded = [execution.updated for execution in self.executions if execution.status == "Success"]
        return {
            "DocumentVersion": "$DEFAULT",
            **self.summary(),
            "Date": self.created,
            "LastUpdateAssociationDate": self.updated,
            "LastSuccessfulExecutionDate": succeeded[-1] if succeeded else None,
            "Status": {"Date": self.last.updated, "Name": self.last.status, "Message": self.last.message},
        }


def associations_of(backend: SimpleSystemManagerBackend) -> dict[str, Association]:
    """The account's associations by id."""
    associations: dict[str, Association] = backend.__dict__.setdefault("associations", {})
    return associations


def report(backend: SimpleSystemManagerBackend, identifier: str, status: str, message: str) -> bool:
    """Take the data plane's word for how an association's last run went. False where there is no such association.

    Raises ValueError for a status that is none of `STATUSES`.
    """
    if status not in STATUSES:
        raise ValueError(f"an association's status is one of {', '.join(STATUSES)}, not {status}")
    association = associations_of(backend).get(identifier)
    if association is None:
        return False
    last = association.last
    last.status, last.message, last.updated = status, message, utcnow()
    return True


def _validate_tagged(backend: SimpleSystemManagerBackend, resource_type: str, resource_id: str) -> str:
    """An association bears tags as other resources do."""
    if resource_type != "Association":
        return _upstream_validate(backend, resource_type, resource_id)
    if resource_id not in associations_of(backend):
        raise InvalidResourceId
    return resource_id


def _create(response: SimpleSystemManagerResponse) -> ActionResult:
    settings = _request(response)
    name = settings.pop("Name")
    if not name.startswith("AWS-"):
        response.ssm_backend._get_documents(name)  # noqa: SLF001 - raises InvalidDocument where there is none
    association = Association(name, settings)
    associations_of(response.ssm_backend)[association.identifier] = association
    tags = {tag["Key"]: tag["Value"] for tag in settings.get("Tags", [])}
    response.ssm_backend.add_tags_to_resource("Association", association.identifier, tags)
    return ActionResult({"AssociationDescription": association.description()})


def _describe(response: SimpleSystemManagerResponse) -> ActionResult:
    return ActionResult({"AssociationDescription": _find(response).description()})


def _update(response: SimpleSystemManagerResponse) -> ActionResult:
    association = _find(response)
    changed = _request(response)
    association.name = changed.pop("Name", association.name)
    unchangeable = ("AssociationId", "AssociationVersion")
    association.settings.update({name: value for name, value in changed.items() if name not in unchangeable})
    association.updated = utcnow()
    association.executions.append(Execution(version=association.last.version + 1))
    return ActionResult({"AssociationDescription": association.description()})


def _delete(response: SimpleSystemManagerResponse) -> ActionResult:
    del associations_of(response.ssm_backend)[_find(response).identifier]
    return EmptyResult()


def _list(response: SimpleSystemManagerResponse) -> ActionResult:
    filters = _request(response).get("AssociationFilterList", [])
    found = [
        association.summary()
        for association in associations_of(response.ssm_backend).values()
        if all(_matches(association, one["key"], one["value"]) for one in filters)
    ]
    return ActionResult({"Associations": found})


def _describe_executions(response: SimpleSystemManagerResponse) -> ActionResult:
    association = _find(response)
    return ActionResult(
        {
            "AssociationExecutions": [
                {
                    "AssociationId": association.identifier,
                    "AssociationVersion": str(execution.version),
                    "ExecutionId": execution.identifier,
                    "Status": execution.status,
                    "DetailedStatus": execution.status,
                    "CreatedTime": execution.created,
                    "LastExecutionDate": execution.updated,
                    "ResourceCountByStatus": f"{{{execution.status}={len(association.instance_ids)}}}",
                }
                for execution in reversed(association.executions)
            ]
        }
    )


def _matches(association: Association, key: str, value: str) -> bool:
    match key:
        case "AssociationId":
            return association.identifier == value
        case "Name":
            return association.name == value
        case "InstanceId":
            return value in association.instance_ids
        case "AssociationName":
            return association.settings.get("AssociationName") == value
        case "AssociationStatusName":
            return association.last.status == value
    raise SSMException("InvalidFilterKey", f"The sandbox does not filter associations by {key}.")


def _find(response: SimpleSystemManagerResponse) -> Association:
    request = _request(response)
    for association in associations_of(response.ssm_backend).values():
        if association.identifier == request.get("AssociationId"):
            return association
        if (association.name, association.settings.get("InstanceId")) == (
            request.get("Name"),
            request.get("InstanceId"),
        ):
            return association
    raise SSMException("AssociationDoesNotExist", "The specified association does not exist.")


def _request(response: SimpleSystemManagerResponse) -> dict[str, Any]:
    request: dict[str, Any] = json.loads(response.body)
    return request
