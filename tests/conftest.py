"""What every run of the tests shares: random examples that stay the same, and a Ctrl-C that arrives.

Examples are the same in every run of ``make test``, others in ``make test-long``.
"""

from __future__ import annotations

import os
import signal

from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None)
if settings.get_current_profile_name() == "default" and not any(
    name in os.environ for name in ("BACKTEST_RANDOM", "BACKTEST_TIMES", "BACKTEST_LIVES")
):
    settings.load_profile("same")

# A job in the background is started deaf to Ctrl-C, and would pass that on to every program it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
