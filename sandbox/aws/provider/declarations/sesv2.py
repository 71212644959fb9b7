"""SES: identities that mail comes from, configuration sets that it is sent by, and where events of it go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Tagging, Update, fixed
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.values import Properties


def _extend(kind: str) -> Callable[[Work, Model], None]:
    """Adds the ARN, which SES does not answer, and the tags."""

    def extend(work: Work, model: Model) -> None:
        partition = work.cloud.client("sesv2").meta.partition
        arn = f"arn:{partition}:ses:{work.cloud.region}:{work.cloud.account}:{kind}/{work.id}"
        model |= {"Arn": arn, "Tags": work.find("Tags", "list_tags_for_resource", ResourceArn=arn)}

    return extend


_OF_ARN = {"ResourceArn": "{arn}"}
_TAGGING = Tagging(add=Call("tag_resource", _OF_ARN), remove=Call("untag_resource", _OF_ARN))


def _read_identity(work: Work) -> Model | None:
    return {"EmailIdentity": work.id, **work.call("get_email_identity", EmailIdentity=work.id)}


def _change_signing(work: Work) -> None:
    length = work.get("dkimSigningAttributes", {}).get("nextSigningKeyLength")
    attributes = {"NextSigningKeyLength": length} if length else {}
    work.call(
        "put_email_identity_dkim_signing_attributes",
        EmailIdentity=work.id,
        SigningAttributesOrigin="AWS_SES",
        SigningAttributes=attributes,
    )


def _check_identity(inputs: Properties) -> list[tuple[str, str]]:
    return [
        (f"dkimSigningAttributes.{name}", "is not handled by the sandbox: SES makes the keys")
        for name in ("domainSigningPrivateKey", "domainSigningSelector")
        if name in inputs.get("dkimSigningAttributes", {})
    ]


EMAIL_IDENTITY = Declaration(
    type="aws:sesv2/emailIdentity:EmailIdentity",
    service="sesv2",
    fidelity=Fidelity.RUNS,
    id="{emailIdentity}",
    behind="mail from it is accepted and can be read (`./prakerja mail`), and none leaves the machine; it counts as "
    "verified at once, whatever records there are; nothing is signed",
    inputs={
        "emailIdentity": fixed(),
        "configurationSetName": Input(),
        "dkimSigningAttributes": Input(read="DkimAttributes", computed=True),
    },
    create=Call("create_email_identity"),
    read=_read_identity,
    updates=(
        Update(
            Call("put_email_identity_configuration_set_attributes", {"EmailIdentity": "{id}"}),
            ("configurationSetName",),
        ),
        Update(_change_signing, ("dkimSigningAttributes",), after_create=False),
    ),
    delete=Call("delete_email_identity", {"EmailIdentity": "{id}"}),
    extend=_extend("email-identity"),
    volatile=lambda work: {"dkimSigningAttributes"} if "dkimSigningAttributes" in work.changed else set(),
    check=_check_identity,
    tagging=_TAGGING,
)

_OPTIONS = {
    "deliveryOptions": "put_configuration_set_delivery_options",
    "reputationOptions": "put_configuration_set_reputation_options",
    "sendingOptions": "put_configuration_set_sending_options",
    "suppressionOptions": "put_configuration_set_suppression_options",
    "trackingOptions": "put_configuration_set_tracking_options",
}


def _put(name: str, method: str) -> Callable[[Work], None]:
    """Sets one kind of options, whose fields are the call's own parameters."""

    def put(work: Work) -> None:
        work.call(method, ConfigurationSetName=work.id, **_capitalised(work.get(name, {})))

    return put


def _capitalised(options: Properties) -> dict[str, Any]:
    return {f"{name[0].upper()}{name[1:]}": value for name, value in options.items()}


CONFIGURATION_SET = Declaration(
    type="aws:sesv2/configurationSet:ConfigurationSet",
    service="sesv2",
    id="{configurationSetName}",
    behind="a set that is paused sends nothing; no TLS, no reputation, and nobody is put on a suppression list",
    inputs={"configurationSetName": fixed(), **{name: Input(computed=True) for name in _OPTIONS}},
    create=Call("create_configuration_set"),
    read=Call("get_configuration_set", {"ConfigurationSetName": "{id}"}),
    updates=tuple(Update(_put(name, method), (name,), after_create=False) for name, method in _OPTIONS.items()),
    delete=Call("delete_configuration_set", {"ConfigurationSetName": "{id}"}),
    extend=_extend("configuration-set"),
    tagging=_TAGGING,
)


def _read_destination(work: Work) -> Model | None:
    name, of_set = work.known["eventDestinationName"], work.known["configurationSetName"]
    destinations = work.find(
        "EventDestinations", "get_configuration_set_event_destinations", ConfigurationSetName=of_set
    )
    found = next((destination for destination in destinations if destination["Name"] == name), None)
    names = {"ConfigurationSetName": of_set, "EventDestinationName": name}
    return {**names, "EventDestination": found} if found else None


_OF_DESTINATION = {"ConfigurationSetName": "{configurationSetName}", "EventDestinationName": "{eventDestinationName}"}

EVENT_DESTINATION = Declaration(
    type="aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
    service="sesv2",
    id="{configurationSetName}|{eventDestinationName}",
    behind="mail to the addresses of SES's mailbox simulator (bounce@…, complaint@…, suppressionlist@…) is told of, at "
    "once, where SNS is the destination; no other mail comes back",
    inputs={"configurationSetName": fixed(), "eventDestinationName": fixed(), "eventDestination": Input()},
    create=Call("create_configuration_set_event_destination"),
    read=_read_destination,
    updates=(Update(Call("update_configuration_set_event_destination", _OF_DESTINATION), ("eventDestination",)),),
    delete=Call("delete_configuration_set_event_destination", _OF_DESTINATION),
)


def _put_mail_from(work: Work) -> None:
    work.call(
        "put_email_identity_mail_from_attributes",
        EmailIdentity=work.id,
        MailFromDomain=work.get("mailFromDomain", ""),
        BehaviorOnMxFailure=work.get("behaviorOnMxFailure", "USE_DEFAULT_VALUE"),
    )


def _create_mail_from(work: Work) -> str:
    work.id = work.inputs["emailIdentity"]
    _put_mail_from(work)
    return work.id


def _read_mail_from(work: Work) -> Model | None:
    found = work.find("MailFromAttributes", "get_email_identity", EmailIdentity=work.id)
    return {"EmailIdentity": work.id, **found} if found else None


def _delete_mail_from(work: Work) -> None:
    """An identity is never without these attributes: what is left is none of its own."""
    work.call("put_email_identity_mail_from_attributes", EmailIdentity=work.id)


MAIL_FROM = Declaration(
    type="aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes",
    service="sesv2",
    behind="kept; the domain counts as set up at once, whatever records there are",
    id="{emailIdentity}",
    inputs={
        "emailIdentity": fixed(),
        "mailFromDomain": Input(),
        "behaviorOnMxFailure": Input(read="BehaviorOnMxFailure", default="USE_DEFAULT_VALUE"),
    },
    create=_create_mail_from,
    read=_read_mail_from,
    updates=(Update(_put_mail_from, ("mailFromDomain", "behaviorOnMxFailure"), after_create=False),),
    delete=_delete_mail_from,
)

ALL = (EMAIL_IDENTITY, MAIL_FROM, CONFIGURATION_SET, EVENT_DESTINATION)
