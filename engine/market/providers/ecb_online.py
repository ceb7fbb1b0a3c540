"""The European Central Bank's reference rates, fresh from its own file: yen per dollar as a cross rate.

The bundled history (provider ``ecb``) ends when the package was made; this continues it to yesterday's
fixing (about 16:00 CET). Both come from the same file format and give the same values.
"""

from __future__ import annotations

import csv
import io
import zipfile

import numpy as np

from engine.errors import BadData, NotFound
from engine.market import net
from engine.market.providers.fred import exchange_rate
from engine.market.series import Series

URL = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip"
LIMIT = 32 * 1024 * 1024


def fetch(
    symbol: str = "USDJPY", *, start: np.datetime64 | None = None, deadline: float = 30.0, url: str = URL
) -> Series:
    """USDJPY since 1999. ``start`` is ignored: the file is always the whole history.

    Errors: those of ``net.download`` and ``parse``; NotFound for any other symbol.
    """
    if symbol.upper() != "USDJPY":
        raise NotFound(f"{symbol}: not made from the ECB's rates", hint="it has USDJPY")
    return parse(net.download(url, deadline=deadline, limit=LIMIT))


def parse(archive: bytes) -> Series:
    """USDJPY = (yen per euro) / (dollars per euro) from the ECB's zip; days without both are left out.

    Errors: BadData naming what is not as expected.
    """
    rows = csv.reader(io.StringIO(unzip(archive, "the ECB's file")))
    heading = [name.strip() for name in next(rows, [])]
    try:
        at_day, at_usd, at_jpy = (heading.index(name) for name in ("Date", "USD", "JPY"))
    except ValueError as error:
        raise BadData(f"the ECB's file has the headings {','.join(heading)[:60]!r}: {error}") from error
    dates: list[np.datetime64] = []
    values: list[float] = []
    for row in rows:
        try:
            if "N/A" in (row[at_usd], row[at_jpy]):
                continue
            day, usd, jpy = np.datetime64(row[at_day], "D"), float(row[at_usd]), float(row[at_jpy])
        except (IndexError, ValueError) as error:
            raise BadData(f"the ECB's line {rows.line_num} cannot be read: {','.join(row)[:60]!r}") from error
        if not (0 < usd < float("inf") and 0 < jpy < float("inf")):
            raise BadData(f"the ECB's line {rows.line_num}: rates of {usd:g} and {jpy:g}")
        dates.append(day)
        values.append(jpy / usd)
    return exchange_rate("USDJPY", dates, values, "ecb:eurofxref-hist")


def unzip(archive: bytes, what: str) -> str:
    """The text of the one CSV in a zip, at most LIMIT bytes of it. Errors: BadData."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            names = [name for name in files.namelist() if name.lower().endswith(".csv")]
            if len(names) != 1:
                raise BadData(f"{what} holds {len(names)} CSV files, expected one")
            if files.getinfo(names[0]).file_size > LIMIT:
                raise BadData(f"{what} unpacks to more than {LIMIT:,} bytes: refused")
            return files.read(names[0]).decode("latin-1")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError, ValueError) as error:
        raise BadData(f"{what} is no readable zip: {error}") from error
