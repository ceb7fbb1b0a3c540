"""Random examples: the same in every run of ``make test``, others in ``make test-long``."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None)
if settings.get_current_profile_name() == "default" and not any(
    name in os.environ for name in ("BACKTEST_RANDOM", "BACKTEST_TIMES", "BACKTEST_LIVES")
):
    settings.load_profile("same")
