"""numpy columns to Arrow and back, without pandas: pyarrow imports it for conversions of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import BadData
from engine.messages import message

LONGEST = 400  # bytes of a text in a column


def to_arrow(values: NDArray[Any]) -> Any:
    """One column: float64, integers, datetime64[D] (as date32) or text. No nulls; NaN stays NaN.

    Raises TypeError for any other kind.
    """
    import pyarrow as pa

    kind = values.dtype.kind
    if kind == "M":
        return _fixed(pa.date32(), values.astype("datetime64[D]").astype(np.int32))
    if kind == "f":
        return _fixed(pa.float64(), values.astype(np.float64))
    if kind == "i":
        return _fixed(pa.from_numpy_dtype(values.dtype), values)
    if kind in "UO":
        texts = [str(value).encode() for value in values.tolist()]
        ends = np.zeros(len(texts) + 1, np.int32)
        ends[1:] = np.cumsum([len(text) for text in texts], dtype=np.int32)
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(texts))]
        return pa.Array.from_buffers(pa.string(), len(texts), buffers)
    raise TypeError(f"no column of {values.dtype}")


def _fixed(type_: Any, values: NDArray[Any]) -> Any:
    import pyarrow as pa

    return pa.Array.from_buffers(type_, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def to_table(columns: Any) -> Any:
    """A table of named numpy columns."""
    import pyarrow as pa

    return pa.Table.from_arrays([to_arrow(values) for values in columns.values()], list(columns))


def from_arrow(column: Any) -> NDArray[Any]:
    """One column without nulls back: float64, integers, datetime64[D], text (also as a dictionary) as str.

    Raises BadData where there are nulls, a text longer than ``LONGEST`` or a type that ``to_arrow`` does not make.
    """
    import pyarrow as pa

    if column.null_count:
        raise BadData(message("a column has nulls"))
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(array.type) and pa.types.is_string(array.type.value_type):
        if array.dictionary.null_count:
            raise BadData(message("a column has nulls"))
        places = _values(array.indices, np.dtype(array.indices.type.to_pandas_dtype()))
        words: NDArray[Any] = _texts(array.dictionary)[places]
        return words
    if pa.types.is_string(array.type):
        return _texts(array)
    if pa.types.is_date32(array.type):
        return _values(array, np.dtype(np.int32)).astype("datetime64[D]")
    if pa.types.is_integer(array.type) or pa.types.is_float64(array.type):
        return _values(array, np.dtype(array.type.to_pandas_dtype())).copy()
    raise BadData(message("a column is of {kind}", kind=str(array.type)))


def _texts(array: Any) -> NDArray[Any]:
    # A numpy array of text gives every element the room of the longest one.
    if not len(array):
        return np.array([], dtype=str)
    ends = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
    if int(np.diff(ends).max()) > LONGEST:
        raise BadData(message("a column has a text longer than {n} bytes", n=LONGEST))
    return np.array(array.to_pylist(), dtype=str)


def _values(array: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    whole = np.frombuffer(array.buffers()[1], dtype=dtype)
    return whole[array.offset : array.offset + len(array)]
