"""Prices from a folder of CSV files, one a symbol: ``date,close,adj_close,dividend``.

Headings may be in capitals, and ``Adj Close`` and ``調整後終値`` stand for ``adj_close``. ``date`` is ISO
(2024-01-05), in rising order; empty cells mean "the source has none". At least one of ``close`` and
``adj_close`` must be there; other columns are ignored. An exchange rate (``USDJPY.csv``) has
``date,close``. Nothing here judges the numbers: that is the work of ``engine.market.check_series``.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from engine.errors import NotFound
from engine.market.assets import Asset, check_symbol, read_assets
from engine.market.price_folder import REGISTRY, settle
from engine.market.series import Series
from engine.market.table import read_table
from engine.messages import listed, message
from engine.words import did_you_mean

_COLUMNS = ("close", "adj_close", "dividend")
SIZE_PORTFOLIOS = "FF_SIZE_PORTFOLIOS_VW_MONTHLY.csv"  # many portfolios in one table
_NAMES = {"adj close": "adj_close", "調整後終値": "adj_close"}


def file_of(folder: Path, symbol: str) -> Path:
    """The file of ``symbol``; that of ``^SP500TR`` may be called ``SP500TR.csv``, that of ``1306.T`` ``1306.csv``.

    :raises NotFound: names the folder and the nearest symbol it has.
    """
    check_symbol(symbol)
    for name in (f"{symbol}.csv", f"{symbol.lstrip('^').removesuffix('.T')}.csv"):
        if (folder / name).is_file():
            return folder / name
    check_folder(folder)
    have = symbols(folder)
    there = message("it has {names}", names=listed(have[:12])) if have else message("it has no CSV file")
    hint = did_you_mean(symbol, have) or there
    raise NotFound(message("{place}: no {file}", place=folder, file=f"{symbol}.csv"), hint=hint)


def check_folder(folder: Path) -> None:
    """:raises NotFound: there is no such folder."""
    if not folder.is_dir():
        hint = message("csv:DIR needs a folder with one CSV file a symbol")
        raise NotFound(message("{place}: no such folder", place=folder), hint=hint)


def own_assets(folder: Path) -> dict[str, Asset]:
    """The assets that ``folder`` describes itself, in its ``assets.csv``. To be called before it is read.

    :raises BadData: with file and line for a wrong row.
    """
    settle(folder)
    path = folder / REGISTRY
    return read_assets(path) if path.is_file() else {}


def symbols(folder: Path) -> list[str]:
    """The names of the CSV files in ``folder``, sorted."""
    return sorted(path.stem for path in folder.glob("[!.]*.csv") if path.stem != "assets")


def load(folder: str | Path, symbol: str, *, currency: str = "USD") -> Series:
    """The history of ``symbol`` from ``folder``. Columns the file lacks are NaN.

    :raises NotFound: there is no such file.
    :raises BadData: ``file:line: column: what came``; a file too large to be a daily history.
    """
    table = Path(folder) / SIZE_PORTFOLIOS
    if symbol.startswith("FF_") and not (Path(folder) / f"{symbol}.csv").is_file() and table.is_file():
        return _portfolio(table, symbol)
    path = file_of(Path(folder), symbol)
    dates, columns = read_table(path, _COLUMNS, one_of=("close", "adj_close"), names=_NAMES)
    close, adj_close, dividend = columns
    return Series(symbol, currency, dates, close, adj_close, dividend, source=f"csv:{path.name}")


def rates(path: Path) -> Series:
    """Yen per dollar from a file ``date,close``. :raises NotFound: there is none. :raises BadData: as ``load``."""
    if not path.is_file():
        raise NotFound(message("{place}: no such file", place=path))
    dates, (close,) = read_table(path, ("close",), one_of=("close",), names=_NAMES)
    nothing = np.full(dates.size, np.nan)
    return Series("USDJPY", "JPY", dates, close, nothing, nothing.copy(), source=f"csv:{path.name}")


def _portfolio(path: Path, symbol: str) -> Series:
    """A column of a table of monthly returns in percent, as the French library has them."""
    from engine.market.providers import french  # which loads HTTP: other folders need none

    with path.open(encoding="utf-8") as file:
        heading = file.readline().strip().split(",")[1:]
    names = {name.upper(): name.lower() for name in heading}
    wanted = symbol.removeprefix("FF_")
    if wanted not in names:
        hint = did_you_mean(wanted, list(names)) or message("it has {names}", names=listed(list(names)))
        raise NotFound(message("{place}: no column {name}", place=path, name=wanted), hint=hint)
    dates, (returns,) = read_table(path, (names[wanted],), one_of=(names[wanted],))
    return french.series_of(symbol, dates.astype("datetime64[M]"), returns, f"csv:{path.name}")


def text_of(series: Series) -> str:
    """The file that ``load`` reads as ``series``, value by value."""
    columns = [series.close, series.adj_close, series.dividend]
    lines = ["date,close,adj_close,dividend"]
    for day, *values in zip(series.dates, *columns, strict=True):
        cells = ("" if math.isnan(value) else repr(float(value)) for value in values)
        lines.append(",".join([str(day), *cells]))
    return "\n".join([*lines, ""])
