"""What a plan pays in and when: contributions, incomes, and the room that transfers leave to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.builtin import CONTRIBUTIONS, due_dates, floored, income, parts_due, sessions_on
from engine.config import Config
from engine.config.own_code import PythonContributions
from engine.config.phases import Dated
from engine.config.strategy import Strategy
from engine.market.price_level import LAG
from engine.market.series import ONE_DAY, ONE_YEAR, Dates, Floats, Mask
from engine.own_code import Past, decided
from engine.takings import Dues

NOTHING: tuple[Dates, Floats] = np.empty(0, "datetime64[D]"), np.empty(0)


def arrivals(strategy: Strategy, dues: Dues) -> tuple[Dates, Floats]:
    """Due dates and amounts of all contributions and incomes, in the order of the file."""
    parts = [_contribution(item, dues) for item in strategy.arriving]
    parts += [_phase(income, item, dues) for item in strategy.incomes]
    if len(parts) == 1:
        return parts[0]
    dates, amounts = zip(*parts) if parts else ((dues.life[:0],), (np.zeros(0),))
    return np.concatenate(dates), np.concatenate(amounts)


def _contribution(item: Any, dues: Dues) -> tuple[Dates, Floats]:
    if item.type == "python":
        known = item.model_dump(include={"amount", "day"})  # ahead of time: the amount that it begins with
        return dues.own(item) if dues.own else CONTRIBUTIONS["monthly"](dues.life, dues.start, **known)
    rule = CONTRIBUTIONS[item.type]
    if item.type in ("monthly", "annual"):
        return _phase(rule, item, dues)
    options = item.model_dump(exclude={"name", "type", "file"})
    if item.type == "fill_quota":
        amount, years = options.pop("amount"), options.pop("years")
        parts = dues.quota if amount is None else lambda calendar: [amount] * min(years, len(calendar))
        options["parts"] = parts
    return rule(dues.life, dues.start, whole=dues.whole, **options)


def _phase(rule: Callable[..., tuple[Dates, Floats]], item: Dated, dues: Dues) -> tuple[Dates, Floats]:
    """What falls due from a day until a day, as far as the life's dues reach."""
    options = dues.rising(item.model_dump(exclude={"name", "type", "from_", "until"}))
    begin = dues.start if item.from_ is None else max(dues.start, np.datetime64(item.from_, "D"))
    dates, amounts = rule(dues.life, begin, whole=dues.whole, **options)
    if item.until is None:
        return dates, amounts
    due = dates <= np.datetime64(item.until, "D")
    return dates[due], amounts[due]


def own_arrivals(group: PythonContributions, dues: Dues, past: Past, first: int) -> tuple[Dates, Floats]:
    """What a function of the user's pays in on a day of each month, from what was known on the session before.

    ``first``: the session of ``past`` on which the life begins.
    """
    dates = due_dates(dues.start, dues.life[-1], group.day)
    at = first + np.minimum(sessions_on(dues.life, dates), len(dues.life) - 1)
    asked = decided("contributions", group, past, at)
    amounts = np.array([group.amount if amount is None else amount for amount in asked], np.float64)
    return dates, floored(amounts) if dues.whole else amounts


def kept_for_contributions(config: Config, dues: Dues, transfer: Mask) -> Floats:
    """(T,) yen of room that each transfer keeps for the contributions of the rest of its year.

    Of consumer prices a January knows those that are published: later steps of its year are not in it.
    """
    strategy, life, start, level = config.strategy, dues.life, dues.start, dues.level
    if level is None:
        to_come = dues._replace(life=_to_the_year_end(life))
        arriving = arrivals(strategy, to_come) if transfer.any() else NOTHING
        return kept_room(config, life, arriving, transfer, start)
    kept = np.zeros(len(life))
    for t in np.flatnonzero(transfer):
        known = level.until(life[t].astype("datetime64[M]") - LAG).followed_by(np.ones(12))
        to_come = dues._replace(life=_to_the_year_end(life[: t + 1]), level=known)
        arriving = arrivals(strategy, to_come)
        kept[t] = kept_room(config, life, arriving, transfer, start)[t]
    return kept


def _to_the_year_end(life: Dates) -> Dates:
    """The sessions and the last day of their last year: what is due in it does not hang on where data end."""
    return np.unique(np.append(life, _year_end(life[-1])))


def _year_end(day: np.datetime64) -> np.datetime64:
    end: np.datetime64 = (day.astype("datetime64[Y]") + ONE_YEAR).astype("datetime64[D]") - ONE_DAY
    return end


def kept_room(
    config: Config,
    life: Dates,
    arriving: tuple[Dates, Floats],
    transfer: Mask,
    start: np.datetime64,
) -> Floats:
    """(T,) what of ``arriving`` is due for investing from each session of a transfer to the end of its year."""
    kept, moved = np.zeros(len(life)), config.strategy.transfer
    if moved is None or moved.before_contributions:
        return kept
    due, parts = parts_due(*arriving, config.strategy.deploy.spread_months, config.currency == "JPY")
    for t in np.flatnonzero(transfer):
        since = life[t - 1] + ONE_DAY if t > 0 else start
        inside = (due >= since) & (due.astype("datetime64[Y]") == life[t].astype("datetime64[Y]"))
        kept[t] = parts[inside].sum()
    return kept
