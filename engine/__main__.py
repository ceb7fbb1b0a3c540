"""The program's way in: ``backtest`` and ``python -m engine``.

Nothing is imported before Ctrl-C is prepared for: what the commands need takes some 30 ms to load, and a
person who stops the program in these wants no traceback either.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

INTERRUPTED = 130


def main() -> None:
    """Run the command line. Ctrl-C ends with one line and exit code 130 at any moment."""
    is_deaf = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # a job in the background
    if not is_deaf:
        signal.signal(signal.SIGINT, _end)
    try:
        from engine.cli import main as command

        if not is_deaf:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        command()
    except KeyboardInterrupt:
        _end()
    finally:
        if not is_deaf:
            signal.signal(signal.SIGINT, _end)


def _end(number: int = signal.SIGINT, frame: FrameType | None = None) -> None:
    try:
        os.write(2, b"backtest: interrupted\n")
    finally:
        os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
