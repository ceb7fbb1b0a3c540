"""``backtest data import``: what a file is, what was understood of it, and keeping it."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.declare import argument, command, name_of, option
from engine.cli.options import PATH, SPEECH, Common, options
from engine.errors import ConfigError
from engine.market.series import Series
from engine.messages import Arg, Message, Money, Number, Quoted, Text, listed, message, word

if TYPE_CHECKING:
    from engine.market.importer import ImportOptions, Understanding
    from engine.market.importer.flow_files import FlowFile
    from engine.report.page_locale import PageLocale

ENCODINGS = {
    "cp932": "Shift_JIS",
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "xlsx": "Excel",
    "xml": "Excel XML",
}


def _percent(_: click.Context, option: click.Parameter, value: float | None) -> float | None:
    if value is None or 0 <= value < 10:  # NaN is neither
        return value
    told = message("{key}: came {came}, allowed 0 to less than 10", key=name_of(option), came=value)
    raise ConfigError(told)


def _pairs(_: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    for text in values:
        if "=" not in text:
            told = message(
                "{key}: came {came}, allowed WHAT=HEADING, such as {example}",
                key=name_of(option),
                came=text,
                example="price=基準価額",
            )
            raise ConfigError(told)
    return once_each(name_of(option), [text.partition("=")[::2] for text in values])


def once_each(option: str, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Pairs as a mapping. Raises ConfigError where one is given twice."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise ConfigError(message("{key}: {name} comes twice", key=option, name=Quoted(name)))
        found[name] = value
    return found


@command(
    "import",
    examples=(
        "backtest data import nav.csv --as EMAXIS_SP500 --into prices",
        "backtest data import VOO.csv --payouts-from-adjusted",
        "backtest data import iShares-IWM_fund.xls --as IWM --into prices",
        "backtest data import flows.csv --flows --as IWM --into prices",
    ),
)
@argument("file", type=PATH)
@option("--as", "symbol", metavar="SYMBOL", help="Its name here (default: the file's).")
@option(
    "--into",
    type=PATH,
    default=Path("prices"),
    show_default=True,
    help="Folder to store it in.",
)
@option(
    "--kind",
    type=click.Choice(["jp_fund", "us_etf", "index", "jp_etf"]),
    help="What it is. Needed where neither the registry nor the file says.",
)
@option("--currency", type=click.Choice(["JPY", "USD"]), help="Default: that of its kind.")
@option("--expense", type=float, callback=_percent, metavar="PERCENT", help="Fee a year.")
@option(
    "--column",
    "columns",
    multiple=True,
    callback=_pairs,
    metavar="WHAT=HEADING",
    help="Which column is the date, price, adjusted or payout.",
)
@option(
    "--payouts-from-adjusted", "from_adjusted", is_flag=True, help="Rebuild payouts from adjusted closes."
)
@option("--no-payouts", "no_payouts", is_flag=True, help="It has never paid a distribution.")
@option(
    "--closes",
    type=click.Choice(["raw", "adjusted"]),
    help="Whether closes beside dividends are adjusted for them.",
)
@option("--flows", "are_flows", is_flag=True, help="The file holds fund flows, not prices.")
@option("--replace", "replaces", is_flag=True, help="Allow days to be lost and values to change.")
@option("--dry-run", is_flag=True, help="Show what was understood, store nothing.")
@option("--yes", is_flag=True, help="Store without asking.")
@options(*SPEECH)
def import_(
    file: Path,
    symbol: str | None,
    into: Path,
    expense: float | None,
    are_flows: bool,
    replaces: bool,
    dry_run: bool,
    yes: bool,
    common: Common,
    **told: Any,
) -> None:
    """Take in a price history as a fund company, an exchange or yfinance writes it, and show what was understood.

    CSV files of Japanese companies, Yahoo, yfinance, Stooq and investing.com, and the workbooks of iShares (.xls)
    and State Street (.xlsx): prices at net asset value, payouts where it has them, and the fund's daily flows.

    Shift_JIS or UTF-8, Japanese dates and headings. On a terminal it asks what the file does not say, and
    before it stores; elsewhere an option must say it. What is there stays: days that would be lost or change
    are shown and need --replace. The folder is then a source: --data csv:DIR.

    --flows: a file of a date and a fund's net flow, or of its shares outstanding and their value.
    """
    from engine.market.importer.keeping import check_name, keep, would_change

    name = check_name(symbol or file.stem)
    asks = sys.stdin.isatty() and not yes
    if are_flows:
        _import_flows(file, name, into, {**told, "expense": expense}, replaces, dry_run, asks, common)
        return
    series, understood = _understood(file, name, into, _options(**told), asks, common)
    flows = _flows_of(file, name, into, understood)
    change = would_change(series, into) if dry_run else []
    if flows is not None:
        from engine.market.importer.flow_files import refuse_change
        from engine.market.importer.flow_files import would_change as flows_would_change

        change += flows_would_change(flows, into) if dry_run else []
        understood = replace(understood, notes=(*understood.notes, _said_of(flows)))
    _show(name, understood, None if dry_run else into, change, common)
    if dry_run:
        return
    if asks and not click.confirm(common.locale("import_agree"), default=True, err=True):
        raise click.Abort
    if flows is not None and not replaces:
        refuse_change(flows, into)
    keep(
        series,
        into,
        kind=understood.kind,
        title=understood.title[:80],
        expense_ratio=None if expense is None else expense / 100,
        replace=replaces,
        more={} if flows is None else {flows.name: flows.text.encode()},
        on_wait=common.told_of_wait,
    )


def _flows_of(file: Path, name: str, into: Path, understood: Understanding) -> FlowFile | None:
    """The fund's flows, where the file has its shares outstanding beside their value."""
    from engine.market.importer.flow_files import import_flows
    from engine.market.providers.csv_folder import own_assets

    if not understood.has_flows:
        return None
    return import_flows(file, name, currency=understood.currency, own=own_assets(into))


def _said_of(flows: FlowFile) -> Message:
    return message(
        "fund flows, the change of its shares outstanding × their value, are kept as {file}: {n} rows",
        file=flows.name,
        n=int(flows.dates.size),
    )


def _import_flows(
    file: Path,
    name: str,
    into: Path,
    told: dict[str, Any],
    replaces: bool,
    dry_run: bool,
    asks: bool,
    common: Common,
) -> None:
    """Take in a file of flows, as prices are; ``told`` of prices does not go with it."""
    from engine.cli.output import say
    from engine.market.importer import Unclear
    from engine.market.importer.flow_files import import_flows, keep_flows, would_change
    from engine.market.providers.csv_folder import own_assets

    names = {"from_adjusted": "payouts-from-adjusted", "no_payouts": "no-payouts"}
    odd = next((key for key, value in told.items() if value and key not in ("columns", "currency")), None)
    if odd is not None:
        raise ConfigError(message("{key} does not go with --flows", key=f"--{names.get(odd, odd)}"))
    own, currency = own_assets(into), told["currency"]
    try:
        found = import_flows(file, name, columns=told["columns"], currency=currency, own=own)
    except Unclear as question:
        if not asks:
            raise
        say(question.translate(common.locale), err=True)
        currency = click.prompt(f"--{question.option}", type=click.Choice(question.choices), err=True)
        found = import_flows(file, name, columns=told["columns"], currency=currency, own=own)
    _show_flows(found, None if dry_run else into, would_change(found, into) if dry_run else [], common)
    if dry_run:
        return
    if asks and not click.confirm(common.locale("import_agree"), default=True, err=True):
        raise click.Abort
    keep_flows(found, into, replace=replaces, on_wait=common.told_of_wait)


def _show_flows(found: FlowFile, into: Path | None, change: Sequence[Message], common: Common) -> None:
    """What was made of a file of flows."""
    import numpy as np

    from engine.cli.output import say_json
    from engine.market.importer.flow_files import ROLES
    from engine.report.page_locale import PageLocale

    first, last = found.dates[0], found.dates[-1]
    if common.as_json:
        say_json(
            {
                "symbol": found.symbol,
                "stored_in": into and into / found.name,
                "would_change": change,
                "currency": found.currency,
                "encoding": found.encoding,
                "columns": [vars(column) for column in found.columns],
                "frequency": found.frequency,
                "rows": int(found.dates.size),
                "first": str(first),
                "last": str(last),
                "scaled": found.scaled,
                "skipped": [[reason, n] for reason, n in found.skipped],
            }
        )
        return
    locale = PageLocale(common.lang, found.currency)
    encoding = ENCODINGS[found.encoding]
    span = word("from_to", first=first, last=last)
    facts: dict[str, Arg] = {
        "import_file": message("{what} ({detail})", what=found.path, detail=encoding),
        "import_kind": listed([word(f"import_flows_{found.frequency}"), found.currency]),
        "import_columns": listed(
            Text(f"{c.heading} = {locale.sentence(ROLES[c.role])}") for c in found.columns
        ),
        "import_dates": listed([found.date_format]),
        "import_days": listed([int(found.dates.size), span]),
    }
    flow = found.values[:, 0]
    if np.isfinite(flow).any():
        largest, least = float(np.nanmax(flow)), float(np.nanmin(flow))
        facts["import_flow_range"] = word(
            "from_to", first=Money(least, found.currency), last=Money(largest, found.currency)
        )
    scaled = [
        message("{heading}: numbers times {unit}", heading=heading, unit=Number(unit))
        for heading, unit in found.scaled.items()
    ]
    lines = [f"  · {locale.sentence(text)}" for text in scaled]
    _tell_read(found.symbol, facts, found.skipped, lines, change, into, locale, common)


def _options(
    kind: str | None,
    currency: str | None,
    columns: dict[str, str],
    from_adjusted: bool,
    no_payouts: bool,
    closes: str | None,
) -> ImportOptions:
    from engine.market.importer import ImportOptions

    if from_adjusted and no_payouts:
        raise ConfigError(message("--payouts-from-adjusted and --no-payouts contradict each other"))
    payouts: Any = "adjusted" if from_adjusted else "none" if no_payouts else ""
    meant: Any = closes or ""
    return ImportOptions(kind, currency, columns, payouts, meant)


def _understood(
    file: Path, name: str, into: Path, given: ImportOptions, asks: bool, common: Common
) -> tuple[Series, Understanding]:
    """The file as understood; on a terminal a person is asked what it does not say."""
    from engine.cli.output import say
    from engine.market.importer import Unclear, import_csv
    from engine.market.providers.csv_folder import own_assets

    own = own_assets(into)
    while True:
        try:
            series, understood = import_csv(file, name, given, own)
        except Unclear as question:
            if not asks:
                raise
            say(question.translate(common.locale), err=True)
            answer = click.prompt(f"--{question.option}", type=click.Choice(question.choices), err=True)
            settled: dict[str, Any] = {question.option: answer}
            given = replace(given, **settled)
            continue
        if not asks or not understood.unknown:
            return series, understood
        if not click.confirm(common.locale(f"import_ask_{understood.unknown}"), default=False, err=True):
            return series, understood
        given = replace(given, payouts="adjusted" if understood.unknown == "adjusted" else "none")


def _show(
    name: str, understood: Understanding, into: Path | None, change: Sequence[Message], common: Common
) -> None:
    """What was made of a file, for a person to agree with; ``change``: what it would change of what is there."""
    from engine.cli.output import say_json
    from engine.market.importer import ROLES
    from engine.report.page_locale import PageLocale, clean

    if common.as_json:
        told = {
            **vars(understood),
            "columns": [vars(column) for column in understood.columns],
            "findings": [item.plain() for item in understood.findings],
        }
        say_json({"symbol": name, "stored_in": into, "would_change": change, **told})
        return
    locale = PageLocale(common.lang, understood.currency)
    encoding = ENCODINGS[understood.encoding]
    kind = listed([word(f"kind_{understood.kind}"), understood.currency])
    columns = [
        Text(f"{column.heading} = {locale.sentence(ROLES[column.role])}") for column in understood.columns
    ]
    span = word("from_to", first=understood.first, last=understood.last)
    paid: Arg = word("import_not_known") if math.isnan(understood.paid) else word("found_none")
    if understood.payouts:
        paid = message("{what} ({detail})", what=understood.payouts, detail=understood.paid)
    facts: dict[str, Arg] = {
        "import_file": message("{what} ({detail})", what=understood.path, detail=encoding),
        "import_fund": Text(understood.title),
        "import_kind": message("{what} ({detail})", what=kind, detail=understood.why),
        "import_columns": listed(columns),
        "import_dates": listed([understood.date_format, understood.order]),
        "import_days": listed([understood.rows, span]),
        "import_prices": Text(f"{understood.lowest:,.10g} – {understood.highest:,.10g}"),
        "import_payouts": paid,
    }
    lines = [f"    {line}: {clean(text)}" for line, _, text in understood.examples[:5]]
    lines += [f"  · {locale.sentence(note)}" for note in understood.notes]
    for found in understood.findings:
        said, weight = locale.sentence(found.message), locale(f"found_is_{found.severity}")
        lines.append(f"  · {said if found.severity == 'note' else locale.labelled(weight, said)}")
    _tell_read(name, facts, understood.skipped, lines, change, into, locale, common)


def _tell_read(
    name: str,
    facts: Mapping[str, Arg],
    skipped: Iterable[tuple[Message, int]],
    lines: Iterable[str],
    change: Sequence[Arg],
    into: Path | None,
    locale: PageLocale,
    common: Common,
) -> None:
    """What was understood of a file, a fact a line; the rows left out and why; what keeping it changes."""
    from engine.cli.shown import tell
    from engine.report.page_locale import clean

    tell(name, common)
    for key, fact in facts.items():
        if text := clean(fact.translate(locale)):
            tell(f"  {locale.labelled(locale(key), text)}", common)
    for reason, number in skipped:
        what = message("{what} ({detail})", what=number, detail=reason)
        tell(f"  {locale.labelled(locale('import_skipped'), locale.sentence(what))}", common)
    for line in lines:
        tell(line, common)
    if change:
        changed = listed(change, last=";").translate(locale)
        tell(f"  {locale.labelled(locale('import_would_change'), changed)}", common)
    if into is not None:
        tell(f"  {locale('import_use', folder=into)}", common)
