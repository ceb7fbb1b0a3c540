"""FRED of the St. Louis Fed: yen per dollar at noon in New York (DEXJPUS), a second source for USDJPY."""

from __future__ import annotations

import numpy as np

from engine.errors import NotFound
from engine.market import net
from engine.market.providers.ecb import columns, exchange_rate
from engine.market.series import Series
from engine.messages import message

ID = "DEXJPUS"
URL = f"https://fred.stlouisfed.org/graph/fredgraph.csv?id={ID}"
FILE = message("FRED's file")


def fetch(
    symbol: str = "USDJPY", *, start: np.datetime64 | None = None, deadline: float = 30.0, url: str = URL
) -> Series:
    """The exchange rate from ``start`` (default: 1971). Errors: those of ``net.download`` and ``parse``."""
    if symbol.upper() != "USDJPY":
        what = message("{symbol}: not taken from FRED", symbol=symbol)
        raise NotFound(what, hint=message("it has {names}", names="USDJPY"))
    since = "" if start is None else f"&cosd={start.astype('datetime64[D]')}"
    return parse(net.download(url + since, deadline=deadline).decode("utf-8", "replace"))


def parse(text: str) -> Series:
    """USDJPY from FRED's CSV: two columns, date and value; an empty value or ``.`` is a holiday.

    Errors: BadData naming the line that is no date and number, or the heading that is missing.
    """
    heading, *lines = text.removeprefix("\ufeff").splitlines() or [""]
    columns(FILE, heading, [ID])
    rows = [(number, *line.partition(",")[::2], "1") for number, line in enumerate(lines, start=2)]
    return exchange_rate(FILE, f"fred:{ID}", [row for row in rows if row[2].strip() not in ("", ".")])
