"""docs/policies.md, made from the table of controls (`python -m policy.page` writes it)."""

from __future__ import annotations

from pathlib import Path

from policy.controls import CONTROLS, Control, Framework
from policy.rules import CHECKS

PAGE = Path(__file__).parents[1] / "docs/policies.md"

_BEFORE = """# Policies

<!-- Made from policy/controls.py by `python -m policy.page`; a test keeps it in step. -->

Before the platform is changed, the change is held to the rules below; each names what to do and which controls it
serves. They are a policy pack for the Pulumi engine:

    pulumi preview --policy-pack policy

A violation fails the preview. In `pulumi up --policy-pack policy` it stops the engine before it touches the resource.

## Five results

| result | what it says |
|---|---|
| pass | The rule was applied, and holds. |
| fail | The rule is violated. |
| waived | It is violated, and somebody answers for that until a day: `policy/waivers.yaml`. |
| not applicable | The rule asks nothing of this resource; or there is none to judge, which is said once. |
| unknown | A value that the rule needs is not known before the cloud has answered. |

What a preview could not know is decided after `up`, on the exported state; nothing may be left unknown there:

    ./prakerja policy check                                                 # the sandbox
    pulumi stack export --stack prod | ./prakerja policy check --state -    # any stack

Both exit 8 where a rule is violated. For machines: `--format json|sarif|junit`. A preview leaves its results where
`PRAKERJA_POLICY_RESULTS` says (`policy/results.schema.json`), and `./prakerja policy report FILE` writes them in any
of these forms.

## Rules
"""

_AFTER = """
## Waivers

`policy/waivers.yaml` holds them all, and is reviewed as code is. A waiver names one rule and one resource by its exact
URN, says why, who owns it, who else approved it, and the last day on which it holds. One that is malformed, has
expired, or excuses nothing (any more) is itself a violation, of the rule `waivers`. A URN is written as in the stack of
its environment; a sandbox that rehearses the environment has another stack name, and its waivers hold there too.

## What the rules can't see

- They judge the resources of one stack. What an account sets for all (S3's account-wide block of public access, EBS
  encryption by default) is not seen: it may not be relied on.
- A secret is known by the engine's own mark, by the form of well-known keys, and by the names of variables. A secret
  that looks like neither passes.
- `stateful-loss` compares with the stack as it is before the change, which only a preview can; `pulumi stack export`
  must be allowed. What has no ARN or the like to be known by is not compared.
- A rule serves a control in part; none fulfils one alone. Which clauses a rule serves is our reading of them, and no
  legal advice.
"""


def page() -> str:
    """The page's text."""
    return _BEFORE + "".join(_section(rule, control) for rule, control in CONTROLS.items()) + _AFTER


def _section(rule: str, control: Control) -> str:
    lines = ["", f"### `{rule}`", "", f"{control.title}. Severity: {control.severity.value}.", ""]
    lines += [f"- *To do:* {control.remedy}"]
    lines += [f"- *{framework.value}:* {', '.join(control.serves[framework])}" for framework in _served(control)]
    if not any(check.rule == rule for check in CHECKS):
        lines += ["- It judges the waivers' file, not resources."]
    return "\n".join(lines) + "\n"


def _served(control: Control) -> list[Framework]:
    return [framework for framework in Framework if framework in control.serves]


if __name__ == "__main__":
    PAGE.write_text(page())
