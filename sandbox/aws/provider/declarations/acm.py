"""Certificate Manager: certificates, and waiting for their validation."""

from __future__ import annotations

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Tagging, Update, fixed
from sandbox.aws.provider.work import Work
from sandbox.provider.waiting import WaitError


def _settle_certificate(work: Work) -> None:
    """The records that prove the domain come a moment after the request."""
    if work.get("validationMethod") != "DNS":
        return

    def probe() -> str | None:
        options = work.find("Certificate.DomainValidationOptions", "describe_certificate", CertificateArn=work.id)
        return None if options and all("ResourceRecord" in option for option in options) else "not there yet"

    work.waiter.until("the certificate's validation records", probe)


def _extend_certificate(work: Work, model: Model) -> None:
    model["Arn"] = work.id
    given = work.inputs.get("subjectAlternativeNames", [])
    names = model.get("SubjectAlternativeNames", [])
    # AWS counts the domain itself among the alternative names.
    model["SubjectAlternativeNames"] = [n for n in names if n in given or n != model["DomainName"]]
    model["ProofRecords"] = [
        {"DomainName": option["DomainName"], **{f"ResourceRecord{k}": v for k, v in option["ResourceRecord"].items()}}
        for option in model.get("DomainValidationOptions", [])
        if "ResourceRecord" in option
    ]


_OF_CERTIFICATE = {"CertificateArn": "{id}"}

CERTIFICATE = Declaration(
    type="aws:acm/certificate:Certificate",
    service="acm",
    behind="issued at once; no TLS is served with it",
    inputs={
        "domainName": fixed(),
        "subjectAlternativeNames": fixed(unordered=True, computed=True),
        "validationMethod": fixed(read="DomainValidationOptions[0].ValidationMethod"),
        "keyAlgorithm": fixed(default="RSA_2048", decode=lambda algorithm: algorithm.replace("RSA-", "RSA_")),
        "options": Input(computed=True),
    },
    create=Call("request_certificate", result="CertificateArn"),
    read=Call("describe_certificate", _OF_CERTIFICATE, "Certificate"),
    updates=(Update(Call("update_certificate_options", _OF_CERTIFICATE), ("options",)),),
    delete=Call("delete_certificate", _OF_CERTIFICATE),
    settle=_settle_certificate,
    extend=_extend_certificate,
    outputs={"domainValidationOptions": "ProofRecords"},
    tagging=Tagging(
        add=Call("add_tags_to_certificate", _OF_CERTIFICATE),
        remove=Call("remove_tags_from_certificate", _OF_CERTIFICATE),
        read=Call("list_tags_for_certificate", _OF_CERTIFICATE, "Tags"),
        remove_parameter="Tags",
        remove_pairs=True,
    ),
)


def _await_issue(work: Work) -> str:
    certificate: str = work.inputs["certificateArn"]

    def probe() -> str | None:
        model: Model = work.find("Certificate", "describe_certificate", CertificateArn=certificate)
        if model["Status"] == "FAILED":
            raise WaitError(f"{certificate} failed: {model.get('FailureReason', '')}")
        return None if model["Status"] == "ISSUED" else str(model["Status"])

    work.waiter.until(f"certificate {certificate} to be issued", probe)
    return certificate


def _read_validation(work: Work) -> Model | None:
    model: Model = work.find("Certificate", "describe_certificate", CertificateArn=work.id)
    return {"CertificateArn": work.id} if model["Status"] == "ISSUED" else None


CERTIFICATE_VALIDATION = Declaration(
    type="aws:acm/certificateValidation:CertificateValidation",
    service="acm",
    inputs={"certificateArn": fixed(), "validationRecordFqdns": fixed(local=True, unordered=True)},
    create=_await_issue,
    read=_read_validation,
    delete=None,
    time_out=4500,
)

ALL = (CERTIFICATE, CERTIFICATE_VALIDATION)
