"""`./prakerja up`: from whatever is there to a site that answers."""

from __future__ import annotations

import json
import os
import secrets

from rich.markup import escape

from operations import engine, lost_cloud, site, stack_file, tools
from operations.aws_apis import sandbox_apis
from operations.checkout import DEFAULT_ENVIRONMENT, Checkout
from operations.console import announce, err, out
from operations.database import DatabaseProbe
from operations.exit_codes import ExitCode, OperationError
from operations.preflight import check_disk
from operations.release_sides import open_platform
from operations.release_watch import follow
from operations.sandbox_process import (
    is_ready,
    only_one,
    own_supervisor,
    refuse_another,
    start_supervisor,
    stop_supervisor,
)
from operations.timeline import Timeline
from operations.trouble import troubles
from sandbox.state import PREFERRED_SITE_PORT
from sandbox.toolchain.plan import Plan, cache_directory, cost

# The sandbox's own state with 100 virtual machines: artefact, database, logs (measured 300 MB).
_STATE_MEGABYTES = 500
_SITE_SECONDS = 120.0


def bring_up(checkout: Checkout, asked_like: str | None) -> None:
    """Bring the sandbox up with the settings of `asked_like`, by default those it has, at first production's.

    Idempotent; interrupted, it carries on at the next call. Raises OperationError.
    """
    like = _settings_to_use(checkout, asked_like)
    checkout.state.create()
    with only_one(checkout):
        refuse_another(checkout)
        supervisor = own_supervisor(checkout)
        plans = _plan(checkout, like)
        announce(checkout)
        if lost := lost_cloud.loss(checkout):
            if supervisor is not None:
                stop_supervisor(supervisor)
                supervisor = None
            kept = lost_cloud.set_aside(checkout)
            err.print(f"[yellow]note:[/yellow] {lost}: starting clean; what was left is in {kept}", soft_wrap=True)
        with Timeline(err) as timeline:
            _make(checkout, like, plans, timeline, running=supervisor is not None)
        _record(checkout, timeline)
    err.print(timeline.table())
    out.print(f"The site answers at {site.address(checkout.state.ports())}", soft_wrap=True)
    err.print('[dim]`eval "$(./prakerja env)"` for the literal pulumi; `./prakerja status`; `./prakerja down`[/dim]')


def _settings_to_use(checkout: Checkout, asked: str | None) -> str:
    has = checkout.like()
    like = asked or has or DEFAULT_ENVIRONMENT
    if like not in checkout.environments():
        raise OperationError(
            f"--like {like}: there is no Pulumi.{like}.yaml; there are {', '.join(checkout.environments())}",
            ExitCode.WRONG_USE,
        )
    if has is not None and has != like:
        raise OperationError(
            f"this sandbox was made like {has}; discard it with `./prakerja down --erase` before --like {like}",
            ExitCode.REFUSED,
        )
    return like


def _plan(checkout: Checkout, like: str) -> list[Plan]:
    """Decide and show what is about to be done. Raises OperationError where it can't work."""
    plans = tools.decide(checkout, like)
    err.print(f"Up, like {like}:", style="bold")
    for line in tools.describe(plans):
        err.print(f"  {line}", soft_wrap=True)
    err.print(f"  sandbox in {checkout.state.directory} (about 1 min, {_STATE_MEGABYTES} MB)", soft_wrap=True)
    _, megabytes = cost(plans)
    check_disk(cache_directory(), megabytes)
    check_disk(checkout.state.directory, _STATE_MEGABYTES)
    return plans


def _make(checkout: Checkout, like: str, plans: list[Plan], timeline: Timeline, *, running: bool) -> None:
    with tools.got_meanwhile(checkout, plans, timeline) as pulumi:
        ports = checkout.state.choose_ports()
        if ports.site != PREFERRED_SITE_PORT:
            err.print(f"  port {PREFERRED_SITE_PORT} is taken; the site is at {ports.site}", soft_wrap=True)
        if not running:
            with timeline.part("Sandbox"):
                start_supervisor(checkout)
        pulumi.result()
        _check_ready(checkout)
        _update(checkout, like, timeline)
    outputs = engine.outputs(checkout)
    with timeline.part("Site") as part:
        if "database" in outputs:
            database = DatabaseProbe(sandbox_apis(checkout), outputs["database"], checkout.state.secrets / "ca.pem")
            database.wait_until_it_answers(_SITE_SECONDS, part.tell)
        site.wait_until_it_answers(ports, _SITE_SECONDS, part.tell)
    with timeline.part("Release") as part:
        platform = open_platform(checkout, outputs)
        follow(platform.sides, platform.program, part.tell)


def _update(checkout: Checkout, like: str, timeline: Timeline) -> None:
    with timeline.part("Stack"):
        _write_passphrase(checkout)
        stack_file.generate(checkout, like)
        if engine.release_stale_locks(checkout):
            err.print("  an update was killed before: its lock is given back", soft_wrap=True)
        engine.select_stack(checkout)
        stack_file.generate(checkout, like)  # now with the salt that the engine has made
        checkout.like_file.write_text(like + "\n")
    try:
        with timeline.part("pulumi up") as part:
            result = engine.update(checkout, part.tell)
    except BaseException:  # interrupted too: whoever waited for what never came wants to know why
        for trouble in troubles(checkout):
            err.print(f"  [yellow]note:[/yellow] {escape(trouble)}", soft_wrap=True)
        raise
    for warning in dict.fromkeys(result.warnings):
        err.print(f"  [yellow]warning:[/yellow] {warning}", soft_wrap=True)
    err.print(f"  {result.done} resources, {result.changed} changed", soft_wrap=True)


def _check_ready(checkout: Checkout) -> None:
    supervisor = own_supervisor(checkout)
    if supervisor is None or not is_ready(checkout, supervisor):
        raise OperationError(f"the sandbox is not ready: {checkout.state.logs / 'supervisor.log'} says why")


def _write_passphrase(checkout: Checkout) -> None:
    if not checkout.passphrase_file.exists():
        descriptor = os.open(checkout.passphrase_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w") as file:  # noqa: PTH123 - a descriptor, so that it is private from the start
            file.write(secrets.token_urlsafe(32))


def _record(checkout: Checkout, timeline: Timeline) -> None:
    """Keep how long each part took, for `bench up`."""
    (checkout.state.run / "up.json").write_text(json.dumps(timeline.seconds, indent=2) + "\n")
