"""Systems Manager: associations, which run a document on instances, and documents of our own."""

from __future__ import annotations

from sandbox.aws.provider.cloud import CloudError
from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Tagging, Update, fixed, local
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.values import Properties
from sandbox.provider.waiting import WaitError


def _encode_parameters(parameters: Properties) -> dict[str, list[str]]:
    return {name: [value] for name, value in parameters.items() if isinstance(value, str)}


def _decode_parameters(parameters: dict[str, list[str]]) -> Properties:
    return {name: values[0] for name, values in parameters.items() if values}


def _await_success(work: Work) -> None:
    seconds = work.get("waitForSuccessTimeoutSeconds")
    if not seconds:
        return
    work.waiter.time_out = seconds

    def probe() -> str | None:
        model: Model = work.find("AssociationDescription", "describe_association", AssociationId=work.id)
        status = model.get("Overview", {}).get("Status", "Pending")
        if status == "Failed":
            raise WaitError(f"{work.inputs['name']} failed: {model.get('Status', {}).get('Message', '')}")
        return None if status == "Success" else status

    work.waiter.until(f"association {work.id} to succeed", probe)


_SETTINGS: dict[str, Input] = {
    "associationName": Input(),
    "targets": Input(),
    "parameters": Input(encode=_encode_parameters, decode=_decode_parameters),
    "documentVersion": Input(computed=True),
    "scheduleExpression": Input(),
    "applyOnlyAtCronInterval": Input(default=False),
    "complianceSeverity": Input(),
    "maxConcurrency": Input(),
    "maxErrors": Input(),
    "automationTargetParameterName": Input(),
}


def _tagging(kind: str) -> Tagging:
    of_resource = {"ResourceType": kind, "ResourceId": "{id}"}
    return Tagging(
        add=Call("add_tags_to_resource", of_resource),
        remove=Call("remove_tags_from_resource", of_resource),
        read=Call("list_tags_for_resource", of_resource, "TagList"),
    )


ASSOCIATION = Declaration(
    type="aws:ssm/association:Association",
    service="ssm",
    fidelity=Fidelity.RUNS,
    behind="runs the schema migration's command on the maintenance host; any other document fails",
    inputs={"name": fixed(), **_SETTINGS, "waitForSuccessTimeoutSeconds": local()},
    create=Call("create_association", result="AssociationDescription.AssociationId"),
    read=Call("describe_association", {"AssociationId": "{id}"}, "AssociationDescription"),
    updates=(Update(Call("update_association", {"AssociationId": "{id}"}), tuple(_SETTINGS)),),
    delete=Call("delete_association", {"AssociationId": "{id}"}),
    settle=_await_success,
    outputs={"associationId": "AssociationId"},
    tagging=_tagging("Association"),
)


def _extend_document(work: Work, model: Model) -> None:
    """The newest version's content, as pulumi-aws reads it."""
    form = model["DocumentFormat"]
    model["Content"] = work.find(
        "Content", "get_document", Name=work.id, DocumentVersion="$LATEST", DocumentFormat=form
    )
    model["Arn"] = f"arn:aws:ssm:{work.cloud.region}:{model['Owner']}:document/{work.id}"


def _replace_content(work: Work) -> None:
    """A new version, which becomes the default."""
    try:
        version = work.find(
            "DocumentDescription.DocumentVersion",
            "update_document",
            Name=work.id,
            Content=work.inputs["content"],
            DocumentFormat=work.get("documentFormat"),
            DocumentVersion="$LATEST",
        )
    except CloudError as error:
        if error.code != "DuplicateDocumentContent":
            raise
        version = work.find("Document.LatestVersion", "describe_document", Name=work.id)
    work.call("update_document_default_version", Name=work.id, DocumentVersion=version)


DOCUMENT = Declaration(
    type="aws:ssm/document:Document",
    service="ssm",
    behind="kept and read back; nobody opens a session on a machine here",
    inputs={
        "name": fixed(),
        "content": Input(),
        "documentFormat": Input(default="JSON"),
        "documentType": fixed(),
    },
    create=Call("create_document", result="DocumentDescription.Name"),
    read=Call("describe_document", {"Name": "{id}"}, "Document"),
    updates=(Update(_replace_content, ("content", "documentFormat"), after_create=False),),
    delete=Call("delete_document", {"Name": "{id}"}),
    extend=_extend_document,
    tagging=_tagging("Document"),
)

ALL = (ASSOCIATION, DOCUMENT)
