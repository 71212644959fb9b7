from __future__ import annotations

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.sandbox


def create(cloud: Any, command: str = "/usr/local/sbin/prakerja-migrate abc") -> str:
    identifier: str = cloud.client("ssm").create_association(
        Name="AWS-RunShellScript",
        Targets=[{"Key": "InstanceIds", "Values": ["i-maintenance"]}],
        Parameters={"commands": [command]},
    )["AssociationDescription"]["AssociationId"]
    return identifier


def in_snapshot(cloud: Any, identifier: str) -> Any:
    [association] = [one for one in cloud.ask("snapshot")["associations"] if one["id"] == identifier]
    return association


def status_of(cloud: Any, identifier: str) -> dict[str, Any]:
    described = cloud.client("ssm").describe_association(AssociationId=identifier)["AssociationDescription"]
    return {"overview": described["Overview"]["Status"], "message": described["Status"]["Message"]}


def test_the_data_plane_sees_what_is_to_run_where(cloud: Any) -> None:
    identifier = create(cloud)
    assert in_snapshot(cloud, identifier) == {
        "id": identifier,
        "version": 1,
        "document": "AWS-RunShellScript",
        "instance_ids": ["i-maintenance"],
        "commands": ["/usr/local/sbin/prakerja-migrate abc"],
        "status": "Pending",
    }


def test_it_ends_as_the_data_plane_tells(cloud: Any) -> None:
    identifier = create(cloud)
    cloud.tell(f"associations/{identifier}", {"status": "Failed", "message": "no such artefact"})
    assert status_of(cloud, identifier) == {"overview": "Failed", "message": "no such artefact"}
    ssm = cloud.client("ssm")
    [execution] = ssm.describe_association_executions(AssociationId=identifier)["AssociationExecutions"]
    assert execution["Status"] == "Failed"


def test_a_change_runs_again(cloud: Any) -> None:
    identifier = create(cloud)
    cloud.tell(f"associations/{identifier}", {"status": "Success"})
    cloud.client("ssm").update_association(AssociationId=identifier, Parameters={"commands": ["other"]})
    assert in_snapshot(cloud, identifier)["status"] == "Pending"
    assert in_snapshot(cloud, identifier)["version"] == 2
    assert in_snapshot(cloud, identifier)["commands"] == ["other"]


def test_it_is_listed_until_it_is_deleted(cloud: Any) -> None:
    ssm, identifier = cloud.client("ssm"), create(cloud)
    wanted = [{"key": "AssociationId", "value": identifier}]
    assert len(ssm.list_associations(AssociationFilterList=wanted)["Associations"]) == 1
    ssm.delete_association(AssociationId=identifier)
    assert ssm.list_associations(AssociationFilterList=wanted)["Associations"] == []
    with pytest.raises(ssm.exceptions.AssociationDoesNotExist):
        ssm.describe_association(AssociationId=identifier)


def test_a_document_that_does_not_exist_is_refused(cloud: Any) -> None:
    ssm = cloud.client("ssm")
    with pytest.raises(ssm.exceptions.InvalidDocument):
        ssm.create_association(Name="nobody-made-this")


def test_an_impossible_status_is_refused(cloud: Any) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        cloud.tell(f"associations/{create(cloud)}", {"status": "Perhaps"})
