"""Money that flowed into a fund, from a file of flows or of shares outstanding.

A fund issues and redeems shares: net flow of a period = change of the shares outstanding × net asset value
at its end (the definition of Morningstar and of the issuers' own figures). A row is dated by the last day
of what it covers. Shares that a split makes out of others are nobody's money.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from engine.errors import BadData, NotFound
from engine.market.assets import check_symbol
from engine.market.frequency import MONTHLY, frequency_of, is_over
from engine.market.series import Dates, Floats, Provenance, sha256_of
from engine.market.table import read_table
from engine.messages import Message, listed, message

Frequency = Literal["monthly", "weekly", "daily"]
COLUMNS = ("flow_usd", "nav", "shares_outstanding")
NAMES = {"flow": "flow_usd"}  # of a fund in another currency
_FORMS = ("date,flow_usd", "date,nav,shares_outstanding")
_RATIOS = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 25.0, 50.0)
SPLITS = np.log([*_RATIOS, *(1.0 / ratio for ratio in _RATIOS)])
# In logs: how far the value and the shares of a row may be from what the split alone makes of the row before.
# The deepest month of IWM, IJR and IVV since 2000 is -0.25 and thus far from a 3:2 split's -0.41.
NAV_MOVES, SHARES_MOVE = 0.15, 0.25


@dataclass(frozen=True)
class Flows:
    """Net flow of a fund by period.

    ``dates``   datetime64[D], (n,), strictly increasing: the last day of each period
    ``flow``    (n,) net flow in the fund's currency, no NaN (of shares alone, the first row has none)
    ``aum``     (n,) net assets at the end of the period; NaN where unknown
    ``source``  ``csv:IWM_FLOWS_MONTHLY.csv``
    ``notes``   what was made of the file, for the manifest
    ``nav``     (n,) net asset value of a share at the end of the period; NaN where unknown
    ``is_from_shares``  the flow is the change of the shares since the row before, however long ago that is
    """

    symbol: str
    dates: Dates
    flow: Floats
    aum: Floats
    source: str
    notes: tuple[Message, ...] = ()
    nav: Floats = field(default_factory=lambda: np.zeros(0))
    is_from_shares: bool = False

    @property
    def sha256(self) -> str:
        """SHA-256 of symbol and values: dates, flow, net assets."""
        return sha256_of(f"{self.symbol}\0", self.dates, (self.flow, self.aum))

    @property
    def provenance(self) -> Provenance:
        """For the manifest."""
        first, last = str(self.dates[0]), str(self.dates[-1])
        return Provenance(f"{self.symbol} flows", self.source, self.sha256, first, last, notes=self.notes)

    def between(self, start: np.datetime64, end: np.datetime64) -> float:
        """Net flow of the periods that end from ``start`` to ``end``, both included."""
        return float(self.flow[(self.dates >= start) & (self.dates <= end)].sum())


def file_name(symbol: str, frequency: Frequency) -> str:
    """What a folder calls the flows of a fund."""
    return f"{symbol}_FLOWS_{frequency.upper()}.csv"


def frequency_there(folder: Path, symbol: str) -> Frequency | None:
    """Of which frequency a folder has the flows of a fund, that of months first; None where it has none."""
    frequencies: tuple[Frequency, ...] = ("monthly", "weekly", "daily")
    return next((each for each in frequencies if (folder / file_name(symbol, each)).is_file()), None)


def load_months(path: Path, symbol: str) -> Flows:
    """The flows of ``symbol`` by month, from a file, or a folder's file of months, else of weeks or days, summed.

    :raises NotFound: no such file. :raises BadData: what is wrong, with file and line.
    """
    flows = load_flows(path, symbol, frequency=frequency_there(path, symbol) or "monthly")
    return flows if frequency_of(flows.dates) is MONTHLY else _by_month(flows)


def _by_month(flows: Flows) -> Flows:
    """Sums of the rows that end in each whole month, dated by the last of them.

    The first month is left out, since a record rarely begins on its first day, and so is one that goes on.
    """
    months = flows.dates.astype("datetime64[M]")
    first = np.flatnonzero(np.append(True, months[1:] != months[:-1]))
    last = np.append(first[1:], months.size) - 1
    whole = np.append(np.full(last.size - 1, True), is_over(flows.dates[-1], frequency_of(flows.dates)))
    whole[0] = False
    if not whole.any():
        raise BadData(message("{symbol} flows: no whole month", symbol=flows.symbol))
    ends = last[whole]
    note = message(
        "{symbol} flows: months are sums of shorter rows, the first and an unfinished last one left out",
        symbol=flows.symbol,
    )
    return replace(
        flows,
        dates=flows.dates[ends],
        flow=np.add.reduceat(flows.flow, first)[whole],
        aum=flows.aum[ends],
        nav=flows.nav[ends],
        notes=(*flows.notes, note),
        is_from_shares=False,
    )


def load_flows(path: Path, symbol: str, *, frequency: Frequency = "monthly") -> Flows:
    """The flows of ``symbol`` from a file, or from ``SYMBOL_FLOWS_MONTHLY.csv`` (``_WEEKLY``, ``_DAILY``) in one.

    The file has ``date`` and ``flow_usd`` (``flow`` in another currency than dollars), or ``date``, ``nav`` and
    ``shares_outstanding``; where it has both the flow counts, and shares × NAV are the net assets. Rows without
    what is needed are left out.

    :raises NotFound: no such file. :raises BadData: what is wrong, with file and line.
    """
    check_symbol(symbol)
    file = path / file_name(symbol, frequency) if path.is_dir() else path
    if not file.is_file():
        hint = message("it needs {columns}", columns=listed(_FORMS, "or"))
        raise NotFound.at(file, message("no such file of flows"), hint=hint)
    dates, (flow, nav, shares) = read_table(
        file, COLUMNS, one_of=("flow_usd", "shares_outstanding"), names=NAMES
    )
    wrong = (nav <= 0) | (shares < 0)
    if wrong.any():
        what = message("{day}: nav must be above 0, shares_outstanding 0 or more", day=dates[wrong][0])
        raise BadData.at(file, what)
    notes: tuple[Message, ...] = ()
    is_from_shares = bool(np.isnan(flow).all())
    if is_from_shares:
        flow = from_shares(shares, nav)
        ratio = split_ratios(shares, nav)
        notes = tuple(_split_note(symbol, dates[at], ratio[at]) for at in np.flatnonzero(ratio != 1.0))
    known = np.isfinite(flow)
    if not known.any():
        raise BadData.at(file, message("neither flow_usd nor nav with shares_outstanding have values"))
    return Flows(
        symbol,
        dates[known],
        flow[known],
        (nav * shares)[known],
        f"csv:{file.name}",
        notes,
        nav[known],
        is_from_shares,
    )


def from_shares(shares: Floats, nav: Floats) -> Floats:
    """(n,) net flow: the change of the shares outstanding × the day's net asset value; NaN on the first.

    In a split the shares of the row before count as the new ones they became.
    """
    before = shares[:-1] * split_ratios(shares, nav)[1:]
    return np.append(np.nan, shares[1:] - before) * nav


def split_ratios(shares: Floats, nav: Floats) -> Floats:
    """(n,) new shares for an old one since the row before: 2.0 in a 2:1 split, 1.0 where there is none.

    A split is seen where the shares grow by a usual ratio while the net asset value falls by the same one
    (or the other way round), which no market and no money does: half the value and twice the shares.
    """
    ratio = np.ones(shares.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        nav_move, shares_move = np.diff(np.log(nav)), np.diff(np.log(shares))
    for step in np.flatnonzero(np.isfinite(nav_move) & np.isfinite(shares_move)):
        off = np.abs(nav_move[step] + SPLITS), np.abs(shares_move[step] - SPLITS)
        best = int(np.argmin(off[0] + off[1]))
        if off[0][best] < NAV_MOVES and off[1][best] < SHARES_MOVE:
            ratio[step + 1] = np.exp(SPLITS[best])
    return np.round(ratio, 12)


def _split_note(symbol: str, day: np.datetime64, ratio: float) -> Message:
    what = message("one share became {ratio} up to {day}", ratio=float(f"{ratio:.4g}"), day=day)
    return message("{symbol} flows: {what}: a split is no flow", symbol=symbol, what=what)
