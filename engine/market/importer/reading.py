"""From a file to a series and to what was understood of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from engine.errors import BadData, ConfigError
from engine.market.assets import Asset, check_symbol
from engine.market.check_series import check_series
from engine.market.findings import Finding
from engine.market.importer import payouts
from engine.market.importer.headings import CHOOSABLE, Column, Table, find_table, plain_heading
from engine.market.importer.kinds import asset_of, currency_of_kind, kind_of
from engine.market.importer.refusals import Fault, Unclear
from engine.market.importer.rows import Rows, read_rows
from engine.market.importer.text import read_lines
from engine.market.series import Floats, Series, with_payouts
from engine.messages import Message, listed, message


@dataclass(frozen=True)
class ImportOptions:
    """What a person says of a file; None and '' leave it to the file.

    ``columns``  role (``date``, ``price``, ``adjusted``, ``payout``) -> heading
    ``payouts``  ``adjusted``: rebuild those that only adjusted closes know; ``none``: it never paid any
    ``closes``   ``raw`` or ``adjusted`` for distributions, where they stand beside distributions
    """

    kind: str | None = None
    currency: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    payouts: Literal["", "adjusted", "none"] = ""
    closes: Literal["", "raw", "adjusted"] = ""


@dataclass(frozen=True)
class Understanding:
    """What was made of a file: for a person to agree with before it is used.

    ``why``       what told its ``kind``
    ``unknown``   which of its distributions are not known: ``adjusted`` (those that only adjusted closes know),
                  ``unlisted`` (all), or ''
    ``skipped``   rows left out by reason; ``examples`` the first of them as (line, reason, text)
    ``findings``  what the checks of prices say, as a run would
    ``has_flows`` whether shares outstanding stand beside net asset values: the fund's flows follow from them
    """

    path: str
    kind: str
    why: Message
    currency: str
    encoding: str
    title: str
    header_line: int
    columns: tuple[Column, ...]
    date_format: Message | str
    order: Message
    rows: int
    skipped: tuple[tuple[Message, int], ...]
    examples: tuple[tuple[int, Message, str], ...]
    first: str
    last: str
    lowest: float
    highest: float
    payouts: int
    paid: float
    unknown: str
    notes: tuple[Message, ...]
    findings: tuple[Finding, ...]
    has_flows: bool = False


def import_csv(
    path: Path, symbol: str, options: ImportOptions | None = None, own: Mapping[str, Asset] | None = None
) -> tuple[Series, Understanding]:
    """The history in ``path`` under the name ``symbol``, oldest first, and what was understood.

    Prices are taken as published (a Japanese fund's: per 10,000 口). Distributions that the file does not list
    are NaN, unknown, unless ``options`` settles them; closes that are adjusted for distributions are adjusted
    closes only. ``own``: the assets of the folder that it is for.

    :raises Unclear: it can be read in several ways, and nothing says which.
    :raises BadData: no headings that fit, two columns that could be one thing, two prices for a day, a price
        that is not positive, a date that could be two days, distributions that no fund could make, a file that
        is no text or no price history. With file and line.
    """
    check_symbol(symbol)
    try:
        return _imported(path, symbol, options or ImportOptions(), own or {})
    except Fault as fault:
        place = f"{path}:{fault.where}" if fault.where else str(path)
        what = message("{place}: {what}", place=place, what=fault.message)
        raise BadData(what, hint=fault.hint) from fault


def _imported(
    path: Path, symbol: str, options: ImportOptions, own: Mapping[str, Asset]
) -> tuple[Series, Understanding]:
    lines, encoding = read_lines(path)
    table = find_table(lines, _columns(options))
    rows = read_rows(path, table)
    kind, why = kind_of(symbol, table, rows, own, options.kind)
    currency = currency_of_kind(symbol, kind, rows, own, options.currency)
    prices = _prices(kind, currency, table, rows, options)
    source = f"csv:{path.name}"
    series = Series(symbol, currency, rows.days, prices.close, prices.adjusted, prices.paid, source)
    item = own.get(symbol) or asset_of(series, kind)
    price = np.where(np.isfinite(prices.close), prices.close, prices.adjusted)
    priced = rows.days[np.isfinite(price)]
    return series, Understanding(
        path=str(path),
        kind=kind,
        why=why,
        currency=currency,
        encoding=encoding,
        title=table.title,
        header_line=table.line,
        columns=table.columns,
        date_format=rows.date_format,
        order=rows.order,
        rows=int(priced.size),
        skipped=rows.skipped,
        examples=rows.examples,
        first=str(priced[0]),
        last=str(priced[-1]),
        lowest=float(np.nanmin(price)),
        highest=float(np.nanmax(price)),
        payouts=int(np.count_nonzero(np.nan_to_num(series.dividend))),
        paid=float(np.nansum(series.dividend)) if np.isfinite(series.dividend).any() else float("nan"),
        unknown=prices.unknown,
        notes=tuple(filter(None, (prices.note, _at_nav(kind, table)))),
        has_flows="shares" in table.place() and "nav" in table.place(),
        findings=tuple(check_series(series, item)),
    )


def _at_nav(kind: str, table: Table) -> Message | None:
    """What must be known of an exchange's fund whose prices are the issuer's."""
    price = table.columns[table.place()["nav"]].heading if "nav" in table.place() else ""
    if kind != "us_etf" or not re.match(r"nav|netassetvalue", plain_heading(price)):
        return None
    return message("its prices are the issuer's net asset values, not closes of an exchange")


def _columns(options: ImportOptions) -> dict[str, str]:
    unknown = set(options.columns) - set(CHOOSABLE)
    if unknown:
        names = listed(CHOOSABLE)
        raise ConfigError(
            message("--column {name}=…: the columns are {names}", name=min(unknown), names=names)
        )
    return {CHOOSABLE[name]: heading for name, heading in options.columns.items()}


@dataclass(frozen=True)
class _Prices:
    close: Floats
    adjusted: Floats
    paid: Floats
    note: Message | None = None
    unknown: str = ""


def _prices(kind: str, currency: str, table: Table, rows: Rows, options: ImportOptions) -> _Prices:
    """Closes, adjusted closes and distributions, as far as the file and the person know them."""
    place = table.place()
    close, adjusted = rows.values["nav"], rows.values["reinvested"]
    none, unknown = np.zeros(close.size), np.full(close.size, np.nan)
    if _lists_payouts(table, rows):
        if options.payouts:
            raise ConfigError(message("the file lists its distributions: nothing to say of them"))
        return _listed(currency, table, rows, options)
    if kind == "index":
        made = adjusted if "reinvested" in place else close
        return _Prices(close, made, none, message("an index pays nothing beside its level"))
    if "nav" in place and "reinvested" in place:
        return _from_adjusted(table, rows, options)
    if options.payouts == "adjusted":
        raise Fault(message("there are no closes and adjusted closes to rebuild distributions from"))
    if "nav" not in place:
        return _Prices(close, adjusted, unknown, _ONLY_ADJUSTED)
    if options.payouts == "none":
        return _Prices(close, close, none, message("as said, it never made a distribution"))
    if table.may_be_adjusted and _are_adjusted(currency, rows, unknown, options):
        return _Prices(unknown, close, unknown, _ADJUSTED_CLOSES)
    note = message("no column of distributions: {unknown}", unknown=_UNKNOWN)
    return _Prices(close, unknown, unknown, note, "unlisted")


def _lists_payouts(table: Table, rows: Rows) -> bool:
    """Whether a column lists them. One that is wholly empty says nothing, but for a fund company's."""
    place = table.place()
    says = table.is_japanese or bool(np.isfinite(rows.values["payout"]).any())
    return "latest_payout" in place or ("payout" in place and says)


def _paid(table: Table, rows: Rows) -> Floats:
    """(n,) what the columns list. An empty cell is none, but unknown (NaN) in a column that has zeros for none.

    Fund companies in Japan leave every day empty that is no closing date, zeros or not.
    """
    paid, gains = rows.values["payout"], np.nan_to_num(rows.values["gains"])
    if table.is_japanese or not (paid == 0).any():
        paid = np.nan_to_num(paid)
    # Yahoo lists a capital gain apart and, as a rule, in the dividend as well.
    known = np.nan_to_num(paid)
    return np.where(gains > known, known + gains, paid)


def _listed(currency: str, table: Table, rows: Rows, options: ImportOptions) -> _Prices:
    close, adjusted, splits = rows.values["nav"], rows.values["reinvested"], rows.values["splits"]
    unknown, place = np.full(close.size, np.nan), table.place()
    headings = [item.heading for item in table.columns if item.role in ("payout", "latest_payout")]
    if "payout" in place and "税引後" in table.columns[place["payout"]].heading:
        heading = table.columns[place["payout"]].heading
        what = message("{heading} is after tax; distributions before tax are needed", heading=heading)
        raise Fault(what, table.line)
    paid = _paid(table, rows)
    price = np.where(np.isfinite(close), close, adjusted)
    _refuse_impossible(rows, price, paid, headings[0])
    split = payouts.unadjusted_split(price, splits)
    if split.size:
        k = int(split[0])
        what = message("the closes are not adjusted for the split of {day}", day=rows.days[k])
        raise Fault(what, rows.lines[k])
    if "reinvested" in place:
        return _Prices(close, adjusted, paid, None if "nav" in place else _ONLY_ADJUSTED)
    if table.may_be_adjusted and _are_adjusted(currency, rows, paid, options):
        return _Prices(unknown, close, paid, _ADJUSTED_CLOSES)
    if np.isnan(paid).any():
        return _Prices(close, unknown, paid)
    made = message("prices with distributions reinvested are made from the distributions")
    return _Prices(close, with_payouts(close, paid), paid, made)


_ONLY_ADJUSTED = message("only prices with distributions reinvested: for dividends: total_return only")
_ADJUSTED_CLOSES = message(
    "its closes are adjusted for dividends, as those of yfinance and Stooq are by default: for dividends: "
    "total_return only (of yfinance, auto_adjust=False exports the closes as well)"
)
_UNKNOWN = message(
    "they are unknown, and no run can use it until they are known (--no-payouts: it never made one)"
)


def _refuse_impossible(rows: Rows, price: Floats, paid: Floats, heading: str) -> None:
    if why := payouts.impossible(rows.days, price, paid):
        raise Fault(message("no fund can have paid what {heading} says: {why}", heading=heading, why=why))


def _are_adjusted(currency: str, rows: Rows, paid: Floats, options: ImportOptions) -> bool:
    """Whether ``Close`` without ``Adj Close`` is yfinance's adjusted close.

    :raises Unclear: the closes do not tell.
    """
    close, splits = rows.values["nav"], rows.values["splits"]
    are = options.closes or payouts.closes_are(rows.days, close, paid, splits, currency)
    if are == "unclear":
        question = message(
            "are its closes prices, or adjusted for dividends as those of yfinance and Stooq are by default?"
        )
        raise Unclear(question, "closes", ("raw", "adjusted"))
    return are == "adjusted"


def _from_adjusted(table: Table, rows: Rows, options: ImportOptions) -> _Prices:
    """Distributions as closes and adjusted closes show them: none, rebuilt if the person says so, or unknown."""
    close, adjusted = rows.values["nav"], rows.values["reinvested"]
    share = payouts.steps(close, adjusted, _digits(rows))
    heading = table.columns[table.place()["reinvested"]].heading
    found, unknown = np.flatnonzero(share), np.full(close.size, np.nan)
    if not found.size and "調整" in heading and options.payouts != "none":
        # Yahoo! Japan's 調整後終値 knows splits only: that it equals the close says nothing of distributions.
        note = message("{heading} knows no distributions: {unknown}", heading=heading, unknown=_UNKNOWN)
        return _Prices(close, unknown, unknown, note, "unlisted")
    if not found.size:
        return _Prices(close, adjusted, np.zeros(close.size), message("adjusted closes know no distribution"))
    if options.payouts == "none":
        n, day = found.size, rows.days[found[0]]
        raise Fault(message("adjusted closes know {n} distributions, the first on {day}", n=n, day=day))
    if options.payouts == "adjusted":
        return _rebuilt(heading, rows, share)
    note = message(
        "only adjusted closes know its {n} distribution: for dividends: total_return only "
        "(--payouts-from-adjusted rebuilds it)",
        plural="only adjusted closes know its {n} distributions: for dividends: total_return only "
        "(--payouts-from-adjusted rebuilds them)",
        n=found.size,
    )
    return _Prices(close, adjusted, unknown, note, "adjusted")


def _rebuilt(heading: str, rows: Rows, share: Floats) -> _Prices:
    """Closes with the distributions that ``share`` of their price makes. :raises Fault: no fund paid these."""
    close, adjusted = rows.values["nav"], rows.values["reinvested"]
    wrong = np.flatnonzero((share < 0) | (share > payouts.LARGEST_STEP))
    if wrong.size:
        k = int(wrong[0])
        what = message(
            "{heading} and the closes contradict each other on {day} (a split in one of them?)",
            heading=heading,
            day=rows.days[k],
        )
        raise Fault(what, rows.lines[k])
    paid = payouts.rebuilt(close, share, by_factor=not re.search("再投資|込|累", heading))
    _refuse_impossible(rows, close, paid, heading)
    least = float(np.nanmax(payouts.resolution(close, adjusted, _digits(rows))))
    note = message(
        "its {n} distribution is rebuilt from adjusted closes, which show none below {least} %",
        plural="its {n} distributions are rebuilt from adjusted closes, which show none below {least} %",
        n=int(np.count_nonzero(share)),
        least=float(f"{100 * least:.2g}"),
    )
    return _Prices(close, adjusted, paid, note)


def _digits(rows: Rows) -> tuple[int, int]:
    return rows.digits["nav"], rows.digits["reinvested"]
