"""Commands in children of a process that has loaded the program: started at once, killed in their own work."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from tests.child import UNWATCHED, environment

COMMAND_LINE = """
from engine.cli import main
def call(arguments):
    try:
        main(arguments)
    except SystemExit as stop:
        return stop.code or 0
"""
# A child of its own does each command: a kill falls into the command's work, not into the second that Python
# takes to load.
NURSERY = """
import json, os, sys
for line in sys.stdin:
    kind, arguments = json.loads(line)
    if kind == "here":
        print(call(arguments), flush=True)
        continue
    child = os.fork()
    if not child:
        os._exit(call(arguments) or 0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Nursery:
    """A process that is told, line by line, what a child of it does."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def _ask(self, kind: str, arguments: Sequence[object]) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([kind, [str(item) for item in arguments]]) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def here(self, *arguments: object) -> None:
        """A command to its end in the process itself, which keeps all that it imports."""
        assert self._ask("here", arguments) == 0

    def run(self, *arguments: object) -> float:
        """A command to its end in a child; the seconds that it took."""
        began = time.monotonic()
        self._ask("child", arguments)
        assert self._answer() == 0
        return time.monotonic() - began

    def call(self, *arguments: object) -> float:
        """A command to its end, twice; the seconds that the second one took in a child."""
        self.here(*arguments)
        return self.run(*arguments)

    def kill(self, after: float, *arguments: object) -> float | None:
        """A command that is killed after some seconds; how long it took where it came to its end before."""
        began = time.monotonic()
        child = self._ask("child", arguments)
        if not select.select([self.process.stdout], [], [], after)[0]:  # it has not said yet how it ended
            with contextlib.suppress(ProcessLookupError):  # it does so now
                os.kill(child, signal.SIGKILL)
        code = self._answer()
        assert code in (0, -signal.SIGKILL)
        return None if code else time.monotonic() - began


@contextlib.contextmanager
def nursery(load: str = COMMAND_LINE) -> Iterator[Nursery]:
    """A nursery whose ``load`` makes the function ``call`` of a command's arguments."""
    with subprocess.Popen(
        [sys.executable, "-c", load + NURSERY],
        env=environment(**UNWATCHED), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()
