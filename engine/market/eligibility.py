"""Which NISA frames may hold an asset that no registry row describes: what the data and a list of products say.

The growth frame excludes products that distribute monthly and those that use derivatives for leverage or against
the market. Rows of the registry, and of a folder's ``assets.csv``, say themselves which frames hold an asset.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from engine.bundled import table_rows
from engine.market.assets import Asset
from engine.market.series import Series
from engine.messages import Message, message

# The katakana words alone: フレキシブル, ブルームバーグ and ベアリング are no bulls and bears.
_BY_NAME = re.compile(
    r"レバレッジ|インバース|(?<![ァ-ヴー])(ブル|ベア)(?![ァ-ヴー])|[234]倍|"
    r"leverag|inverse|\b[234]x\b",
    re.IGNORECASE,
)
MONTHLY_DAYS = 45  # between payouts, the middle one of the last year's
FEWEST = 6  # payouts that show a rhythm


@cache
def leveraged() -> Mapping[str, str]:
    """``leveraged`` or ``inverse`` by symbol, of products listed in the US and in Tokyo (``1570.T``)."""
    rows = table_rows(Path(__file__).parent / "data" / "leveraged.csv")
    return {row["symbol"]: row["kind"] for row in rows}


def is_geared(name: str) -> bool:
    """Whether a fund's name says that it moves by a multiple of its index, or against it."""
    return _BY_NAME.search(unicodedata.normalize("NFKC", name)) is not None


def pays_monthly(series: Series) -> bool:
    """Whether the newest payouts, twelve at most, come about every month."""
    paid = series.dates[np.nan_to_num(series.dividend) > 0][-13:]
    return paid.size > FEWEST and float(np.median(np.diff(paid).astype(np.int64))) <= MONTHLY_DAYS


def assumed(item: Asset) -> Message:
    """What is taken for granted of an asset that no registry row describes."""
    return message(
        "{symbol} is not in the registry: taken for an ETF in Tokyo that trades by the unit"
        if item.kind == "jp_etf"
        else "{symbol} is not in the registry: taken for a US-listed ETF in dollars",
        symbol=item.symbol,
    )


def eligible(item: Asset, series: Series) -> tuple[tuple[str, ...], tuple[Message, ...]]:
    """The frames that may hold ``item``, and what the banner must say of it."""
    why = leveraged().get(item.symbol.upper(), "")
    if not why and item.kind != "index" and not item.is_listed and pays_monthly(series):
        why = "monthly"
    words = {
        "leveraged": message("is a leveraged product"),
        "inverse": message("is an inverse product"),
        "monthly": message("distributes monthly"),
    }
    if not item.known:
        taken = assumed(item)
        if not why:
            return item.frames, (message("{taken} that the growth frame may hold", taken=taken),)
        frames = tuple(frame for frame in item.frames if frame != "G")
        return frames, (message("{taken}; it {why}: not in the growth frame", taken=taken, why=words[why]),)
    if why and "G" in item.frames and not item.is_listed:
        said = message(
            "{symbol} {why}, which the growth frame excludes; assets.csv says that it may hold it",
            symbol=item.symbol,
            why=words[why],
        )
        return item.frames, (said,)
    return item.frames, ()
