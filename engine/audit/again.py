"""Every figure of a result computed again from its records, in plain Python loops.

Nothing here is shared with what it checks: no array code, no formula and no constant of the program, only the
records (``transactions``, ``equity``, ``config``) and the definitions of docs/method.md. Figures are fractions
and base currency. None is a figure without meaning, which must be missing in the result as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from engine.audit import law, owned
from engine.audit.replay import DAILY, held, per_year, prices_of
from engine.result import Result

Figure = float | str | None
BOTH = 200  # and the fewest that two exchanges have in common


@dataclass(frozen=True)
class Path:
    """One simulation from its first deposit on: ``dates``, ``value`` and ``flow`` (deposits less withdrawals of
    the transactions), a session each. ``named``: whole years of the period by its name, see ``named_years``."""

    dates: Sequence[date]
    value: Sequence[float]
    flow: Sequence[float]
    named: int = 0

    @cached_property
    def befores(self) -> list[float]:
        """The value of the session before, 0 on the first."""
        return [0.0, *self.value[:-1]]

    @cached_property
    def returns(self) -> list[float | None]:
        """Time-weighted return of each session; None where there is no money and none comes.

        On the first session, and where a deposit's costs exceed what was held, of what was there and the deposit
        together.
        """
        found: list[float | None] = []
        for value, flow, before in zip(self.value, self.flow, self.befores, strict=True):
            if flow > 0.0 and (before <= 0.0 or value <= flow):
                found.append(value / (max(before, 0.0) + flow) - 1.0)
            else:
                found.append((value - flow) / before - 1.0 if before > 0.0 else None)
        return found

    @cached_property
    def counted(self) -> list[float]:
        """The returns there are."""
        return [r for r in self.returns if r is not None]

    @cached_property
    def index(self) -> list[float]:
        """Growth of 1 that was there before the first session."""
        level, found = 1.0, []
        for r in self.returns:
            level *= 1.0 + (r or 0.0)
            found.append(level)
        return found

    @cached_property
    def span(self) -> int:
        """Calendar days from the first deposit to the last session."""
        return (self.dates[-1] - self.dates[0]).days

    @cached_property
    def years(self) -> float:
        """Years over which there was money: of the period by its name if there always was, else days / 365.25."""
        days = sum(
            (self.dates[t] - self.dates[t - 1]).days
            for t in range(1, len(self.dates))
            if self.befores[t] > 0.0
        )
        return float(self.named) if self.named and days >= self.span else days / 365.25

    @property
    def is_long(self) -> bool:
        """Whether there was money for a year: nothing shorter is annualised."""
        return self.years * 365.25 >= 365.0

    @property
    def spans_a_year(self) -> bool:
        """Whether a year passed from the first deposit to the last session."""
        return self.span >= 365 or self.named > 0


def path_of(result: Result, value: Sequence[float] | None = None) -> Path:
    """The path of a result, or of a replayed ``value`` (T,) with its flows."""
    flow = flows(result, "deposit", "withdrawal")
    paid_in = by_session(result, "deposit")
    first = next((t for t, paid in enumerate(paid_in) if paid > 0.0 or owned.holdings(result)), 0)
    values = [float(v) for v in (result.equity["value"] if value is None else value)]
    named = named_years(result) if first == 0 and per_year(result) >= BOTH else 0
    return Path(result.dates.tolist()[first:], values[first:], flow[first:], named)


def named_years(result: Result) -> int:
    """Whole years that the configured period is by its name: from the first of a month to the day before one."""
    start, end = (result.config["period"][key] for key in ("start", "end"))
    if not start or not end:
        return 0
    begin, after = date.fromisoformat(start), date.fromisoformat(end) + timedelta(days=1)
    months = (after.year - begin.year) * 12 + after.month - begin.month
    whole = begin.day == after.day == 1 and months > 0 and months % 12 == 0
    return months // 12 if whole else 0


def by_session(result: Result, *kinds: str) -> list[float]:
    """(T,) sum of the amounts of some kinds of movement at each session."""
    moves = result.transactions
    at = {day: t for t, day in enumerate(result.dates.tolist())}
    found = [0.0] * len(at)
    for day, kind, amount in zip(moves["date"].tolist(), moves["kind"].tolist(), moves["amount"].tolist()):
        if kind in kinds:
            found[at[day]] += amount
    return found


def flows(result: Result, *kinds: str) -> list[float]:
    """``by_session``, with what was owned at the start as a deposit of the first session."""
    found = by_session(result, *kinds)
    found[0] += owned.opening_value(result) if "deposit" in kinds else 0.0
    return found


def total(result: Result, column: str, *kinds: str) -> float:
    """Sum of a column over some kinds of movement, over all where none is named."""
    moves = result.transactions
    rows = zip(moves["kind"].tolist(), moves[column].tolist())
    return math.fsum(number for kind, number in rows if not kinds or kind in kinds)


def session_rate(result: Result) -> float:
    """The risk-free rate of one session."""
    return float((1.0 + float(result.config.get("risk_free") or 0.0)) ** (1.0 / per_year(result)) - 1.0)


def counted_returns(result: Result) -> list[float]:
    """The returns that describe sessions; a first week or month is its costs alone."""
    r = path_of(result).counted
    return r if BOTH <= per_year(result) <= DAILY else r[1:]


# --- the statistics ---------------------------------------------------------------------------------------


def deviation(numbers: Sequence[float]) -> float:
    """Sample standard deviation, in two passes."""
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((x - mean) ** 2 for x in numbers) / (len(numbers) - 1))


def quantile(numbers: Sequence[float], share: float) -> float:
    """Linear interpolation between order statistics: type 7 of Hyndman and Fan (1996)."""
    ordered = sorted(numbers)
    place = (len(ordered) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def depths(index: Sequence[float]) -> Iterator[float]:
    """Fraction below the highest level so far, 1 before the first: 0 or negative."""
    top = 1.0
    for level in index:
        top = max(top, level)
        yield level / top - 1.0


def worst_drawdown(index: Sequence[float]) -> tuple[float, int, int, int | None]:
    """The deepest drawdown; when it began (-1: before the first), was deepest, was made good."""
    depth = list(depths(index))
    trough = min(range(len(depth)), key=depth.__getitem__)
    before = [1.0, *index[: trough + 1]]
    peak = before.index(max(before)) - 1
    back = next((t for t in range(trough, len(index)) if index[t] >= max(before)), None)
    return depth[trough], peak, trough, back


def internal_rate(dates: Sequence[date], flow: Sequence[float], final: float) -> float | None:
    """The yearly rate at which flows, days / 365 before the end, grow to the final value: docs/method.md.

    On the side of the profit, the first change of sign in steps of 0.1, 0.2, 0.4, ... of the log-rate; None
    where there is none, or where the account at that rate would have owed more than it had ever held.
    """
    moved = [(day, amount) for day, amount in zip(dates, flow) if amount != 0.0]
    if not moved:
        return None
    end = dates[-1] if final > 0.0 else moved[-1][0]
    paid = [((end - day).days / 365.0, amount) for day, amount in moved]
    if final <= 0.0 and all(amount >= 0.0 for _, amount in paid):
        return -1.0

    def gap(x: float) -> float:
        scale = x * paid[0][0] if x > 0.0 else 0.0
        return math.fsum(a * math.exp(x * years - scale) for years, a in paid) - final * math.exp(-scale)

    near, far, step = 0.0, 0.0, 0.1 if gap(0.0) < 0.0 else -0.1
    while gap(near) * gap(far) > 0.0:
        if not math.log(1e-9) < far < math.log(1e4):
            return None
        near, far, step = far, min(max(far + step, math.log(1e-9)), math.log(1e4)), step * 2.0
    for _ in range(200):
        middle = (near + far) / 2.0
        near, far = (middle, far) if gap(near) * gap(middle) > 0.0 else (near, middle)
    return None if _is_a_loan(paid, (near + far) / 2.0) else math.expm1((near + far) / 2.0)


def _is_a_loan(paid: Sequence[tuple[float, float]], x: float) -> bool:
    """Whether an account that earns ``x`` all along owes more, at some time, than it has ever held."""
    held = most = 0.0
    before = paid[0][0]
    for years, amount in paid:
        held *= math.exp(x * (before - years))
        most = max(most, held)
        held += amount
        if held < -most:
            return True
        most, before = max(most, held), years
    return False


# --- the figures ------------------------------------------------------------------------------------------


def figures(result: Result) -> dict[str, Figure]:
    """Every figure of ``metrics.json`` that the records determine, by name."""
    path = path_of(result)
    found = {**_money(result, path), **_returns(result, path), **_drawdown(path), **_depletion(result, path)}
    whole = [row["twr"] for row in years(result) if row["full"]]
    found |= {"best_year": max(whole, default=None), "worst_year": min(whole, default=None)}
    return found | _currency(result, path)


def _money(result: Result, path: Path) -> dict[str, Figure]:
    paid_in = total(result, "amount", "deposit") + owned.opening_value(result)
    paid_out = -total(result, "amount", "withdrawal")
    final = path.value[-1]
    sessions = max(len(path.counted), 1)
    sold = total(result, "amount", "sell")
    cash = result.equity["cash"].tolist()[-len(path.value) :]
    idle, held = (
        math.fsum(x for x, r in zip(amounts, path.returns, strict=True) if r is not None)
        for amounts in (cash, path.value)
    )
    years = path.years
    return {
        "contributed": paid_in,
        "withdrawn": paid_out,
        "final_value": final,
        "profit": final + paid_out - paid_in,
        "value_to_contributed": (final + paid_out) / paid_in if paid_in > 0.0 else None,
        "cost_paid": total(result, "cost"),
        "tax_paid": -total(result, "amount", "tax", "tax_refund"),
        "dividend_tax_paid": -total(result, "amount", "source_tax", "dividend_tax", "interest_tax"),
        "days_below_principal": float(_below(path)),
        "idle_cash_average": idle / sessions,
        "turnover": sold / (held / sessions) / years if path.is_long and held > 0.0 else None,
    }


def _below(path: Path) -> int:
    """Sessions with money whose value is below what was paid in and not taken out."""
    owed, count = 0.0, 0
    for value, flow, r in zip(path.value, path.flow, path.returns, strict=True):
        owed += flow
        count += r is not None and value < owed * (1.0 - 1e-12)
    return count


def _returns(result: Result, path: Path) -> dict[str, Figure]:
    r, long, sessions, rate = (counted_returns(result), path.is_long, per_year(result), session_rate(result))
    excess = (math.fsum(r) / len(r) - rate) * sessions if r else 0.0
    sd = deviation(r) * math.sqrt(sessions) if len(r) > 1 else 0.0
    below = math.sqrt(math.fsum(min(x - rate, 0.0) ** 2 for x in r) / len(r) * sessions) if r else 0.0
    growth = path.index[-1] ** (1.0 / path.years) - 1.0 if long and path.index[-1] >= 0.0 else None
    worst = worst_drawdown(path.index)[0]
    many = len(r) >= 60
    tail = quantile(r, 0.05) if many else 0.0
    behind = [x for x in r if x <= tail]
    return {
        "twr_cagr": growth,
        "xirr": internal_rate(path.dates, path.flow, path.value[-1]) if path.spans_a_year else None,
        "volatility": sd if long else None,
        "sharpe": excess / sd if long and sd > 0.0 else None,
        "sortino": excess / below if long and below > 0.0 else None,
        "calmar": growth / -worst if growth is not None and worst < 0.0 else None,
        "var_95": tail if many else None,
        "cvar_95": math.fsum(behind) / len(behind) if many else None,
    }


def _drawdown(path: Path) -> dict[str, Figure]:
    worst, peak, trough, back = worst_drawdown(path.index)
    depth = [d for d, r in zip(depths(path.index), path.returns, strict=True) if r is not None]
    fell = worst < 0.0
    return {
        "max_drawdown": worst,
        "max_drawdown_peak": path.dates[max(peak, 0)].isoformat() if fell else None,
        "max_drawdown_trough": path.dates[trough].isoformat() if fell else None,
        "max_drawdown_recovery": path.dates[back].isoformat() if fell and back is not None else None,
        "ulcer_index": math.sqrt(math.fsum(d * d for d in depth) / len(depth)) if depth else None,
    }


def _depletion(result: Result, path: Path) -> dict[str, Figure]:
    """The first session that closes on nothing after a withdrawal: full payment is not in the records."""
    day = result.metrics.get("depleted_on")
    taken = by_session(result, "withdrawal")[-len(path.dates) :]
    empty = [d for d, v, out in zip(path.dates, path.value, taken) if v <= 0.0 and out < 0.0]
    seen = next((d for d in empty if d.isoformat() == day), None)
    return {
        "depleted_on": seen.isoformat() if seen else None,
        "years_lasted": (seen - path.dates[0]).days / 365.25 if seen else None,
    }


def _currency(result: Result, path: Path) -> dict[str, Figure]:
    """The return had the exchange rate stood still each night, and what the rate did beyond it."""
    abroad = [name for name in result.symbols if law.foreign(result, name)]
    if not abroad:
        return {"twr_local": None, "twr_fx": None}
    rate = result.equity["usdjpy"].tolist()
    if result.config["currency"] != "JPY":
        rate = [1.0 / yen for yen in rate]
    prices = {name: prices_of(result, name).tolist() for name in abroad}
    units = {name: held(result, name).tolist() for name in abroad}
    skipped = len(rate) - len(path.dates)
    local = 1.0
    for n, (r, before) in enumerate(zip(path.returns, path.befores, strict=True)):
        t = n + skipped
        gained = sum(
            units[name][t - 1] * prices[name][t] * (1.0 - rate[t - 1] / rate[t])
            for name in abroad
            if before > 0.0
        )
        local *= 1.0 + (r or 0.0) - (gained / before if before > 0.0 else 0.0)
    return {"twr_local": local - 1.0, "twr_fx": path.index[-1] / local - 1.0 if local > 0.0 else None}


def years(result: Result) -> list[dict[str, float]]:
    """years.csv: what moved in each calendar year, where it ended, its return, and whether it was a full year.

    Which session is the first or last of a year of the exchange is not in the records: at both ends a year is
    taken for full where the result says so and the records do not speak against it.
    """
    path = path_of(result)
    found: dict[int, dict[str, float]] = {}
    for day, value in zip(result.dates.tolist(), result.equity["value"].tolist()):
        found.setdefault(day.year, {"year": day.year, "twr": math.nan, "full": 0.0})["value"] = value
    level, told = (
        1.0,
        dict(zip(result.years["year"].tolist(), result.years.get("full", result.years["year"]))),
    )
    for year in dict.fromkeys(day.year for day in path.dates):
        here = [t for t, day in enumerate(path.dates) if day.year == year]
        known = [r is not None for r in (path.returns[t] for t in here)]
        if any(known):
            found[year]["twr"] = path.index[here[-1]] / level - 1.0 if level > 0.0 else math.nan
        level = path.index[here[-1]]
        first, last = path.dates[here[0]], path.dates[here[-1]]
        begins = here[0] > 0 or (bool(told.get(year)) and (first.month, first.day) <= (1, 7))
        ends = here[-1] + 1 < len(path.dates) or (bool(told.get(year)) and (last.month, last.day) > (12, 28))
        found[year]["full"] = float(
            all(known) and begins and ends and found[year]["twr"] == found[year]["twr"]
        )
    moves = result.transactions
    for name, (column, sign, kinds) in YEARLY.items():
        for row in found.values():
            row[name] = 0.0
        for day, kind, number in zip(moves["date"].tolist(), moves["kind"].tolist(), moves[column].tolist()):
            if not kinds or kind in kinds:
                found[day.year][name] += sign * number
    next(iter(found.values()))["contributed"] += owned.opening_value(result)
    return list(found.values())


YEARLY: Mapping[str, tuple[str, float, tuple[str, ...]]] = {
    "contributed": ("amount", 1.0, ("deposit",)),
    "withdrawn": ("amount", -1.0, ("withdrawal",)),
    "dividends": ("amount", 1.0, ("dividend",)),
    "dividend_tax": ("amount", -1.0, ("source_tax", "dividend_tax", "interest_tax")),
    "tax": ("amount", -1.0, ("tax", "tax_refund")),
    "cost": ("cost", 1.0, ()),
}
