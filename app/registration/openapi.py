"""The API's description, OpenAPI 3.1, with its schemas generated from the message types."""

from __future__ import annotations

from typing import Any

import msgspec

from app.registration.messages import AccountCreated, AccountRequest, Problem

_PROBLEMS = {
    "400": "The body is not a JSON object.",
    "408": "The body did not arrive in time.",
    "409": "An account with this NIK exists. A repeated request ends here, so repeating is safe.",
    "413": "The body is too large.",
    "415": "The body is not application/json.",
    "422": "Fields are at fault; every fault is listed.",
    "503": "Nothing can be stored now. Retry-After says when to try again.",
}


def document() -> dict[str, Any]:
    """The whole document."""
    (request, created, problem), components = msgspec.json.schema_components(
        [AccountRequest, AccountCreated, Problem], ref_template="#/components/schemas/{name}"
    )
    responses: dict[str, Any] = {
        "201": {
            "description": "The account is stored durably, and a mail to verify its address is on its way.",
            "content": {"application/json": {"schema": created}},
        }
    }
    for status, description in _PROBLEMS.items():
        responses[status] = {
            "description": description,
            "content": {"application/problem+json": {"schema": problem}},
        }
    responses["503"]["headers"] = {
        "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kartu Prakerja registration",
            "version": "1",
            "description": "Registers a person for Kartu Prakerja. `title` and `message` are in Indonesian.",
        },
        "paths": {
            "/api/accounts": {
                "post": {
                    "operationId": "createAccount",
                    "summary": "Register a person",
                    "requestBody": {"required": True, "content": {"application/json": {"schema": request}}},
                    "responses": responses,
                }
            }
        },
        "components": {"schemas": components},
    }
