"""A result as bars for vectorbt, and its simulation there. The only file that imports vectorbt.

vectorbt knows no deposits, taxes or dividends, and one order a bar and asset. So every recorded movement gets
a bar of its own, in its recorded order, and the money that is not an order goes to and from ``OUTSIDE``: a
unit-priced holding that owns, at the start, everything the investor will ever receive, and that is valued at
nothing. vectorbt's cash is then the result's cash, and its value the result's value.

Every order is given as an amount at the market price of its session, its cost as the fixed fee that takes
what the records say it took. An order that vectorbt will not fill exactly (no cash, no units) fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.audit import owned
from engine.result import Result

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OUTSIDE = "outside"  # the column of everything that is not the investor's
IN_KIND = ("transfer_in", "transfer_out")  # units that change their account at market value, without cash
TRADES = ("buy", "sell", *IN_KIND)
HELD = ("opening", *TRADES)  # what changes the units
# OUTSIDE owns this much and one unit more than it ever pays: thousands of payments add up to a little else than
# their sum, and vectorbt takes next to nothing for nothing.
ROUNDING = 1e-12
DAILY = 252  # sessions a year of daily prices


@dataclass(frozen=True)
class Replay:
    """A result as bars for vectorbt: N bars, C columns, of which the first is OUTSIDE.

    ``index``      (N,) datetime64[us], the session plus one microsecond a bar
    ``close_at``   (T,) the last bar of each session
    ``columns``    C names, ``account:asset`` after the first
    ``assets``     (C,) the asset's number among the result's symbols, -1 for OUTSIDE
    ``size``       (N, C) signed units, NaN where there is no order
    ``price``, ``fee``, ``close``  (N, C), base currency
    ``money``      what OUTSIDE owns at the start
    """

    index: NDArray[np.datetime64]
    close_at: Ints
    columns: tuple[str, ...]
    assets: Ints
    size: Floats
    price: Floats
    fee: Floats
    close: Floats
    money: float


def vectorbt_version() -> str:
    """The installed version."""
    import vectorbt as vbt

    return str(vbt.__version__)


def returns_accessor(r: Floats, sessions_a_year: int) -> Any:
    """vectorbt's figures of daily returns."""
    import pandas as pd
    import vectorbt  # noqa: F401 - gives pandas its accessor

    series: Any = pd.Series(r)
    return series.vbt.returns(freq="1D", year_freq=f"{sessions_a_year}D")


def rejections() -> tuple[type[Exception], ...]:
    """What vectorbt raises where it cannot fill an order as given."""
    from vectorbt.portfolio.enums import RejectedOrderError

    return (RejectedOrderError, ValueError)


def engines() -> tuple[str, ...]:
    """vectorbt's engines that are installed: ``numba``, and ``rust`` where its package is."""
    from vectorbt._engine import is_rust_available

    return ("numba", "rust") if is_rust_available() else ("numba",)


def to_vectorbt(result: Result, engine: str | None = None) -> Any:
    """The result as a ``vectorbt.Portfolio``, for its plots and records.

    ``value()`` and ``cash()`` are the result's at every bar; the last bar of a date is its close. There is a
    bar for every movement, and a column ``outside`` where deposits, dividends and refunds come from and
    withdrawals and taxes go to. Its ``returns()`` therefore count deposits as gains: the time-weighted index
    is ``result.equity["twr"]``. ``engine``: ``numba`` or ``rust``; None: vectorbt's choice. Raises ValueError
    or vectorbt's RejectedOrderError where the records cannot be replayed.
    """
    return simulate(make_replay(result), engine)


def per_year(result: Result) -> int:
    """Sessions of a year by the frequency of the prices: 252, 52 or 12; of two exchanges those of both."""
    return int(result.manifest.get("period", {}).get("per_year", DAILY))


def index_portfolio(result: Result) -> Any:
    """The time-weighted index as a ``vectorbt.Portfolio``: 1.0 invested before the first session.

    Its returns are the result's, so that vectorbt's statistics and plots describe the strategy and not the
    deposits: total return, drawdowns, Sharpe. A year has 252 sessions (52, 12 of weekly and monthly prices):
    ``freq`` is 365 days over them, so that durations are calendar time as well.
    """
    import pandas as pd
    import vectorbt as vbt

    index = result.equity["twr"]
    close = pd.Series(index, pd.DatetimeIndex(result.dates.astype("datetime64[ns]")), name=result.name)
    freq = pd.Timedelta(days=365) / per_year(result)
    bought = np.concatenate([[1.0], index[1:]])  # before the first session's costs, which then count
    return vbt.Portfolio.from_holding(close, price=bought, init_cash=1.0, fees=0.0, slippage=0.0, freq=freq)


def simulate(replay: Replay, engine: str | None = None) -> Any:
    """Run the bars through ``vbt.Portfolio.from_orders`` with nothing left to its defaults."""
    import pandas as pd
    import vectorbt as vbt

    frame = pd.DataFrame(replay.close, index=pd.DatetimeIndex(replay.index), columns=list(replay.columns))
    return vbt.Portfolio.from_orders(
        frame,
        size=replay.size,
        size_type="amount",
        direction="longonly",
        price=replay.price,
        fees=0.0,
        fixed_fees=replay.fee,
        slippage=0.0,
        min_size=0.0,
        max_size=np.inf,
        size_granularity=np.nan,
        reject_prob=0.0,
        lock_cash=False,
        allow_partial=False,
        raise_reject=True,
        log=False,
        val_price=replay.price,
        init_cash=replay.money,
        cash_sharing=True,
        group_by=True,
        call_seq=np.tile(np.arange(len(replay.columns)), (len(replay.index), 1)),  # one order a bar
        ffill_val_price=True,
        update_value=False,
        seed=0,
        freq="1D",
        attach_call_seq=False,
        engine=engine,
    )


def make_replay(result: Result) -> Replay:
    """The bars of a result: one a movement, one for a session without any."""
    moves = with_money(daily_interest(result))
    dates = result.dates
    session = np.searchsorted(dates, moves["date"])
    count = np.bincount(session, minlength=len(dates))
    opening = np.zeros(len(dates), np.int64)
    opening[:1] = 1  # the bar on which OUTSIDE receives its money
    bars = np.maximum(count + opening, 1)
    close_at = np.cumsum(bars) - 1
    begin = close_at - bars + 1
    rank = np.arange(len(session)) - np.concatenate([[0], np.cumsum(count)])[session]
    at = (begin + opening)[session] + rank
    of_bar = np.repeat(np.arange(len(dates)), bars)
    index = dates.astype("datetime64[us]")[of_bar] + (np.arange(len(of_bar)) - begin[of_bar])

    names, column = _columns(moves)
    symbols = result.symbols
    assets = np.array([-1, *(symbols.index(name.split(":", 1)[1]) for name in names[1:])], np.int64)
    price = np.ones((len(of_bar), len(names)))
    close = np.zeros_like(price)
    for c in range(1, len(names)):
        market = prices_of(result, symbols[assets[c]])
        price[:, c] = close[:, c] = market[of_bar]
    size = np.full(price.shape, np.nan)
    fee = np.zeros(price.shape)
    amount = moves["amount"].astype(np.float64)
    traded = np.isin(moves["kind"], TRADES)
    size[at, column] = np.where(traded, moves["units"], -amount)
    worth = np.where(traded, moves["units"] * market_price(moves), 0.0)
    price[at[traded], column[traded]] = market_price(moves)[traded]
    in_cash = traded & ~np.isin(moves["kind"], IN_KIND)
    fee[at[in_cash], column[in_cash]] = -(amount + worth)[in_cash]
    size[at[(size[at, column] == 0.0)], column[size[at, column] == 0.0]] = np.nan
    money = float(np.where(traded, 0.0, np.maximum(amount, 0.0)).sum()) * (1.0 + ROUNDING) + 1.0
    size[0, 0] = money
    return Replay(index, close_at, names, assets, size, price, fee, close, money)


def with_money(moves: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
    """The transactions with units that are owned at the start as money that arrives and a purchase with it."""
    opening = (moves["kind"] == "opening") & (moves["units"] != 0.0)
    at = np.repeat(np.arange(len(opening)), 1 + opening)
    arrives = opening[at] & (np.diff(at, append=-1) == 0)
    worth = moves["units"] * market_price(moves)
    values: Mapping[str, Any] = {"account": "", "asset": "", "units": 0.0, "amount": worth[at]}
    found = {
        name: np.where(arrives, values[name], column[at]) if name in values else column[at]
        for name, column in moves.items()
    }
    kind = found["kind"].astype("U12")
    kind[opening[at] & ~arrives] = "transfer_in"
    return {**found, "kind": kind}


def interest_of(result: Result) -> Floats:
    """(T,) interest of each session, from the cash of the session before and the configured yield."""
    idle = result.config.get("idle_cash") or {}
    growth = 1.0 + float(idle.get("yield") or 0.0)
    days = np.diff(result.dates).astype("timedelta64[D]").astype(np.float64)
    first = owned.interest(result)
    return np.concatenate([[first], result.equity["cash"][:-1] * (growth ** (days / 365.0) - 1.0)])


def daily_interest(result: Result) -> Mapping[str, NDArray[Any]]:
    """The transactions with interest on the session that earned it; the records note it at the next event."""
    moves, interest = result.transactions, interest_of(result)
    # A deposit's interest is paid, and has rows of its own.
    kept = (moves["kind"] != "interest") | (moves["asset"] != "")
    if kept.all():
        return moves
    earned = np.flatnonzero(interest)
    fill = {"date": result.dates[earned], "settlement": result.dates[earned], "amount": interest[earned]}
    text = {"kind": "interest", "account": "", "asset": ""}
    order = np.argsort(np.concatenate([fill["date"], moves["date"][kept]]), kind="stable")
    return {
        name: np.concatenate([fill.get(name, np.full(len(earned), text.get(name, 0.0))), column[kept]])[order]
        for name, column in moves.items()
    }


def _columns(moves: Mapping[str, NDArray[Any]]) -> tuple[tuple[str, ...], Ints]:
    """Names of the columns, and the column of each movement."""
    traded = np.isin(moves["kind"], TRADES)
    label = np.array(
        [
            f"{account}:{asset}" if trade else OUTSIDE
            for account, asset, trade in zip(moves["account"], moves["asset"], traded)
        ],
        dtype=object,
    )
    names = (OUTSIDE, *sorted({str(name) for name in label[traded]}))
    number = {name: c for c, name in enumerate(names)}
    return names, np.array([number[name] for name in label], np.int64)


def market_price(moves: Mapping[str, NDArray[Any]]) -> Floats:
    """Price of one unit in the base currency at mid, of each movement; NaN where there is no asset."""
    worth: Floats = moves["price"] * moves["fx"]
    return worth


def has_prices(result: Result) -> bool:
    """Whether the result holds the price of every asset in every session."""
    return all(f"price:{symbol}" in result.equity for symbol in result.symbols)


def prices_of(result: Result, symbol: str) -> Floats:
    """(T,) worth of one unit of ``symbol`` in the base currency at each close.

    Where the result holds no prices: the recorded value over the units that the transactions add up to (the
    last one known where nothing is held).
    """
    stored = result.equity.get(f"price:{symbol}")
    if stored is not None:
        return np.asarray(stored, np.float64)
    units = held(result, symbol)
    worth = result.equity[f"asset:{symbol}"]
    price = np.divide(
        worth, units, out=np.zeros(len(units)), where=units > 1e-9 * max(1.0, units.max(initial=0))
    )
    known = np.maximum.accumulate(np.where(price > 0.0, np.arange(len(price)), -1))
    first = price[np.flatnonzero(price > 0.0)[:1]]
    start = float(first[0]) if len(first) else 1.0
    return np.where(known >= 0, price[known], start)


def held(result: Result, symbol: str) -> Floats:
    """(T,) units of ``symbol`` at each close, as its transactions add up."""
    moves = result.transactions
    mine = (moves["asset"] == symbol) & np.isin(moves["kind"], HELD)
    change = np.bincount(
        np.searchsorted(result.dates, moves["date"][mine]),
        weights=moves["units"][mine],
        minlength=len(result.dates),
    )
    return np.cumsum(change)
