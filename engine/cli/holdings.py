"""``holdings``: a broker's list of what is held, as the block of a configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.declare import argument, command, either, name_of, option
from engine.cli.imports import ENCODINGS, once_each
from engine.cli.options import PATH, SOURCE, SPEECH, Common, options
from engine.errors import ConfigError
from engine.messages import Arg, Money, Number, Quoted, Text, listed, message, word

if TYPE_CHECKING:
    from engine.market.importer.holdings import Said, Taken, Understood

BROKERS = ("sbi", "rakuten", "monex")
MOST = 10**12  # yen
NOT_IN_IT = message(
    "Not in such a list: cash, losses carried forward, and what NISA has bought this year: write them as cash, "
    "losses and quota_used."
)


def _pairs(_: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    for text in values:
        if not all(text.rpartition("=")[::2]):
            told = message(
                "{key}: came {came}, allowed {what}", key=name_of(option), came=text, what=str(option.metavar)
            )
            raise ConfigError(told)
    return once_each(name_of(option), [text.rpartition("=")[::2] for text in values])


def _yen(_: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    from engine.spellings import amount_of

    found = {}
    for key, text in _pairs(_, option, values).items():
        amount, currency = amount_of(text)
        is_yen = amount is not None and 0 <= amount <= MOST and amount % 1 == 0
        if amount is None or not is_yen or currency not in ("", "JPY"):
            told = message(
                "{key}: came {came}, allowed an amount of yen", key=name_of(option), came=Quoted(text)
            )
            raise ConfigError(told, hint=either(text))
        found[key] = float(amount)
    return found


@command(
    "holdings",
    examples=(
        "backtest holdings assetbalance.csv --out holdings.yaml",
        "backtest holdings SaveFile.csv --broker sbi --cost taxable:VOO=1_200_000",
    ),
)
@argument("file", type=PATH)
@option("--broker", type=click.Choice(BROKERS), help="Whose list it should be; else as its headings say.")
@option(
    "--as",
    "symbols",
    multiple=True,
    callback=_pairs,
    metavar="NAME=SYMBOL",
    help="What a code or a name is here.",
)
@option(
    "--cost",
    "costs",
    multiple=True,
    callback=_yen,
    metavar="ACCOUNT:SYMBOL=YEN",
    help="What all the units cost, in yen.",
)
@option("--old-nisa-year", type=click.IntRange(2014, 2023), help="When what is in the old NISA was bought.")
@option("--out", "target", type=PATH, help="A new file for the block; without it, it is printed.")
@options(SOURCE, *SPEECH)
def holdings(file: Path, broker: str | None, target: Path | None, common: Common, **told: Any) -> None:
    """Read a broker's list of holdings (CSV) and write what is owned as the block of a configuration.

    Lists of SBI and Rakuten, and any with the same headings; Shift_JIS or UTF-8. What was understood is shown, a
    row each, and so is every row that was not, with what to do. In a configuration: holdings.file.
    """
    from engine.cli.output import say, say_json
    from engine.config import dump_holdings
    from engine.market.importer.holdings import understand
    from engine.market.importer.holdings_table import read_holdings

    table = read_holdings(file)
    if broker not in (None, table.broker) and not (broker == "monex" and not table.broker):
        headings = word(f"broker_{table.broker}") if table.broker else message("none in particular")
        raise ConfigError(message("{place}: the headings are those of {whose}", place=file, whose=headings))
    found = understand(table, _said(common=common, **told))
    if common.as_json:
        say_json(_plain(found))
    else:
        _show(found, common)
    held = found.holdings
    if held is None:
        raise ConfigError(
            message("{place}: none of its {n} rows is understood", place=file, n=len(table.rows))
        )
    text = dump_holdings(held, "\n".join([f"accounts: [{', '.join(found.accounts)}]", *_left_lines(found)]))
    if target is not None:
        _write(target, text)
    elif not common.as_json:
        say(text, end="")


def _left_lines(found: Understood) -> list[str]:
    """What is not in the block, for who reads it later."""
    names = [" ".join(f"{left.row.code} {left.row.name}".split()) for left in found.left]
    return [f"left out, line {left.row.line}: {name}" for left, name in zip(found.left, names)]


def _said(
    *, symbols: dict[str, str], costs: dict[str, float], old_nisa_year: int | None, common: Common
) -> Said:
    from engine.market.importer.holdings import Said
    from engine.market.providers.csv_folder import own_assets

    source = common.source or ""
    folder = source.removeprefix("csv:") if source.startswith("csv:") else ""
    return Said(symbols, costs, old_nisa_year, own_assets(Path(folder)) if folder else {})


def _write(target: Path, text: str) -> None:
    from engine.files import write_bytes

    write_bytes(target, text.encode(), replace=False)


def _show(found: Understood, common: Common) -> None:
    """A row of the list a row, what is to be known of some, and what was left; on stderr, beside the block."""
    from engine.cli.output import say
    from engine.report.models import Column
    from engine.report.page_locale import PageLocale, clean
    from engine.report.tables import table_text

    if common.quiet:
        return
    locale, table = PageLocale(common.lang, "JPY"), found.table
    whose: Arg = word(f"broker_{table.broker}") if table.broker else message("a list of a broker")
    facts = listed([whose, ENCODINGS[table.encoding]])
    say(message("{what} ({detail})", what=str(table.path), detail=facts).translate(locale), err=True)
    words = (
        "held_line",
        "series_symbol",
        "held_account",
        "held_units",
        "held_cost",
        "held_currency",
        "asset_name",
    )
    rows = [[str(item.row.line), *_cells(item, locale)] for item in found.taken]
    if rows:
        columns = [Column(key, locale(key), "text") for key in words]
        text = table_text(columns, rows, lang=common.lang, width=common.screen.width, color=False)
        say(text.rstrip("\n"), styled=True, err=True)
    for item in found.taken:
        for note in item.notes:
            say(f"  · {item.row.line}: {locale.sentence(note)}", err=True)
    for left in found.left:
        name = clean(" ".join(filter(None, (left.row.code, left.row.name))))
        told = message("{line}: {name}: left out: {why}", line=str(left.row.line), name=name, why=left.why)
        hint = "" if left.hint is None else f" ({locale.sentence(left.hint)})"
        say(f"  ! {locale.sentence(told)}{hint}", err=True)
    say(f"  {locale.sentence(NOT_IN_IT)}", err=True)


def _cells(item: Taken, locale: Any) -> list[str]:
    position, kind = item.position, item.asset.kind
    amount: Arg = Money(position.value or 0.0, "JPY") if position.units is None else Number(position.units)
    if position.units is not None and kind == "jp_fund":
        amount = message("{n} of 10,000 units", n=Number(position.units))
    cost = Money(position.cost or 0.0, "JPY")
    name = Text(item.row.name or item.asset.name(locale.lang))
    return [
        position.asset,
        position.account,
        *(part.translate(locale) for part in (amount, cost)),
        item.asset.currency,
        name.translate(locale),
    ]


def _plain(found: Understood) -> dict[str, Any]:
    held = found.holdings
    return {
        "broker": found.table.broker,
        "encoding": found.table.encoding,
        "holdings": None if held is None else held.model_dump(mode="json", exclude_defaults=True),
        "accounts": found.accounts,
        "rows": [{"line": item.row.line, "notes": list(item.notes)} for item in found.taken],
        "left": [
            {
                "line": item.row.line,
                "code": item.row.code,
                "name": item.row.name,
                "why": item.why,
                "hint": item.hint,
            }
            for item in found.left
        ],
    }
