"""What ``run`` and ``compare`` print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.metrics import METRICS
from engine.report.answer import answer_text
from engine.report.compare_answer import compare_answer
from engine.report.models import Table
from engine.report.page_locale import PageLocale, basis, clean
from engine.report.prose import prose
from engine.report.run_answer import run_answer
from engine.report.summary import (
    core_name,
    currency_of,
    data_lines,
    dry_notes,
    flag_sentences,
    list_table,
    manifest_entries,
    metric_rows,
    period_notes,
    period_sentence,
    quota_table,
    reasons_told,
    run_rows,
)
from engine.report.terminal import (
    Screen,
    bullets,
    heading,
    notice_lines,
    notices,
    places,
    printed,
    ruled_grid,
    table_parts,
)
from engine.result import Result

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table as RichTable

    from engine.studies.compare import Comparison


def run_table(
    results: Sequence[Result],
    lang: str = "en",
    *,
    screen: Screen | None = None,
    folders: Sequence[str] = (),
) -> str:
    """What ``backtest run`` prints: figures, warnings, assumptions, data, quota, and where the files are.

    One result: the strategy beside the same money in the core alone. Several: a row each, then what their
    assumptions and data have together. ``folders``: the folders the results were written to.
    """
    screen = screen or Screen()
    locale = PageLocale(lang, currency_of(results[0]), per_year=basis([item.manifest for item in results]))
    one = results[0] if len(results) == 1 else None
    notes = [] if one is not None else [*dry_notes(results), *period_notes(results)]
    parts = notice_lines(flag_sentences(results, locale), locale, [*map(locale.sentence, notes)])
    if one is not None:
        parts += [*_title(one, locale), _beside(one, locale, screen.width), *_reasons(one, locale)]
        if len(one.quota.get("year", ())):
            parts += [
                heading(locale("quota_title")),
                *table_parts(quota_table(one, locale), locale, screen.width),
            ]
    else:
        table = list_table(results, locale)
        parts += [heading(locale("results_title")), *table_parts(table, locale, screen.width)]
    parts += [
        heading(locale("assumptions_title")),
        *bullets(map(locale.sentence, manifest_entries(results, "assumptions"))),
    ]
    parts += [heading(locale("data_title")), *bullets(data_lines(results, locale))]
    return printed(parts, screen) + (places(locale("files_title"), folders, screen) if folders else "")


def compare_text(
    found: Comparison, table: Table, lang: str = "en", *, screen: Screen | None = None, page: str = ""
) -> str:
    """What ``backtest compare`` prints: warnings and notes, the answer, the table, the period, the page."""
    screen, results = screen or Screen(), found.results
    locale = PageLocale(lang, table.currency, per_year=basis([item.manifest for item in results]))
    text = notices(flag_sentences(results, locale), locale, screen, [*map(locale.sentence, found.notes)])
    text += answer_text(compare_answer(results), locale, screen).lstrip("\n")
    below = ["", period_sentence(results[0], locale)]
    text += printed(["", *table_parts(table, locale, screen.width), *below], screen)
    return f"{text}{page}\n" if page else text


def _title(result: Result, locale: PageLocale) -> list[RenderableType | str]:
    description = locale.text(result.config.get("description", ""))
    found = run_answer(result)
    said = [locale.sentence(text) for text in found.answer]  # where no space stands between them, a line each
    title = prose().append(clean(result.name), "bold")
    return [
        title.append(locale.form("colon") + description if description else ""),
        prose(period_sentence(result, locale), "dim"),
        "",
        *([locale.sentences(said)] if locale.gap else said),
        *(locale.sentence(text) for text in found.sureness),
        "",
    ]


def _beside(result: Result, locale: PageLocale, width: int) -> RichTable:
    """The strategy's figures beside those of the same money in the core alone.

    On a narrow screen the differences are left out, then labels wrap; figures are never broken.
    """
    from rich.cells import cell_len

    lines = _beside_lines(result, locale)
    needs = [max(cell_len(text) for text in column) + 2 for column in zip(*(texts for texts, _ in lines))]
    shown = 3 if len(needs) == 4 and sum(needs) - 2 > width else len(needs)
    grid = ruled_grid()
    for i, title in enumerate(lines[0][0][:shown]):
        style = "dim" if i == 3 else ""
        grid.add_column(
            prose(title, style), justify="right" if i else "left", style=style, no_wrap=i > 0, overflow="fold"
        )
    for texts, style in lines[1:]:
        grid.add_row(*(prose(text, style) for text in texts[:shown]))
    return grid


def _beside_lines(result: Result, locale: PageLocale) -> list[tuple[list[str], str]]:
    """The heading and the rows of the table as (texts, style)."""
    heading = ["", clean(result.name)]
    if core := core_name(result):
        heading += [locale("core_alone", core=core), locale("difference")]
    lines = [(heading, "")]
    for row in metric_rows(result, run_rows(result), locale):
        is_sub = row.kind.startswith("sub")
        lines.append(([f"  {row.label}" if is_sub else row.label, *row.cells], "dim" if is_sub else ""))
    return lines


def _reasons(result: Result, locale: PageLocale) -> list[RenderableType | str]:
    """Why a figure of the table has no meaning."""
    names = [
        name
        for name in run_rows(result)
        if name in METRICS and result.metrics.get(name) is None and name in result.reasons
    ]
    return [prose(text, "dim") for text in reasons_told(result, names, locale)]
