"""Forks service processes on request, so that a test can kill many of them: a start of their own takes seconds.

Reads one JSON object of environment variables a line, and answers each with the process id of a service that runs in
it. Messages in hand stay hidden for a second only after a kill.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from app import run
from app.common import consumer


def main() -> None:
    consumer.HIDDEN_SECONDS = 1
    run.preload()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    print("ready", flush=True)
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            os.environ |= json.loads(line)
            os._exit(run.main())
        print(process, flush=True)


if __name__ == "__main__":
    main()
