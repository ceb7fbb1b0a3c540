"""What a file is: said by the person, known to the registry, or told by the file itself. Never assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.errors import ConfigError, DataError
from engine.locale import Locale
from engine.market.assets import CURRENCIES, KINDS, Asset, asset, source_tax_of
from engine.market.eligibility import is_geared
from engine.market.importer.headings import Table
from engine.market.importer.payouts import are_monthly
from engine.market.importer.refusals import Fault, Unclear
from engine.market.importer.rows import Rows
from engine.market.series import Series
from engine.messages import Message, message

JAPANESE = Locale("ja")  # the registry names assets in both languages
_CURRENCY = {"jp_fund": "JPY", "us_etf": "USD", "jp_etf": "JPY"}
WHAT = {
    "jp_fund": message("a yen fund"),
    "us_etf": message("a US ETF in dollars"),
    "index": message("an index"),
    "jp_etf": message("an ETF listed in Tokyo"),
    "cash": message("cash"),
    "deposit": message("a deposit"),
}


def kind_of(
    symbol: str, table: Table, rows: Rows, own: Mapping[str, Asset], given: str | None
) -> tuple[str, Message]:
    """The kind, and why: ``given``, else the registry's row, else a fund company's own headings in yen.

    :raises Unclear: none of them tells.
    :raises ConfigError: what is given contradicts the registry.
    """
    known = _known(symbol, own)
    if given is not None:
        if known is not None and known.kind != given:
            what = message(
                "{symbol} is {known} in the registry, not {given}",
                symbol=symbol,
                known=WHAT[known.kind],
                given=WHAT[given],
            )
            raise ConfigError(what, hint=message("give the file another name with --as"))
        return given, message("as said")
    fund = _is_japanese_fund(table, rows)
    if known is not None and not (fund and known.kind == "us_etf"):
        return known.kind, message("by the registry")
    if known is None and fund:
        return "jp_fund", message("by its headings")
    why = message("the registry does not know it, and the file does not say")
    if known is not None:
        kind = WHAT[known.kind]
        why = message("{kind} in the registry, but the file has the headings of a Japanese fund", kind=kind)
    elif rows.currency == "USD" or "reinvested" in table.place():
        why = message("dollars or adjusted closes are no yen fund's, and the registry does not know it")
    raise Unclear(message("what is {symbol}? {why}", symbol=symbol, why=why), "kind", KINDS)


def currency_of_kind(symbol: str, kind: str, rows: Rows, own: Mapping[str, Asset], given: str | None) -> str:
    """The currency of its prices. :raises Unclear: nothing tells. :raises Fault: the file tells another."""
    known = _known(symbol, own)
    currency = given or (known.currency if known else "") or _CURRENCY.get(kind, "") or rows.currency
    if not currency:
        raise Unclear(message("in which currency is {symbol}?", symbol=symbol), "currency", CURRENCIES)
    if rows.currency and rows.currency != currency:
        what = message(
            "the prices are in {came}, and {symbol} is {kind} in {currency}",
            came=rows.currency,
            symbol=symbol,
            kind=WHAT[kind],
            currency=currency,
        )
        raise Fault(what, hint=message("say what it is: --kind and --currency"))
    return currency


def _known(symbol: str, own: Mapping[str, Asset]) -> Asset | None:
    try:
        item = asset(symbol, own)
    except DataError:
        return None
    return item if item.known else None


def _is_japanese_fund(table: Table, rows: Rows) -> bool:
    """Whether its price is called 基準価額, as funds in Japan call it, and is not in dollars."""
    heading = table.columns[table.place().get("nav", table.place().get("reinvested", 0))].heading
    foreign = "ドル" in heading or "ユーロ" in heading
    return ("基準価額" in heading or "基準価格" in heading) and rows.currency != "USD" and not foreign


def asset_of(series: Series, kind: str, *, title: str = "", expense_ratio: float | None = None) -> Asset:
    """The registry's row for an imported history.

    What the program knows of the symbol stays. A new fund gets the growth frame, unless it distributes monthly or
    is leveraged by its name; whether it is on the regulator's list for the tsumitate frame is for a person to say,
    in ``frames``.
    """
    said = message("imported from {file}", file=series.source.removeprefix("csv:"))
    if (known := _known(series.symbol, {})) is not None:
        fee = known.expense_ratio if expense_ratio is None else expense_ratio
        notes = [known.note, str(said)], [known.noted("ja"), said.translate(JAPANESE)]
        note, note_ja = ("; ".join(filter(None, each)) for each in notes)
        # Published prices stand in no model's place.
        return replace(known, expense_ratio=fee, fees=(), underlying="", note=note, note_ja=note_ja)
    is_monthly = are_monthly(series.dates, series.dividend)
    if is_monthly:
        said = message("distributes monthly: not in the growth frame")
    name = title or series.symbol
    if is_geared(name):
        said = message("a leveraged or inverse fund by its name: not in the growth frame")
    grows = not is_monthly and not is_geared(name)
    priced = np.isfinite(series.close) | np.isfinite(series.adj_close)
    return Asset(
        symbol=series.symbol,
        kind=kind,
        currency=series.currency,
        expense_ratio=expense_ratio or 0.0,
        first=series.dates[priced][0].item(),
        frames=() if kind == "index" else ("G", "old_general") if grows else ("old_general",),
        source_tax=source_tax_of(kind),
        yahoo=series.symbol,
        name_en=name,
        name_ja=name,
        note=str(said),
        note_ja=said.translate(JAPANESE),
    )
