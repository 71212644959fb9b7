"""What the rules say of a stack. The same checks run in a preview, in an update and on an exported state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from policy.controls import CONTROLS
from policy.resource import Resource, Stack
from policy.results import Result, Verdict
from policy.rule import Check, LossCheck, NotApplicable, ResourceCheck, StackCheck
from policy.rules import CHECKS
from policy.values import UnknownValueError
from policy.waivers import Waivers

# Where several checks of a rule judge one resource, the gravest word counts.
_GRAVEST_FIRST = (Verdict.FAIL, Verdict.WAIVED, Verdict.UNKNOWN, Verdict.PASS, Verdict.NOT_APPLICABLE)
_WAIVERS = "waivers"
_UNFINISHED = "unknown at preview: it ended before all that the rule judges was known"


class Evaluation:
    """Collects the results of one stack.

    environment: the environment that the stack is, or rehearses.
    """

    def __init__(self, waivers: Waivers, environment: str) -> None:
        self._waivers = waivers
        self._environment = environment
        self._results: dict[tuple[str, str], Result] = {}

    def resource(self, resource: Resource) -> list[Result]:
        """What can be said of a resource by itself."""
        return self._keep(
            self._judge(check, resource, lambda one=check: one.violations(resource))  # type: ignore[misc]
            for check in _resource_checks(resource.type)
        )

    def stack(self, stack: Stack) -> list[Result]:
        """What can be said of the resources only together, and of the waivers."""
        found = self._keep(self._judge_stack(stack))
        return [*found, *self._keep(self._judge_waivers())]

    def results(self) -> list[Result]:
        """All results so far; a rule that found nothing to judge says so once."""
        judged = {rule for rule, _ in self._results}
        idle = [
            Result(rule=rule, urn="", type="", result=Verdict.NOT_APPLICABLE, message="no such resource")
            for rule in CONTROLS
            if rule not in judged
        ]
        return _sorted([*self._results.values(), *idle])

    def unfinished_results(self) -> list[Result]:
        """All results of a preview that ended before its end. What is not judged yet is not known, of every rule: which
        resources were still to come, what they are together, and what is deleted.
        """
        left = [
            Result(rule=rule, urn="", type="", result=Verdict.UNKNOWN, message=_UNFINISHED)
            for rule in CONTROLS
            if (rule, "") not in self._results
        ]
        return _sorted([*self._results.values(), *left])

    def _judge_stack(self, stack: Stack) -> Iterator[Result]:
        for check in CHECKS:
            if isinstance(check, StackCheck):
                for one in stack.resources:
                    if check.covers(one.type):
                        yield self._judge(check, one, lambda one=one, check=check: check.violations(one, stack))  # type: ignore[misc]
            elif isinstance(check, LossCheck) and stack.changing:
                if stack.before is None:
                    message = "not known: what the stack holds before the change"
                    yield Result(rule=check.rule, urn="", type="", result=Verdict.UNKNOWN, message=message)
                for one in stack.before or ():
                    if check.covers(one.type):
                        yield self._judge(check, one, lambda one=one, check=check: check.violations(one, stack))  # type: ignore[misc]

    def _judge(self, check: Check, resource: Resource, violations: Callable[[], Iterable[str]]) -> Result:
        found: list[str] = []
        verdict, message = Verdict.PASS, ""
        try:
            found.extend(violations())
        except UnknownValueError as unknown:
            verdict, message = Verdict.UNKNOWN, f"not known before `up`: {unknown}"
        except NotApplicable as reason:
            verdict, message = Verdict.NOT_APPLICABLE, str(reason)
        waiver = None
        if found:
            waiver = self._waivers.of(check.rule, resource.urn, self._environment)
            verdict, message = Verdict.WAIVED if waiver else Verdict.FAIL, "; ".join(found)
        return Result(
            rule=check.rule,
            urn=resource.urn,
            type=resource.type,
            result=verdict,
            message=message,
            waiver=waiver.as_json() if waiver else None,
        )

    def _judge_waivers(self) -> Iterator[Result]:
        wrong = list(self._waivers.faults)
        for waiver in self._waivers.of_environment(self._environment):
            named = waiver.urn.partition("::")[2]
            matched = {
                result.result
                for (rule, urn), result in self._results.items()
                if rule == waiver.rule and urn.partition("::")[2] == named
            }
            if not matched & {Verdict.WAIVED, Verdict.UNKNOWN}:
                wrong.append(f"{waiver.rule} for {waiver.urn} is not needed: nothing there violates it")
        verdict = Verdict.FAIL if wrong else Verdict.PASS
        yield Result(rule=_WAIVERS, urn="", type="", result=verdict, message="; ".join(wrong))

    def _keep(self, results: Iterable[Result]) -> list[Result]:
        kept = list(results)
        for result in kept:
            key = (result.rule, result.urn)
            self._results[key] = _gravest(self._results[key], result) if key in self._results else result
        return kept


def _sorted(results: Iterable[Result]) -> list[Result]:
    return sorted(results, key=lambda result: (result.rule, result.urn))


def _gravest(one: Result, other: Result) -> Result:
    return min(one, other, key=lambda result: _GRAVEST_FIRST.index(result.result))


@cache
def _resource_checks(type_: str) -> tuple[ResourceCheck, ...]:
    return tuple(check for check in CHECKS if isinstance(check, ResourceCheck) and check.covers(type_))
