"""Reading a parquet file that somebody else may have made: what it unpacks to is known before it is unpacked.

A few kilobytes can unpack to gigabytes: a page of zeros, a dictionary of one long text named in a million rows,
a footer that says less than its pages hold. So the rows and columns of the footer are bounded, then the head of
every page is read (it says how many bytes the page unpacks to, and how), and only then the pages themselves.
Texts come as dictionaries and stay short.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from engine.arrow import from_arrow
from engine.errors import BadData
from engine.messages import message
from engine.reading import MB

UNPACKED = 300 * MB  # all pages of one file together
COLUMNS = 400
GROUPS = 1000
KINDS = {"INT32", "INT64", "FLOAT", "DOUBLE", "BYTE_ARRAY"}
# Encodings of parquet.thrift: plain, dictionary (old), run lengths, dictionary, split bytes. The delta encodings
# of texts, which no page head bounds, are not among them.
ENCODINGS = {0, 2, 3, 8, 9}
_HEAD = message("the head of a page is none")


def read_columns(content: bytes, *, rows: int, names: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
    """Columns of a parquet file by name (``names``, or all), page checksums verified, at most ``rows`` rows.

    Dates as datetime64[D], text as str arrays. Raises BadData where it is no such file.
    """
    table = read_table(content, rows=rows, names=names)
    return {name: from_arrow(table.column(name)) for name in table.column_names}


def read_table(content: bytes, *, rows: int, names: Sequence[str] | None = None) -> Any:
    """As ``read_columns``, as a pyarrow table with dictionaries for texts."""
    import pyarrow as pa

    try:
        return _table(content, rows, names)
    except (pa.ArrowException, OSError) as error:  # a page whose checksum fails is an OSError
        raise BadData(message("it is no parquet file, or a damaged one")) from error


def _table(content: bytes, rows: int, names: Sequence[str] | None) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(
        pa.BufferReader(content),
        page_checksum_verification=True,
        thrift_string_size_limit=10 * MB,
        thrift_container_size_limit=100_000,
    )
    _check(content, file.metadata, rows, names)
    columns = [file.schema.column(i) for i in range(len(file.schema))]
    texts = [column.name for column in columns if column.physical_type == "BYTE_ARRAY"]
    file = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True, read_dictionary=texts)
    table = file.read(columns=None if names is None else list(names))
    if len(set(table.column_names)) != table.num_columns:
        raise BadData(message("two columns have one name"))
    return table


def _check(content: bytes, footer: Any, rows: int, names: Sequence[str] | None) -> None:
    """Raise BadData where the file, or its columns of some names, would unpack to more than is allowed."""
    if footer.num_rows > rows:
        raise BadData(message("it has {n} rows, allowed are {most}", n=footer.num_rows, most=rows))
    if footer.num_columns > COLUMNS or footer.num_row_groups > GROUPS:
        raise BadData(
            message("it has {n} columns in {m} groups", n=footer.num_columns, m=footer.num_row_groups)
        )
    unpacked = 0
    for g in range(footer.num_row_groups):
        group = footer.row_group(g)
        for c in range(group.num_columns):
            column = group.column(c)
            if names is None or column.path_in_schema in names:
                unpacked += _unpacked(content, column)
            if unpacked > UNPACKED:
                raise BadData(message("it unpacks to more than {mb} MB", mb=UNPACKED // MB))


def _unpacked(content: bytes, chunk: Any) -> int:
    """Bytes that the pages of one column chunk unpack to, by their own heads."""
    if chunk.physical_type not in KINDS:
        raise BadData(message("a column is of {kind}", kind=str(chunk.physical_type)))
    start = chunk.data_page_offset
    if chunk.dictionary_page_offset is not None and 0 < chunk.dictionary_page_offset < start:
        start = chunk.dictionary_page_offset
    stop = start + chunk.total_compressed_size
    if not 0 <= start <= stop <= len(content):
        raise BadData(message("its columns lie outside it"))
    total, at = 0, start
    while at < stop:
        head, at = _struct(content, at)
        at += _number(head, 3)
        total += _number(head, 2)
        for name, encoding in ((5, 2), (7, 2), (8, 4)):
            if name in head and head[name].get(encoding) not in ENCODINGS:
                raise BadData(message("a page has an encoding that this program does not write"))
    if at != stop:
        raise BadData(message("its pages lie outside their columns"))
    return total


# --- the heads of pages: Thrift's compact protocol ----------------------------------------------------------


def _number(head: dict[int, Any], name: int) -> int:
    value = head.get(name)
    if not isinstance(value, int) or value < 0:
        raise BadData(_HEAD)
    return value


def _struct(content: bytes, at: int, depth: int = 0) -> tuple[dict[int, Any], int]:
    """Fields of a struct by number, numbers and structs alone, and where it ends. Raises BadData."""
    if depth > 8:
        raise BadData(_HEAD)
    fields: dict[int, Any] = {}
    name = 0
    while True:
        head, at = _byte(content, at), at + 1
        if head == 0:
            return fields, at
        kind, step = head & 15, head >> 4
        if step:
            name += step
        else:
            value, at = _varint(content, at)
            name = _signed(value)
        fields[name], at = _value(content, at, kind, depth)


def _value(content: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (1, 2):  # true, false
        return None, at
    if kind == 3:  # a byte
        return None, at + 1
    if kind in (4, 5, 6):  # integers
        value, at = _varint(content, at)
        return _signed(value), at
    if kind == 7:  # a double
        return None, at + 8
    if kind == 8:  # bytes
        size, at = _varint(content, at)
        return None, at + size
    if kind == 12:
        return _struct(content, at, depth + 1)
    raise BadData(_HEAD)


def _byte(content: bytes, at: int) -> int:
    if at >= len(content):
        raise BadData(_HEAD)
    return content[at]


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte, at = _byte(content, at), at + 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise BadData(_HEAD)


def _signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
