"""The asset registry: what each symbol is, what it costs to hold, and where its history comes from.

The registry is a table (``data/assets.csv``), one row an asset. A folder of CSV prices may bring its own
``assets.csv`` with the same columns: its rows are added to these, and win over them.
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from engine.errors import BadData, DataError, NotFound
from engine.market.asset_table import read_table

KINDS = ("us_etf", "jp_fund", "index")
FRAMES = ("T", "G", "old_general", "old_tsumitate")
CURRENCIES = ("USD", "JPY")

_SYMBOL = re.compile(r"\^?[A-Za-z0-9][A-Za-z0-9._=-]{0,31}")
_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
MAX_TEXT = 1000
_ACCEPT = re.compile(r"[a-z_]+(:\d{4}-\d{2}-\d{2})?")
_US_TICKER = re.compile(r"[A-Z]{1,5}([.-][A-Z]{1,2})?")


@dataclass(frozen=True)
class Asset:
    """One row of the registry.

    ``kind``          ``us_etf``, ``jp_fund`` (yen, bought by amount) or ``index`` (studies only)
    ``expense_ratio`` fraction a year, already inside prices: used only where one asset stands in for another
    ``first``         first trading day, None where it depends on another asset
    ``tracks``        the index it follows, and ``tracks_since``: earlier history followed another index
    ``frames``        NISA frames that may hold it; empty for an index
    ``source_tax``    share of a dividend withheld at source
    ``underlying``    the ETF a modelled fund is computed from, or ''
    ``stand_ins``     assets that may stand in for its missing history, the best first
    ``absorbed_by``   the fund that took it over on ``absorbed_on``
    ``note``          what a person should know; shown by ``backtest assets`` and in the manifest
    ``accept``        findings of the checks that are true of it: ``jump:2022-02-03``, or a rule on all days
    ``known``         False for a symbol that no registry row describes
    """

    symbol: str
    kind: str
    currency: str
    expense_ratio: float
    first: date | None
    tracks: str
    tracks_since: date | None
    frames: tuple[str, ...]
    source_tax: float
    underlying: str
    stand_ins: tuple[str, ...]
    absorbed_by: str
    absorbed_on: date | None
    yahoo: str
    name_en: str
    name_ja: str
    note: str
    accept: tuple[str, ...] = ()
    known: bool = True

    def name(self, language: str = "en") -> str:
        """The name in ``en`` or ``ja``."""
        return self.name_ja if language == "ja" else self.name_en

    @property
    def trades_in_new_york(self) -> bool:
        """True if its days are New York sessions."""
        return self.currency == "USD"

    @property
    def is_listed(self) -> bool:
        """True if the built-in registry, which holds broad funds and indices alone, knows it."""
        return self.symbol in _registry()

    @property
    def usable_from(self) -> date | None:
        """First day on which its own prices are a history of the index it tracks."""
        dates = [day for day in (self.first, self.tracks_since) if day is not None]
        return max(dates, default=None)


def read_assets(path: Path) -> dict[str, Asset]:
    """The assets of one registry file, by symbol. :raises BadData: with file and line for a wrong row."""
    found: dict[str, Asset] = {}
    for line, row in read_table(path):
        item = _asset(row, f"{path}:{line}")
        if item.symbol in found:
            raise BadData(f"{path}:{line}: {item.symbol} comes twice")
        found[item.symbol] = item
    return found


@cache
def _registry() -> Mapping[str, Asset]:
    return read_assets(Path(__file__).parent / "data" / "assets.csv")


def source_tax_of(kind: str) -> float:
    """The share of a dividend that is withheld where an asset of that kind pays it, unless it has its own."""
    return _source_taxes()[kind]


@cache
def _source_taxes() -> Mapping[str, float]:
    with (Path(__file__).parent / "data" / "source_tax.csv").open(encoding="utf-8", newline="") as file:
        return {row["kind"]: float(row["rate"]) for row in csv.DictReader(file)}


def all_assets() -> tuple[Asset, ...]:
    """Every asset of the built-in registry, in the order of the file."""
    return tuple(_registry().values())


def asset(symbol: str, extra: Mapping[str, Asset] | None = None) -> Asset:
    """The asset of ``symbol``; rows of ``extra`` win over the built-in ones.

    ``SP500TR`` finds ``^SP500TR``. A ticker that no row describes is taken for a US-listed ETF in dollars
    with the growth frame and an expense ratio of 0, and its note says that this is assumed.

    :raises NotFound: if it cannot be a US ticker either.
    """
    known = {**_registry(), **(extra or {})}
    for name in (symbol, f"^{symbol}"):
        if name in known:
            return known[name]
    if not _US_TICKER.fullmatch(symbol):
        near = get_close_matches(symbol.upper(), known, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else "`backtest assets` lists the known ones"
        raise NotFound(f"unknown asset {symbol!r}: neither in the registry nor a US ticker", hint=hint)
    note = "not in the registry: assumed to be a US-listed ETF in dollars that the growth frame may hold"
    return Asset(
        symbol=symbol,
        kind="us_etf",
        currency="USD",
        expense_ratio=0.0,
        first=None,
        tracks="",
        tracks_since=None,
        frames=("G", "old_general"),
        source_tax=source_tax_of("us_etf"),
        underlying="",
        stand_ins=(),
        absorbed_by="",
        absorbed_on=None,
        yahoo=symbol,
        name_en=symbol,
        name_ja=symbol,
        note=note,
        known=False,
    )


def check_symbol(symbol: str) -> str:
    """``symbol``, if it may be part of a file name. :raises DataError: otherwise."""
    if not _SYMBOL.fullmatch(symbol):
        raise DataError(f"{symbol!r} is not a symbol: letters, digits and . _ = - are allowed, at most 32")
    return symbol


def text_row(item: Asset) -> dict[str, str]:
    """One row of the table, by column."""
    expense, source_tax = (
        f"{round(value * 100, 10):.10g}" for value in (item.expense_ratio, item.source_tax)
    )
    return {
        "symbol": item.symbol,
        "kind": item.kind,
        "currency": item.currency,
        "expense_percent": expense,
        "source_tax_percent": source_tax,
        "first_date": str(item.first or ""),
        "tracks": item.tracks,
        "tracks_since": str(item.tracks_since or ""),
        "frames": " ".join(item.frames),
        "underlying": item.underlying,
        "stand_ins": " ".join(item.stand_ins),
        "absorbed_by": item.absorbed_by,
        "absorbed_on": str(item.absorbed_on or ""),
        "yahoo": item.yahoo,
        "name_en": item.name_en,
        "name_ja": item.name_ja,
        "note": item.note,
        "accept": " ".join(item.accept),
    }


def _asset(row: Mapping[str, str], where: str) -> Asset:
    def text(key: str, default: str = "") -> str:
        value = row.get(key, "")
        if len(value) > MAX_TEXT:
            raise BadData(f"{where}: {key}: longer than {MAX_TEXT} characters")
        return value or default

    def day(key: str) -> date | None:
        if not text(key):
            return None
        found = _DAY.fullmatch(text(key))  # a spreadsheet writes 2010/9/9
        with contextlib.suppress(ValueError):
            if found:
                return date(*map(int, found.groups()))
        raise BadData(f"{where}: {key}: {text(key)[:40]!r} is not a date like 2010-09-09")

    def one_of(key: str, value: str, allowed: tuple[str, ...]) -> str:
        if value not in allowed:
            raise BadData(f"{where}: {key}: {value[:40]!r} is not one of {', '.join(allowed)}")
        return value

    def share(key: str, highest: float, default: float = 0.0) -> float:
        try:
            value = float(text(key, str(default * 100))) / 100
        except ValueError as error:
            raise BadData(f"{where}: {key}: {text(key)[:40]!r} is not a number") from error
        if not 0 <= value < highest:  # and no NaN
            raise BadData(f"{where}: {key} must be 0 to {highest * 100:g}, came {text(key)[:40]}")
        return value

    def symbols(key: str) -> tuple[str, ...]:
        names = tuple(text(key).split())
        for name in names:
            if not _SYMBOL.fullmatch(name):
                raise BadData(f"{where}: {key}: {name[:40]!r} is not a symbol")
        return names

    def accepted(name: str) -> str:
        if not _ACCEPT.fullmatch(name):
            what = "a rule, or a rule and a day like jump:2022-02-03"
            raise BadData(f"{where}: accept: {name[:40]!r} is not {what}")
        return name

    if len(symbols("symbol")) != 1:
        raise BadData(f"{where}: symbol: {text('symbol')[:40]!r} is not a symbol")
    symbol = text("symbol")
    kind = one_of("kind", text("kind"), KINDS)
    return Asset(
        symbol=symbol,
        kind=kind,
        currency=one_of("currency", text("currency"), CURRENCIES),
        expense_ratio=share("expense_percent", 0.1),
        first=day("first_date"),
        tracks=text("tracks"),
        tracks_since=day("tracks_since"),
        frames=tuple(one_of("frames", name, FRAMES) for name in text("frames").split()),
        source_tax=share("source_tax_percent", 1.0, source_tax_of(kind)),
        underlying=" ".join(symbols("underlying")),
        stand_ins=symbols("stand_ins"),
        absorbed_by=" ".join(symbols("absorbed_by")),
        absorbed_on=day("absorbed_on"),
        yahoo=text("yahoo", symbol),
        name_en=text("name_en", symbol),
        name_ja=text("name_ja", text("name_en", symbol)),
        note=text("note"),
        accept=tuple(accepted(name) for name in text("accept").split()),
    )
