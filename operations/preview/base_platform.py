"""A base revision that is up in a throw-away sandbox, and what changes of it would do.

A preview changes nothing in it, so that any number of changes can be held to one base.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from operations import engine, stack_file, tools
from operations.checkout import Checkout
from operations.exit_codes import OperationError
from operations.preview.base import Base, copy_working_tree, describe_working_tree, extract, python_for
from operations.preview.engine import run_preview
from operations.preview.report import Compared, Report, build
from operations.preview.sandbox import PreviewSandbox, empty_program, preview_directory, running
from operations.timeline import Timeline
from sandbox.engine import launcher

_IN_SANDBOX = (
    "Checked in a throw-away sandbox in which nothing runs: the cloud takes databases, caches and targets for ready at "
    "once, and Kubernetes is an API server without controllers."
)
CHANGE = "Change: pulumi preview"
"""The part of a preview in which the policies are run."""


@dataclass(frozen=True, kw_only=True)
class BasePlatform:
    """base: what is up. like: whose settings it has, and a change gets.
    pulumi: the CLI. protected: URNs of what the engine would refuse to delete, if that had not been taken off.
    """

    sandbox: PreviewSandbox
    base: Base
    like: str
    pulumi: Path
    protected: frozenset[str]
    timeline: Timeline

    def compare(self, repository: Path) -> Report:
        """What the working tree of a repository would change. Raises OperationError where it can't be previewed."""
        inner = self.sandbox.checkout
        with self.timeline.part(CHANGE) as part:
            copy_working_tree(repository, empty_program(self.sandbox))
            launcher.place(self.pulumi, inner.binaries)
            stack_file.generate(inner, self.like)
            results = self.sandbox.scratch / "policy-results.json"
            results.unlink(missing_ok=True)
            told = run_preview(inner, self.protected, results, part.tell)
        compared = Compared(
            base=f"{self.base.name} ({self.base.commit[:12]})",
            change=describe_working_tree(repository),
            settings=self.like,
            checked_by=_IN_SANDBOX,
        )
        return build(compared, told.found, told.policies)


@contextmanager
def base_up(checkout: Checkout, base: Base, like: str, timeline: Timeline) -> Iterator[BasePlatform]:
    """Bring the base up; with the block it is gone, however that ends. Raises OperationError.

    checkout: whose code the sandbox runs. What it needs of tools is got beside what the base needs.
    """
    repository = checkout.repository
    with preview_directory() as sandbox:
        inner = sandbox.checkout
        extract(repository, base, empty_program(sandbox))
        if not inner.settings_file(like).exists():
            raise OperationError(f"the base has no Pulumi.{like}.yaml, so that there is nothing to compare with")
        plans = tools.decide_for_preview((inner, checkout), like)
        with tools.got_meanwhile(inner, plans, timeline) as pulumi, _started(sandbox, repository, timeline):
            with timeline.part("Base: environment"):
                python = python_for(inner.repository, repository)
                pulumi.result()
                launcher.place(plans[0].path, inner.binaries, python)
            with timeline.part("Base: pulumi up") as part:
                stack_file.generate(inner, like)
                engine.select_stack(inner)
                stack_file.generate(inner, like)  # now with the salt that the engine has made
                engine.update(inner, part.tell, thrown_away=True)
                protected = engine.unprotect_all(inner)  # or the preview ends at the first that would be deleted
            yield BasePlatform(
                sandbox=sandbox, base=base, like=like, pulumi=plans[0].path, protected=protected, timeline=timeline
            )


@contextmanager
def _started(sandbox: PreviewSandbox, repository: Path, timeline: Timeline) -> Iterator[None]:
    with ExitStack() as stack:
        with timeline.part("Sandbox"):
            stack.enter_context(running(sandbox, repository))
        yield
