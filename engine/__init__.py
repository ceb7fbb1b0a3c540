"""Portfolio backtests for people who invest from Japan.

For a notebook or a script, the names of ``engine.notebook``, loaded when they are first asked for::

    from engine import load_config, run, compare, sweep

    result = run("configs/satellite10.yaml", source="sample")
    result                  # a table
    result.plot()           # a chart
    result.returns          # a pandas Series by date; also value and drawdown
    result.frames["equity"]  # a pandas frame
"""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False  # as in typing, which takes time to import; type checkers take the name for true
if TYPE_CHECKING:
    from typing import Any

    from engine.notebook import (
        Asset,
        History,
        audit,
        bootstrap,
        check,
        compare,
        data_verify,
        explore,
        flows,
        load_config,
        load_result,
        load_study,
        run,
        sweep,
        windows,
        with_weights,
        withdraw,
    )

__version__ = "0.1.0"
__all__ = [
    "Asset",
    "History",
    "audit",
    "bootstrap",
    "check",
    "compare",
    "data_verify",
    "explore",
    "flows",
    "load_config",
    "load_result",
    "load_study",
    "run",
    "sweep",
    "windows",
    "with_weights",
    "withdraw",
]


def __getattr__(name: str) -> Any:
    """A name of ``engine.notebook``, imported now (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("engine.notebook"), name)


class _Package(ModuleType):
    """This package, in which ``run`` and ``audit`` are functions although two of its modules have these names.

    Importing a submodule binds it in its package; for these two that would hide the function from then on.
    ``from engine.run import ...`` finds the module all the same.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
