"""The command line: `./prakerja COMMAND`. Each command's work is in the module of its name."""

from __future__ import annotations

import os
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from operations.checkout import DEFAULT_ENVIRONMENT, this_checkout
from operations.console import err
from operations.exit_codes import ExitCode, OperationError
from operations.outputs.format import Format
from operations.shell_environment import forget_accounts
from operations.vendors import vendors

_EXIT_CODES = """
Exit codes: 0 done · 1 failed · 2 wrong use · 3 nothing running · 4 refused (protected, unhealthy, locked) ·
5 rolled back · 6 changes found · 7 destructive change found · 8 policy failed · 130 interrupted
"""

app = typer.Typer(
    name="prakerja",
    help="The platform of Kartu Prakerja on this machine: the real Pulumi engine over a sandbox cloud.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
bench = typer.Typer(help="Measure, and write the figures down.", no_args_is_help=True)
app.add_typer(bench, name="bench")
sandbox = typer.Typer(help="What the sandbox is.", no_args_is_help=True)
app.add_typer(sandbox, name="sandbox")
sandbox.add_typer(vendors, name="saas")
release = typer.Typer()  # its help is its callback's
app.add_typer(release, name="release")
policy = typer.Typer(help="What must hold of the platform, and whether it does.", no_args_is_help=True)
app.add_typer(policy, name="policy")
_PATIENCE = (
    "Seconds in which a new machine or pod must become healthy; by default their group's grace period, their "
    "Deployment's deadline."
)


@app.command()
def up(
    like: Annotated[
        str | None,
        typer.Option(help="Whose settings to run with: `prod` (100 machines, at first the default) or `dev` (6)."),
    ] = None,
) -> None:
    """Bring the platform up and wait until its database and its site answer, and what it runs is the program's release.

    Prints its plan, gets what is missing, starts the sandbox, runs `pulumi up`. Run it again at any time: it carries on
    where it was interrupted, and changes nothing when all is there.

    [bold]Examples[/bold]

      ./prakerja up                 production's own settings

      ./prakerja up --like dev      six machines
    """
    from operations.up import bring_up

    bring_up(this_checkout(), like)


@app.command()
def env() -> None:
    """Print shell lines, so that the literal `pulumi` works here against the sandbox and can't reach AWS.

    [bold]Example[/bold]

      eval "$(./prakerja env)" && pulumi preview
    """
    from operations.env import print_environment

    print_environment(this_checkout())


@app.command()
def status(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines; operations/status.schema.json tells.")] = False,
) -> None:
    """Say what runs: services, their machines by zone, their containers and their share of the traffic; whether
    PostgreSQL answers, the cache and the queues; tools and addresses.

    Works when nothing runs too, and then exits 3.
    """
    from operations.status import report

    report(this_checkout(), as_json=as_json)


@app.command()
def weight(
    service: Annotated[str, typer.Argument(help="A service that runs on machines and in containers.")],
    share: Annotated[int, typer.Argument(min=0, max=100, help="Per cent of its traffic for the containers, 0 to 100.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: the share before and after, and health.")] = (
        False
    ),
) -> None:
    """Set the share of a service's traffic that goes to its containers; the rest goes to its machines.

    A side that would get traffic must have a healthy target, else nothing changes and this exits 4. It returns when the
    load balancer says that the share is so, and does not watch what becomes of it. `pulumi up` leaves the share alone.

    [bold]Examples[/bold]

      ./prakerja weight portal 5      one request in twenty

      ./prakerja weight portal 0      back to the machines
    """
    from operations.weight import set_weight

    set_weight(this_checkout(), service, share, as_json=as_json)


@app.command()
def outputs(
    context: typer.Context,
    form: Annotated[Format, typer.Option("--format", help="How to show them.")] = Format.TABLE,
    stack: Annotated[
        str | None, typer.Option(help="Another stack by name, such as `prod`, with your own login; by default here.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write; by default standard output.")] = None,
) -> None:
    """Show what the platform is, for those who audit it: inventory, exposure, identities, data stores, processors of
    personal data, releases and traffic.

    `json` is the stack's outputs as they are (stacks/outputs.schema.json tells), `csv` one row a fact, `html` one page
    in Indonesian and English that needs nothing else. Nothing secret is in any of them.

    [bold]Examples[/bold]

      ./prakerja outputs

      ./prakerja outputs --format html --out platform.html

      ./prakerja outputs --format csv --stack prod > facts.csv
    """
    from operations.outputs.show import show

    show(this_checkout(), form, stack=stack, file=out, environment=context.obj)


@app.command()
def mail(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: all of each mail, the latest first.")] = False,
) -> None:
    """Show the mail that was sent: to whom, about what, and the links in it. In the sandbox mail goes nowhere but here.

    [bold]Example[/bold]

      ./prakerja mail --json | jq -r '.[0].text'
    """
    from operations.mail import show_mail

    show_mail(this_checkout(), as_json=as_json)


@app.command()
def down(
    *,
    erase: Annotated[
        bool, typer.Option("--erase", help="Discard the sandbox's cloud, database and state too.")
    ] = False,
) -> None:
    """Stop everything that the sandbox started, and nothing else. `up` carries on with the same cloud and database."""
    from operations.down import take_down

    take_down(this_checkout(), erase=erase)


@release.callback(invoke_without_command=True)
def release_report(
    context: typer.Context,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="See the rollout to its end; turn it back where it fails.")] = (
        False
    ),
    patience: Annotated[float | None, typer.Option(help=_PATIENCE, min=1)] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="For machines; operations/release.schema.json tells.")
    ] = False,
) -> None:
    """Say which release runs where, on machines and in containers; wait for a rollout, or go back.

    A release is the artefact's digest, as the header X-Release shows it; `unknown` is an image put there by hand.

    With --wait: what `pulumi up` has begun to roll out is watched, instance refreshes and Deployments alike. It goes on
    while new machines and pods become healthy. Where either don't in time, the service goes back to the release before
    on both sides, and this exits 5. Users notice neither: nothing gets requests before it is healthy, and as many serve
    as ever. `./prakerja up` does this by itself.

    [bold]Examples[/bold]

      ./prakerja release

      pulumi up && ./prakerja release --wait --patience 120
    """
    if context.invoked_subcommand is not None:
        return
    from operations import release as operation

    if wait:
        operation.wait(this_checkout(), patience)
    else:
        operation.report(this_checkout(), as_json=as_json)


@release.command("rollback")
def release_rollback(
    service: Annotated[str | None, typer.Argument(help="One service; by default all.")] = None,
    patience: Annotated[float | None, typer.Option(help=_PATIENCE, min=1)] = None,
) -> None:
    """Go back to the release before, on machines and in containers, and wait until it runs.

    It does so in the middle of a rollout too. A service on both sides goes back to what its machines ran before. Pods
    of which no such release is kept stay, and it is said so. The database's schema and the shares of traffic stay as
    they are. The program keeps naming the release that was left: revert or mend it, for a `pulumi up` after
    `pulumi refresh` rolls it out again.

    [bold]Example[/bold]

      ./prakerja release rollback registration
    """
    from operations.release import roll_back

    roll_back(this_checkout(), service, patience)


@app.command()
def preview(
    like: Annotated[str | None, typer.Option(help="Whose settings: `prod` (the default) or `dev`.")] = None,
    base: Annotated[
        str | None, typer.Option(help="The revision to compare with; else where the branch left the main one.")
    ] = None,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="For machines; operations/preview/report.schema.json tells.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="A directory for report.md, report.json and report.html.")] = None,
    events: Annotated[
        Path | None, typer.Option(help="Report on a preview that was made elsewhere: its events, as JSON lines.")
    ] = None,
    policy_results: Annotated[Path | None, typer.Option(help="With --events: the results that its policies left.")] = (
        None
    ),
) -> None:
    """Say what the working tree's changes would do to a platform, what is destroyed first; needs no credential.

    The base revision is brought up in a throw-away sandbox in which nothing runs, beside any other, and the working
    tree is previewed against it, with the policies. Nothing of it stays but the report. Exits 0 where nothing changes,
    6 where something does, 7 where something that holds state is destroyed or replaced, 8 where a policy fails. Where
    the cloud refuses the change, the report has the errors on top of what was found till then, and this exits 1.

    [bold]Examples[/bold]

      ./prakerja preview

      ./prakerja preview --like dev --base origin/main --out report

      PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true pulumi preview --json --stack prod > events.json
      ./prakerja preview --like prod --events events.json
    """
    from operations.preview import command as operation

    if events is None:
        report = operation.preview(this_checkout(), like, base).report
    else:
        report = operation.read_events(events, policy_results, like or DEFAULT_ENVIRONMENT)
    if out is not None:
        operation.write(report, out)
    operation.show(report, as_json=as_json)
    raise typer.Exit(report.exit_code)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run the tests; takes pytest's own arguments.

    [bold]Examples[/bold]

      ./prakerja test                   all of them, the whole platform under the real engine included

      ./prakerja test -m unit           a minute and a half, needs no tool

      ./prakerja test -k supervisor -x
    """
    os.chdir(this_checkout().repository)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *context.args])  # noqa: S606 - pytest takes our place


@app.command()
def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: a list of checks.")] = False,
) -> None:
    """Say whether `up` can work here, and what to do where it can't. Changes nothing, and works with nothing made.

    Exits 1 where there is a problem; warnings don't count.
    """
    from operations.doctor import examine

    examine(this_checkout(), as_json=as_json)


@sandbox.command()
def fidelity(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say of every resource type what stands behind it here: something that runs, or an answer, or a memory."""
    from operations.fidelity import print_fidelity

    print_fidelity(as_json=as_json)


class PolicyReport(StrEnum):
    """How the policies' results are written."""

    TERMINAL = "terminal"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


_FORM = "`terminal`; for machines `json`, `sarif` (code scanning), `junit` (CI)."


@policy.command("check")
def policy_check(
    state: Annotated[
        str | None, typer.Option(help="A file of `pulumi stack export`, `-` for standard input; else the sandbox.")
    ] = None,
    form: Annotated[PolicyReport, typer.Option("--format", help=_FORM)] = PolicyReport.TERMINAL,
) -> None:
    """Hold a stack as it is to the policies: after `up` what a preview could not know is decided.

    Exits 8 where a policy is violated. Before a change: `pulumi preview --policy-pack policy`.

    [bold]Examples[/bold]

      ./prakerja policy check

      pulumi stack export --stack prod | ./prakerja policy check --state - --format junit
    """
    from operations.policy import check

    check(this_checkout(), state, form)


@policy.command("report")
def policy_report(
    results: Annotated[Path, typer.Argument(help="The results file that a preview left.")],
    form: Annotated[PolicyReport, typer.Option("--format", help=_FORM)] = PolicyReport.TERMINAL,
) -> None:
    """Write the policies' results of a preview as a report. Exits 8 where a policy is violated.

    [bold]Example[/bold]

      PRAKERJA_POLICY_RESULTS=results.json pulumi preview --policy-pack policy
      ./prakerja policy report results.json --format sarif > policy.sarif
    """
    from operations.policy import report

    report(this_checkout(), results, form)


@bench.command("up")
def bench_up() -> None:
    """Measure `up`: from nothing, with tools in place, and with nothing to do; writes docs/measurements.md.

    Takes about ten minutes, and needs the machine to itself: no sandbox may run.
    """
    from operations.bench_up import measure

    measure(this_checkout())


@bench.command("fleet")
def bench_fleet(
    machines: Annotated[
        list[int] | None, typer.Option(help="A size to measure, smallest first; may be repeated. 100, 300, 1000.")
    ] = None,
) -> None:
    """Measure releases and failures under load, and fleets of 100 to 1,000 machines; writes docs/measurements.md.

    Takes about forty minutes, and needs the machine to itself: no sandbox may run.
    """
    from operations import bench_fleet as operation

    operation.measure(this_checkout(), tuple(machines) if machines else operation.SIZES)


@bench.command("weight")
def bench_weight() -> None:
    """Measure shares of traffic: how exactly they are kept, how soon they come about, and whether a request is lost.

    Writes docs/measurements.md. Takes about ten minutes, and needs the machine to itself: no sandbox may run.
    """
    from operations.bench_weight import measure

    measure(this_checkout())


@bench.command("preview")
def bench_preview() -> None:
    """Measure `preview`: base and change with production's settings, and what the policies take of it.

    Writes docs/measurements.md. Takes a few minutes.
    """
    from operations.bench_preview import measure

    measure(this_checkout())


def main() -> int:
    """Run the command line; a user's error is one line, without a traceback."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # being told to end is being interrupted
    # Only what is told another stack by name may use the user's own accounts.
    own_environment = dict(os.environ)
    forget_accounts(os.environ)
    try:
        app(prog_name="./prakerja", obj=own_environment)
    except OperationError as error:
        err.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        return error.code
    return ExitCode.DONE


if __name__ == "__main__":
    sys.exit(main())
