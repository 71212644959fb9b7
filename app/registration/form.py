"""`POST /pendaftaran`: what the form sends, answered with pages."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.common.pages import respond
from app.common.pages.form import BUSY_NOTICE, fixed_page, form_page
from app.registration.accounts import KnownNikError
from app.registration.body import read_body
from app.registration.registrar import RETRY_AFTER, Registrar, UnavailableError
from app.registration.validation import InvalidApplicantError

_AS_PRINTED_ON_CARDS = str.maketrans("", "", " .-")  # people copy the groups of digits as they see them


async def register(request: Request, registrar: Registrar) -> Response:
    """303 to the result once the account is committed; otherwise the page that helps on."""
    body = await read_body(request, "application/x-www-form-urlencoded")
    values = dict(parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True))
    try:
        await registrar.register(sent_fields(values))
    except InvalidApplicantError as error:
        faults = {fault.field: fault.message for fault in error.faults}
        return respond(request, form_page(values=values, faults=faults), status=422)
    except KnownNikError:
        return respond(request, fixed_page("known.html"), status=409)
    except UnavailableError:
        page = form_page(values=values, notice=BUSY_NOTICE)
        return respond(request, page, status=503, headers={"retry-after": RETRY_AFTER})
    return RedirectResponse("/hasil", status_code=303, headers={"cache-control": "no-store"})


def sent_fields(values: dict[str, str]) -> dict[str, str]:
    """The API's fields from the form's: separators dropped from long numbers, the birth date put together."""
    day, month, year = (values.get(name, "").strip() for name in ("birth_day", "birth_month", "birth_year"))
    fields = {name: values.get(name, "") for name in ("name", "email", "telephone")}
    for name in ("nik", "family_card_number"):
        fields[name] = values.get(name, "").translate(_AS_PRINTED_ON_CARDS)
    fields["birth_date"] = f"{year:0>4}-{month:0>2}-{day:0>2}" if day or month or year else ""
    return fields
