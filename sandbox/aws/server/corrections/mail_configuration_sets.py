"""SES configuration sets: their options change, and events of theirs have destinations.

moto 5.2.5: none of a configuration set's options can be changed, and there are no event destinations.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.ses.exceptions import NotFoundException, SesError
from moto.ses.models import ConfigurationSet, SESBackend
from moto.sesv2.responses import SESV2Response

from sandbox.aws.server.corrections.mail_events import Destinations, destinations_of, greet
from sandbox.aws.server.corrections.mail_identities import tags_of
from sandbox.aws.server.corrections.patching import add, replace

Options = dict[str, Any]

# The options of a set, by their name in the API, with what SES has where nothing is set.
_DEFAULTS: dict[str, Options] = {
    "TrackingOptions": {},
    "DeliveryOptions": {"TlsPolicy": "OPTIONAL"},
    "ReputationOptions": {"ReputationMetricsEnabled": False},
    "SendingOptions": {"SendingEnabled": True},
    "SuppressionOptions": {},
    "VdmOptions": {},
}


def apply() -> None:
    replace(SESV2Response, create_configuration_set=_create, get_configuration_set=_get)
    add(
        SESV2Response,
        put_configuration_set_tracking_options=_putting("TrackingOptions"),
        put_configuration_set_delivery_options=_putting("DeliveryOptions"),
        put_configuration_set_reputation_options=_putting("ReputationOptions"),
        put_configuration_set_sending_options=_putting("SendingOptions"),
        put_configuration_set_suppression_options=_putting("SuppressionOptions"),
        put_configuration_set_vdm_options=_putting("VdmOptions"),
        create_configuration_set_event_destination=_create_destination,
        get_configuration_set_event_destinations=_get_destinations,
        update_configuration_set_event_destination=_update_destination,
        delete_configuration_set_event_destination=_delete_destination,
    )


def configuration_set(backend: SESBackend, name: str) -> ConfigurationSet:
    """A set by its name. Raises NotFoundException."""
    if name not in backend.config_sets:
        raise NotFoundException(f"Configuration set <{name}> does not exist.")
    return backend.config_sets[name]


def options_of(found: ConfigurationSet) -> dict[str, Options]:
    """All options of a set, by their name in the API."""
    options: dict[str, Options] = found.__dict__["options"]
    return options


def _create(response: SESV2Response) -> str:
    request = json.loads(response.body)
    backend = response.sesv2_backend
    backend.create_configuration_set(
        configuration_set_name=request["ConfigurationSetName"],
        tracking_options={},
        delivery_options={},
        reputation_options={},
        sending_options={},
        tags=request.get("Tags", []),
        suppression_options={},
        vdm_options={},
    )
    made = configuration_set(backend.core_backend, request["ConfigurationSetName"])
    made.__dict__["options"] = {name: {**default, **request.get(name, {})} for name, default in _DEFAULTS.items()}
    return "{}"


def _get(response: SESV2Response) -> str:
    found = _set(response)
    name = found.configuration_set_name
    tags = tags_of(response.sesv2_backend, "configuration-set", name)
    given = {kind: options for kind, options in options_of(found).items() if options}
    return json.dumps({"ConfigurationSetName": name, **given, "Tags": tags})


def _putting(kind: str) -> Callable[[SESV2Response], str]:
    def put(response: SESV2Response) -> str:
        request = json.loads(response.body)
        asked = request.get(kind, {}) if kind == "VdmOptions" else request
        options_of(_set(response))[kind] = {**_DEFAULTS[kind], **asked}
        return "{}"

    return put


def _create_destination(response: SESV2Response) -> str:
    request, destinations = json.loads(response.body), _destinations(response)
    if request["EventDestinationName"] in destinations:
        raise SesError("AlreadyExistsException", f"Event destination {request['EventDestinationName']} already exists.")
    greet(response.sesv2_backend.core_backend, request["EventDestination"])
    destinations[request["EventDestinationName"]] = request["EventDestination"]
    return "{}"


def _get_destinations(response: SESV2Response) -> str:
    shown = [{"Name": name, "Enabled": False, **given} for name, given in _destinations(response).items()]
    return json.dumps({"EventDestinations": shown})


def _update_destination(response: SESV2Response) -> str:
    name, asked = _destination(response), json.loads(response.body)["EventDestination"]
    greet(response.sesv2_backend.core_backend, asked)
    _destinations(response)[name] = asked
    return "{}"


def _delete_destination(response: SESV2Response) -> str:
    del _destinations(response)[_destination(response)]
    return "{}"


def _destination(response: SESV2Response) -> str:
    name: str = response.uri_match["EventDestinationName"]
    if name not in _destinations(response):
        raise NotFoundException(f"Event destination <{name}> does not exist.")
    return name


def _destinations(response: SESV2Response) -> Destinations:
    return destinations_of(_set(response))


def _set(response: SESV2Response) -> ConfigurationSet:
    return configuration_set(response.sesv2_backend.core_backend, response.uri_match["ConfigurationSetName"])
