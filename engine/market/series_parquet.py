"""A Series as the bytes of a parquet file and back, with a checksum in every page."""

from __future__ import annotations

import io
import json
from functools import cache
from typing import Annotated

import numpy as np
from pydantic import ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from engine.arrow import from_arrow, to_table
from engine.config.leaves import EARLIEST, LATEST
from engine.errors import BadData
from engine.fields import SESSIONS, Currency, Day, Name, Provider, Ratio, Text, VisibleNote, parsed
from engine.market.series import Series
from engine.messages import message, to_plain
from engine.parquet import read_table

_KEY = b"backtest"
_COLUMNS = ("close", "adj_close", "dividend")
_KINDS = {"date": "datetime64[D]"} | dict.fromkeys(_COLUMNS, "float64")


def encode(series: Series, provider: str) -> bytes:
    """The file: columns date, close, adj_close, dividend; everything else as JSON in its metadata.

    The same series and pyarrow version give the same bytes.
    """
    import pyarrow.parquet as pq

    about = {
        "provider": provider,
        "symbol": series.symbol,
        "currency": series.currency,
        "source": series.source,
        "is_sample": series.is_sample,
        "notes": [to_plain(note) for note in series.notes],
        "splits": [list(split) for split in series.extra.get("splits", ())],
    }
    columns = {"date": series.dates.astype("datetime64[D]")}
    columns |= {name: np.asarray(getattr(series, name), dtype=np.float64) for name in _COLUMNS}
    table = to_table(columns).replace_schema_metadata({_KEY: json.dumps(about, sort_keys=True).encode()})
    target = io.BytesIO()
    pq.write_table(table, target, write_page_checksum=True, use_dictionary=False, compression="zstd")
    return target.getvalue()


def decode(data: bytes) -> Series:
    """The series in a file made by ``encode``. Errors: BadData if it cannot be read or a checksum fails."""
    try:
        table = read_table(data, rows=SESSIONS)
        about = parsed(_about(), (table.schema.metadata or {}).get(_KEY, b""))
        values = {name: from_arrow(table.column(name)) for name in _KINDS if name in table.column_names}
        if {name: str(column.dtype) for name, column in values.items()} != _KINDS:
            raise BadData(message("it has other columns"))
        if not len(values["date"]) or np.any(np.diff(values["date"]) <= np.timedelta64(0, "D")):
            raise BadData(message("its dates are not in order"))
        if not EARLIEST <= values["date"][0].item() <= values["date"][-1].item() <= LATEST:
            raise BadData(message("its dates are none that this program knows"))
    except BadData as error:
        raise BadData(message("the file is no readable series: {why}", why=error.message)) from error
    return Series(
        symbol=about["symbol"],
        currency=about["currency"],
        dates=values["date"],
        close=values["close"],
        adj_close=values["adj_close"],
        dividend=values["dividend"],
        source=about["source"],
        is_sample=about["is_sample"],
        notes=about["notes"],
        extra={"splits": about["splits"]},
    )


class About(TypedDict):
    """What a file says of its series."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    provider: Provider
    symbol: Name
    currency: Currency
    source: Text
    is_sample: bool
    notes: Annotated[tuple[VisibleNote, ...], Field(max_length=1000)]
    splits: Annotated[tuple[tuple[Day, Ratio], ...], Field(max_length=1000)]


@cache
def _about() -> TypeAdapter[About]:
    return TypeAdapter(About)
