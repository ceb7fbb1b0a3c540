"""Results on a terminal: tables that fit its width, aligned for full-width characters, calm in colour."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from engine.metrics import METRICS
from engine.printable import printable
from engine.report.models import Table
from engine.report.page_locale import PageLocale, basis, clean
from engine.report.prose import prose
from engine.report.summary import (
    Warnings,
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
    run_rows,
)
from engine.result import Result
from engine.wrapping import longest
from engine.wrapping import width as cells_of

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment
    from rich.table import Table as RichTable

    from engine.studies.compare import Comparison

PLAIN_WIDTH = 100  # where there is no terminal: a pipe, a file, the README
NARROWEST = 40


@dataclass(frozen=True)
class Screen:
    """Where a table is printed: its width in columns and whether it takes colour."""

    width: int = PLAIN_WIDTH
    color: bool = False


def screen_of(stream: TextIO, environ: Mapping[str, str]) -> Screen:
    """The screen behind a stream. No colour when piped, under ``NO_COLOR`` or on a dumb terminal."""
    import shutil

    if not stream.isatty():
        return Screen()
    width = max(NARROWEST, shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns)
    return Screen(width, not environ.get("NO_COLOR") and environ.get("TERM") != "dumb")


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
                _heading(locale("quota_title")),
                *_blocks(quota_table(one, locale), locale, screen.width),
            ]
    else:
        table = list_table(results, locale)
        parts += [_heading(locale("results_title")), *_blocks(table, locale, screen.width)]
    parts += [
        _heading(locale("assumptions_title")),
        *_bullets(map(locale.sentence, manifest_entries(results, "assumptions")), screen.width),
    ]
    parts += [_heading(locale("data_title")), *_bullets(data_lines(results, locale), screen.width)]
    return printed(parts, screen) + (places(locale("files_title"), folders, screen) if folders else "")


def table_blocks(table: Table, locale: PageLocale, screen: Screen) -> str:
    """A table as text, cut into blocks of columns where it is wider than the screen."""
    return printed(_blocks(table, locale, screen.width), screen)


def hanging(rows: Iterable[Sequence[str]], screen: Screen) -> str:
    """Rows of short words and a text, which goes on under itself where the screen is narrow."""
    from rich.padding import Padding
    from rich.table import Table as RichTable

    grid = RichTable.grid(padding=(0, 2, 0, 0))
    for words in rows:
        while len(grid.columns) < len(words):
            grid.add_column(no_wrap=len(grid.columns) < len(words) - 1, overflow="fold")
        grid.add_row(*(prose(clean(text)) for text in words))
    return printed([Padding(grid, (0, 0, 0, 2))], screen)


def section(title: str, lines: Iterable[str], screen: Screen) -> str:
    """A heading and the lines under it, wrapped inside their margin."""
    return printed([_heading(title), *_bullets(lines, screen.width)], screen)


def places(title: str, paths: Iterable[str], screen: Screen) -> str:
    """A heading and paths, which no line end may cut: they are copied."""
    return printed([_heading(title)], screen) + "".join(f"  {clean(path)}\n" for path in paths)


def compare_text(
    found: Comparison, table: Table, lang: str = "en", *, screen: Screen | None = None, page: str = ""
) -> str:
    """What ``backtest compare`` prints: warnings and notes, the answer, the table, the period, the page."""
    from engine.report.answer import answer_text
    from engine.report.compare_answer import compare_answer

    screen, results = screen or Screen(), found.results
    locale = PageLocale(lang, table.currency, per_year=basis([item.manifest for item in results]))
    text = notices(flag_sentences(results, locale), locale, screen, [*map(locale.sentence, found.notes)])
    text += answer_text(compare_answer(results), locale, screen).lstrip("\n")
    below = ["", period_sentence(results[0], locale)]
    text += printed(["", *_blocks(table, locale, screen.width), *below], screen)
    return f"{text}{page}\n" if page else text


class _Spelt:
    """A renderable whose text is spelt out where it would steer the terminal; its colours are not text."""

    def __init__(self, part: RenderableType) -> None:
        self._part = part

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self._part, options):
            yield segment if segment.control else segment._replace(text=printable(segment.text))


def printed(parts: Iterable[RenderableType | str], screen: Screen) -> str:
    """Texts and grids as they come out on a screen."""
    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out, width=screen.width, force_terminal=screen.color, no_color=not screen.color, markup=False,
        color_system="standard" if screen.color else None, highlight=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    for part in parts:
        console.print(_Spelt(prose(part) if isinstance(part, str) else part))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def titled(title: str, lines: Sequence[str]) -> list[RenderableType | str]:
    """Lines under a title, after an empty line; nothing where there are none."""
    from rich.text import Text

    return ["", Text(title, "bold"), *lines] if lines else []


def notice_lines(told: Warnings, locale: PageLocale, notes: Sequence[str] = ()) -> list[RenderableType | str]:
    """What every output must carry, then ``notes`` that are to be read first: a word, and the texts beside it."""
    from rich.table import Table as RichTable
    from rich.text import Text

    samples, others, doubtful = told
    named = (
        ("sample_banner", "yellow", samples),
        ("counterfactual_banner", "cyan", others),
        ("data_banner", "yellow", doubtful),
        ("note_banner", "yellow", notes),
    )
    if not any(lines for _, _, lines in named):
        return []
    grid = RichTable.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for word, color, lines in named:
        for i, text in enumerate(lines):
            grid.add_row(Text(locale(word) if i == 0 else "", f"bold {color}"), prose(text))
    return [grid, ""]


def notices(told: Warnings, locale: PageLocale, screen: Screen, notes: Sequence[str] = ()) -> str:
    """The warnings that every output must carry, and ``notes``, as they stand above everything else."""
    parts = notice_lines(told, locale, notes)
    return printed(parts, screen) if parts else ""


def _title(result: Result, locale: PageLocale) -> list[RenderableType | str]:
    from engine.report.run_answer import run_answer  # which has answers in this module's frame

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


def _heading(text: str) -> RenderableType:
    from rich.text import Text

    return Text.assemble("\n", (text, "bold"))


def _bullets(lines: Iterable[str], width: int) -> list[RenderableType | str]:
    from rich.padding import Padding

    return [Padding(prose(clean(line)), (0, 0, 0, 2)) for line in lines]


def _grid() -> RichTable:
    """A table with one line under its heading. No vertical lines: their width is not the same everywhere."""
    from rich import box
    from rich.table import Table as RichTable

    return RichTable(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 1)
    )


def _beside(result: Result, locale: PageLocale, width: int) -> RichTable:
    """The strategy's figures beside those of the same money in the core alone.

    On a narrow screen the differences are left out, then labels wrap; figures are never broken.
    """
    from rich.cells import cell_len

    lines = _beside_lines(result, locale)
    needs = [max(cell_len(text) for text in column) + 2 for column in zip(*(texts for texts, _ in lines))]
    shown = 3 if len(needs) == 4 and sum(needs) - 2 > width else len(needs)
    grid = _grid()
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
    rows = [name for name in run_rows(result) if result.metrics.get(name) is None and name in result.reasons]
    return [
        prose(locale.labelled(locale(name), locale.sentence(result.reasons[name])), "dim")
        for name in rows
        if name in METRICS
    ]


def _blocks(table: Table, locale: PageLocale, width: int) -> list[RenderableType | str]:
    """The table, or several with its key columns repeated, each within ``width``."""
    blocks: list[RenderableType | str] = []
    keys, groups = _groups(table, locale, width)
    for group in groups:
        grid = _grid()
        for i in (*keys, *group):
            column = table.columns[i]
            justify: Any = "left" if column.kind == "text" else "right"
            grid.add_column(prose(column.label), justify=justify, overflow="fold", max_width=keys.get(i))
        for row in table.rows:
            cells = []
            for i in (*keys, *group):
                value, gap = locale.cell(row[i], table.columns[i])
                text = prose(f"* {value}" if row[i].best else value, "bold" if row[i].best else "")
                cells.append(text.append(f"\n{gap}", "not bold dim") if gap else text)
            grid.add_row(*cells)
        blocks += [grid, ""]
    if any(cell.best for row in table.rows for cell in row):
        blocks[-1] = prose(f"* {locale('best')}", "dim")
    elif blocks:
        blocks.pop()
    return blocks


NARROW = 8  # cells that a key column keeps at least, if it needs them
GAP = 3  # cells between two columns, a column's own padding and the box's line


def _groups(table: Table, locale: PageLocale, width: int) -> tuple[dict[int, int], list[list[int]]]:
    """The key columns with the cells each may take, and the other columns in groups that fit beside them."""
    texts = [_texts(table, i, locale) for i in range(len(table.columns))]
    needs = [max(map(cells_of, of)) for of in texts]
    words = [max(NARROW, *map(longest, of)) for of in texts[: table.keys]]
    floors = [min(need, word, width // 3) for need, word in zip(needs, words)]
    keys = _keys(needs, floors, width)
    first = sum(keys.values()) + GAP * len(keys)
    groups: list[list[int]] = [[]]
    used = first
    for i in range(len(keys), len(table.columns)):
        if groups[-1] and used + needs[i] > width:  # the last column has none after it
            groups.append([])
            used = first
        groups[-1].append(i)
        used += needs[i] + GAP
    return keys, groups


def _keys(needs: Sequence[int], floors: Sequence[int], width: int) -> dict[int, int]:
    """The first columns, which say what a row is of, and the cells each may take.

    They wrap where they need over half the width, down to their longest words (``floors``). Where the widest of
    the others could not stand beside them even so, the last ones are not repeated.
    """
    count = len(floors)
    others = needs[count:]
    most = max(width // 2, width - sum(others) - GAP * len(others))
    room = width - max(others, default=0)
    while count > 1 and sum(floors[:count]) + GAP * count > room:
        count -= 1
    keys = dict(enumerate(needs[:count]))
    while sum(keys.values()) + GAP * count > min(most, room):
        spare = [i for i in keys if keys[i] > floors[i]]
        if not spare:
            break
        keys[max(spare, key=lambda i: keys[i])] -= 1
    return keys


def _texts(table: Table, i: int, locale: PageLocale) -> list[str]:
    """What stands in a column, its label first."""
    texts = [table.columns[i].label]
    for row in table.rows:
        value, gap = locale.cell(row[i], table.columns[i])
        texts += [f"* {value}" if row[i].best else value, gap]
    return texts
