"""The strategies of this program: its package ``strategies``, whatever else of that name a user's script sees.

A folder called ``strategies`` beside a script comes before the installed package on Python's path. Who stands
there is looked up without running it; where it is not ours, ours is loaded under a name of its own.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

OWN = Path(__file__).resolve().parents[1] / "strategies" / "__init__.py"
INSTEAD = "engine_strategies"


def package() -> ModuleType:
    """The package of that file."""
    try:
        spec = importlib.util.find_spec("strategies")
    except ValueError:  # somebody's module without a spec
        spec = None
    if spec is not None and spec.origin is not None and Path(spec.origin).resolve() == OWN:
        return importlib.import_module("strategies")
    if INSTEAD not in sys.modules:
        own = importlib.util.spec_from_file_location(
            INSTEAD, OWN, submodule_search_locations=[str(OWN.parent)]
        )
        assert own is not None, "there is such a file"
        assert own.loader is not None, "and it is Python's"
        sys.modules[INSTEAD] = importlib.util.module_from_spec(own)
        own.loader.exec_module(sys.modules[INSTEAD])
    return sys.modules[INSTEAD]


if TYPE_CHECKING:
    from strategies import ALLOCATIONS, CONTRIBUTIONS, REBALANCING, SIGNALS, WITHDRAWALS
    from strategies.allocations import rows_of
    from strategies.contributions import deposits, floored, income, parts_due, releases
    from strategies.dates import due_dates, first_sessions, months_later, sessions_on, sums_on
else:
    _strategies = package()
    ALLOCATIONS, SIGNALS = _strategies.ALLOCATIONS, _strategies.SIGNALS
    CONTRIBUTIONS, WITHDRAWALS = _strategies.CONTRIBUTIONS, _strategies.WITHDRAWALS
    REBALANCING = _strategies.REBALANCING
    rows_of = _strategies.allocations.rows_of
    deposits, floored = _strategies.contributions.deposits, _strategies.contributions.floored
    income, parts_due = _strategies.contributions.income, _strategies.contributions.parts_due
    releases = _strategies.contributions.releases
    due_dates, first_sessions = _strategies.dates.due_dates, _strategies.dates.first_sessions
    months_later, sessions_on = _strategies.dates.months_later, _strategies.dates.sessions_on
    sums_on = _strategies.dates.sums_on

__all__ = [
    "ALLOCATIONS",
    "CONTRIBUTIONS",
    "REBALANCING",
    "SIGNALS",
    "WITHDRAWALS",
    "deposits",
    "due_dates",
    "first_sessions",
    "floored",
    "income",
    "months_later",
    "package",
    "parts_due",
    "releases",
    "rows_of",
    "sessions_on",
    "sums_on",
]
