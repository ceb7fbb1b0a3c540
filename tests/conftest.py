"""What every run of the tests shares: random examples that stay the same, and a Ctrl-C that arrives.

Examples are the same in every run of ``make test``, others in ``make test-long``.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from engine.errors import BacktestError
from tests.translated import OWN, english_of

settings.register_profile("same", derandomize=True, database=None)
if settings.get_current_profile_name() == "default" and not any(
    name in os.environ for name in ("BACKTEST_RANDOM", "BACKTEST_TIMES", "BACKTEST_LIVES")
):
    settings.load_profile("same")

# A job in the background is started deaf to Ctrl-C, and would pass that on to every program it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def every_error_is_in_every_language(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever error a test brings up, deliberate ones of ours, is wholly Japanese in Japanese."""
    made: list[BacktestError] = []
    OWN.clear()
    begin = BacktestError.__init__

    def begin_and_keep(self: BacktestError, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        if (
            f"{os.sep}tests{os.sep}" not in sys._getframe(1).f_code.co_filename
        ):  # those have errors of their own
            made.append(self)

    monkeypatch.setattr(BacktestError, "__init__", begin_and_keep)
    yield
    assert [(str(error), left) for error in made if (left := english_of(error))] == []
