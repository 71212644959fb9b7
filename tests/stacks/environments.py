"""The tracked environments as Pulumi would hand them to the program, and the program run on them without an engine."""

from __future__ import annotations

import functools
import json
import runpy
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from components import artefact_build, container_image
from components.artefact_build import BuiltArtefact
from tests.components.recorder import Recording, record

REPOSITORY = Path(__file__).parents[2]
ARTEFACT = BuiltArtefact(path=Path("artefact.tar"), sha256="ab" * 32, python="3.11", architecture="x86_64")


def stack_file(stack: str) -> dict[str, Any]:
    """A tracked stack file."""
    document: dict[str, Any] = yaml.safe_load((REPOSITORY / f"Pulumi.{stack}.yaml").read_text())
    return document


def as_pulumi_hands_over(config: dict[str, Any]) -> dict[str, str]:
    """Texts stay texts; everything else is JSON."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def run_program(stack: str, config: dict[str, Any] | None = None) -> Recording:
    """Run the repository's own program with a stack's settings; only artefact and image are not built."""
    settings = as_pulumi_hands_over(config or stack_file(stack)["config"])
    with (
        patch.object(artefact_build, "build_artefact", return_value=ARTEFACT),
        patch.object(container_image, "write_context"),
    ):
        return record(lambda: runpy.run_path(str(REPOSITORY / "__main__.py")), config=settings, stack=stack)


@functools.cache
def recorded(stack: str) -> Recording:
    """The program run on a stack's tracked settings: once for all tests of a process, none of which may change it."""
    return run_program(stack)
