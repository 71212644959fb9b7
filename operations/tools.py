"""The tools that `up` needs: which they are, how each is got, and getting them while other things are done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from operations import stack_file
from operations.checkout import Checkout
from operations.exit_codes import OperationError
from operations.timeline import Timeline
from sandbox.engine import launcher
from sandbox.toolchain.obtain import obtain
from sandbox.toolchain.placing import place_executable
from sandbox.toolchain.plan import Plan, ToolError, grouped, plan_all
from sandbox.toolchain.tools import ETCD, KUBE_APISERVER, KUBERNETES, PULUMI, Tool


def needed(checkout: Checkout, like: str) -> tuple[Tool, ...]:
    """The tools for the settings of `like`, that which everything waits for first."""
    return (PULUMI, *KUBERNETES) if stack_file.places_containers(checkout, like) else (PULUMI,)


def decide(checkout: Checkout, like: str) -> list[Plan]:
    """How each tool is got. Raises OperationError where one can't be."""
    return _planned(needed(checkout, like))


def decide_for_preview(programs: Iterable[Checkout], like: str) -> list[Plan]:
    """How each tool is got that the previews of some programs need, Pulumi first: of Kubernetes what keeps objects.

    Raises OperationError where one can't be.
    """
    containers = any(stack_file.places_containers(program, like) for program in programs)
    return _planned((PULUMI, ETCD, KUBE_APISERVER) if containers else (PULUMI,))


def _planned(tools: Sequence[Tool]) -> list[Plan]:
    try:
        return plan_all(tools)
    except ToolError as error:
        raise OperationError(str(error)) from error


def describe(plans: Sequence[Plan]) -> Iterator[str]:
    """A line for each tool, or for those that are made at once."""
    for group in grouped(plans):
        first = group[0]
        if first.ready:
            yield f"{_names(group)}: {first.source.value}: {first.path}"
        else:
            cost = f"about {first.minutes:.0f} min, {first.megabytes} MB"
            yield f"{_names(group)}: to get as {first.source.value} ({cost})"


@contextmanager
def got_meanwhile(checkout: Checkout, plans: Sequence[Plan], timeline: Timeline) -> Iterator[Future[None]]:
    """Get the tools and put them in place; yields what is done when the first of them is.

    They come one after another, so that the first is not kept waiting. Left by an exception, what is under way is ended
    first. Raises OperationError where a tool can't be had; the block is then interrupted, as by Ctrl-C.
    """
    main = threading.get_ident()
    cancelled = threading.Event()
    failures: list[OperationError] = []

    def get(group: Sequence[Plan]) -> None:
        try:
            _get(checkout, group, timeline, cancelled)
        except OperationError as error:
            failures.append(error)
            if not cancelled.is_set():
                signal.pthread_kill(main, signal.SIGINT)

    with ThreadPoolExecutor(1) as executor:
        futures = [executor.submit(get, group) for group in grouped(plans)]
        try:
            yield futures[0]
            for future in futures:
                future.result()
        except BaseException:
            cancelled.set()
            for future in futures:
                future.cancel()
            if failures:
                raise failures[0] from None
            raise


def _get(checkout: Checkout, group: Sequence[Plan], timeline: Timeline, cancelled: threading.Event) -> None:
    if not group[0].ready:
        with timeline.part(f"{_names(group)}: {group[0].source.value}") as part:

            def progress(detail: str) -> None:
                if cancelled.is_set():
                    raise KeyboardInterrupt
                part.tell(detail)

            try:
                for each in group:
                    obtain(each, progress)
            except ToolError as error:
                raise OperationError(str(error)) from error
    for each in group:
        _place(checkout, each)


def _place(checkout: Checkout, got: Plan) -> None:
    if got.tool is PULUMI:
        launcher.place(got.path, checkout.binaries)
    else:
        place_executable(got.path, checkout.binaries / got.tool.name)


def _names(group: Sequence[Plan]) -> str:
    return ", ".join(f"{each.tool.name} {each.tool.version}" for each in group)
