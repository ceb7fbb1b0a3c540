"""Flows and price of a fund by calendar month: rows added up, what is no whole month left out and named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import BadData, DataError
from engine.market.flows import Flows
from engine.market.frequency import (
    DAILY,
    EVERY_DAY,
    MONTHLY,
    WEEKLY,
    Frequency,
    frequency_of,
    is_over,
    lacks_sessions,
)
from engine.market.series import ONE_DAY, ONE_MONTH, Dates, Floats, Mask
from engine.messages import Message, Month, Percent, listed, message

REACH = 12  # months before and after a flow that are looked at
ANOTHER_DAY = (
    0.01  # how far value and price may move apart in a month: further, they are not of the same days
)
SHOWN = 6  # of months left out


@dataclass(frozen=True)
class FundMonths:
    """A fund month by month: those of its flows, and up to ``REACH`` before and after.

    ``month``   datetime64[M], (M,), consecutive
    ``flow``    (M,) net flow in the fund's currency; NaN outside its record and where a month is not whole
    ``assets``  (M,) net assets at the month's end in that currency; NaN where unknown
    ``level``   (M,) price with dividends reinvested at the month's end; NaN where there is none
    ``notes``   what was added up and what was left out
    """

    month: Dates
    flow: Floats
    assets: Floats
    level: Floats
    notes: tuple[Message, ...]

    @property
    def returns(self) -> Floats:
        """(M,) return of each month; NaN where a price is missing at its end or at that of the month before."""
        return np.append(np.nan, self.level[1:] / self.level[:-1] - 1.0)


def fund_months(flows: Flows, days: Dates, level: Floats, close: tuple[Dates, Floats]) -> FundMonths:
    """Flows beside the price of their fund.

    ``days, level``  datetime64[D], (T,) and the price with dividends reinvested, (T,)
    ``close``        days and closes as they were quoted, beside which a net asset value is held

    :raises BadData: rows further apart than months, or whose dates are no month's end.
    """
    priced = days.astype("datetime64[M]")
    ends = np.append(priced[1:] != priced[:-1], is_over(days[-1], frequency_of(days)))
    price_of = dict(zip(priced[ends].tolist(), level[ends].tolist()))
    months, flow, assets, notes = _whole_months(flows, days[0], close)
    if not months.size:
        raise DataError(message("{symbol}: the flows hold no whole month", symbol=flows.symbol))
    axis = np.arange(months[0] - (REACH + 1) * ONE_MONTH, months[-1] + (REACH + 1) * ONE_MONTH)
    inside = np.isin(axis, months)
    columns = np.full((2, axis.size), np.nan)
    columns[:, inside] = flow, assets
    prices = np.array([price_of.get(month, np.nan) for month in axis.tolist()])
    return FundMonths(axis, columns[0], columns[1], prices, notes)


def _has_begun(day: np.datetime64, frequency: Frequency) -> bool:
    """Whether the month of ``day`` has no row before it."""
    first = day.astype("datetime64[M]").astype("datetime64[D]")
    if frequency is MONTHLY:
        return True
    if frequency is WEEKLY:
        return bool(day - 7 * ONE_DAY < first)
    return lacks_sessions(first, day - ONE_DAY)


def _whole_months(
    flows: Flows, first_price: np.datetime64, close: tuple[Dates, Floats]
) -> tuple[Dates, Floats, Floats, tuple[Message, ...]]:
    """Months from the first whole one to the last, with flow and assets, and what was left out.

    A row counts for the month of its date, which is the last day of what it covers: nothing is dated before it
    happened, so that adding weeks up makes no flow lead.
    """
    frequency = _checked(flows)
    row_month = flows.dates.astype("datetime64[M]")
    months = np.arange(row_month[0], row_month[-1] + ONE_MONTH)
    row = (row_month - row_month[0]).astype(np.int64)
    flow: Floats = np.bincount(row, weights=flows.flow, minlength=months.size).astype(np.float64)
    assets = np.full(months.size, np.nan)
    assets[row] = flows.aum  # the last row of a month stays
    missing = _incomplete(flows, frequency, months)
    flow[missing] = np.nan
    notes = []
    if frequency is not MONTHLY:
        notes.append(
            message("{symbol} flows: rows are added up by the month of their date", symbol=flows.symbol)
        )
    cut = slice(0, None)
    if not _has_begun(flows.dates[0], frequency):
        cut = slice(1, None)
        notes.append(_left_out(flows, months[0], message("its rows begin on {day}", day=flows.dates[0])))
    elif first_price.astype("datetime64[M]") == months[0]:
        cut = slice(1, None)
        notes.append(_left_out(flows, months[0], message("the price begins on {day}", day=first_price)))
    ending: Message | None = message("its rows end on {day}", day=flows.dates[-1])
    if is_over(flows.dates[-1], frequency):
        ending = _apart(flows, close) if frequency is MONTHLY else None
    if ending is not None:
        cut = slice(cut.start, -1)
        notes.append(_left_out(flows, months[-1], ending))
    if (holes := months[cut][missing[cut]]).size:
        shown = listed(Month(month.astype("datetime64[D]").item()) for month in holes[:SHOWN])
        said = (
            message("{shown} and {n} more", shown=shown, n=holes.size - SHOWN)
            if holes.size > SHOWN
            else shown
        )
        notes.append(
            message(
                "{symbol} flows: months without a whole record: {months}", symbol=flows.symbol, months=said
            )
        )
    return months[cut], flow[cut], assets[cut], tuple(notes)


def _checked(flows: Flows) -> Frequency:
    """How often there are rows. Raises BadData: rarer than months, or not by the calendar's months."""
    frequency = frequency_of(flows.dates)
    if frequency is not MONTHLY:
        return frequency
    hint = message("a row a month, dated by the month's last day")
    if np.median(np.diff(flows.dates).astype(np.int64)) > MONTHLY.longest:
        raise BadData(message("{file}: rows are further apart than months", file=flows.source), hint=hint)
    odd = [day for day in flows.dates[:-1] if not is_over(day, MONTHLY)]
    if odd:
        what = message("{file}: {day} is not the end of a month", file=flows.source, day=odd[0])
        raise BadData(what, hint=hint)
    return frequency


def _incomplete(flows: Flows, frequency: Frequency, months: Dates) -> Mask:
    """(months,) whether a row is missing in a month, or one counts what happened since an earlier month."""
    missing = ~np.isin(months, flows.dates.astype("datetime64[M]"))
    longest = {EVERY_DAY: DAILY.longest}.get(frequency, frequency.longest)
    step = {WEEKLY: 7, MONTHLY: 31}.get(frequency, 1) * ONE_DAY
    for at in np.flatnonzero(np.diff(flows.dates).astype(np.int64) > longest):
        last, following = flows.dates[at], flows.dates[at + 1]
        end = following if flows.is_from_shares else following - step
        missing |= (months >= (last + step).astype("datetime64[M]")) & (months <= end.astype("datetime64[M]"))
    return missing


def _left_out(flows: Flows, month: np.datetime64, why: Message) -> Message:
    day = month.astype("datetime64[D]").item()
    return message(
        "{symbol} flows: {month} is left out: {why}", symbol=flows.symbol, month=Month(day), why=why
    )


def _apart(flows: Flows, close: tuple[Dates, Floats]) -> Message | None:
    """Why the last row, dated at its month's end, is none of the whole month; None where it is.

    Net asset value and close of a fund move together: apart by more than 1 % in the last month, the record ends
    inside of it. (It is so in 11 of 793 true months of IWM, IJR and IVV.)
    """
    days, price = close
    if flows.dates.size < 2 or flows.nav.size < 2 or not days.size:
        return None
    at = np.searchsorted(days, flows.dates[-2:], side="right") - 1
    if (at < 0).any() or (flows.dates[-2:] - days[at] > np.timedelta64(DAILY.longest, "D")).any():
        return None
    (before, value), (was, now) = flows.nav[-2:], price[at]
    moves = value / before - 1.0, now / was - 1.0
    if not abs((1.0 + moves[0]) / (1.0 + moves[1]) - 1.0) > ANOTHER_DAY:  # NaN: not known
        return None
    return message(
        "its net asset value moved by {nav}, the price by {price}: the row is not of the month's end",
        nav=Percent(moves[0], 1, sign=True),
        price=Percent(moves[1], 1, sign=True),
    )
