"""IAM policy documents as the outputs show them: every statement, with everything in it a list."""

from __future__ import annotations

import json
from typing import Any

from stacks.outputs_audit_model import StatementOutput


def statements(policy: str, document: str) -> list[StatementOutput]:
    """The statements of a document. policy: what it is called, where a statement has no name of its own.

    Raises ValueError where a statement says what the outputs have no place for, rather than leave it out.
    """
    return [_statement(policy, one) for one in _list(json.loads(document)["Statement"])]


def _statement(policy: str, statement: dict[str, Any]) -> StatementOutput:
    unknown = statement.keys() - {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
    if unknown:
        raise ValueError(f"a statement of '{policy}' has {', '.join(sorted(unknown))}, which the outputs can't show")
    return StatementOutput(
        policy=statement.get("Sid", policy),
        effect=statement["Effect"],
        principals=_principals(statement.get("Principal", {})),
        actions=sorted(_list(statement["Action"])),
        resources=sorted(_list(statement.get("Resource", []))),
        conditions={
            operator: {key: [_text(value) for value in _list(values)] for key, values in keys.items()}
            for operator, keys in statement.get("Condition", {}).items()
        },
    )


def _principals(principal: str | dict[str, Any]) -> list[str]:
    if isinstance(principal, str):
        return [principal]
    return sorted(f"{kind}: {one}" for kind, those in principal.items() for one in _list(those))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
