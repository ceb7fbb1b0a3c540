"""The chunks of a study on disk: each named by what it holds, complete or not there, the same bytes always.

``results/<name>/parts/<study>/00012-<chunk>.parquet`` has the rows, and ``_00012-<chunk>.summary`` their share of
the summary, which comes after them and has their hash: a chunk is complete that has both (who reads the folder as
one table leaves out what begins with a line). ``<study>`` is
a hash of the configurations, the windows, the prices, the law and the program; ``<chunk>`` also of the chunk's
place in it. A study that was stopped goes on from the chunks that are there, and nothing else can ever be taken
for one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.arrow import from_arrow, to_arrow
from engine.errors import BadData, StoreError
from engine.files import explained, write_bytes
from engine.folders import DIGITS, PARTS
from engine.ledger.simulation import load_kernel
from engine.messages import message, spelt
from engine.parquet import read_table
from engine.reading import MB, is_own, read_bounded
from engine.studies.grid.chunk import Chunk, Columns, simulate_in_threads
from engine.studies.grid.points import GridPoints
from engine.studies.grid.shares import Share, ShareMaker
from engine.studies.grid.workload import Workload
from engine.studies.handshake import program
from engine.studies.identity import hash_of, identity_of

HINT = message("choose another folder with --out; finished parts stay")
_NAME = rf"\d{{5}}-[0-9a-f]{{{DIGITS}}}"
CHUNK = rf"{_NAME}\.parquet|_{_NAME}\.summary"
MADE_BY, MADE_OF = (
    b"backtest.program",
    b"backtest.rows",
)  # in a file: the program that made it, its rows' SHA-256
LARGEST, ROWS = 400 * MB, 50_000_000
Made = tuple[bytes, bytes]  # a chunk's rows and its share
T = TypeVar("T")
OWN_COLUMNS = ("window", "cell", "horizon", "start", "end")


@dataclass(frozen=True)
class AxisColumn:
    """An axis in files: its column, its values (texts where not all are numbers), and (points,) which one."""

    name: str
    values: NDArray[Any]
    place: NDArray[np.int64]


def axis_columns(points: GridPoints) -> tuple[AxisColumn, ...]:
    """The axes' columns, by the last part of the key where that is enough to tell them apart."""
    names = [axis.name for axis in points.axes]
    return tuple(
        AxisColumn(
            axis.name if names.count(axis.name) == 1 and axis.name not in OWN_COLUMNS else axis.key,
            np.array(axis.plain, object if axis.kind == "text" else np.float64),
            points.places[:, number],
        )
        for number, axis in enumerate(points.axes)
    )


def get_ready() -> None:
    """What a worker does before its first chunk: it has the code of one with this module, and loads the kernel."""
    load_kernel()


@dataclass(frozen=True)
class ChunkJob:
    """What a worker needs: the simulations, the columns that say which one a row is, and what sums them up.

    ``threads``  of this process that share a chunk
    """

    workload: Workload
    axes: tuple[AxisColumn, ...]
    maker: ShareMaker
    threads: int = 1

    def __call__(self, chunk: Chunk) -> Made:
        """A chunk's rows and its share of the summary as the bytes of parquet files."""
        columns = simulate_in_threads(self.workload, chunk, self.threads)
        rows = encode(columns, self)
        share = {"share": self.maker.of_rows(columns).flat()}
        return rows, to_bytes(share, (), {MADE_OF: hashlib.sha256(rows).hexdigest()})


def encode(columns: Columns, job: ChunkJob) -> bytes:
    """Rows as parquet: which simulation it was, then its figures by bytes of the same place."""
    import pyarrow as pa

    windows, horizons = job.maker.grid.windows, job.maker.grid.horizons
    arrays: dict[str, Any] = {
        "window": columns.window.astype(np.int32),
        "cell": columns.point.astype(np.int32),
    }
    for axis in job.axes:
        codes = to_arrow(axis.place[columns.point].astype(np.int32))
        arrays[axis.name] = pa.DictionaryArray.from_arrays(codes, to_arrow(axis.values))
    if horizons:
        years = np.array([horizons[window.horizon] for window in windows], np.int32)
        arrays["horizon"] = years[columns.window]
    for name in ("start", "end"):
        days = np.array([getattr(window, name) for window in windows], "datetime64[D]")
        arrays[name] = days[columns.window]
    return to_bytes(arrays | columns.figures, list(arrays), {})


def to_bytes(columns: Mapping[str, Any], repeated: Sequence[str], told: Mapping[bytes, str]) -> bytes:
    """Columns as parquet with page checksums: ``repeated`` ones as dictionaries, bytes of the others by place."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = [each if isinstance(each, pa.Array) else to_arrow(each) for each in columns.values()]
    table = pa.Table.from_arrays(arrays, list(columns))
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        table.schema,
        compression="lz4",
        use_byte_stream_split=[name for name in columns if name not in repeated],
        use_dictionary=list(repeated),
        write_statistics=list(repeated),
        write_page_checksum=True,
        store_schema=False,
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({MADE_BY: program(), **told})
    return bytes(sink.getvalue().to_pybytes())


@dataclass(frozen=True)
class ChunkStore:
    """The files of one study. ``chunks`` in order, ``names`` of the files of their rows.

    ``made_by``  the program of a study that is only read; '' where it is this one
    """

    folder: Path
    chunks: tuple[Chunk, ...]
    names: tuple[str, ...]
    made_by: str = ""

    def path(self, number: int) -> Path:
        """Where a chunk's rows are, or will be."""
        return self.folder / self.names[number]

    def share_path(self, number: int) -> Path:
        """Where a chunk's share of the summary is, or will be."""
        return self.path(number).with_name(f"_{self.path(number).stem}.summary")

    def tidy(self) -> None:
        """What a killed writer left half-written goes, while nobody writes.

        So does what belongs to another user of the machine: nobody's numbers rest on what another has put there.
        """
        with explained(self.folder, HINT):
            there = {item.name for item in self.folder.iterdir() if is_own(item)}
            names = {path.name for n in range(len(self.names)) for path in (self.path(n), self.share_path(n))}
            for name in {item.name for item in self.folder.iterdir()} - (there & names):
                (self.folder / name).unlink()

    def missing(self) -> list[int]:
        """Numbers of the chunks that are not there yet, of a tidy folder.

        A chunk that is damaged, or another program's, is made again.
        """
        with explained(self.folder, HINT):
            self.folder.mkdir(parents=True, exist_ok=True)
        self.tidy()
        return [number for number in range(len(self.names)) if not self.is_whole(number)]

    def is_whole(self, number: int) -> bool:
        """Whether a chunk is there as this program (or the study's) made it, both files of it."""
        try:
            share, rows = self._table(self.share_path(number)), read_bounded(self.path(number), LARGEST)
        except (OSError, BadData):
            return False
        return bool(share.schema.metadata.get(MADE_OF) == hashlib.sha256(rows).hexdigest().encode())

    def write(self, number: int, made: Made) -> None:
        """Put a chunk in its place, safely on disk. Any thread may."""
        for path, content in zip((self.path(number), self.share_path(number)), made):
            write_bytes(path, content, hint=HINT)

    def read(self, number: int, columns: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Some columns of a chunk, checksums verified. Raises StoreError where it is damaged or another's."""

        def read(path: Path) -> dict[str, NDArray[Any]]:
            table = self._table(path, columns)
            if table.num_rows != self.chunks[number].rows or set(table.column_names) != set(columns):
                raise BadData(message("it has other columns"))
            return {name: from_arrow(table.column(name)) for name in columns}

        return self._undamaged(self.path(number), read)

    def shares(self, maker: ShareMaker) -> list[Share]:
        """The summary of all chunks. Raises StoreError where one is damaged or another's."""

        def read(number: int, path: Path) -> Share:
            flat = from_arrow(self._table(path, ["share"]).column("share"))
            return maker.of_flat(flat, self.chunks[number].rows // len(maker.grid.windows))

        every = range(len(self.names))
        return [self._undamaged(self.share_path(number), partial(read, number)) for number in every]

    def _table(self, path: Path, columns: Sequence[str] | None = None) -> Any:
        """What a file holds, as a pyarrow table. Raises OSError, BadData."""
        table = read_table(read_bounded(path, LARGEST), rows=ROWS, names=columns)
        if (table.schema.metadata or {}).get(MADE_BY) != (self.made_by or program()).encode():
            raise BadData(message("another program has made it"))
        return table

    def _undamaged(self, path: Path, read: Callable[[Path], T]) -> T:
        try:
            return read(path)
        except (OSError, BadData) as error:
            raise damaged(path) from error


@dataclass(frozen=True)
class KeptJob:
    """A ``ChunkJob`` for workers who see our disk: they write what they make themselves, and send nothing."""

    job: ChunkJob
    store: ChunkStore

    def __call__(self, number: int) -> None:
        """Make a chunk and put it in its place."""
        self.store.write(number, self.job(self.store.chunks[number]))


def damaged(path: Path) -> StoreError:
    """The error of a chunk's file that is not as it was made."""
    return StoreError(
        message("{place}: is damaged", place=str(path)), hint=message("simulate the study again")
    )


def chunk_store(folder: Path, key: str, chunks: Sequence[Chunk], made_by: str = "") -> ChunkStore:
    """The files of the study ``key`` under its folder; ``made_by`` as a store has it.

    Raises StoreError where the folder's name is no UTF-8, by which pyarrow could not find them.
    """
    if spelt(str(folder)) != str(folder):
        raise StoreError(message("{place}: a study needs a folder whose name is UTF-8", place=folder))
    names = [
        f"{number:05d}-{hash_of(key, astuple(chunk))[:DIGITS]}.parquet" for number, chunk in enumerate(chunks)
    ]
    return ChunkStore(folder / PARTS / key[:DIGITS], tuple(chunks), tuple(names), made_by)


def study_key(workload: Workload, points: GridPoints) -> str:
    """SHA-256 of everything that a row depends on: grid points, windows, prices, law, and the program."""
    told = {
        "axes": {axis.key: list(axis.values) for axis in points.axes},
        "windows": [(str(window.start), str(window.end)) for window in workload.windows],
        "money_of": str(workload.money_of),
    }
    configs = (*points.outer, *points.inner)
    return identity_of(told, configs, workload.panels, workload.settings)
