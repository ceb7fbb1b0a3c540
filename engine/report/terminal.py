"""Results on a terminal: tables that fit its width, aligned for full-width characters, calm in colour."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from engine.printable import printable
from engine.report.models import Table
from engine.report.page_locale import PageLocale, clean
from engine.report.prose import prose
from engine.report.summary import Warnings
from engine.wrapping import longest
from engine.wrapping import width as cells_of

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment
    from rich.table import Table as RichTable

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


def table_blocks(table: Table, locale: PageLocale, screen: Screen) -> str:
    """A table as text, cut into blocks of columns where it is wider than the screen."""
    return printed(table_parts(table, locale, screen.width), screen)


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
    return printed([heading(title), *bullets(lines)], screen)


def places(title: str, paths: Iterable[str], screen: Screen) -> str:
    """A heading and paths, which no line end may cut: they are copied."""
    return printed([heading(title)], screen) + "".join(f"  {clean(path)}\n" for path in paths)


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


def paragraph(title: str, lines: Sequence[str], screen: Screen) -> str:
    """A heading and its lines, which wrap inside their margin; nothing where there are none."""
    return section(title, lines, screen) if lines else ""


def notices(told: Warnings, locale: PageLocale, screen: Screen, notes: Sequence[str] = ()) -> str:
    """The warnings that every output must carry, and ``notes``, as they stand above everything else."""
    parts = notice_lines(told, locale, notes)
    return printed(parts, screen) if parts else ""


def heading(text: str) -> RenderableType:
    """A bold line below an empty one."""
    from rich.text import Text

    return Text.assemble("\n", (text, "bold"))


def bullets(lines: Iterable[str]) -> list[RenderableType | str]:
    """Lines inside a margin, in which they wrap."""
    from rich.padding import Padding

    return [Padding(prose(clean(line)), (0, 0, 0, 2)) for line in lines]


def ruled_grid() -> RichTable:
    """A table with one line under its heading. No vertical lines: their width is not the same everywhere."""
    from rich import box
    from rich.table import Table as RichTable

    return RichTable(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 1)
    )


def table_parts(table: Table, locale: PageLocale, width: int) -> list[RenderableType | str]:
    """The table, or several with its key columns repeated, each within ``width``."""
    blocks: list[RenderableType | str] = []
    keys, groups = _groups(table, locale, width)
    for group in groups:
        grid = ruled_grid()
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
