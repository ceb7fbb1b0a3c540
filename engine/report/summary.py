"""Which figures of a run are shown, in which order, and how: shared by the terminal and the pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from engine.messages import Day, Message, Money, Percent, listed, word
from engine.metrics import METRICS, Metric
from engine.report.models import Cell, Column, Table
from engine.report.page_locale import PageLocale, basis, clean
from engine.result import Result

NO_TAX = 1e-5  # of the value: what is lost to the rounding of yen is no tax
REFUND = 1e-3  # of the value: a smaller one is not worth a word
SAME_MONEY = 1.0  # what reads alike is the same: whole yen of a holding's units are a yen more or less
DRY_ROWS = ("depleted_on", "years_lasted", "unpaid")  # first, where money ran out or was not paid
RUN_ROWS = (
    "contributed", "withdrawn", "final_value", "liquidation_value", "profit", "xirr", "twr_cagr",
    "volatility", "max_drawdown", "days_below_principal", "cost_paid", "tax_paid", "dividend_tax_paid",
    "idle_cash_average",
)  # fmt: skip
LIST_COLUMNS = (
    "contributed", "final_value", "liquidation_value", "xirr", "twr_cagr", "max_drawdown",
    "days_below_principal", "cost_paid", "tax_paid",
)  # fmt: skip


def metric_column(name: str, locale: PageLocale, *, short: bool = False) -> Column:
    """The column of a metric; a metric this list does not know is shown as a plain number under its name."""
    known = METRICS.get(name, Metric(name, "number"))
    keys = [*([f"{name}_short"] if short else []), name]
    label = next((locale(key) for key in keys if name in METRICS and locale.has(key)), clean(name))
    return Column(name, label, known.kind, known.better)


def metric(result: Result, name: str) -> Any:
    """A metric's raw value."""
    return result.metrics.get(name)


def currency_of(result: Result) -> str:
    """The base currency of a run."""
    return str(result.config.get("currency", "JPY"))


def with_core(result: Result) -> list[Result]:
    """A run, and the same money in the core alone where there is such a run."""
    return [item for item in (result, result.benchmark) if item is not None]


def core_name(result: Result) -> str:
    """What the same money in the core alone is called; '' where there is no such run."""
    if result.benchmark is None:
        return ""
    strategy = result.config.get("strategy", {})
    allocation = strategy.get("allocation", {}) if isinstance(strategy, dict) else {}
    core = allocation.get("core", "") if isinstance(allocation, dict) else ""
    return clean(core) or clean(result.benchmark.name)


def run_rows(result: Result) -> tuple[str, ...]:
    """The metrics worth a row for this run: withdrawals only where there were any, ruin first."""
    rows = tuple(name for name in RUN_ROWS if name != "withdrawn" or result.metrics.get("withdrawn"))
    return (*dry_rows(with_core(result)), *rows)


@dataclass(frozen=True)
class MetricRow:
    """A metric of a run, of the core alone and their difference, as texts.

    ``kind``  ``joined`` where the rows below belong to it, ``sub`` for those, ``sub last`` for the last
    """

    label: str
    cells: tuple[str, ...]
    kind: str = ""


def metric_rows(result: Result, names: Iterable[str], locale: PageLocale) -> list[MetricRow]:
    """A row a metric; below the worst drawdown its dates."""
    both, rows = with_core(result), []
    for name in names:
        column = metric_column(name, locale)
        values = [metric(item, name) for item in both]
        cells = [locale.value(value, column.kind) for value in values]
        if len(both) == 2:
            cells.append(locale.value(difference(*values), column.kind, sign=True))
        is_drawdown = name == "max_drawdown"
        rows.append(MetricRow(column.label, tuple(cells), "joined" if is_drawdown else ""))
        if is_drawdown:
            dates = zip(*(_drawdown_dates(item, locale) for item in both))
            words = (("dd_from", "sub"), ("dd_to", "sub"), ("dd_recovered", "sub last"))
            blank = [""] * (len(both) - 1)
            rows += [MetricRow(locale(word), (*row, *blank), kind) for (word, kind), row in zip(words, dates)]
    return rows


def _drawdown_dates(result: Result, locale: PageLocale) -> list[str]:
    """Peak, trough and recovery of the worst drawdown; nothing recovers where nothing fell."""
    keys = ("max_drawdown_peak", "max_drawdown_trough", "max_drawdown_recovery")
    peak, trough, recovery = (result.metrics.get(key) for key in keys)
    never = locale("dd_never" if ran_out(result) else "dd_not_yet")
    recovered = locale.date(recovery) if recovery or not trough else never
    return [locale.date(peak), locale.date(trough), recovered]


def dry_rows(results: Sequence[Result]) -> tuple[str, ...]:
    """The metrics that say of some of these runs that money ran out, or was not paid."""
    return tuple(name for name in DRY_ROWS if any(result.metrics.get(name) for result in results))


Warnings = tuple[list[str], list[str], list[str]]


def flag_sentences(results: Sequence[Result], locale: PageLocale) -> Warnings:
    """The warnings that every output must carry: a sample was used, what is counterfactual, doubtful data."""
    return flag_texts([result.manifest for result in results], locale)


def flag_texts(manifests: Iterable[Mapping[str, Any]], locale: PageLocale) -> Warnings:
    """The same from manifests alone, a study's for example."""
    flags = [manifest.get("flags", {}) for manifest in manifests]
    samples = [locale("sample_text")] if any(item.get("sample") for item in flags) else []
    samples += dict.fromkeys(
        locale.sentence(text) for item in flags for text in item.get("sample_limits") or ()
    )
    unlawful, doubtful = (
        list(dict.fromkeys(locale.sentence(text) for item in flags for text in item.get(name) or ()))
        for name in ("counterfactual", "data")
    )
    return samples, unlawful, doubtful


def warning_lines(told: Warnings, locale: PageLocale) -> list[str]:
    """The same as lines of plain text, each behind its word."""
    samples, others, doubtful = told
    return [
        *(f"{locale('sample_banner')}  {text}" for text in samples),
        *(f"{locale('counterfactual_banner')}  {text}" for text in others),
        *(f"{locale('data_banner')}  {text}" for text in doubtful),
    ]


def period_sentence(result: Result, locale: PageLocale) -> str:
    """From when to when, and how many sessions; in which money, where that is not the money of the day."""
    dates = result.dates
    said = locale(
        "period_text", first=locale.date(dates[0]), last=locale.date(dates[-1]), n=f"{len(dates):,}"
    )
    if "real" not in result.manifest:
        return said
    month = date.fromisoformat(f"{result.manifest['real']['money_of']}-01")
    return locale("period_in_real", period=said, month=locale.year_month(month))


def difference(value: Any, first: Any) -> float | None:
    """``value`` − ``first`` where both are numbers."""
    numbers = isinstance(value, int | float) and isinstance(first, int | float)
    return float(value) - float(first) if numbers else None


def ran_out(result: Result) -> bool:
    """Whether a withdrawal was once not paid in full, and nothing was left."""
    return result.metrics.get("depleted_on") is not None


def period_notes(results: Sequence[Result]) -> list[Message]:
    """A warning where runs that stand below each other were not lived in the same years."""
    spans = {(str(result.dates[0]), str(result.dates[-1])) for result in results}
    return [word("periods_differ")] if len(spans) > 1 else []


def dry_notes(results: Sequence[Result]) -> list[Message]:
    """Whose money ran out, on which day, and what was not paid, a sentence each."""
    return [
        word(
            "ran_out_on",
            name=result.name,
            date=Day(date.fromisoformat(str(result.metrics["depleted_on"])), long=True),
            unpaid=amount(result, "unpaid"),
        )
        for result in results
        if ran_out(result)
    ]


def dry_columns(results: Sequence[Result]) -> tuple[str, ...]:
    """The metrics of money that ran out, where any of the runs has: they stand first."""
    return ("depleted_on", "unpaid") if any(map(ran_out, results)) else ()


def money_notes(results: Sequence[Result]) -> list[Message]:
    """A warning where more went into one run than into another, or came out of it: more money is no merit."""
    notes = []
    for name in ("contributed", "withdrawn"):
        amounts = [float(result.metrics.get(name) or 0.0) for result in results]
        if max(amounts) - min(amounts) > max(SAME_MONEY, 1e-9 * max(amounts)):
            each = [word("name_value", name=run.name, value=amount(run, name)) for run in results]
            notes.append(word(f"{name}_differs", each=listed(each)))
    return [*notes, word("no_best")] if notes else []


def became(result: Result) -> Message:
    """What was paid in, what it became, and what is left of it once it is sold and taxed."""
    final, after_tax = amount(result, "final_value"), amount(result, "liquidation_value")
    told = {"contributed": amount(result, "contributed"), "final": final}
    tax = final.amount - after_tax.amount
    if result.config.get("accounts") == ["plain"]:
        return word("headline_result_untaxed", **told)
    if -REFUND * final.amount <= tax <= NO_TAX * final.amount:
        return word("headline_result_tax_free", **told)
    return word(
        "headline_result_refund" if tax < 0.0 else "headline_result",
        after_tax=after_tax,
        **told,
    )


def lost(result: Result) -> dict[str, Any]:
    """How much less a plan gave than was paid in, and which share of that; empty where it is no less."""
    loss, paid = -float(result.metrics.get("profit") or 0.0), amount(result, "contributed").amount
    if loss <= NO_TAX * paid:
        return {}
    return {"loss": Money(loss, ""), "share": Percent(loss / paid, 1)}


def amount(result: Result, name: str) -> Money:
    """A metric of money in a sentence, in the currency of the reader's page."""
    return Money(float(result.metrics.get(name) or 0.0), "")


def compare_table(
    results: Sequence[Result],
    lang: str = "en",
    *,
    sort: str | None = None,
    columns: Sequence[str] | None = None,
) -> Table:
    """Several runs on one table: a row each, differences against the first given, the best value marked.

    None is marked where the runs had different amounts of money (``money_notes``).
    ``sort`` is a metric's name (best first; ``-name`` turns it round); the reference stays the first given.
    ``columns`` are metric names. Raises KeyError for a name that is neither known nor in the results.
    """
    locale = PageLocale(lang, currency_of(results[0]), per_year=basis([item.manifest for item in results]))
    names = list(columns or (*dry_columns(results), *LIST_COLUMNS))
    known = set(METRICS).union(*(result.metrics for result in results))
    for name in [*names, *([sort.lstrip("-")] if sort else [])]:
        if name not in known:
            raise KeyError(name)
    shown = [metric_column(name, locale, short=True) for name in names]
    same_money = not money_notes(results)
    best = {column.id: _best(results, column) if same_money else None for column in shown}
    rows = []
    for result in _sorted(results, sort, locale):
        cells = [Cell(clean(result.name))]
        for column in shown:
            value = metric(result, column.id)
            gap = None if result is results[0] else difference(value, metric(results[0], column.id))
            cells.append(
                Cell(value, gap, len(results) > 1 and value is not None and value == best[column.id])
            )
        rows.append(tuple(cells))
    return Table((Column("name", locale("strategy")), *shown), tuple(rows), locale.currency)


def list_table(results: Sequence[Result], locale: PageLocale) -> Table:
    """Several runs, a row each; from when to when, where that is not the same for all."""
    columns = [metric_column(name, locale, short=True) for name in (*dry_columns(results), *LIST_COLUMNS)]
    spans = bool(period_notes(results))
    dates = [Column(f"series_{end}", locale(f"series_{end}"), "date") for end in ("first", "last") if spans]
    rows = []
    for result in results:
        span = [Cell(str(result.dates[end])) for end in (0, -1) if spans]
        figures = [Cell(metric(result, column.id)) for column in columns]
        rows.append((Cell(clean(result.name)), *span, *figures))
    return Table((Column("name", locale("strategy")), *dates, *columns), tuple(rows), locale.currency)


def quota_table(result: Result, locale: PageLocale) -> Table:
    """The NISA quota, a row a year and frame; later years in which nothing changed share a row."""
    quota = result.quota
    amounts = ("limit", "used", "given_back", "lifetime_left", "lapsed")
    columns = [Column("year", locale("year"), "year"), Column("frame", locale("frame"))]
    columns += [Column(name, locale(f"quota_{name}"), "money") for name in amounts]
    frames = list(dict.fromkeys(quota["frame"].tolist()))
    spans: list[tuple[int, int, str, tuple[float | None, ...]]] = []
    open_rows: dict[str, int] = {}
    for i, (year, frame) in enumerate(zip(quota["year"].tolist(), quota["frame"].tolist())):
        values = tuple(None if np.isnan(quota[name][i]) else float(quota[name][i]) for name in amounts)
        row = open_rows.get(frame)
        if row is not None and spans[row][1] == year - 1 and spans[row][3] == values:
            spans[row] = (spans[row][0], year, frame, values)
        else:
            open_rows[frame] = len(spans)
            spans.append((year, year, frame, values))
    spans.sort(key=lambda span: (span[0], frames.index(span[2])))
    rows = []
    for first, last, frame, values in spans:
        years = Cell(first) if first == last else Cell(f"{first}-{last}")
        rows.append((years, Cell(bucket_name(str(frame), locale)), *map(Cell, values)))
    return Table(tuple(columns), tuple(rows), locale.currency, keys=2)


def bucket_name(name: str, locale: PageLocale) -> str:
    """What people call an account or a NISA frame (``nisa.G`` or ``G``); unknown names as they are."""
    bare = name.removeprefix("nisa.")
    key = f"bucket_{bare}"
    return locale(key) if locale.has(key) else clean(name)


def data_lines(results: Sequence[Result], locale: PageLocale) -> list[str]:
    """A sentence a series: symbol, source, dates, the beginning of its SHA-256, and what no assumption says."""
    lines: list[str] = []
    assumed = manifest_entries(results, "assumptions")
    for item in manifest_entries(results, "data"):
        line = locale(
            "data_line",
            symbol=clean(item["symbol"]),
            source=clean(item["source"]),
            first=locale.date(item.get("first")),
            last=locale.date(item.get("last")),
            hash=clean(item.get("sha256", ""))[:12],
        )
        remarks = [text for text in (*item.get("splices", ()), *item.get("notes", ())) if text not in assumed]
        extras = [locale.sentence(text) for text in remarks]
        sample = [locale("sample_word")] if item.get("is_sample") else []
        lines.append(locale.listed([line, *sample, *extras], ";"))
    return lines


def manifest_entries(results: Sequence[Result], key: str) -> list[Any]:
    """The entries of every manifest under ``key``, each once, in order."""
    seen: list[Any] = []
    for result in results:
        seen += [item for item in result.manifest.get(key, ()) if item not in seen]
    return seen


def reasons_told(result: Result, names: Iterable[str], locale: PageLocale) -> list[str]:
    """Why figures have no meaning: the figures, and the reason once for all that have it."""
    told: dict[str, list[str]] = {}
    for name in names:
        told.setdefault(locale.sentence(result.reasons[name]), []).append(locale(name))
    return [locale.labelled(locale.listed(labels), reason) for reason, labels in told.items()]


def _sorted(results: Sequence[Result], sort: str | None, locale: PageLocale) -> list[Result]:
    if not sort:
        return list(results)
    column = metric_column(sort.lstrip("-"), locale)
    direction = 1.0 if column.better == "min" else -1.0
    direction *= -1.0 if sort.startswith("-") else 1.0

    def key(result: Result) -> tuple[bool, float, str]:
        value = metric(result, column.id)
        if not isinstance(value, int | float):
            return (True, 0.0, str(value))
        return (False, direction * float(value), "")

    return sorted(results, key=key)


def _best(results: Sequence[Result], column: Column) -> Any:
    values = [metric(result, column.id) for result in results]
    numbers = [value for value in values if isinstance(value, int | float)]
    if not column.better or not numbers or len(set(numbers)) == 1:
        return None
    return max(numbers) if column.better == "max" else min(numbers)
