"""A series as parquet bytes: exact, the same every time, and guarded page by page."""

from __future__ import annotations

import io
from datetime import date

import numpy as np
import pytest

from engine import parquet
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
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = io.BytesIO()
    pq.write_table(pa.table({"x": [1, 2]}), target)
    with pytest.raises(BadData, match="no readable series"):
        series_parquet.decode(target.getvalue())


# --- files of others ------------------------------------------------------------------------------------------


def packed(columns: dict[str, object], **options: object) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = io.BytesIO()
    pq.write_table(pa.table(columns), target, **options)
    return target.getvalue()


def why_not(content: bytes, rows: int = 1000) -> str:
    with pytest.raises(BadData) as told:
        parquet.read_columns(content, rows=rows)
    return str(told.value)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("statistics", [True, False])
def test_files_as_others_write_them_are_read(version: str, statistics: bool) -> None:
    columns = {"n": [3, 1, 2] * 50, "x": [0.5, 1.5, -2.0] * 50, "word": ["a", "b", "円"] * 50}
    data = packed(columns, data_page_version=version, write_statistics=statistics)
    assert {name: list(found) for name, found in parquet.read_columns(data, rows=150).items()} == columns


def test_more_than_is_allowed_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = packed({"x": np.zeros(200_000)}, use_dictionary=False, compression="zstd")
    assert len(zeros) < 5_000
    assert why_not(zeros) == "it has 200,000 rows, allowed are 1,000"
    monkeypatch.setattr(parquet, "UNPACKED", 1_000_000)
    assert why_not(zeros, rows=200_000) == "it unpacks to more than 1 MB"
    wide = packed({f"c{n}": [1] for n in range(401)})
    assert why_not(wide) == "it has 401 columns in 1 groups"


def test_columns_that_no_file_of_ours_has_are_refused() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    assert why_not(packed({"x": [True, False]})) == "a column is of BOOLEAN"
    delta = packed({"x": [1, 2, 3]}, use_dictionary=False, column_encoding={"x": "DELTA_BINARY_PACKED"})
    assert why_not(delta) == "a page has an encoding that this program does not write"
    target = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"]), target)
    assert why_not(target.getvalue()) == "two columns have one name"


HEADS = {
    "a list": b"\x19",
    "a negative size": b"\x15\x00\x15\x01",
    "structs without end": b"\x1c" * 12,
    "a number without end": b"\x15" + b"\xff" * 12,
    "sizes that are no numbers": b"\x15\x00\x11\x13\x00\x17" + bytes(8) + b"\x18\x00\x00",
    "a field by its number, and no size": b"\x05\x02\x00\x00",
}  # fmt: skip


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_page_whose_head_is_none_is_refused(head: bytes) -> None:
    import pyarrow.parquet as pq

    data = bytearray(packed({"x": np.arange(50.0)}, use_dictionary=False))
    at = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(0).data_page_offset
    data[at : at + len(head)] = head
    assert why_not(bytes(data)) == "the head of a page is none"


def test_a_page_longer_than_its_column_is_refused() -> None:
    import pyarrow.parquet as pq

    data = bytearray(packed({"x": np.arange(50.0)}, use_dictionary=False, compression="none"))
    at = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(0).data_page_offset
    assert data[at + 5] == 0x15  # the packed size: a number, its low byte first
    data[at + 6] ^= 2
    assert why_not(bytes(data)) == "its pages lie outside their columns"
