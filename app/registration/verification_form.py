"""`/verifikasi`: the page that a mail's link opens, and the password that it sends; without a token, another mail."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.common.database import Database, DatabaseUnavailableError
from app.common.key_source import KeySource
from app.common.pages import Page, respond
from app.common.pages.anew import BUSY_NOTICE as ANEW_BUSY_NOTICE
from app.common.pages.anew import anew_page
from app.common.pages.form import fixed_page
from app.common.pages.password import BUSY_NOTICE, password_page
from app.registration.body import read_body
from app.registration.faults import FieldError, fault
from app.registration.passwords import LONGEST, SHORTEST, BusyError, PasswordHashing, parse_password
from app.registration.registrar import RETRY_AFTER
from app.registration.verification import Token, token_state, use_token
from app.registration.verification_anew import WrongFieldsError, order_verification

# The address carries the token: it must go nowhere with a link that is followed from the page.
_HEADERS = {"referrer-policy": "no-referrer"}
_DONE = "/terverifikasi"
_ORDERED = "terkirim"


class VerificationForm:
    """Both methods of the page."""

    def __init__(self, database: Database, key_source: KeySource, hashing: PasswordHashing) -> None:
        self._database = database
        self._key_source = key_source
        self._hashing = hashing

    async def show(self, request: Request) -> Response:
        """The form, for as long as the link's token is open; the one that asks for another mail where there is none."""
        token = request.query_params.get("token")
        if token is None:
            ordered = _ORDERED in request.query_params
            return _respond(request, fixed_page("ordered.html") if ordered else anew_page(), 200)
        try:
            state = await token_state(self._database, token)
        except DatabaseUnavailableError:
            return _respond(request, fixed_page("trouble.html"), 503)
        return _closed(request, state) or _respond(request, _form(token), 200)

    async def send(self, request: Request) -> Response:
        """303 to the confirmation once address and password are committed, also the second time."""
        body = await read_body(request, "application/x-www-form-urlencoded")
        sent = dict(parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True))
        if "token" not in sent:
            return await self._order(request, sent)
        token = sent["token"]
        try:
            if closed := _closed(request, await token_state(self._database, token)):
                return closed  # before the costly hash: nobody without a token can ask for one
            password = parse_password(sent.get("password", ""))
            if sent.get("repeated") != sent["password"]:
                return _respond(request, _form(token, faults={"repeated": "Kedua isian kata sandi tidak sama."}), 422)
            state = await use_token(self._database, token, await self._hashing.hash(password))
        except FieldError as error:
            return _respond(request, _form(token, faults={"password": fault("password", error.code).message}), 422)
        except (DatabaseUnavailableError, BusyError):
            return _respond(request, _form(token, notice=BUSY_NOTICE), 503)
        return _closed(request, state) or _done()

    async def _order(self, request: Request, sent: dict[str, str]) -> Response:
        """303 to one and the same page, whoever is asked for."""
        try:
            if self._key_source.keys is None:
                return _respond(request, anew_page(notice=ANEW_BUSY_NOTICE), 503)
            await order_verification(
                self._database, self._key_source.keys, nik=sent.get("nik", ""), email=sent.get("email", "")
            )
        except WrongFieldsError as error:
            return _respond(request, anew_page(faults=error.faults), 422)
        except DatabaseUnavailableError:
            return _respond(request, anew_page(notice=ANEW_BUSY_NOTICE), 503)
        return RedirectResponse(f"/verifikasi?{_ORDERED}", status_code=303, headers={"cache-control": "no-store"})


def _closed(request: Request, state: Token) -> Response | None:
    """The answer where the token is not open (any more)."""
    if state is Token.INVALID:
        return _respond(request, fixed_page("unusable.html"), 404)
    return _done() if state is Token.USED else None


def _done() -> Response:
    return RedirectResponse(_DONE, status_code=303, headers={"cache-control": "no-store", **_HEADERS})


def _form(token: str, *, faults: dict[str, str] | None = None, notice: str | None = None) -> Page:
    return password_page(token=token, shortest=SHORTEST, longest=LONGEST, faults=faults, notice=notice)


def _respond(request: Request, page: Page, status: int) -> Response:
    retry = {"retry-after": RETRY_AFTER} if status == 503 else {}
    return respond(request, page, status=status, headers=_HEADERS | retry)
