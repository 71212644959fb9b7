"""`POST /api/accounts`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.registration.accounts import KnownNikError
from app.registration.body import read_body
from app.registration.faults import Fault
from app.registration.messages import AccountCreated, Problem
from app.registration.registrar import RETRY_AFTER, Registrar, UnavailableError
from app.registration.validation import InvalidApplicantError

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode

# Every refusal's code and title, by status.
_REFUSALS = {
    400: ("not_a_json_object", "Isi permintaan bukan objek JSON."),
    404: ("not_found", "Alamat ini tidak ada."),
    405: ("method_not_allowed", "Metode ini tidak didukung di alamat ini."),
    408: ("too_slow", "Isi permintaan tidak tiba pada waktunya."),
    409: ("known_nik", "NIK ini sudah terdaftar."),
    413: ("too_large", "Isi permintaan terlalu besar."),
    415: ("not_json", "Isi permintaan harus application/json."),
    422: ("invalid_fields", "Ada isian yang perlu diperbaiki."),
    500: ("internal_error", "Ada gangguan di pihak kami."),
    503: ("unavailable", "Layanan sedang sangat ramai. Coba lagi sebentar lagi."),
}


async def create_account(request: Request, registrar: Registrar) -> Response:
    """201 once the account is committed; otherwise the refusal."""
    body = await read_body(request, "application/json")
    try:
        account_id = await registrar.register(_decode(body))
    except (msgspec.DecodeError, RecursionError):
        return refusal(400)
    except InvalidApplicantError as error:
        return refusal(422, faults=error.faults)
    except KnownNikError:
        return refusal(409)
    except UnavailableError:
        return refusal(503, headers={"retry-after": RETRY_AFTER})
    return Response(
        _encode(AccountCreated(account_id)),
        status_code=201,
        headers={"cache-control": "no-store"},
        media_type="application/json",
    )


def refusal(status: int, *, faults: list[Fault] | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """The response that says why a request was refused."""
    code, title = _REFUSALS[status]
    return Response(
        _encode(Problem(status=status, code=code, title=title, faults=faults or [])),
        status_code=status,
        headers={"cache-control": "no-store", **(headers or {})},
        media_type="application/problem+json",
    )
