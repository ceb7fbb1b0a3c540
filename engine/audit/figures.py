"""A result's metrics by other libraries, where their definitions are ours."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from engine.audit import again, owned
from engine.audit.checks import LIMIT, Check, apart
from engine.audit.replay import Floats, per_year, returns_accessor, vectorbt_version
from engine.audit.taxes import TaxBook
from engine.messages import Message, message
from engine.result import Result

TIED = message(
    "cvar_95: several equal returns lie at the 5 % quantile; this program counts all of them, vectorbt and "
    "empyrical only as many as 5 % of the sessions: not compared."
)
RUINED = message(
    "A day's costs were all, or more than all, that was held the day before: no time-weighted figure of risk "
    "was compared."
)
NO_EMPYRICAL = message("empyrical is not installed: no metric was recomputed by it.")
NO_PYXIRR = message("pyxirr is not installed: the XIRR was not recomputed.")
DISAGREE = (
    message(
        "twr_cagr, calmar: vectorbt and empyrical annualise by counted sessions (252 a year), this program by "
        "calendar days (365.25 a year); compared by the growth factor instead."
    ),
    message(
        "max_drawdown: vectorbt's drawdown of the replayed value counts withdrawals as losses and deposits as "
        "gains; compared on time-weighted returns instead."
    ),
    message(
        "liquidation_value, quotas and settlement need the law, which no other engine here knows: recomputed from "
        "the transactions and the tables of the law."
    ),
    message("unpaid: what a withdrawal asked for is not in the records."),
)


def check_figures(result: Result) -> tuple[list[Check], list[Message]]:
    """Metrics by vectorbt, empyrical and pyxirr where their definitions are ours; which was not installed."""
    r = np.array(again.counted_returns(result))
    if not len(r) or bool((r <= -1.0).any()):
        return _xirr_checks(result), [RUINED]
    left_out = {"cvar_95"} if _tied(r) else set()
    checks = _risk(result, _by_vectorbt(result, r), f"vectorbt {vectorbt_version()}", left_out)
    missing = [TIED] if left_out else []
    if find_spec("empyrical") is None:
        missing.append(NO_EMPYRICAL)
    else:
        checks += _risk(result, _by_empyrical(result, r), "empyrical", left_out)
    if find_spec("pyxirr") is None:
        missing.append(NO_PYXIRR)
    return [*checks, *_xirr_checks(result)], missing


def _tied(r: Floats) -> bool:
    """Whether several equal returns lie at the 5 % quantile."""
    return int((r <= np.quantile(r, 0.05)).sum()) != int((len(r) - 1) * 0.05) + 1


def _risk(
    result: Result, theirs: Mapping[str, Callable[[], Any]], by: str, left_out: set[str]
) -> list[Check]:
    """The figures that have a meaning in this result."""
    names = [name for name in theirs if name not in left_out]
    ours = {name: result.metrics.get(name) for name in names}
    return [
        Check(name, by, apart(float(value), float(theirs[name]())))
        for name, value in ours.items()
        if isinstance(value, int | float)
    ]


def _by_vectorbt(result: Result, r: Floats) -> Mapping[str, Callable[[], Any]]:
    sessions = per_year(result)
    returns = returns_accessor(r, sessions)
    # vectorbt's drawdowns start from the first close; a bar without return before it makes 1.0 the start.
    # Of sparse prices the first return, its costs alone, is no observation of ``r``, but it is a drawdown.
    every = again.path_of(result).counted
    started = returns_accessor(np.concatenate([[0.0], every]), sessions)
    longer = math.sqrt((len(every) + 1.0) / len(every))
    rate = again.session_rate(result)
    return {
        "volatility": lambda: returns.annualized_volatility(),
        "sharpe": lambda: returns.sharpe_ratio(risk_free=rate),
        "sortino": lambda: returns.sortino_ratio(required_return=rate),
        "max_drawdown": lambda: started.max_drawdown(),
        "ulcer_index": lambda: started.ulcer_index() * longer,
        "var_95": lambda: returns.value_at_risk(),
        "cvar_95": lambda: returns.cond_value_at_risk(),
    }


def _by_empyrical(result: Result, r: Floats) -> Mapping[str, Callable[[], Any]]:
    empyrical, sessions = import_module("empyrical"), per_year(result)
    rate = again.session_rate(result)
    return {
        "volatility": lambda: empyrical.annual_volatility(r, annualization=sessions),
        "sharpe": lambda: empyrical.sharpe_ratio(r, risk_free=rate, annualization=sessions),
        "sortino": lambda: empyrical.sortino_ratio(r, required_return=rate, annualization=sessions),
        "max_drawdown": lambda: empyrical.max_drawdown(r),
        "var_95": lambda: empyrical.value_at_risk(r),
        "cvar_95": lambda: empyrical.conditional_value_at_risk(r),
    }


def _xirr_checks(result: Result) -> list[Check]:
    ours = result.metrics.get("xirr")
    if not isinstance(ours, float) or find_spec("pyxirr") is None:
        return []
    return [Check("xirr", "pyxirr", apart(ours, _xirr(result)))]


def _xirr(result: Result) -> float:
    pyxirr = import_module("pyxirr")
    moves = result.transactions
    flows = np.isin(moves["kind"], ("deposit", "withdrawal"))
    dates = [result.dates[0].item(), *moves["date"][flows].tolist(), result.dates[-1].item()]
    began = -owned.opening_value(result)
    amounts = [began, *(-moves["amount"][flows]).tolist(), float(result.equity["value"][-1])]
    if not began:
        dates, amounts = dates[1:], amounts[1:]
    found = pyxirr.xirr(dates, amounts)
    return math.nan if found is None else float(found)


def check_again(result: Result) -> Iterator[Check]:
    """Every figure of the metrics that the records determine, by plain loops; also that none is missing."""
    for name, theirs in again.figures(result).items():
        ours = result.metrics.get(name)
        if isinstance(theirs, float) and isinstance(ours, int | float):
            limit = LIMIT * _blur(result, name)
            yield Check(name, "transactions", apart(float(ours), theirs), limit=limit)
        else:
            yield Check(name, "transactions", 0.0 if ours == theirs else math.inf, f"{ours} / {theirs}")
    by_law = TaxBook(result).liquidation_value()
    rounded = 1.0 if "plain" not in result.config["accounts"] else 0.0
    allowed = rounded + LIMIT * max(1.0, abs(by_law))
    ours = result.metrics.get("liquidation_value")
    gap = abs(float(ours) - by_law) if isinstance(ours, int | float) else math.inf
    yield Check("liquidation_value", "transactions", gap, limit=allowed)


def _blur(result: Result, name: str) -> float:
    """How much more than rounding a ratio may differ by: over next to nothing, rounding is all that is left."""
    under = {"calmar": "max_drawdown", "sharpe": "volatility", "sortino": "volatility"}.get(name)
    size = abs(float(result.metrics.get(under) or 0.0)) if under else 1.0
    return max(1.0, 1e-3 / size) if size > 0.0 else 1.0
