"""A finished page and the response that carries it."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

# Public pages may be kept for half a minute, and shown a little longer while a new copy is fetched.
PUBLIC = "public, max-age=30, stale-while-revalidate=60"
NO_STORE = "no-store"


@dataclass(frozen=True)
class Page:
    """HTML as it goes on the wire, plain and compressed."""

    html: bytes
    compressed: bytes
    etag: str

    @classmethod
    def of(cls, html: str) -> Page:
        body = html.encode()
        return cls(body, gzip.compress(body, mtime=0), f'W/"{hashlib.sha256(body).hexdigest()[:16]}"')


def respond(
    request: Request,
    page: Page,
    *,
    status: int = 200,
    cache: str = NO_STORE,
    headers: dict[str, str] | None = None,
) -> Response:
    """The response with `page`: compressed where the browser takes it, 304 where it holds this very page."""
    all_headers = {"cache-control": cache, "vary": "accept-encoding", **(headers or {})}
    if cache != NO_STORE:
        all_headers["etag"] = page.etag
        if request.headers.get("if-none-match") == page.etag:
            return Response(status_code=304, headers=all_headers)
    body = page.html
    if "gzip" in request.headers.get("accept-encoding", ""):
        body = page.compressed
        all_headers["content-encoding"] = "gzip"
    return Response(body, status_code=status, headers=all_headers, media_type="text/html")
