"""The windows of a study: every start on a grid for some horizons, or fixed periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from engine.config.models import Period
from engine.errors import ConfigError
from engine.market.exchanges import first_session, last_session
from engine.market.frequency import MONTHLY
from engine.market.panel import Panel
from engine.market.series import ONE_DAY, month_end
from engine.messages import message
from engine.studies.grid.documents import Windows

Months = NDArray[np.datetime64]
STEPS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Window:
    """The period of a simulation, both days included; ``horizon`` numbers its length, or the fixed period."""

    start: np.datetime64
    end: np.datetime64
    horizon: int

    @property
    def period(self) -> Period:
        """As a configuration writes it."""
        return Period(start=_day(self.start), end=_day(self.end))


@dataclass(frozen=True)
class WindowGrid:
    """All windows of a study, by horizon, then by start.

    ``horizons``  years of each horizon, or () where the windows are fixed periods
    ``step``      months from one start to the next, 0 for fixed periods
    """

    windows: tuple[Window, ...]
    horizons: tuple[int, ...]
    step: int

    def of(self, horizon: int) -> list[int]:
        """Numbers of the windows of one horizon, by start."""
        return [number for number, window in enumerate(self.windows) if window.horizon == horizon]

    def independent(self, horizon: int) -> int:
        """How many windows of a horizon do not overlap: taken greedily from the first."""
        return non_overlapping([self.windows[number] for number in self.of(horizon)])


def non_overlapping(windows: Sequence[Window]) -> int:
    """The most windows of some that share no day: the one that ends first, and so on."""
    last, count = None, 0
    for window in sorted(windows, key=lambda item: item.end):
        if last is None or window.start > last:
            last, count = window.end, count + 1
    return count


def stride_of(windows: Sequence[Window]) -> int:
    """How many starts on, at most, a window is over; ``windows`` by their starts."""
    starts = np.array([window.start for window in windows])
    ends = np.array([window.end for window in windows])
    over = np.searchsorted(starts, ends, side="right")
    return max(1, int((over - np.arange(len(windows))).max()))


def _day(value: np.datetime64) -> date:
    return date.fromisoformat(str(value))


def make_window_grid(wanted: Windows, period: Period, panels: Sequence[Panel]) -> WindowGrid:
    """The windows that fit into the base's period, or into what all panels have.

    A start is the first day of a month; a window of h years ends on the day before its anniversary. Of monthly
    prices the start is the last session before that day: the window holds 12 · h monthly returns.
    Raises ConfigError where no window fits.
    """
    if wanted.periods:
        fixed = [
            Window(np.datetime64(one.start, "D"), np.datetime64(one.end, "D"), number)
            for number, one in enumerate(wanted.periods)
        ]
        return WindowGrid(tuple(fixed), (), 0)
    if not wanted.horizons:
        return WindowGrid((Window(*_common(period, panels), 0),), (), 0)
    first, last = _reach(period, panels)
    step = STEPS[wanted.every or "month"]
    by_month_ends = from_month_ends(panels)
    windows: list[Window] = []
    for number, years in enumerate(wanted.horizons):
        starts = _starts(first + ONE_DAY if by_month_ends else first, last, years, step)
        if not len(starts):
            raise ConfigError(
                message(
                    "windows.horizons: {years} years fit nowhere into {first} to {last}",
                    years=str(years),
                    first=str(first),
                    last=str(last),
                ),
                hint=message("a shorter horizon, or a longer period of the base"),
            )
        ends = (starts + np.timedelta64(12 * years, "M")).astype("datetime64[D]") - ONE_DAY
        days = _sessions_before(starts, panels) if by_month_ends else starts.astype("datetime64[D]")
        windows += [Window(a, b, number) for a, b in zip(days, ends) if a >= first]
    return WindowGrid(tuple(windows), wanted.horizons, step)


def from_month_ends(panels: Sequence[Panel]) -> bool:
    """Whether windows go from one month's end to another: where all prices are monthly."""
    return all(panel.per_year == MONTHLY.per_year for panel in panels)


def _sessions_before(months: Months, panels: Sequence[Panel]) -> Months:
    """The last session of all panels before each of ``months`` begins."""
    days = months.astype("datetime64[D]")
    found = [panel.sessions[np.searchsorted(panel.sessions, days) - 1] for panel in panels]
    first: Months = np.min(found, axis=0)
    return first


def _starts(first: np.datetime64, last: np.datetime64, years: int, step: int) -> Months:
    """First months, ``step`` apart from the calendar year's beginning, of windows inside the reach."""
    month = int(first.astype("datetime64[M]").astype(np.int64))
    begin = month + (first.astype("datetime64[M]").astype("datetime64[D]") < first)
    begin += -begin % step
    end = int((last + ONE_DAY).astype("datetime64[M]").astype(np.int64)) - 12 * years
    return np.arange(begin, max(end, begin - 1) + 1, step).astype("datetime64[M]")


def _common(period: Period, panels: Sequence[Panel]) -> tuple[np.datetime64, np.datetime64]:
    """First and last day of the base's period; where it names none, the sessions that all panels share."""
    first = max(panel.sessions[0] for panel in panels)
    last = min(panel.sessions[-1] for panel in panels)
    return (
        first if period.start is None else np.datetime64(period.start, "D"),
        last if period.end is None else np.datetime64(period.end, "D"),
    )


def _reach(period: Period, panels: Sequence[Panel]) -> tuple[np.datetime64, np.datetime64]:
    """As ``_common``, but a month that the data have from its first session to its last is a whole month."""
    first, last = _common(period, panels)
    begin = first.astype("datetime64[M]").astype("datetime64[D]")
    end = month_end(last)
    if period.start is None and first_session(begin) == first:
        first = begin
    if period.end is None and last_session(end) == last:
        last = end
    return first, last
