"""Prices that a program holds itself, as a source: pandas columns in, the histories that files would have given.

Values are hashed like those of files, and checked by the same rules. What a table lacks in form (order, days,
numbers) is refused here, in one line that names the table, the symbol and the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from engine.errors import BadData, ConfigError, NotFound
from engine.market import assets as registry
from engine.market.providers import ecb
from engine.market.series import Dates, Floats, Series
from engine.market.sources import Source
from engine.messages import Arg, Message, listed, message
from engine.words import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    Table: TypeAlias = pd.DataFrame | pd.Series | Mapping[str, pd.Series]

NAME = "own prices"  # of such a source, in manifests and reports
CURRENCY: Mapping[str, Literal["USD", "JPY"]] = {
    "us_etf": "USD",
    "jp_fund": "JPY",
    "index": "USD",
    "jp_etf": "JPY",
}
FRAMES: Mapping[str, tuple[str, ...]] = {**dict.fromkeys(CURRENCY, ("G", "old_general")), "index": ()}


@dataclass(frozen=True)
class Asset:
    """What prices of one's own are the prices of.

    ``kind``        ``us_etf`` (whole shares), ``jp_fund`` (bought by amount), ``jp_etf`` (listed in Tokyo) or
                    ``index`` (never held in NISA)
    ``currency``    ``USD`` or ``JPY``; None: that of the kind
    ``frames``      NISA frames that may hold it; None: the growth frame, but for an index
    ``source_tax``  share of a dividend withheld where it is paid; None: that of the kind
    ``trading_unit``  units that are traded together in Tokyo
    ``foreign_tax``  of an ETF there, the share of its dividends that was withheld abroad before; 0: none known
    ``accept``      findings of the checks that are true of it, as in ``assets.csv``: ``jump:2022-02-03``
    """

    symbol: str
    kind: Literal["us_etf", "jp_fund", "index", "jp_etf"] = "us_etf"
    currency: Literal["USD", "JPY"] | None = None
    frames: Sequence[str] | None = None
    source_tax: float | None = None
    name: str = ""
    accept: Sequence[str] = ()
    trading_unit: int = 1
    foreign_tax: float = 0.0

    def __post_init__(self) -> None:
        from engine.config.arguments import checked, one_kind, texts
        from engine.config.leaves import number, whole

        one_kind("asset", self.symbol, (str,), message("a symbol such as VOO"))
        registry.check_symbol(self.symbol)
        where = f"asset {self.symbol}"
        one_kind(f"{where}: name", self.name, (str,), message("a text"))
        if self.source_tax is not None:
            checked(f"{where}: source_tax", self.source_tax, number(0, 1))
        checked(f"{where}: foreign_tax", self.foreign_tax, number(0, 0.5))
        checked(f"{where}: trading_unit", self.trading_unit, whole(1, 100_000))
        texts(f"{where}: frames", self.frames or (), "['G']")
        texts(f"{where}: accept", self.accept, "['jump:2022-02-03']")
        for key, value, allowed in (
            ("kind", self.kind, registry.KINDS),
            ("currency", self.currency or registry.CURRENCIES[0], registry.CURRENCIES),
            *(("frames", frame, registry.FRAMES) for frame in self.frames or ()),
        ):
            if value not in allowed:
                raise ConfigError(
                    message(
                        "asset {symbol}: {key}: came {came}, allowed {allowed}",
                        symbol=self.symbol,
                        key=key,
                        came=str(value),
                        allowed=listed(allowed, "or"),
                    ),
                    hint=did_you_mean(str(value), allowed),
                )

    @property
    def row(self) -> registry.Asset:
        """As the registry has it."""
        tax = registry.source_tax_of(self.kind) if self.source_tax is None else self.source_tax
        return registry.Asset(
            symbol=self.symbol,
            kind=self.kind,
            currency=self.currency or CURRENCY[self.kind],
            frames=tuple(FRAMES[self.kind] if self.frames is None else self.frames),
            source_tax=tax,
            trading_unit=float(self.trading_unit),
            foreign_tax=self.foreign_tax,
            yahoo=self.symbol,
            name_en=self.name or self.symbol,
            name_ja=self.name or self.symbol,
            accept=tuple(self.accept),
        )


def own_source(
    prices: Table,
    dividends: Table | None = None,
    fx: pd.Series | None = None,
    assets: Mapping[str, Asset] | Sequence[Asset] = (),
) -> Source:
    """A source of prices that are at hand.

    ``prices``     closes, a column a symbol, in each asset's currency, not adjusted for dividends; days without a
                   price (NaN) before the first and after the last one are those on which it was not there
    ``dividends``  amounts a unit on their ex-dates, a column a symbol; 0 where there is none. Of a symbol without
                   a column none are counted, which every output then says
    ``fx``         yen per dollar; None: the ECB's fixings
    ``assets``     what the symbols are; one that is not told is the registry's, or a US-listed ETF in dollars

    Raises ConfigError where an argument is of another class, BadData for a table that is wrong.
    """
    columns = dict(_columns("prices", prices))
    paid = {} if dividends is None else dict(_columns("dividends", dividends, is_price=False))
    strange = [symbol for symbol in paid if symbol not in columns]
    if strange:
        raise BadData(message("dividends: no prices of {symbols}", symbols=listed(strange)))
    rows = _rows(assets, columns)
    rate = None if fx is None else _series("USDJPY", "JPY", *_column("fx", "USDJPY", fx), None)

    def load(symbol: str) -> Series:
        if symbol not in columns:
            hint = did_you_mean(symbol, columns) or message("it has {names}", names=listed(columns))
            raise NotFound(message("prices: no column {name}", name=symbol), hint=hint)
        currency = registry.asset(symbol, rows).currency
        return _series(symbol, currency, *columns[symbol], paid.get(symbol))

    def rates(end: np.datetime64 | None) -> Series:
        return ecb.load() if rate is None else rate

    return Source(NAME, load, rates, rows, symbols=tuple(columns))


def _rows(assets: Any, columns: Mapping[str, Any]) -> dict[str, registry.Asset]:
    """The rows of what was told, and of names that could be no US ticker."""
    if not isinstance(assets, Mapping | Sequence):
        assets = () if assets is None else [assets]
    told = list(assets.values()) if isinstance(assets, Mapping) else list(assets)
    for item in told:
        if not isinstance(item, Asset):
            came = type(item).__name__
            raise ConfigError(message("assets: came {came}, allowed values of engine.Asset", came=came))
    if isinstance(assets, Mapping):
        other = next((name for name, item in assets.items() if item.symbol != name), None)
        if other is not None:
            raise ConfigError(
                message("assets: {name} describes {symbol}", name=str(other), symbol=assets[other].symbol)
            )
    rows = {item.symbol: item.row for item in told}
    if len(rows) < len(told):
        symbols = [item.symbol for item in told]
        double = next(symbol for symbol in symbols if symbols.count(symbol) > 1)
        raise ConfigError(message("assets: {symbol} comes twice", symbol=double))
    missing = [symbol for symbol in rows if symbol not in columns]
    if missing:
        raise BadData(message("assets: no prices of {symbols}", symbols=listed(missing)))
    for symbol in columns:
        try:
            registry.asset(symbol, rows)
        except NotFound:
            from dataclasses import replace

            rows[symbol] = replace(Asset(symbol).row, known=False)
    return rows


def _columns(name: str, table: Any, *, is_price: bool = True) -> Iterator[tuple[str, tuple[Dates, Floats]]]:
    """Each symbol's days and numbers."""
    import pandas as pd

    if isinstance(table, pd.Series):
        if table.name is None:
            told = message("{table}: came a Series without a name, which is its symbol", table=name)
            raise BadData(told, hint=message("series.rename('VOO') names it"))
        table = {str(table.name): table}
    if isinstance(table, pd.DataFrame):
        if not table.columns.is_unique:
            double = table.columns[table.columns.duplicated()][0]
            raise BadData(message("{table}: the column {name} comes twice", table=name, name=str(double)))
        table = {column: table[column] for column in table.columns}
    if not isinstance(table, Mapping):
        raise ConfigError(
            message(
                "{table}: came {came}, allowed a pandas DataFrame with a column a symbol, or Series by symbol",
                table=name,
                came=_class_of(table),
            ),
            hint=_as_pandas(table),
        )
    if not table:
        raise BadData(message("{table}: no column", table=name))
    for symbol, column in table.items():
        if not isinstance(symbol, str):
            several = message("prices['Close'] takes one level of columns that have several")
            told = message("{table}: column {name}: no symbol", table=name, name=str(symbol))
            raise BadData(told, hint=several if isinstance(symbol, tuple) else None)
        registry.check_symbol(symbol)
        yield symbol, _column(name, symbol, column, is_price=is_price)


def _column(name: str, symbol: str, column: Any, *, is_price: bool = True) -> tuple[Dates, Floats]:
    """A column's days, (n,) strictly rising, and its numbers, (n,) without NaN."""
    import pandas as pd

    wrong = partial(_wrong, name, symbol)
    if not isinstance(column, pd.Series):
        raise ConfigError(
            message("{table}: {symbol}: came {came}, allowed a pandas Series by date", table=name,
                    symbol=symbol, came=_class_of(column)),
            hint=_as_pandas(column),
        )  # fmt: skip
    days = _days(column.index, wrong)
    types = pd.api.types
    is_number = types.is_numeric_dtype(column.dtype) and not types.is_complex_dtype(column.dtype)
    if not is_number or types.is_bool_dtype(column.dtype):
        raise wrong(message("holds {kind}, allowed numbers", kind=str(column.dtype)))
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if not is_price:
        numbers = np.nan_to_num(numbers, nan=0.0)
    known = np.flatnonzero(~np.isnan(numbers))
    if not len(known):
        raise wrong(message("has no number"))
    inside = slice(int(known[0]), int(known[-1]) + 1)
    days, numbers = days[inside], numbers[inside]
    for found, what in (
        (np.isnan(numbers), message("has no number inside its history")),
        (~np.isfinite(numbers), message("is not finite")),
        (numbers < 0.0, message("is below zero")),
        (is_price & (numbers == 0.0), message("is not above zero")),
    ):
        if found.any():
            at = int(np.flatnonzero(found)[0])
            hint = None
            if np.isnan(numbers[at]):
                hint = message("drop the day, or give each symbol a Series of its own days")
            raise wrong(message("{day}: {what}", day=days[at], what=what), hint=hint)
    return days, numbers


def _days(index: Any, wrong: Any) -> Dates:
    """The days of an index, each later than the one before."""
    import pandas as pd

    if not isinstance(index, pd.DatetimeIndex):
        spans = isinstance(index, pd.PeriodIndex)
        raise wrong(
            message("its index is {kind}, allowed dates (pandas.DatetimeIndex)", kind=type(index).__name__),
            hint=message("index.to_timestamp(how='end').normalize() makes dates")
            if spans
            else message("pandas.to_datetime makes dates"),
        )
    if index.tz is not None:
        raise wrong(
            message("its dates have the time zone {zone}, allowed none", zone=str(index.tz)),
            hint=message("index.tz_localize(None) keeps the days as they are"),
        )
    if index.hasnans:
        raise wrong(message("a date is missing"))
    if (index != index.normalize()).any():
        at = index[index != index.normalize()][0]
        raise wrong(
            message("{day} has a time of day, allowed days", day=str(at)),
            hint=message("index.normalize() makes days"),
        )
    days: Dates = index.to_numpy().astype("datetime64[D]")
    steps = np.diff(days).astype(np.int64)
    if (steps < 0).any():
        at = days[1:][steps < 0][0]
        raise wrong(
            message("its dates are not in order: {day} comes after a later one", day=at),
            hint=message("sort_index() puts them in order"),
        )
    if (steps == 0).any():
        raise wrong(message("{day} comes twice", day=days[1:][steps == 0][0]))
    return days


def _class_of(value: Any) -> str:
    """The class of a value; of another library's with that library's name: ``polars.DataFrame``."""
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    return kind.__name__ if library == "builtins" else f"{library}.{kind.__name__}"


def _as_pandas(value: Any) -> Message | None:
    """How another library's table becomes one of pandas."""
    if not hasattr(value, "to_pandas"):
        return None
    return message(".to_pandas().set_index('date') makes one of pandas, of its column of dates")


def _wrong(name: str, symbol: str, what: Arg, hint: Message | None = None) -> BadData:
    return BadData(message("{table}: {symbol}: {what}", table=name, symbol=symbol, what=what), hint=hint)


def _series(
    symbol: str, currency: str, days: Dates, close: Floats, paid: tuple[Dates, Floats] | None
) -> Series:
    """The history; a payout on a day without a price has a row of its own, as in a file."""
    nothing = np.full(len(days), np.nan)
    series = Series(symbol, currency, days, close, nothing, np.zeros(len(days)), source=NAME)
    if paid is None:
        said = message("{symbol}: no dividends were given: none are counted", symbol=symbol)
        return series if symbol == "USDJPY" else series.noted(said, warnings=[said])
    every = np.union1d(days, paid[0][paid[1] > 0.0])
    level, dividend = np.full(len(every), np.nan), np.zeros(len(every))
    level[np.searchsorted(every, days)] = close
    of_days = paid[1] > 0.0
    dividend[np.searchsorted(every, paid[0][of_days])] = paid[1][of_days]
    return series.replace(dates=every, close=level, adj_close=np.full(len(every), np.nan), dividend=dividend)
