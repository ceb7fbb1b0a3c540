"""Two series of one market whose days do not fit: the moves of the one are those of the other a session later.

Files dated by a vendor in another time zone are a session off. Money figures are then wrong, and a signal sees the
future; in itself such a series has no fault.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.market.check_limits import SHIFT_LEAST, SHIFT_MORE, SHIFT_WINDOW
from engine.market.findings import Finding, where
from engine.market.frequency import DAILY, frequency_of
from engine.market.series import Floats, Series, total_close
from engine.messages import message


@np.errstate(all="ignore")
def check_shift(series: Series, peer: Series) -> Iterator[Finding]:
    """Stretches of a year whose daily moves go with those of ``peer`` a session apart, and not on the same day.

    Funds that hardly move together, stocks and bonds, say nothing of each other.
    """
    dates, ours, theirs = np.intersect1d(series.dates, peer.dates, assume_unique=True, return_indices=True)
    own, other = np.log(total_close(series)[ours]), np.log(total_close(peer)[theirs])
    known = np.isfinite(own) & np.isfinite(other)
    dates, own, other = dates[known], np.diff(own[known]), np.diff(other[known])
    if dates.size <= SHIFT_WINDOW or frequency_of(dates) is not DAILY:
        return
    ends = np.append(np.arange(SHIFT_WINDOW, own.size, SHIFT_WINDOW), own.size)
    stretches = [slice(end - SHIFT_WINDOW, end) for end in ends]
    same, late, early = (
        np.array([_correlation(a[part], b[part]) for part in stretches])
        for a, b in ((own, other), (own[1:], other[:-1]), (own[:-1], other[1:]))
    )
    for lag, what in (
        (late, message("moves a session after {peer}: one of the two is dated wrongly", peer=peer.symbol)),
        (early, message("moves a session before {peer}: one of the two is dated wrongly", peer=peer.symbol)),
    ):
        apart = (lag > SHIFT_LEAST) & (lag > same + SHIFT_MORE)
        yield from where("shifted", series.symbol, "fatal", what, dates[ends], apart)


def _correlation(one: Floats, other: Floats) -> float:
    """Of two stretches, NaN where one stands still."""
    n = min(one.size, other.size)
    return float(np.corrcoef(one[:n], other[:n])[0, 1])
