"""Runs the Pulumi program once, in a process of its own, and reports its errors to the engine.

The instruction comes on standard input, so that no configuration value is ever among a process's arguments or in its
environment.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import runpy
import sys
import traceback
from base64 import b64decode, b64encode
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi.runtime
from pulumi.runtime.proto import language_pb2
from pulumi.runtime.settings import SETTINGS

# The exit status that says: it failed, and the user has seen why.
MESSAGE_SHOWN = 32

# Threads for each resource operation that may run at a time, as blocking calls to the engine take one each.
_THREADS_PER_OPERATION = 4


@dataclass(frozen=True, kw_only=True)
class RunInstruction:
    """What to run, and the engine to report to."""

    engine_address: str
    request: language_pb2.RunRequest

    def encode(self) -> bytes:
        """As one JSON document."""
        request = b64encode(self.request.SerializeToString()).decode()
        return json.dumps({"engine_address": self.engine_address, "request": request}).encode()

    @classmethod
    def decode(cls, encoded: bytes) -> RunInstruction:
        """What `encode` gave."""
        document = json.loads(encoded)
        request = language_pb2.RunRequest.FromString(b64decode(document["request"]))
        return cls(engine_address=document["engine_address"], request=request)


def run(instruction: RunInstruction) -> int:
    """Run the program; returns the process's exit status.

    A `pulumi.RunError` is shown as its message alone: the program says what is wrong with its input. Any other
    exception is the program's own fault and shown with the part of the traceback that starts in the program.
    """
    request = instruction.request
    _configure(instruction)
    # The entry point is "." for a program directory, else a file in it.
    program = (Path(request.info.program_directory) / request.info.entry_point).resolve()
    os.chdir(request.pwd or request.info.program_directory)
    sys.argv = [str(program), *request.args]
    try:
        _run_in_stack(program, request.parallel)
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return MESSAGE_SHOWN
    except Exception as error:  # noqa: BLE001 - whatever the program raises is reported to the engine
        pulumi.log.error(f"the program failed with an unhandled exception:\n{_from_program(error, program)}")
        return MESSAGE_SHOWN
    return 0


def _configure(instruction: RunInstruction) -> None:
    request = instruction.request
    pulumi.runtime.set_all_config(dict(request.config), list(request.configSecretKeys))
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=request.monitor_address,
            engine=instruction.engine_address,
            project=request.project,
            stack=request.stack,
            parallel=request.parallel,
            dry_run=request.dryRun,
            organization=request.organization,
            root_directory=request.info.root_directory,
        )
    )


def _run_in_stack(program: Path, parallel: int) -> None:
    # A program that fails leaves tasks behind that nobody awaits; asyncio's complaints about them would hide its error.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    def main_module() -> Awaitable[None]:
        runpy.run_path(str(program), run_name="__main__")
        return _outputs_known()

    with ThreadPoolExecutor(max_workers=max(parallel, 1) * _THREADS_PER_OPERATION) as executor:
        loop.set_default_executor(executor)
        loop.run_until_complete(pulumi.runtime.run_in_stack(main_module))


async def _outputs_known() -> None:
    """Return once every output is known, or one of them has failed; what comes of that is for the SDK to say.

    The SDK waits for them too, but goes through all that are left each time that one is known: with ten thousand of
    them, a third of the program's processor time.
    """
    while pending := _pending_outputs():
        done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.cancelled() or task.exception() for task in done):
            return


def _pending_outputs() -> list[asyncio.Task[Any]]:
    with SETTINGS.lock:
        return [task for task in SETTINGS.outputs if not task.done()]


def _from_program(error: Exception, program: Path) -> str:
    """The traceback without the frames of this module and the SDK that lie before the program's first."""
    main = program / "__main__.py" if program.is_dir() else program
    frames = error.__traceback__
    while frames is not None and Path(frames.tb_frame.f_code.co_filename) != main:
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames or error.__traceback__)).rstrip()


if __name__ == "__main__":
    try:
        status = run(RunInstruction.decode(sys.stdin.buffer.read()))
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
