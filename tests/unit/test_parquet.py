"""A series as parquet bytes: exact, the same every time, and guarded page by page."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from engine.errors import BadData
from engine.market import series_parquet
from engine.messages import message
from tests.made_up_source import history, split


def test_the_same_series_gives_the_same_bytes_and_comes_back_exactly() -> None:
    series = split(
        history().replace(notes=("メモ", message("{day}: left out", day=date(2030, 1, 2))), is_sample=True),
        "2030-05-15",
        4.0,
    )
    series.close[:3] = [np.nan, np.inf, -0.0]
    data = series_parquet.encode(series, "yahoo")
    assert series_parquet.encode(series, "yahoo") == data
    back = series_parquet.decode(data)
    assert back.sha256 == series.sha256
    assert (back.notes, back.is_sample, back.extra) == (
        series.notes,
        True,
        {"splits": (("2030-05-15", 4.0),)},
    )
    assert np.signbit(back.close[2])


def test_every_page_carries_a_checksum_that_is_verified() -> None:
    data = series_parquet.encode(history(days=900), "yahoo")
    for place in (0.2, 0.4, 0.6, 0.8):  # inside the pages of the columns
        bad = bytearray(data)
        bad[int(len(data) * place)] ^= 4
        with pytest.raises(BadData, match="no parquet file, or a damaged one"):
            series_parquet.decode(bytes(bad))


@pytest.mark.parametrize("data", [b"", b"PAR1", b"not a parquet file at all", b"PAR1" + bytes(200) + b"PAR1"])
def test_what_is_no_parquet_file_is_bad_data(data: bytes) -> None:
    with pytest.raises(BadData, match="no readable series"):
        series_parquet.decode(data)


def test_a_parquet_file_of_something_else_is_bad_data() -> None:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    target = io.BytesIO()
    pq.write_table(pa.table({"x": [1, 2]}), target)
    with pytest.raises(BadData, match="no readable series"):
        series_parquet.decode(target.getvalue())
