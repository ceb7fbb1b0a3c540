"""A Series as the bytes of a parquet file and back, with a checksum in every page."""

from __future__ import annotations

import io
import json

import numpy as np

from engine.arrow import from_arrow, to_table
from engine.errors import BadData
from engine.market.series import Series

_KEY = b"backtest"
_COLUMNS = ("close", "adj_close", "dividend")


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
        "notes": list(series.notes),
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
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True).read()
        about = json.loads(table.schema.metadata[_KEY])
        values = {name: from_arrow(table.column(name)) for name in ("date", *_COLUMNS)}
        return Series(
            symbol=about["symbol"],
            currency=about["currency"],
            dates=values["date"].astype("datetime64[D]"),
            close=values["close"],
            adj_close=values["adj_close"],
            dividend=values["dividend"],
            source=about["source"],
            is_sample=about["is_sample"],
            notes=tuple(about["notes"]),
            extra={"splits": tuple((day, ratio) for day, ratio in about["splits"])},
        )
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError, UnicodeDecodeError) as error:
        raise BadData(f"the file is no readable series: {error}") from error
