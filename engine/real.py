"""A result in today's money: every amount divided by what consumer prices have risen since its day.

``r_t = n_t × P_end / P_t``, with P_t the level of the month in which session t lies and P_end that of the month of
the last session: the reading is in the money of that month. Returns, drawdowns, the XIRR and the days below the
principal are those of the deflated values and flows, so that what is paid in is deflated from its own day. Where
nothing can be deflated (a month without a figure) there is no reading at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from engine.columns import year_columns
from engine.errors import ConfigError, DataError
from engine.ledger.layout import BELOW
from engine.market.series import Floats, Ints, calendar_year
from engine.messages import Message, Month, from_plain, message, to_plain
from engine.metrics import (
    SESSIONS_A_YEAR,
    metrics_of,
    named_years,
    time_weighted,
    with_return,
    worst_drawdown,
)
from engine.result import Result
from engine.xirr import money_weighted

# Ratios of what is earned beyond what cash earns: prices take the same from both.
AS_THEY_ARE = ("sharpe", "sortino")
MONEY = ("value", "contributed", "withdrawn", "flow", "cash", "unpaid")
MOVED = ("amount", "price", "cost", "cash_after")
NOT_KNOWN = message("what was not paid on which day is not recorded")


def why_not_real(result: Result) -> DataError | ConfigError | None:
    """Why a result cannot be read in today's money; None where it can."""
    level = result.equity.get("price_level")
    if level is None:
        return no_prices(result.name)
    if not np.isnan(level).any():
        return None
    day = result.dates[np.isnan(level)][0]
    return DataError(
        message(
            "{name}: {source}: no figure for {month}, so that nothing of this run is in today's money",
            name=result.name,
            source=from_plain(result.manifest["inflation"]["source"]) or message("consumer prices"),
            month=str(day.astype("datetime64[M]")),
        ),
        hint=message("--set period.end=DAY within its months, or a newer file: --set inflation=csv:FILE"),
    )


def no_prices(name: str) -> ConfigError:
    """The error of a plan that names no consumer prices."""
    return ConfigError(
        message("{name}: today's money needs consumer prices", name=name),
        hint=message("--set inflation=cpi_jp, a rate a year, or csv:FILE"),
    )


def in_real_money(result: Result) -> Result:
    """The same run in the money of its last month; ``manifest["real"]`` says which, ``config`` is as it was.

    Amounts of NISA's limits, prices of units and exchange rates stay as they were on their day. Raises
    ConfigError where the run has no consumer prices, DataError where a month has no figure.
    """
    problem = why_not_real(result)
    if problem is not None:
        raise problem
    level = result.equity["price_level"]
    worth: Floats = level[-1] / level
    equity = _deflated_path(result, worth)
    at = np.searchsorted(result.dates, result.transactions["date"])
    transactions = {
        name: values * worth[at] if name in MOVED else values for name, values in result.transactions.items()
    }
    metrics, reasons, index = _metrics(result, equity, transactions, worth)
    equity["twr"] = index
    years = year_columns(equity, transactions, (True, True))
    core = result.benchmark
    return replace(
        result,
        metrics=metrics,
        reasons=reasons,
        equity=equity,
        transactions=transactions,
        years={**years, "full": result.years["full"]},
        manifest=_said(result),
        benchmark=None if core is None else in_real_money(core),
    )


def month_of(result: Result) -> str:
    """The month whose money a reading is in, ``2025-12``."""
    return str(result.dates[-1].astype("datetime64[M]"))


def _said(result: Result) -> dict[str, Any]:
    manifest = result.manifest
    source = from_plain(manifest["inflation"]["source"]) or message("consumer prices")
    lines = real_lines(source, month_of(result))
    return {
        **manifest,
        "real": {**manifest["inflation"], "money_of": month_of(result)},
        "assumptions": [*map(to_plain, lines), *manifest["assumptions"]],
    }


def real_lines(source: Message, month: str) -> list[Message]:
    """What a reading in the money of a ``month`` such as 2025-12 means; ``source`` of consumer prices."""
    return [
        message(
            "All amounts are in the money of {month}: each is multiplied by what {source} have risen since the "
            "month of its day; a month's figure holds on all its days.",
            month=Month(date.fromisoformat(f"{month}-01")),
            source=source,
        ),
        message(
            "Returns, drawdowns and days below the principal are those of the amounts so deflated. Sharpe and "
            "Sortino, the limits of NISA, prices of units and exchange rates are those of their day."
        ),
    ]


def _deflated_path(result: Result, worth: Floats) -> dict[str, Any]:
    """The columns of equity; sums so far are those of amounts, each by its own day."""
    equity: dict[str, Any] = {}
    for name, values in result.equity.items():
        if name in ("contributed", "withdrawn"):
            equity[name] = (np.diff(values, prepend=0.0) * worth).cumsum()
        elif name in MONEY or name.startswith(("asset:", "bucket:")):
            equity[name] = values * worth
        else:
            equity[name] = values
    return equity


def real_stats(
    days: Ints, value: Floats, paid_in: Floats, taken_out: Floats, flow: Floats, cash: Floats
) -> dict[str, float]:
    """What ``engine.metrics.streamed`` needs of one path (T,), from the first deposit on, all in one money.

    ``days`` since 1970, ``value`` and ``cash`` at the close, ``paid_in`` and ``taken_out`` of each session (>= 0),
    ``flow`` what came in less what went out. As the kernel's own statistics are defined.
    """
    r, counted = time_weighted(value, flow), with_return(value, flow)
    index: Floats = np.cumprod(1.0 + r).astype(np.float64)
    with_money = np.concatenate([[False], value[:-1] > 0.0])
    principal = (paid_in - taken_out).cumsum() * BELOW
    return {
        "final_value": float(value[-1]),
        "contributed": float(paid_in.sum()),
        "withdrawn": float(taken_out.sum()),
        "twr_index": float(index[-1]),
        "max_drawdown": worst_drawdown(index)[0],
        "return_sum": float(r.sum()),
        "return_square_sum": float((r * r).sum()),
        "return_count": float(counted.sum()),
        "idle_cash_average": float(cash[counted].sum()) / max(float(counted.sum()), 1.0),
        "first_return": float(r[0]),
        "days": float(np.diff(days, prepend=days[0])[with_money].sum()),
        "days_below_principal": float(((value < principal) & counted).sum()),
        "xirr": money_weighted(flow, (days[-1] - days) / 365.0, float(value[-1])),
    }


def _metrics(
    result: Result, equity: Mapping[str, Any], transactions: Mapping[str, Any], worth: Floats
) -> tuple[dict[str, Any], dict[str, Any], Floats]:
    nominal, period = result.metrics, result.manifest.get("period", {})
    asked = result.config.get("period") or {}
    first = int(np.argmax(equity["contributed"] > 0.0))
    dates, value, flow, cash = (equity[name][first:] for name in ("date", "value", "flow", "cash"))
    paid_in, taken_out = (np.diff(equity[name], prepend=0.0)[first:] for name in ("contributed", "withdrawn"))
    lasted, kind = nominal.get("years_lasted"), transactions["kind"]

    def summed(*kinds: str) -> float:
        return float(transactions["amount"][np.isin(kind, kinds)].sum()) + 0.0

    stats = real_stats(dates.astype(np.int64), value, paid_in, taken_out, flow, cash) | {
        "liquidation_value": float(nominal["liquidation_value"] or 0.0) * float(worth[-1]),
        "cost_paid": float(transactions["cost"].sum()),
        "tax_paid": -summed("tax", "tax_refund"),
        "dividend_tax_paid": -summed("source_tax", "dividend_tax", "interest_tax"),
        "unpaid": float(equity["unpaid"].sum()) if "unpaid" in equity else 0.0,
        "lasted": math.nan if lasted is None else float(_days(dates[0], str(nominal["depleted_on"]))),
    }
    full = result.years["full"].astype(bool)
    metrics, reasons, index = metrics_of(
        stats,
        dates,
        value,
        flow,
        sold=summed("sell"),
        exchange=_exchange(result, worth, first),
        risk_free=float(result.config.get("risk_free") or 0.0),
        years=named_years(asked.get("start"), asked.get("end")) if first == 0 else 0,
        edges=(_first_full(result, first), bool(full[-1])),
        per_year=int(period.get("per_year", SESSIONS_A_YEAR)),
    )
    for name in AS_THEY_ARE:
        metrics[name] = nominal.get(name)
    if nominal.get("unpaid") and "unpaid" not in equity:
        metrics["unpaid"], reasons["unpaid"] = None, NOT_KNOWN
    return metrics, reasons, np.concatenate([np.ones(first), index])


def _days(first: np.datetime64, last: str) -> int:
    return int((np.datetime64(last, "D") - first).astype(int))


def _first_full(result: Result, first: int) -> bool:
    """Whether the calendar year of the first deposit is a whole one."""
    year = calendar_year(result.dates[first])
    return bool(result.years["full"][result.years["year"] == year].any())


def _exchange(result: Result, worth: Floats, first: int) -> Floats | None:
    """(T,) what the exchange rate made of what was held abroad overnight, in today's money: see run.py."""
    if result.metrics.get("twr_local") is None:
        return None
    equity, base = result.equity, result.config.get("currency", "JPY")
    rate = equity["usdjpy"]
    gains = np.zeros(len(rate))
    for symbol, about in result.manifest["assets"].items():
        if about["currency"] != base:
            held, price = equity[f"asset:{symbol}"], equity[f"price:{symbol}"]
            gains[1:] += held[:-1] * price[1:] / price[:-1] * (1.0 - rate[:-1] / rate[1:])
    return (gains * worth)[first:]
