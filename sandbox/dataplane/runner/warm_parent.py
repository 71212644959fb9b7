"""The program that all processes of one artefact are forked from, run by the artefact's own Python.

It imports the services once; each fork then shares that memory: 100 VMs start in about a second and own some 6 MB
each, where 100 separate interpreters took 28 s and 2.5 GB.

It speaks JSON messages over the sequenced-packet Unix socket that it inherits. In:
`{"fork": ID, "module": …, "arguments": […], "environment": {…}, "name": …}` with the log's file descriptor, or
`{"signal": ID, "number": N}`. Out: `{"ready": true}`, `{"forked": ID, "pid": …}`, `{"ended": ID, "status": …}`
(negative: the signal that ended it).
Standard library only, and nothing of the repository but what this file imports.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import traceback
from typing import Any

from sandbox.dataplane.unprivileged import give_up_root
from sandbox.processes import die_with_parent

SERVICE_MODULE = "app.run"
MESSAGE_BYTES = 1 << 17
_PR_SET_NAME = 15


class WarmParent:
    """Forks children on request and reports their ends, until its socket closes."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._children: dict[int, int] = {}  # process id → the requester's id
        self._wakeup_read, self._wakeup_write = os.pipe()
        for descriptor in (self._wakeup_read, self._wakeup_write):
            os.set_blocking(descriptor, False)

    def serve(self) -> None:
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a handler, so that the wake-up descriptor is written
        signal.set_wakeup_fd(self._wakeup_write, warn_on_full_buffer=False)
        self._send({"ready": True})
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        poll.register(self._wakeup_read, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == self._wakeup_read:
                    os.read(self._wakeup_read, 4096)
                    self._report_ended()
                elif not self._handle_message():
                    return

    def _handle_message(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._channel, MESSAGE_BYTES, 1)
        if not data:
            return False
        message = json.loads(data)
        if "fork" in message:
            self._fork(message, descriptors[0])
            os.close(descriptors[0])
        else:
            for process, identifier in self._children.items():
                if identifier == message["signal"]:
                    os.kill(process, message["number"])
        return True

    def _fork(self, message: dict[str, Any], log: int) -> None:
        parent = os.getpid()
        process = os.fork()
        if process == 0:
            _become_service(parent, message, log)
        self._children[process] = message["fork"]
        self._send({"forked": message["fork"], "pid": process})

    def _report_ended(self) -> None:
        while self._children:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                return
            self._send({"ended": self._children.pop(process), "status": os.waitstatus_to_exitcode(status)})

    def _send(self, message: dict[str, Any]) -> None:
        self._channel.send(json.dumps(message).encode())


def _become_service(parent: int, message: dict[str, Any], log: int) -> None:
    """Turn a fresh fork into a service's process, run it, and end."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        ctypes.CDLL(None).prctl(_PR_SET_NAME, message["name"].encode(), 0, 0, 0)
        if os.geteuid() == 0:
            give_up_root()
        die_with_parent(parent)
        os.environ.clear()
        os.environ.update(message["environment"])
        gc.enable()
        _run(message["module"], message["arguments"])
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - whatever ended the service belongs in its own log
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _run(module: str, arguments: list[str]) -> None:
    sys.argv = [module, *arguments]
    if module == SERVICE_MODULE:
        sys.exit(importlib.import_module(module).main())
    else:
        runpy.run_module(module, run_name="__main__", alter_sys=True)


def main() -> None:
    repository, descriptor = sys.argv[1:]
    sys.path.remove(repository)  # the services come from the artefact, or not at all
    gc.disable()  # a collection now would leave holes in pages that the forks then fill, and so unshare
    importlib.import_module(SERVICE_MODULE).preload()
    gc.freeze()  # a collection would write to, and so unshare, every imported object
    WarmParent(socket.socket(fileno=int(descriptor))).serve()


if __name__ == "__main__":
    main()
