"""Keeping an imported history in a person's folder: added to what is there, never instead of it unasked.

What a person wrote into ``assets.csv`` stays. A history that would lose days or change values is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.errors import BadData, ConfigError, DataError
from engine.files import OnWait
from engine.market.asset_table import AssetTable, read_table
from engine.market.assets import Asset, check_symbol, read_assets, text_row
from engine.market.importer.kinds import asset_of
from engine.market.price_folder import REGISTRY, finish, lock, replace_all
from engine.market.providers import csv_folder
from engine.market.revision import figure
from engine.market.series import Dates, Floats, Mask, Series
from engine.messages import Message, listed, message

SAME = 1e-9  # two prices are one
RESCALED = 2e-4  # adjusted closes move together with each payout; beyond this one of them is another


def check_name(symbol: str) -> str:
    """``symbol``, if a price file may be called so. :raises DataError, ConfigError: otherwise."""
    try:
        check_symbol(symbol)
    except DataError as error:
        raise DataError(error.message, hint=message("give it a name with --as")) from error
    if symbol.casefold() == "assets":
        what = message("{symbol}: the folder's own table of assets has that name", symbol=symbol)
        raise ConfigError(what, hint=message("choose another: --as"))
    return symbol


def keep(
    series: Series,
    folder: Path,
    *,
    kind: str,
    title: str = "",
    expense_ratio: float | None = None,
    replace: bool = False,
    more: Mapping[str, bytes] | None = None,
    on_wait: OnWait | None = None,
) -> None:
    """Keep a history for ``csv:folder``: its prices, and its row in the folder's ``assets.csv``.

    ``expense_ratio``  None leaves what the row says
    ``replace``        takes the history as it is, whatever it loses or changes
    ``more``           files, by name, that change with it or not at all
    ``on_wait``        hears who else writes to the folder, if it has to wait

    :raises BadData: what is there would lose days or change, and ``replace`` does not allow it.
    :raises StoreError: the folder cannot be written; nothing has changed then.
    """
    check_name(series.symbol)
    with lock(folder, on_wait):
        finish(folder)
        old = _stored(series, folder, or_damaged=replace)
        if old is not None and not replace:
            if lost := changes(old, series):
                what = message(
                    "{place}: {file} would change it: {what}",
                    place=str(_file(series.symbol, folder)),
                    file=series.source.removeprefix("csv:"),
                    what=listed(lost, last=";"),
                )
                raise BadData(what, hint=message("--replace takes the file as it is"))
            series = _with_known(old, series)
        item = asset_of(series, kind, title=title, expense_ratio=expense_ratio)
        replace_all(folder, {**_files(series, folder, item, old, expense_ratio), **(more or {})})


def would_change(series: Series, folder: Path) -> list[Message]:
    """What ``keep`` would refuse to change."""
    old = _stored(series, folder)
    return [] if old is None else changes(old, series)


def changes(old: Series, new: Series) -> list[Message]:
    """What of ``old`` the history ``new`` loses or has otherwise."""
    told = []
    had = np.isfinite(old.close) | np.isfinite(old.adj_close) | (np.nan_to_num(old.dividend) > 0)
    gone = old.dates[had & ~np.isin(old.dates, new.dates)]
    if gone.size:
        told.append(days_lost(gone))
    _, a, b = np.intersect1d(old.dates, new.dates, assume_unique=True, return_indices=True)
    for what, was, now, differs in (
        (message("close"), old.close[a], new.close[b], _differs(old.close[a], new.close[b])),
        (message("dividend"), old.dividend[a], new.dividend[b], _other(old.dividend[a], new.dividend[b])),
        (
            message("adjusted close"),
            old.adj_close[a],
            new.adj_close[b],
            _moved(old.adj_close[a], new.adj_close[b]),
        ),
    ):
        if differs.any():
            k = int(np.argmax(differs))
            told.append(values_changed(what, old.dates[a][k], was[k], now[k], int(np.count_nonzero(differs))))
    return told


def days_lost(days: Dates) -> Message:
    """Days (n,) that a file has no more."""
    return message("{n} days lost, {first} to {last}", n=days.size, first=days[0], last=days[-1])


def values_changed(what: Message, day: np.datetime64, old: float, new: float, count: int) -> Message:
    """The first of ``count`` values that a file has otherwise."""
    text = message("{what} of {day}: {old} -> {new}", what=what, day=day, old=figure(old), new=figure(new))
    return message("{what} and {n} more", what=text, n=count - 1) if count > 1 else text


def _differs(was: Floats, now: Floats) -> Mask:
    """Where a value that was known is gone or another one."""
    differs: Mask = np.isfinite(was) & ~np.isclose(was, now, rtol=SAME, atol=0)
    return differs


def _other(was: Floats, now: Floats) -> Mask:
    """Where two known values differ: payouts that a file does not know stay known from before."""
    return _differs(was, now) & np.isfinite(now)


def _moved(was: Floats, now: Floats) -> Mask:
    """Where adjusted closes differ by more than the one factor of later payouts."""
    both: Mask = np.isfinite(was) & np.isfinite(now)
    if not both.any():
        return both
    ratio = np.where(both, now, 1.0) / np.where(both, was, 1.0)
    return both & (np.abs(ratio / np.median(ratio[both]) - 1) > RESCALED)


def _stored(series: Series, folder: Path, *, or_damaged: bool = False) -> Series | None:
    """What ``folder`` has of the symbol. :raises BadData: it cannot be read, unless ``or_damaged``: then None."""
    if not _file(series.symbol, folder).is_file():
        return None
    try:
        return csv_folder.load(folder, series.symbol, currency=series.currency)
    except BadData:
        if or_damaged:
            return None
        raise


def _file(symbol: str, folder: Path) -> Path:
    """Where the folder has, or will have, the prices of ``symbol``."""
    short = folder / f"{symbol.lstrip('^')}.csv"
    return short if short.is_file() else folder / f"{symbol}.csv"


def _with_known(old: Series, new: Series) -> Series:
    """``new``, with the payouts (and adjusted closes, if it has none) that only ``old`` knows."""
    _, a, b = np.intersect1d(old.dates, new.dates, assume_unique=True, return_indices=True)
    paid, adjusted = new.dividend.copy(), new.adj_close.copy()
    paid[b] = np.where(np.isnan(paid[b]), old.dividend[a], paid[b])
    if not np.isfinite(adjusted).any():
        adjusted[b] = old.adj_close[a]
    return new.replace(dividend=paid, adj_close=adjusted)


def _files(
    series: Series, folder: Path, item: Asset, old: Series | None, expense_ratio: float | None
) -> dict[str, bytes]:
    """The files of the folder that change, by name."""
    name = _file(series.symbol, folder).name
    files = {name: csv_folder.text_of(series).encode()}
    path = folder / REGISTRY
    table = read_table(path) if path.is_file() else AssetTable(path)
    mine = read_assets(path).get(series.symbol) if path.is_file() else None
    values = text_row(item)
    if mine is not None:
        changed = {} if expense_ratio is None else {"expense_percent": values["expense_percent"]}
        # The first day was ours if it was that of the prices.
        if old is not None and mine.first == asset_of(old, mine.kind).first:
            changed["first_date"] = values["first_date"]
        row = table.row(series.symbol) or {}
        values = {key: value for key, value in changed.items() if row.get(key, "") != value}
    if values:
        files[REGISTRY] = table.with_row({"symbol": series.symbol, **values}).encoded()
    return files
