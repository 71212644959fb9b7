"""`./prakerja sandbox saas`: what the vendors have of us in the sandbox, and changing it as in a vendor's console.

That is how drift is made: `pulumi refresh` sees what was changed or deleted here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from operations.checkout import Checkout, this_checkout
from operations.console import announce, out
from operations.exit_codes import ExitCode, OperationError

if TYPE_CHECKING:
    from sandbox.saas.record import Entry, Record

vendors = typer.Typer(
    help="What the vendors have of us here: Cloudflare, Grafana, PagerDuty. Changing it by hand makes drift.",
    no_args_is_help=True,
)

_Type = Annotated[str, typer.Argument(metavar="TYPE", help="A resource type, such as `DnsRecord`, or its whole token.")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="The id that `list` shows, and that `pulumi import` takes.")]
_CALLED = ("name", "title", "settingId", "hostname")


@vendors.command("list")
def list_all(*, as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    """List what the vendors have of us, each with the id that `pulumi import` takes."""
    from rich.table import Table

    checkout = _announced()
    rows = [
        {"type": token, "id": place, "called": _called(entry)}
        for record in _records(checkout).values()
        for token, places in sorted(record.entries().items())
        for place, entry in sorted(places.items())
    ]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = Table("resource type", "id", "called", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row.values())
    out.print(table)


@vendors.command()
def show(type_name: _Type, resource_id: _Id) -> None:
    """Show one as JSON: what was asked for, and what the vendor added."""
    print(json.dumps(asdict(_found(_announced(), type_name, resource_id)[3]), indent=2))


@vendors.command("set")
def set_inputs(
    type_name: _Type,
    resource_id: _Id,
    values: Annotated[list[str], typer.Argument(metavar="NAME=VALUE…", help="VALUE: JSON, or text; null takes away.")],
) -> None:
    """Change inputs of one behind the program's back.

    [bold]Examples[/bold]

      ./prakerja sandbox saas set DnsRecord 0123…/4567… content=elsewhere.example ttl=300
    """
    from sandbox.saas.checking import failures
    from sandbox.saas.registry import DECLARED

    record, token, place, entry = _found(_announced(), type_name, resource_id)
    inputs = {name: value for name, value in {**entry.inputs, **dict(_given(values))}.items() if value is not None}
    declared = DECLARED[token]
    never_answered = {path.partition(".")[0] for path in declared.write_only}
    wrong = [failure for failure in failures(declared, inputs) if failure.path.partition("[")[0] not in never_answered]
    if wrong:
        raise OperationError("; ".join(f"{failure.path} {failure.reason}" for failure in wrong), ExitCode.WRONG_USE)
    record.replace(token, place, replace(entry, inputs=inputs))


@vendors.command()
def delete(type_name: _Type, resource_id: _Id) -> None:
    """Delete one behind the program's back."""
    record, token, place, _ = _found(_announced(), type_name, resource_id)
    record.remove(token, place)


def _announced() -> Checkout:
    checkout = this_checkout()
    announce(checkout)
    return checkout


def _records(checkout: Checkout) -> dict[str, Record]:
    from sandbox.saas.record import Record
    from sandbox.saas.registry import VENDORS

    return {vendor: Record(checkout.state.saas, vendor) for vendor in VENDORS}


def _found(checkout: Checkout, type_name: str, resource_id: str) -> tuple[Record, str, str, Entry]:
    """The record, type and place of what is meant, and what is there. Raises OperationError where nothing is."""
    from sandbox.saas.registry import DECLARED

    token = _token(type_name, DECLARED)
    record = _records(checkout)[token.partition(":")[0]]
    place = DECLARED[token].full_place(resource_id)
    entry = record.find(token, place)
    if entry is None:
        raise OperationError(f"there is no {token} {resource_id}; `./prakerja sandbox saas list` shows what there is")
    return record, token, place, entry


def _token(type_name: str, known: Iterable[str]) -> str:
    for token in known:
        if type_name in (token, token.rpartition(":")[2]):
            return token
    names = ", ".join(token.rpartition(":")[2] for token in known)
    raise OperationError(f"{type_name} is no resource type of the vendors'; those are {names}", ExitCode.WRONG_USE)


def _given(values: Iterable[str]) -> Iterable[tuple[str, Any]]:
    for value in values:
        name, is_there, text = value.partition("=")
        if not is_there:
            raise OperationError(f"{value} is not of the form NAME=VALUE", ExitCode.WRONG_USE)
        try:
            yield name, json.loads(text)
        except ValueError:
            yield name, text


def _called(entry: Entry) -> str:
    return next((str(entry.inputs[name]) for name in _CALLED if name in entry.inputs), "")
