"""The pack without an engine: `python -m policy.command check STATE` judges an exported state, `report RESULTS` writes
results in another form.

After `up` everything is known, and so nothing may be left unknown. Exit codes: 0 nothing fails, 2 wrong use, 8 policy
failed.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from policy.evaluation import Evaluation
from policy.report import FORMATS
from policy.resource import Stack
from policy.results import Result, Verdict, load, write
from policy.state import environment_of, resources_of
from policy.waivers import read_waivers

_POLICY_FAILED = 8
_WAIVERS_FILE = Path(__file__).with_name("waivers.yaml")


def evaluate(exported: str, waivers: Path, today: datetime.date) -> list[Result]:
    """Judge an exported state. Raises ValueError where it is none."""
    state = json.loads(exported)
    if not isinstance(state, dict) or "deployment" not in state:
        raise ValueError("no exported state: `pulumi stack export` writes one")
    resources = resources_of(state)
    evaluation = Evaluation(read_waivers(waivers, today), environment_of(resources))
    for resource in resources:
        evaluation.resource(resource)
    evaluation.stack(Stack(resources=resources))
    return evaluation.results()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="policy", description="Judge an exported state; write reports.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="judge an exported state")
    check.add_argument("state", help="a file that `pulumi stack export` wrote, or - for standard input")
    check.add_argument("--waivers", type=Path, default=_WAIVERS_FILE, help="another file of waivers")
    check.add_argument("--results", type=Path, help="also write the results file")
    report = commands.add_parser("report", help="write results in another form")
    report.add_argument("results_file", type=Path, help="a results file")
    for command in (check, report):
        command.add_argument("--format", choices=FORMATS, default="terminal")
    given = parser.parse_args(arguments)
    try:
        if given.command == "check":
            text = sys.stdin.read() if given.state == "-" else Path(given.state).read_text()
            results = evaluate(text, given.waivers, datetime.datetime.now(tz=datetime.UTC).date())
            failing = {Verdict.FAIL, Verdict.UNKNOWN}
        else:
            results = list(load(given.results_file))
            failing = {Verdict.FAIL}
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if given.command == "check" and given.results:
        write(given.results, results)
    sys.stdout.write(FORMATS[given.format](results))
    return _POLICY_FAILED if any(result.result in failing for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
