"""Values as other programs take them: CSV of which a spreadsheet runs nothing, JSON without what JSON lacks."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.messages import Message

BOM = "\ufeff"  # Excel takes a CSV for UTF-8 only if it begins with this
# How a formula begins; Japanese Excel reads full-width signs too.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
_NUMBER = re.compile(r"[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)?(\.[0-9]*)?([eE][+-]?[0-9]+)?%?", re.ASCII)
ROWS = 4000  # of a CSV that are put into words at a time
Each = Callable[[Callable[[Sequence[NDArray[Any]]], str], Iterable[Sequence[NDArray[Any]]]], Iterable[str]]
_EXACT = 2.0**53  # up to it a float tells a whole number from the next: it is written without a point
_PLAIN = 1e-4  # below it numbers are written with an exponent


def csv_text(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows of values as a CSV for people: begins with ``BOM``, CRLF, shortest exact numbers, NaN empty.

    This and ``columns_csv`` alone write such files, so that no text reaches a spreadsheet as a formula.
    """
    return _written(heading, ([csv_cell(value) for value in row] for row in rows))


def columns_csv(columns: Mapping[str, NDArray[Any]], first_line: Sequence[str] = (), each: Each = map) -> str:
    """Columns (name: array of n) as a CSV for people, a row an element; see ``csv_text``.

    ``first_line``  what stands above them, in place of their names
    ``each``        does what ``map`` does, for whoever has others to do it
    """
    count = min(map(len, columns.values()), default=0)
    parts = [[values[at : at + ROWS] for values in columns.values()] for at in range(0, count, ROWS)]
    made = each(_lines, parts) if len(parts) > 1 else map(_lines, parts)
    return _written(first_line or list(columns), ()) + "".join(made)


def _lines(columns: Sequence[NDArray[Any]]) -> str:
    """The lines of some rows."""
    return "".join([f"{','.join(row)}\r\n" for row in zip(*map(_texts, columns))])


def _written(heading: Sequence[str], cells: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([csv_cell(name) for name in heading])
    writer.writerows(cells)
    return BOM + out.getvalue()


def _texts(values: NDArray[Any]) -> Sequence[str]:
    """The cells of a column as they stand in the file; of floats all at once."""
    if values.dtype != np.float64:
        return _others(values.tolist())
    from pydantic_core import to_json  # shortest exact digits as ``repr`` finds them, in a sixth of its time

    size = np.abs(values)
    whole = (size <= _EXACT) & (values == np.trunc(values))
    # What has an exponent of its own.
    otherwise = np.isfinite(values) & ~whole & ((size < _PLAIN) | (size > _EXACT))
    cells = values.astype(object)
    cells[whole] = values[whole].astype(np.int64)
    cells[~np.isfinite(values)] = None
    texts = to_json(cells.tolist()).decode()[1:-1].replace("null", "").split(",")
    for at in np.flatnonzero(otherwise).tolist():
        texts[at] = repr(float(values[at]))
    return texts if len(values) else ()


def _others(items: Sequence[Any]) -> list[str]:
    """The cells of what are no floats. A text that stands in many rows is looked at once."""
    texts = {item: _in_file(csv_cell(item)) for item in {item for item in items if isinstance(item, str)}}
    return [texts[item] if isinstance(item, str) else _in_file(csv_cell(item)) for item in items]


def _in_file(cell: Any) -> str:
    """A cell as ``csv.writer`` has it."""
    text = str(cell)
    return '"{}"'.format(text.replace('"', '""')) if any(char in text for char in ',"\r\n') else text


def csv_cell(value: Any) -> Any:
    """One value as a cell: a number as it is, what is none or no number empty, text that is no formula.

    Text that a spreadsheet could take for a formula gets an apostrophe before it; a number never does.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        return int(value) if value == int(value) and abs(value) <= _EXACT else value
    if value is None or isinstance(value, int):
        return "" if value is None else value
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not is_number(text) else text


def is_number(text: str) -> bool:
    """Whether a spreadsheet reads ``text`` as a plain number: ``-5``, ``+0.5``, ``-1,234``, ``-3%``."""
    return any(char.isdigit() for char in text) and _NUMBER.fullmatch(text) is not None


def plain(value: Any) -> Any:
    """A value as JSON has it: numbers of numpy as numbers, dates as ISO text, NaN and infinities as null.

    A message is its id, its English and its arguments.
    """
    if isinstance(value, Message):
        value = value.plain()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int) else str(value)
