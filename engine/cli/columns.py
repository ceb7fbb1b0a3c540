"""``columns``: what the columns of a result's files are called, and what they mean."""

from __future__ import annotations

from pathlib import Path

from engine.cli.declare import argument, command
from engine.cli.options import PATH, SPEECH, Common, options
from engine.cli.output import say, say_json

LONGEST = 100_000  # characters of a first line


@command(examples=("backtest columns", "backtest columns results/satellite10/years.csv"))
@argument("file", required=False, type=PATH, metavar="[FILE.csv]")
@options(*SPEECH)
def columns(file: Path | None, common: Common) -> None:
    """What the columns of a result's files are called in each language, their units, signs and meaning.

    With a CSV that this program has written, in any language: its columns, in their order.
    """
    from engine.report.column_tables import column_table, known_files
    from engine.report.page_locale import PageLocale
    from engine.report.terminal import table_blocks

    locale = PageLocale(common.lang)
    found = [*known_files()] if file is None else [_of(file)]
    tables = {name: column_table(name, names, locale) for name, names in found}
    if common.as_json:
        say_json(
            {
                name: [
                    {column.id: cell.value for column, cell in zip(table.columns, row)} for row in table.rows
                ]
                for name, table in tables.items()
            }
        )
    elif not common.quiet:
        say(
            "\n".join(
                f"{name}\n{table_blocks(table, locale, common.screen)}" for name, table in tables.items()
            )
        )


def _of(path: Path) -> tuple[str, list[str]]:
    """A file's name as the program knows it, and the names of its columns. Raises StoreError."""
    import csv

    from engine.errors import StoreError, reason_of
    from engine.headings import names_of
    from engine.messages import message
    from engine.report.column_tables import file_of

    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            first = lines.readline(LONGEST)
    except OSError as error:
        why = reason_of(error)
        raise StoreError(message("{place}: cannot be read: {why}", place=path, why=why)) from error
    except UnicodeDecodeError:
        raise StoreError(message("{place}: {what}", place=path, what=message("not UTF-8 text"))) from None
    cells = next(csv.reader([first]), [])
    if not cells:
        raise StoreError(message("{place}: {what}", place=path, what=message("is empty")))
    file = file_of(path.name)
    return file, names_of(file, cells)
