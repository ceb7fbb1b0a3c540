"""Figures of a simulation, each a pure function with its formula's source.

Returns are daily time-weighted returns ``r`` of shape (n,), the first of which is the first session's
(value / first flow − 1, so that its costs count). No function accepts NaN; a figure that has no meaning is
NaN and ``metrics_of`` turns it into None with a reason. Rates and ratios are fractions, not percent.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any, NamedTuple, TypedDict

import numpy as np

from engine.ledger.layout import BELOW
from engine.market.series import ONE_DAY, Dates, Floats, Ints, Mask, calendar_years, last_of_each
from engine.messages import Message, message, word

SESSIONS_A_YEAR = 252  # by convention, of daily figures; of weekly ones 52, of monthly ones 12
LEAST_SESSIONS = 200  # that two exchanges have in common in a year
DAYS_A_YEAR = 365.25  # of the CAGR; the XIRR counts days / 365
YEAR = 365  # days under which nothing is annualised


NOT_DRY = message("the money did not run out")
OPEN, DRY_BEFORE = message("not recovered by the end"), message("the money ran out before it recovered")
NO_DRAWDOWN = message("there was no drawdown")
NO_CURRENCY = message("no asset is in a foreign currency")
NO_RATE = message("no rate makes these flows grow to this value, or only that of a loan")
COSTS_TOOK_ALL = message("a day's costs were more than all that was held the day before")
FEW_SESSIONS = message("fewer than 60 sessions")
NO_YEAR = message("no full calendar year")
TOO_SHORT = message("the period is shorter than 365 days: nothing is annualised")
MONEY_TOO_SHORT = message("there was money for fewer than 365 days: nothing is annualised")


class Metric(NamedTuple):
    """What everybody needs to know of a figure.

    ``kind``        how it is shown: see ``engine.report.models``
    ``better``      ``max``, ``min``, or neither
    ``annualised``  null where there was money for less than a year
    ``negative``    at or below zero: a loss, so that more is better
    ``reason``      why it is null otherwise
    """

    name: str
    kind: str
    better: str = ""
    annualised: bool = False
    negative: bool = False
    reason: Message = message("has no meaning here")

    @property
    def label(self) -> Message:
        """Its name for people."""
        return word(self.name)


# Every figure of metrics.json, in the order of pages and tables. Studies have those of ``streamed``.
_EVERY = (
    Metric("depleted_on", "date", reason=NOT_DRY),
    Metric("years_lasted", "number", "max", reason=NOT_DRY),
    Metric("unpaid", "money", "min"),
    Metric("contributed", "money"),
    Metric("withdrawn", "money"),
    Metric("final_value", "money", "max"),
    Metric("liquidation_value", "money", "max"),
    Metric("profit", "money", "max"),
    Metric("value_to_contributed", "times", "max"),
    Metric("xirr", "percent", "max", annualised=True, reason=NO_RATE),
    Metric("twr_cagr", "percent", "max", annualised=True, reason=COSTS_TOOK_ALL),
    Metric("twr_local", "percent", reason=NO_CURRENCY),
    Metric("twr_fx", "percent", reason=NO_CURRENCY),
    Metric("volatility", "percent", "min", annualised=True),
    Metric("sharpe", "number", "max", annualised=True, reason=message("no volatility")),
    Metric("sortino", "number", "max", annualised=True, reason=message("no return below the target")),
    Metric("max_drawdown", "percent", "max", negative=True),
    Metric("max_drawdown_peak", "date", reason=NO_DRAWDOWN),
    Metric("max_drawdown_trough", "date", reason=NO_DRAWDOWN),
    Metric("max_drawdown_recovery", "date", reason=NO_DRAWDOWN),
    Metric("calmar", "number", "max", annualised=True, reason=NO_DRAWDOWN),
    Metric("ulcer_index", "percent", "min"),
    Metric("var_95", "percent", negative=True, reason=FEW_SESSIONS),
    Metric("cvar_95", "percent", negative=True, reason=FEW_SESSIONS),
    Metric("best_year", "percent", "max", reason=NO_YEAR),
    Metric("worst_year", "percent", "max", reason=NO_YEAR),
    Metric("days_below_principal", "days", "min"),
    Metric("turnover", "percent", "min", annualised=True),
    Metric("cost_paid", "money", "min"),
    Metric("tax_paid", "money", "min"),
    Metric("dividend_tax_paid", "money", "min"),
    Metric("idle_cash_average", "money"),
)
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _EVERY}


class Metrics(TypedDict):
    """``METRICS`` for type checkers: dates are ISO text, None is a figure without meaning."""

    depleted_on: str | None
    years_lasted: float | None
    unpaid: float
    contributed: float
    withdrawn: float
    final_value: float
    liquidation_value: float
    profit: float
    value_to_contributed: float
    xirr: float | None
    twr_cagr: float | None
    twr_local: float | None
    twr_fx: float | None
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    max_drawdown: float
    max_drawdown_peak: str | None
    max_drawdown_trough: str | None
    max_drawdown_recovery: str | None
    calmar: float | None
    ulcer_index: float | None
    var_95: float | None
    cvar_95: float | None
    best_year: float | None
    worst_year: float | None
    days_below_principal: int
    turnover: float | None
    cost_paid: float
    tax_paid: float
    dividend_tax_paid: float
    idle_cash_average: float


AS_THE_LEDGER_SAYS = (
    "contributed", "withdrawn", "final_value", "liquidation_value", "max_drawdown", "days_below_principal",
    "cost_paid", "tax_paid", "dividend_tax_paid", "idle_cash_average", "unpaid",
)  # fmt: skip


def cagr(growth: Floats, days: float | Floats) -> Floats:
    """Compound annual growth rate of a growth factor over calendar ``days``: growth^(365.25/days) − 1.

    NaN where the factor is negative (a day's costs were more than all that was held the day before).
    """
    return np.power(np.where(growth < 0.0, np.nan, growth), DAYS_A_YEAR / days) - 1.0


def volatility(total: Floats, squares: Floats, count: Floats, per_year: int = SESSIONS_A_YEAR) -> Floats:
    """Annualised sample sd from Σr, Σr² and n: √((Σr² − (Σr)²/n)/(n − 1)) · √``per_year``."""
    variance = (squares - total * total / count) / (count - 1.0)
    return np.sqrt(np.maximum(variance, 0.0)) * math.sqrt(per_year)


def volatility_of_months(dates: Dates, index: Floats) -> float:
    """Annualised sample sd of a growth index (T,) from month ends: sd of monthly returns · √12; NaN under a year.

    Whether two prices of one day are of the same hour does not matter from month to month.
    """
    months = dates.astype("datetime64[M]")
    ends = index[last_of_each(months)]
    if len(ends) < 13:
        return math.nan
    return float(np.std(ends[1:] / ends[:-1] - 1.0, ddof=1)) * math.sqrt(12)


def daily_rate(yearly: float, per_year: int = SESSIONS_A_YEAR) -> float:
    """The rate a session of a yearly rate: (1 + yearly)^(1/``per_year``) − 1."""
    return float((1.0 + yearly) ** (1.0 / per_year) - 1.0)


def sharpe(
    total: Floats, count: Floats, sd: Floats, risk_free: float = 0.0, per_year: int = SESSIONS_A_YEAR
) -> Floats:
    """Sharpe ratio: (mean return of a session − its risk-free rate) · ``per_year`` / annualised sd.

    Source: Sharpe, "The Sharpe Ratio", Journal of Portfolio Management, 1994. NaN where sd is zero.
    """
    excess = (total / count - daily_rate(risk_free, per_year)) * per_year
    return np.divide(excess, sd, out=np.full_like(excess, np.nan), where=sd > 0.0)


def sortino(r: Floats, risk_free: float = 0.0, per_year: int = SESSIONS_A_YEAR) -> float:
    """Sortino ratio: annualised excess mean over the downside deviation of all observations.

    Downside deviation: √(mean(min(r − target, 0)²)) · √``per_year``. Source: Sortino and Price, 1994.
    """
    excess = r - daily_rate(risk_free, per_year)
    downside = math.sqrt(float(np.mean(np.minimum(excess, 0.0) ** 2))) * math.sqrt(per_year)
    return float(excess.mean()) * per_year / downside if downside > 0.0 else math.nan


def drawdowns(index: Floats) -> Floats:
    """(T,) return since the running peak of a growth index that starts from 1.0: I / max(1, I so far) − 1."""
    return index / np.maximum(np.maximum.accumulate(index), 1.0) - 1.0


def worst_drawdown(index: Floats) -> tuple[float, int, int, int]:
    """Maximum drawdown, <= 0; positions of its peak, trough and recovery (−1: before the start / not yet)."""
    depth = drawdowns(index)
    trough = int(depth.argmin())
    before = index[: trough + 1]
    peak = int(before.argmax()) if before.max() >= 1.0 else -1
    top = max(float(before.max()), 1.0)
    back = np.flatnonzero(index[trough:] >= top)
    return float(depth[trough]), peak, trough, trough + int(back[0]) if len(back) else -1


def ulcer_index(index: Floats, counted: Mask | None = None) -> float:
    """Root mean square of the drawdown, over the sessions that are ``counted`` (None: all).

    Source: Martin and McCann, The Investor's Guide to Fidelity Funds, 1989.
    """
    depth = drawdowns(index)
    kept = depth if counted is None else depth[counted]
    return float(np.sqrt(np.mean(kept**2))) if len(kept) else math.nan


def value_at_risk(r: Floats, level: float = 0.95) -> float:
    """Historical one-session value at risk: the (1 − level) quantile of returns, linear interpolation."""
    return float(np.quantile(r, 1.0 - level))


def expected_shortfall(r: Floats, level: float = 0.95) -> float:
    """Historical one-session expected shortfall: the mean of returns at or below the quantile."""
    return float(r[r <= np.quantile(r, 1.0 - level)].mean())


def time_weighted(value: Floats, flow: Floats) -> Floats:
    """Daily returns (T,) from values and external flows at the close: r = (V − F) / V before − 1.

    Where there was nothing before, or less than a deposit's costs, r = V / (V before + F) − 1 on a deposit
    and 0 otherwise. Source: GIPS, daily valuation.
    """
    before = np.concatenate([[0.0], value[:-1]])
    r = np.zeros(len(value))
    held = (before > 0.0) & ~((flow > 0.0) & (value <= flow))
    r[held] = (value[held] - flow[held]) / before[held] - 1.0
    begins = ~held & (flow > 0.0)
    r[begins] = value[begins] / (before[begins] + flow[begins]) - 1.0
    return r


def split_by_currency(r: Floats, value: Floats, exchange: Floats | None) -> tuple[float, float]:
    """The time-weighted return with the rate held still overnight, and what the rate did beyond it.

    1 + twr = (1 + local) (1 + fx). A session's local return is ``r`` less ``exchange`` / V before: what is in
    yen, or has not been invested yet, has no currency return. NaN where nothing can be held abroad.
    """
    if exchange is None:
        return math.nan, math.nan
    before = np.concatenate([[0.0], value[:-1]])
    still = r - np.divide(exchange, before, out=np.zeros(len(r)), where=before > 0.0)
    whole, local = float(np.prod(1.0 + r)), float(np.prod(1.0 + still))
    return local - 1.0, whole / local - 1.0 if local > 0.0 else math.nan


def with_return(value: Floats, flow: Floats) -> Mask:
    """(T,) the sessions that have a return: those with money the session before, or with a deposit."""
    return (np.concatenate([[0.0], value[:-1]]) > 0.0) | (flow > 0.0)


def below_principal(value_to_contributed: Floats) -> Mask:
    """Whether what is there and was taken out is less than what was paid in; rounding is not, NaN is not."""
    return value_to_contributed < BELOW


def gained(after: Floats, before: Floats) -> Floats:
    """(n,) what there is more of ``after`` than ``before``, as a fraction of that; NaN where there was nothing."""
    ratio: Floats = np.divide(after, before, out=np.full(len(after), np.nan), where=before > 0.0)
    return ratio - 1.0


def whole_years(start: np.datetime64, end: np.datetime64) -> int:
    """How many whole years a period is by its name: from the first of a month to the day before an anniversary.

    0 for any other. Its first and last sessions may lie some days inside: 1 January to 31 December is a year.
    """
    first, after = start.astype("datetime64[M]"), (end + ONE_DAY).astype("datetime64[M]")
    months = int((after - first).astype(int))
    named = start == first.astype("datetime64[D]") and end + ONE_DAY == after.astype("datetime64[D]")
    return months // 12 if named and months > 0 and months % 12 == 0 else 0


def named_years(start: dt.date | str | None, end: dt.date | str | None) -> int:
    """The same of a configuration's period; 0 where it begins or ends with the data."""
    if start is None or end is None:
        return 0
    return whole_years(np.datetime64(start, "D"), np.datetime64(end, "D"))


def full_years(
    dates: Dates,
    index: Floats,
    counted: Mask,
    edges: tuple[bool, bool] = (False, False),
) -> tuple[Ints, Floats, Mask]:
    """The calendar years of a simulation, their returns, and which of them it has whole, with money throughout.

    ``dates``, ``index``, ``counted`` (T,) as of ``with_return``, from the first deposit on; ``edges``: whether
    the first session is the first one of its year, and the last the last one. The return of a year without
    money is NaN.
    """
    years = calendar_years(dates)
    last = np.flatnonzero(last_of_each(years))
    ends = index[last]
    begins = np.concatenate([[1.0], ends[:-1]])
    returns = gained(ends, begins)
    sessions = np.diff(np.concatenate([[-1], last]))
    with_money = np.add.reduceat(counted.astype(np.int64), np.concatenate([[0], last[:-1] + 1]))
    returns[with_money == 0] = np.nan
    full = (with_money == sessions) & np.isfinite(returns)
    full[0] &= edges[0]
    full[-1] &= edges[1]
    return years[last], returns, full


def streamed(
    stats: Mapping[str, Floats],
    days: float | Floats,
    risk_free: float = 0.0,
    years: float | Floats = 0.0,
    per_year: int = SESSIONS_A_YEAR,
) -> dict[str, Floats]:
    """The figures that need no path, for K simulations at once: what a sweep's row and a run's metrics share.

    ``stats`` are the kernel's statistics as contiguous columns (K,); ``days``, a number or (K,), the calendar
    days from the first deposit to the last session, with or without money; ``years`` the whole years that the
    period is by its name (``whole_years``), where the first deposit comes on its first session, else 0. What
    describes sessions is annualised over the days with money (``annualised_days``). The XIRR is that of all
    flows up to the last session: where the money ran out no more is to come, and its rate needs a year of the
    period alone. Figures without meaning are NaN.
    """
    years = years if has_whole_years(per_year) else 0.0
    final, contributed, withdrawn = stats["final_value"], stats["contributed"], stats["withdrawn"]
    over = annualised_days(stats["days"], days, years)
    short = (np.asarray(days) < YEAR) & (np.asarray(years) <= 0.0)
    long = np.where(over < YEAR, np.nan, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):  # of one session, or of none with a return
        total, squares, count = stats["return_sum"], stats["return_square_sum"], stats["return_count"]
        if not of_exchanges(per_year):  # a first week or month is its costs alone, and no quiet one
            first = stats["first_return"]
            total, squares, count = total - first, squares - first * first, count - 1.0
        sd = volatility(total, squares, count, per_year) * long
        ratio = sharpe(total, count, sd, risk_free, per_year)
        growth = cagr(stats["twr_index"], np.maximum(over, 1.0)) * long
    return {name: stats[name] for name in AS_THE_LEDGER_SAYS} | {
        "profit": final + withdrawn - contributed,
        "value_to_contributed": (final + withdrawn) / contributed,
        "xirr": np.where(short, np.nan, stats["xirr"]),
        "twr_cagr": growth,
        "volatility": sd,
        "sharpe": ratio,
        "years_lasted": stats["lasted"] / DAYS_A_YEAR,
    }


def of_exchanges(per_year: int) -> bool:
    """Whether these are the sessions of a year of an exchange, or of two: those that both have are fewer."""
    return LEAST_SESSIONS <= per_year <= SESSIONS_A_YEAR


def has_whole_years(per_year: int) -> bool:
    """Whether a period from the first of a month counts as the whole years that it is by its name.

    Not of weekly or monthly prices: money of 1 January is invested at the first week's or month's price, and what
    it has of the year misses that week or month.
    """
    return per_year >= LEAST_SESSIONS


def annualised_days(with_money: Floats, days: float | Floats, years: float | Floats) -> Floats:
    """(K,) days of an annualised figure: with money, or of the period's whole years if there always was."""
    named = (np.asarray(years) > 0.0) & (with_money >= days)
    return np.where(named, np.asarray(years) * DAYS_A_YEAR, with_money)


def metrics_of(
    stats: Mapping[str, float],
    dates: Dates,
    value: Floats,
    flow: Floats,
    *,
    sold: float = 0.0,
    exchange: Floats | None = None,
    risk_free: float = 0.0,
    years: int = 0,
    edges: tuple[bool, bool] = (False, False),
    per_year: int = SESSIONS_A_YEAR,
) -> tuple[dict[str, Any], dict[str, Message], Floats]:
    """All figures of one simulation, why some are None, and its time-weighted index (T,).

    ``dates``, ``value``, ``flow`` (T,) from the first deposit on; ``sold`` is the sum of all sales; ``years``
    as of ``streamed``, ``edges`` as of ``full_years``. ``exchange`` (T,): how much of each session's gain is
    the exchange rate's, on what was held abroad overnight; None where nothing can be. Sessions without money
    count in no figure: where the money ran out, what it did up to the last session with money is described.
    """
    years = years if has_whole_years(per_year) else 0
    days = float((dates[-1] - dates[0]).astype("timedelta64[D]").astype(int))
    one = {name: np.array([figure]) for name, figure in stats.items()}
    found: dict[str, Any] = {
        name: float(column[0]) for name, column in streamed(one, days, risk_free, years, per_year).items()
    }
    over, lasted = float(annualised_days(one["days"], days, years)[0]), stats["lasted"]
    in_time, in_period = over >= YEAR, days >= YEAR or years > 0
    r, counted = time_weighted(value, flow), with_return(value, flow)
    index: Floats = np.cumprod(1.0 + r).astype(np.float64)
    returns = r[counted][int(not of_exchanges(per_year)) :]
    _, yearly, full = full_years(dates, index, counted, edges)
    mean = float(value[counted].sum()) / max(int(counted.sum()), 1)
    local, fx = split_by_currency(r, value, exchange)
    found |= {
        "days_below_principal": int(found["days_below_principal"]),
        "depleted_on": None if math.isnan(lasted) else str(dates[0] + np.timedelta64(int(lasted), "D")),
        "sortino": sortino(returns, risk_free, per_year) if in_time else math.nan,
        "calmar": -found["twr_cagr"] / found["max_drawdown"] if found["max_drawdown"] < 0 else math.nan,
        "ulcer_index": ulcer_index(index, counted),
        "var_95": value_at_risk(returns) if len(returns) >= 60 else math.nan,
        "cvar_95": expected_shortfall(returns) if len(returns) >= 60 else math.nan,
        "best_year": float(yearly[full].max(initial=-math.inf)),
        "worst_year": float(yearly[full].min(initial=math.inf)),
        "turnover": sold / mean / (over / DAYS_A_YEAR) if in_time and mean > 0.0 else math.nan,
        "twr_local": local,
        "twr_fx": fx,
        **_drawdown_dates(dates, index),
    }
    for name, figure in found.items():
        if isinstance(figure, float) and not math.isfinite(figure):
            found[name] = None
    reasons = {}
    for name in (name for name, figure in found.items() if figure is None):
        reasons[name] = METRICS[name].reason
        if METRICS[name].annualised and not (in_period if name == "xirr" else in_time):
            reasons[name] = MONEY_TOO_SHORT if in_period else TOO_SHORT
    if found["max_drawdown_peak"] is not None and found["max_drawdown_recovery"] is None:
        reasons["max_drawdown_recovery"] = OPEN if math.isnan(lasted) else DRY_BEFORE
    return found, reasons, index


def _drawdown_dates(dates: Dates, index: Floats) -> dict[str, str | None]:
    """ISO dates of the maximum drawdown, None where there was none, or no recovery."""
    depth, peak, trough, back = worst_drawdown(index)
    places = {"peak": max(peak, 0), "trough": trough, "recovery": back}
    return {
        f"max_drawdown_{name}": str(dates[t]) if depth < 0.0 and t >= 0 else None
        for name, t in places.items()
    }
