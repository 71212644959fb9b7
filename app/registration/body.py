"""Reading a request's body, bounded in size and time."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request

LARGEST_BODY = 8 * 1024  # bytes; a full form takes about a tenth of it
BODY_SECONDS = 15.0  # enough for a weak signal, too little to hold a worker's connections for long


async def read_body(request: Request, media_type: str) -> bytes:
    """The body, if it is of `media_type`. Raises HTTPException 408, 413 or 415."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise HTTPException(415)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    # What follows is not read: the connection can't serve another request.
                    raise HTTPException(413, headers={"connection": "close"})
    except TimeoutError as error:
        raise HTTPException(408, headers={"connection": "close"}) from error
    return bytes(body)
