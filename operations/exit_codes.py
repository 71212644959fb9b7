"""The exit codes, one table for every command, and the error that carries one."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status says."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    NOTHING_RUNNING = 3
    REFUSED = 4
    GATE_FAILED = 5
    CHANGES_FOUND = 6
    DESTRUCTIVE_CHANGE_FOUND = 7
    POLICY_FAILED = 8
    INTERRUPTED = 130


class OperationError(Exception):
    """Something the user is told in one line: what is wrong, where, and what to do."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code
