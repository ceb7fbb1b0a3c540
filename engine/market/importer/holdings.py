"""From the rows of a broker's list to the block ``holdings``: accounts, assets, units, what they cost.

What the list does not say is asked for, row by row; nothing is left out unsaid.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from engine.config.holdings import OLD, Holdings, Position
from engine.errors import ConfigError, NotFound
from engine.fund_names import fund_for, what_serves
from engine.market.assets import Asset, all_assets, asset
from engine.market.importer.holdings_table import HeldRow, HoldingsTable, folded
from engine.messages import Message, Quoted, message
from engine.words import did_you_mean

ALIKE, APART = 1.1, 2.0  # ratios of what a row says in two ways: the same with its rounding; another unit
A_UNIT = 10_000  # 口 of a fund that its price, and so a unit of this program, is of
ACCOUNTS: tuple[tuple[str, str], ...] = (  # the first that an account's text holds
    ("成長投資枠", "nisa.G"),
    ("つみたて投資枠", "nisa.T"),
    ("つみたてNISA", "nisa.old_tsumitate"),
    ("NISA", "nisa.old_general"),
    ("特定", "taxable"),
    ("一般", "taxable"),
)
_DAY = re.compile(r"(?<!\d)(20\d\d)[-_]?([01]\d)[-_]?([0-3]\d)(?!\d{3})")


@dataclass(frozen=True)
class Said:
    """What a person says of a list.

    ``symbols``   names or codes -> symbols; ``costs`` ``SYMBOL`` or ``account:SYMBOL`` -> yen
    ``old_year``  when what is in the old frames was bought; ``own`` the assets of their own prices
    """

    symbols: Mapping[str, str] = field(default_factory=dict)
    costs: Mapping[str, float] = field(default_factory=dict)
    old_year: int | None = None
    own: Mapping[str, Asset] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """A row that is understood: its position, the asset, and what is to be known of it."""

    row: HeldRow
    position: Position
    asset: Asset
    notes: tuple[Message, ...]


@dataclass(frozen=True)
class Left:
    """A row that is not: why, and what to do about it."""

    row: HeldRow
    why: Message
    hint: Message | None = None


@dataclass(frozen=True)
class Understood:
    """A list as it is understood; ``day`` by the file's name."""

    table: HoldingsTable
    taken: tuple[Taken, ...]
    left: tuple[Left, ...]
    day: dt.date | None

    @property
    def holdings(self) -> Holdings | None:
        """The block; None where nothing is understood."""
        positions = tuple(item.position for item in self.taken)
        return Holdings(as_of=self.day, positions=positions) if positions else None

    @property
    def accounts(self) -> list[str]:
        """The configuration's ``accounts`` that they need."""
        held = {item.position.account.partition(".")[0] for item in self.taken}
        old = any(item.position.account in OLD for item in self.taken)
        return [name for name in ("nisa", "taxable") if name in held or (old and name == "taxable")]


def understand(table: HoldingsTable, said: Said) -> Understood:
    """Every row as a position, or as what is left. Raises ConfigError where what is said is of no row."""
    _refuse_of_no_row(table, said)
    rows = [_understood(row, said) for row in table.rows]
    return Understood(
        table,
        tuple(item for item in rows if isinstance(item, Taken)),
        tuple(item for item in rows if isinstance(item, Left)),
        day_of(table.path.stem),
    )


def _refuse_of_no_row(table: HoldingsTable, said: Said) -> None:
    names, held = set[str](), set[str]()
    for row in table.rows:
        names |= {folded(text).upper() for text in (row.code, row.name)}
        if (found := asset_of(row, said)) is not None:
            held |= {found.symbol, f"{account_of(row.account)}:{found.symbol}"}
    for option, came, there in (
        ("--as", {key: folded(key).upper() for key in said.symbols}, names),
        ("--cost", {key: key for key in said.costs}, held),
    ):
        for key, wanted in came.items():
            if wanted not in there:
                told = message("{key}: no row of the list is {name}", key=option, name=Quoted(key))
                raise ConfigError(told, hint=did_you_mean(key, sorted(there)))


def day_of(name: str) -> dt.date | None:
    """The day that a file's name has, as ``assetbalance(all)_20250131_101500``."""
    if found := _DAY.search(name):
        try:
            return dt.date(*map(int, found.groups()))
        except ValueError:
            return None
    return None


def account_of(text: str) -> str:
    """A broker's word for an account as one of ours, '' where it is none."""
    return next((account for word, account in ACCOUNTS if word in folded(text)), "")


def _understood(row: HeldRow, said: Said) -> Taken | Left:
    account = account_of(row.account)
    if not account:
        return Left(row, message("the account is not known: {text}", text=row.account or "-"))
    if row.units is None or row.units <= 0:
        return Left(row, message("no number of units"))
    found = asset_of(row, said)
    if found is None:
        return Left(row, message("no asset of this program"), _what_to_do(row))
    if account in OLD and said.old_year is None:
        why = message("the year of purchase is not in the list: a term of the old NISA counts from it")
        return Left(row, why, message("--old-nisa-year {year}", year="2023"))
    told = said.costs.get(f"{account}:{found.symbol}", said.costs.get(found.symbol))
    hint = message("--cost {key}=YEN: what all of them cost, in yen", key=f"{account}:{found.symbol}")
    if told is None and (twice := contradiction(row, found)) is not None:
        return Left(row, twice, hint)
    cost = cost_of(row, found) if told is None else told
    if cost is None or cost < 0:
        return Left(row, message("the cost in yen is not in the list"), hint)
    units: dict[str, float] = {"units": row.units / A_UNIT if found.kind == "jp_fund" else row.units}
    if found.underlying:
        value = row.value
        if value is None or value <= 0:
            return Left(
                row, message("the value in yen is not in the list: the modelled fund has another price")
            )
        units = {"value": value}
    try:
        position = Position(
            asset=found.symbol,
            account=account,  # type: ignore[arg-type]
            cost=float(round(cost)),
            year=said.old_year if account in OLD else None,
            **units,
        )
    except ValidationError:
        return Left(row, message("its numbers are too large"))
    return Taken(row, position, found, tuple(_notes(row, found, of_list=told is None)))


def asset_of(row: HeldRow, said: Said) -> Asset | None:
    """The asset that a row means: as it is said, a fund by its name, anything else by its code."""
    wanted = {folded(key).upper(): symbol for key, symbol in said.symbols.items()}
    for text in filter(None, (row.code, row.name)):
        if (symbol := wanted.get(folded(text).upper())) is not None:
            return asset(symbol, said.own)
    if row.is_fund:
        return _fund_of(row, said)
    try:
        return asset(row.code, said.own) if row.code else None
    except NotFound:
        return None


def _fund_of(row: HeldRow, said: Said) -> Asset | None:
    """A person's own fund of that name, else the modelled one that is it or serves for it."""
    for item in said.own.values():
        if folded(row.name) in (folded(item.name_ja), folded(item.name_en)):
            return item
    fund = fund_for(row.code or row.name) or fund_for(row.name)
    known = {item.symbol: item for item in (*all_assets(), *said.own.values())}
    return None if fund is None else known.get(fund.symbol)


def cost_of(row: HeldRow, found: Asset) -> float | None:
    """What all units cost in yen, None where the list does not say it in yen.

    Of an asset in dollars a price without its currency may be in either, and so may amounts that fit it.
    """
    if found.currency != "JPY" and not row.in_yen and not _is_in_yen(row):
        return None
    if row.amount is not None and (found.currency == "JPY" or not row.foreign):
        return row.amount
    if found.currency == "JPY" and (priced := _priced(row)) is not None:
        return priced
    return _difference(row)


def _is_in_yen(row: HeldRow) -> bool:
    """Whether the amounts of a row that names no currency are in another than its price: then in yen."""
    cost = next(filter(None, (row.amount, _difference(row))), None)
    if cost is None or row.price is None or not row.units:
        return False
    return not 1 / ALIKE < cost / (row.price * row.units or 1.0) < ALIKE


def _priced(row: HeldRow) -> float | None:
    """What all units cost by the price of each, in the price's own currency."""
    if row.price is None or row.units is None:
        return None
    return row.price * row.units / (A_UNIT if row.is_fund else 1)


def _difference(row: HeldRow) -> float | None:
    """What all units cost by what they are worth and have gained."""
    return None if row.value is None or row.gain is None else row.value - row.gain


def contradiction(row: HeldRow, found: Asset) -> Message | None:
    """Where a row in yen says twice what it cost, and not the same: one of them is in another unit."""
    if found.currency != "JPY":
        return None
    costs = (row.amount, _priced(row), _difference(row))
    told = [cost for cost in costs if cost is not None and cost > 0]
    if not told or max(told) <= APART * min(told):
        return None
    least, most = min(told), max(told)
    return message("its columns say two costs, {least} and {most}", least=least, most=most)


def _notes(row: HeldRow, found: Asset, *, of_list: bool) -> Iterator[Message]:
    if found.underlying:
        yield message("{symbol} is modelled: it is held by its value, not by its units", symbol=found.symbol)
    if not found.known:
        yield message("{symbol} is not in the registry: it needs prices", symbol=found.symbol)
    if "一般" in row.account and "NISA" not in row.account:
        yield message("the general account is taken as the taxable one, which withholds")
    if found.currency == "USD" and row.foreign and of_list:
        yield message("the cost in yen is the value less the gain, both in yen")


def _what_to_do(row: HeldRow) -> Message:
    served = what_serves(row.code) or what_serves(row.name)
    name = row.code or row.name
    there = message("once it is there: --as {name}=SYMBOL", name=name)
    return there if served is None else message("{what}; {then}", what=served, then=there)
