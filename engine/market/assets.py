"""The asset registry: what each symbol is, what it costs to hold, and where its history comes from.

The registry is two tables, one row an asset: ``data/assets.csv``, and ``data/funds.csv`` of Japanese funds. A
folder of CSV prices may bring its own ``assets.csv`` with the same columns: its rows are added to these, and win
over them.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from engine.bundled import table_rows
from engine.errors import BadData, DataError, NotFound
from engine.fund_names import importing, what_serves
from engine.locale import Locale
from engine.market.asset_table import COLUMNS, read_table
from engine.market.fees import Rate, fund_fees
from engine.market.table import of_cell
from engine.messages import Message, Quoted, listed, message

KINDS = ("us_etf", "jp_fund", "index", "jp_etf")
MONEY = ("cash", "deposit")
FRAMES = ("T", "G", "old_general", "old_tsumitate")
CURRENCIES = ("USD", "JPY")

MAX_TEXT = 1000
_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_US_TICKER = re.compile(r"[A-Z]{1,5}([.-][A-Z]{1,2})?")
TOKYO_CODE = re.compile(r"[0-9][0-9A-Z][0-9][0-9A-Z]")

# What a word of a cell may be, and what is wrong with another one.
_Form = tuple[re.Pattern[str], Message]
_KIND, _FRAME, _CURRENCY = (
    (re.compile("|".join(allowed)), message("is not one of {allowed}", allowed=listed(allowed)))
    for allowed in (KINDS, FRAMES, CURRENCIES)
)
_YES = (re.compile("yes"), message("is not one of {allowed}", allowed="yes"))
_SYMBOL = (re.compile(r"\^?[A-Za-z0-9][A-Za-z0-9._=-]{0,31}"), message("is not a symbol"))
_ACCEPT = (
    re.compile(r"[a-z_]+(:\d{4}-\d{2}-\d{2})?"),
    message("is not a rule, or a rule and a day like {example}", example="jump:2022-02-03"),
)


@dataclass(frozen=True)
class Asset:
    """One row of the registry.

    ``kind``          ``us_etf``, ``jp_fund`` (yen, bought by amount), ``index`` (studies only), ``jp_etf`` (listed
                      in Tokyo), or money: ``cash``, ``deposit``
    ``expense_ratio`` fraction a year, already inside prices: used only where one asset stands in for another
    ``fees``          of a modelled fund, its expense ratio by the day from which on it holds; () where it is one
    ``first``         first trading day, None where it depends on another asset
    ``tracks``        the index it follows, and ``tracks_since``: earlier history followed another index
    ``frames``        NISA frames that may hold it; empty for an index
    ``source_tax``    share of a dividend withheld at source
    ``trading_unit``  units that are traded together on its exchange
    ``foreign_tax``   share of its dividends that was withheld abroad before the fund paid them on; 0: none known
    ``underlying``    the ETF a modelled fund is computed from, or ''; of an index, the newest of the histories
                      that it is made of, the others being its ``stand_ins``
    ``withheld``      the share of that ETF's dividends that the fund does not get
    ``hedged``        True for a fund whose currency is hedged into yen
    ``code``          what the Investment Trusts Association calls a Japanese fund, or ''; ``launched`` its start
    ``stand_ins``     assets that may stand in for its missing history, the best first
    ``absorbed_by``   the fund that took it over on ``absorbed_on``
    ``name_en``       its name; ``note`` is what a person should know: each in further languages behind ``_``
    ``accept``        findings of the checks that are true of it: ``jump:2022-02-03``, or a rule on all days
    ``known``         False for a symbol that no registry row describes
    """

    symbol: str
    kind: str
    currency: str
    expense_ratio: float = 0.0
    fees: tuple[Rate, ...] = ()
    first: date | None = None
    tracks: str = ""
    tracks_since: date | None = None
    frames: tuple[str, ...] = ()
    source_tax: float = 0.0
    trading_unit: float = 1.0
    foreign_tax: float = 0.0
    underlying: str = ""
    withheld: float = 0.0
    hedged: bool = False
    code: str = ""
    launched: date | None = None
    stand_ins: tuple[str, ...] = ()
    absorbed_by: str = ""
    absorbed_on: date | None = None
    yahoo: str = ""
    name_en: str = ""
    name_ja: str = ""
    note: str = ""
    note_ja: str = ""
    accept: tuple[str, ...] = ()
    known: bool = True

    def name(self, language: str = "en") -> str:
        """The name in a language, in English where it has none; a modelled fund's says that it is one."""
        own = getattr(self, f"name_{language}", "") or self.name_en
        return (
            str(message("{fund} (model)", fund=own).translate(Locale(language))) if self.is_modelled else own
        )

    def noted(self, language: str = "en") -> str:
        """The note in a language: the built-in registry's by the catalogue, a person's own as they wrote it."""
        own = getattr(self, f"note_{language}", "") or self.note
        return Locale(language).translate(own) if own and self.is_listed else own

    @property
    def trades_in_new_york(self) -> bool:
        """True if its days are New York sessions, which close after Tokyo's of the same date."""
        return self.currency == "USD" and not self.is_money

    @property
    def trades_in_tokyo(self) -> bool:
        """True if its orders are placed by Tokyo's close of a day, before New York opens."""
        return self.currency == "JPY" and not self.is_money

    @property
    def is_money(self) -> bool:
        """True for cash and deposits, which have no prices."""
        return self.kind in MONEY

    @property
    def is_chain(self) -> bool:
        """True if it is made of several histories: see :mod:`engine.market.chain`."""
        return self.kind == "index" and bool(self.underlying)

    @property
    def is_modelled(self) -> bool:
        """True if it is a yen fund that is computed from an ETF."""
        return bool(self.underlying) and not self.is_chain

    @property
    def is_listed(self) -> bool:
        """True if the built-in registry, which holds broad funds and indices alone, knows it."""
        return self.symbol in _registry()

    @property
    def is_fund(self) -> bool:
        """True if it is known to be no single share."""
        return self.is_listed or self.kind == "jp_fund" or self.is_money

    @property
    def usable_from(self) -> date | None:
        """First day on which its own prices are a history of the index it tracks."""
        dates = [day for day in (self.first, self.tracks_since) if day is not None]
        return max(dates, default=None)


def read_assets(path: Path) -> dict[str, Asset]:
    """The assets of one registry file, by symbol. :raises BadData: with file and line for a wrong row."""
    found: dict[str, Asset] = {}
    for line, cells in read_table(path):
        row = _Row(f"{path}:{line}", cells)
        item = row.asset()
        if item.symbol in found:
            raise BadData.at(row.place, message("{symbol} comes twice", symbol=item.symbol))
        found[item.symbol] = item
    return found


@cache
def _registry() -> Mapping[str, Asset]:
    folder, fees = Path(__file__).parent / "data", fund_fees()
    assets = read_assets(folder / "assets.csv") | read_assets(folder / "funds.csv")
    dated = {
        symbol: replace(assets[symbol], fees=rates, expense_ratio=rates[-1].share)
        for symbol, rates in fees.items()
    }
    return assets | dated | _MONEY


_MONEY = {
    "CASH": Asset(
        symbol="CASH",
        kind="cash",
        currency="JPY",
        name_en="Cash",
        name_ja="現金",
        note="cash of the base currency: no interest, no tax",
    ),
    "DEPOSIT": Asset(
        symbol="DEPOSIT",
        kind="deposit",
        currency="JPY",
        name_en="Bank deposit",
        name_ja="預金",
        note="an ordinary deposit in yen: deposit_rate, or a large bank's rates; interest in February and August",
    ),
}


def source_tax_of(kind: str) -> float:
    """The share of a dividend that is withheld where an asset of that kind pays it, unless it has its own."""
    return _source_taxes()[kind]


@cache
def _source_taxes() -> Mapping[str, float]:
    rows = table_rows(Path(__file__).parent / "data" / "source_tax.csv")
    return {row["kind"]: float(row["rate"]) for row in rows}


def all_assets() -> tuple[Asset, ...]:
    """Every asset of the built-in registry, in the order of the file."""
    return tuple(_registry().values())


def asset(symbol: str, extra: Mapping[str, Asset] | None = None) -> Asset:
    """The asset of ``symbol``; rows of ``extra`` win over the built-in ones.

    ``SP500TR`` finds ``^SP500TR``, ``1306`` finds ``1306.T``. A ticker that no row describes is taken for a
    US-listed ETF in dollars, a code of Tokyo's for an ETF there that trades by the unit, both with the growth
    frame and an expense ratio of 0: :mod:`engine.market.eligibility` says that this is assumed.

    :raises NotFound: if it cannot be a US ticker either.
    """
    known = {**_registry(), **(extra or {})}
    for name in (symbol, f"^{symbol}", f"{symbol}.T"):
        if name in known:
            return known[name]
    code = symbol.removesuffix(".T")
    if TOKYO_CODE.fullmatch(code):
        return _assumed(f"{code}.T", "jp_etf", "JPY")
    if not _US_TICKER.fullmatch(symbol):
        near = get_close_matches(symbol.upper(), known, n=1, cutoff=0.6)
        lists = message("`backtest assets` lists the known ones")
        raise NotFound(
            message("unknown asset {name}: neither in the registry nor a US ticker", name=Quoted(symbol)),
            hint=what_serves(symbol) or (message("did you mean {word}?", word=near[0]) if near else lists),
        )
    return _assumed(symbol, "us_etf", "USD")


def known_asset(symbol: str, extra: Mapping[str, Asset] | None = None) -> Asset | None:
    """``asset``, None for a symbol that cannot be one."""
    try:
        return asset(symbol, extra)
    except NotFound:
        return None


def _assumed(symbol: str, kind: str, currency: str) -> Asset:
    return Asset(
        symbol=symbol,
        kind=kind,
        currency=currency,
        frames=("G", "old_general"),
        source_tax=source_tax_of(kind),
        yahoo=symbol,
        name_en=symbol,
        name_ja=symbol,
        known=False,
    )


def yahoo_symbol(item: Asset) -> str:
    """What Yahoo calls an asset. :raises NotFound: a Japanese fund, whose prices it does not have."""
    if item.is_listed and item.kind == "jp_fund":
        raise NotFound(
            message("no source has prices of {symbol}", symbol=item.symbol), hint=importing(item.symbol)
        )
    return item.yahoo


def check_symbol(symbol: str) -> str:
    """``symbol``, if it may be part of a file name. :raises DataError: otherwise."""
    if not _SYMBOL[0].fullmatch(symbol):
        form = message("letters, digits and . _ = - are allowed, at most 32")
        raise DataError(message("{symbol} is not a symbol: {form}", symbol=Quoted(symbol), form=form))
    return symbol


def text_row(item: Asset) -> dict[str, str]:
    """One row of the table, by column."""
    other = {
        "expense_percent": f"{round(item.expense_ratio * 100, 10):.10g}",
        "source_tax_percent": f"{round(item.source_tax * 100, 10):.10g}",
        "foreign_tax_percent": f"{round(item.foreign_tax * 100, 10):.10g}" if item.foreign_tax else "",
        "trading_unit": f"{item.trading_unit:.0f}" if item.trading_unit != 1.0 else "",
        "first_date": item.first,
    }
    values = {name: other[name] if name in other else getattr(item, name) for name in COLUMNS}
    return {name: " ".join(v) if isinstance(v, tuple) else str(v or "") for name, v in values.items()}


@dataclass(frozen=True)
class _Row:
    """The cells of one row by column, and its ``place``: file and line. Its methods raise BadData."""

    place: str
    cells: Mapping[str, str]

    def asset(self) -> Asset:
        """The asset that the row describes."""
        symbol, kind = self.one_word("symbol", _SYMBOL), self.one_word("kind", _KIND)
        name = self.text("name_en", symbol)
        return Asset(
            symbol=symbol,
            kind=kind,
            currency=self.one_word("currency", _CURRENCY),
            expense_ratio=self.share("expense_percent", 0.1),
            first=self.day("first_date"),
            tracks=self.text("tracks"),
            tracks_since=self.day("tracks_since"),
            frames=self.words("frames", _FRAME),
            source_tax=self.share("source_tax_percent", 1.0, source_tax_of(kind)),
            trading_unit=self.units("trading_unit"),
            foreign_tax=self.share("foreign_tax_percent", 0.5),
            underlying=" ".join(self.words("underlying", _SYMBOL)),
            withheld=self.share("withheld_percent", 1.0, source_tax_of("us_etf")),
            hedged=bool(self.words("hedged", _YES)),
            code=self.text("code"),
            launched=self.day("launched"),
            stand_ins=self.words("stand_ins", _SYMBOL),
            absorbed_by=" ".join(self.words("absorbed_by", _SYMBOL)),
            absorbed_on=self.day("absorbed_on"),
            yahoo=self.text("yahoo", symbol),
            name_en=name,
            name_ja=self.text("name_ja", name),
            note=self.text("note"),
            note_ja=self.text("note_ja"),
            accept=self.words("accept", _ACCEPT),
        )

    def wrong(self, key: str, came: str, what: Message) -> BadData:
        """The error of a cell."""
        return BadData.at(self.place, of_cell(key, came, what))

    def text(self, key: str, default: str = "") -> str:
        """A cell of any text."""
        value = self.cells.get(key, "")
        if len(value) > MAX_TEXT:
            raise self.wrong(key, value, message("is longer than {n} characters", n=MAX_TEXT))
        return value or default

    def one_word(self, key: str, form: _Form) -> str:
        """A cell of one word of that form."""
        names = self.words(key, form)
        if len(names) != 1:
            raise self.wrong(key, self.text(key), form[1])
        return names[0]

    def words(self, key: str, form: _Form) -> tuple[str, ...]:
        """The words of a cell, each of that form."""
        pattern, what = form
        names = tuple(self.text(key).split())
        for name in names:
            if not pattern.fullmatch(name):
                raise self.wrong(key, name, what)
        return names

    def day(self, key: str) -> date | None:
        """A date; a spreadsheet writes 2010/9/9."""
        if not (value := self.text(key)):
            return None
        with contextlib.suppress(ValueError):
            if found := _DAY.fullmatch(value):
                return date(*map(int, found.groups()))
        raise self.wrong(key, value, message("is not a date like {example}", example="2010-09-09"))

    def units(self, key: str) -> float:
        """A whole number of units, 1 where nothing is said."""
        value = self.text(key, "1")
        if not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= 100_000):
            raise self.wrong(key, value, message("is not a whole number from 1 to 100000"))
        return float(value)

    def share(self, key: str, highest: float, default: float = 0.0) -> float:
        """A percentage as a fraction below ``highest``."""
        value = self.text(key)
        try:
            share = float(value) / 100 if value else default
        except ValueError as error:
            raise self.wrong(key, value, message("is not a number")) from error
        if not 0 <= share < highest:  # and no NaN
            raise self.wrong(key, value, message("is not between 0 and {highest}", highest=highest * 100))
        return share
