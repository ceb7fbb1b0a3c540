"""The command line as a person uses it: ``type_in`` in this process, ``on_a_terminal`` in one of its own."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.cli import main

ROOT = Path(__file__).parents[1]
CONFIGS = ROOT / "configs"
RUN = "import sys; from engine.cli import main; main(sys.argv[1:])"


@dataclass(frozen=True)
class Said:
    """Exit code and what came out; ``error`` is standard error."""

    code: int
    out: str
    error: str

    @property
    def line(self) -> str:
        """Standard error, which must be one line that begins with the program's name."""
        assert self.error.count("\n") == 1, self.error
        assert self.error.startswith("backtest: "), self.error
        return self.error.removeprefix("backtest: ").strip()


def type_in(capsys: pytest.CaptureFixture[str], *arguments: object) -> Said:
    """Run a command in this process, its output piped."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    out, error = capsys.readouterr()
    assert "\x1b" not in out + error, "escape codes in piped output"
    code = stop.value.code
    return Said(code if isinstance(code, int) else 0, out, error)


def on_a_terminal(*arguments: object, keys: str = "", more: Mapping[str, str] = {}) -> Said:
    """Run a command in a process of its own on a pseudo-terminal, with ``keys`` typed at its first question.

    A terminal has one screen: everything is in ``out``. Skips where the system has no such terminals.
    """
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "PYTHONPATH": str(ROOT), **more}
    environ = {name: value for name, value in environ.items() if value != ""}
    child, screen = pty.fork()
    if child == 0:
        os.execve(sys.executable, [sys.executable, "-c", RUN, *map(str, arguments)], environ)
    shown, typed, deadline = b"", False, time.monotonic() + 60
    while time.monotonic() < deadline:
        if not select.select([screen], [], [], 1.0)[0]:
            continue
        try:
            piece = os.read(screen, 65536)
        except OSError:  # how Linux says that the other side is gone
            break
        if not piece:
            break
        shown += piece
        if not typed and shown.rstrip().endswith(b":"):  # a question: typed earlier, keys might be lost
            os.write(screen, keys.encode())
            typed = True
    else:
        os.kill(child, signal.SIGKILL)
    os.close(screen)
    _, status = os.waitpid(child, 0)
    return Said(os.waitstatus_to_exitcode(status), shown.decode().replace("\r\n", "\n"), "")
