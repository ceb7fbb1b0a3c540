"""The chunks of a study on disk: each named by what it holds, complete or not there, the same bytes always.

``results/<name>/parts/<study>/00012-<chunk>.parquet``. ``<study>`` is a hash of the configurations, the
windows, the prices, the law and the program; ``<chunk>`` also of the chunk's place in it. A study that was
stopped goes on from the chunks that are there, and nothing else can ever be taken for one of them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import BadData, StoreError
from engine.files import explained, write_bytes
from engine.folders import LITTER, foreign
from engine.messages import message
from engine.own_code import code_of
from engine.parquet import read_table
from engine.reading import MB, is_own, read_bounded
from engine.studies.grid.chunk import Chunk, Columns, simulate_chunk
from engine.studies.grid.points import GridPoints
from engine.studies.grid.workload import Workload
from engine.studies.handshake import program

FOLDER = "parts"
DIGITS = 16  # of a hash, in a name
HINT = message("choose another folder with --out; finished parts stay")
_STUDY = rf"[0-9a-f]{{{DIGITS}}}"
_CHUNK = rf"\d{{5}}-{_STUDY}\.parquet|\.\d{{5}}-{_STUDY}\.parquet\.new-[0-9a-f]{{8}}"  # and one being written
MADE_BY = b"backtest.program"  # in a chunk: the program that made it
LARGEST = 400 * MB
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


@dataclass(frozen=True)
class ChunkJob:
    """What a worker needs: the simulations, and the columns that say which one a row is."""

    workload: Workload
    axes: tuple[AxisColumn, ...]
    horizons: tuple[int, ...]

    def __call__(self, chunk: Chunk) -> bytes:
        """A chunk as the bytes of a parquet file."""
        return encode(simulate_chunk(self.workload, chunk), self)


def encode(columns: Columns, job: ChunkJob) -> bytes:
    """Rows as parquet: which simulation it was, then its figures by bytes of the same place; page checksums."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    windows = job.workload.windows
    arrays: dict[str, Any] = {
        "window": pa.array(columns.window.astype(np.int32)),
        "cell": pa.array(columns.point.astype(np.int32)),
    }
    for axis in job.axes:
        codes = pa.array(axis.place[columns.point].astype(np.int32))
        kind = pa.string() if axis.values.dtype == object else pa.float64()
        arrays[axis.name] = pa.DictionaryArray.from_arrays(codes, pa.array(axis.values, kind))
    if job.horizons:
        years = np.array([job.horizons[window.horizon] for window in windows], np.int32)
        arrays["horizon"] = pa.array(years[columns.window])
    for name in ("start", "end"):
        days = np.array([getattr(window, name) for window in windows], "datetime64[D]")
        arrays[name] = pa.array(days[columns.window], pa.date32())
    repeated = list(arrays)
    arrays.update({name: pa.array(values) for name, values in columns.figures.items()})
    table = pa.table(arrays)
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        table.schema,
        compression="lz4",
        use_byte_stream_split=list(columns.figures),
        use_dictionary=repeated,
        write_statistics=repeated,
        write_page_checksum=True,
        store_schema=False,
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({MADE_BY: program()})
    return bytes(sink.getvalue().to_pybytes())


@dataclass(frozen=True)
class ChunkStore:
    """The files of one study. ``chunks`` in order, ``names`` of their files.

    ``made_by``  the program of a study that is only read; '' where it is this one, which makes again what is bad
    """

    folder: Path
    chunks: tuple[Chunk, ...]
    names: tuple[str, ...]
    made_by: str = ""

    def path(self, number: int) -> Path:
        """Where a chunk is, or will be."""
        return self.folder / self.names[number]

    def missing(self) -> list[int]:
        """Numbers of the chunks that are not there yet. What a killed writer left half-written goes.

        So does what belongs to another user of the machine: nobody's numbers rest on what another has put there.
        """
        with explained(self.folder, HINT):
            self.folder.mkdir(parents=True, exist_ok=True)
            there = {item.name for item in self.folder.iterdir() if is_own(item)}
            for name in {item.name for item in self.folder.iterdir()} - (there & set(self.names)):
                (self.folder / name).unlink()
        return [number for number, name in enumerate(self.names) if name not in there]

    def write(self, number: int, content: bytes) -> None:
        """Put a chunk in its place in one step, safely on disk. Any thread may."""
        write_bytes(self.path(number), content, hint=HINT)

    def read(self, number: int, columns: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Some columns of a chunk, checksums verified. Raises StoreError where it is damaged or another's."""
        path = self.path(number)
        try:
            table = read_table(read_bounded(path, LARGEST), rows=self.chunks[number].rows, names=columns)
            if (table.schema.metadata or {}).get(MADE_BY) != (self.made_by or program()).encode():
                raise BadData(message("another program has made it"))
            if table.num_rows != self.chunks[number].rows or set(table.column_names) != set(columns):
                raise BadData(message("it has other columns"))
        except (OSError, BadData) as error:
            if self.made_by:
                raise StoreError(
                    message("{place}: is damaged", place=str(path)), hint=message("simulate the study again")
                ) from error
            path.unlink(missing_ok=True)
            raise StoreError(
                message("{place}: is damaged and was removed", place=str(path)),
                hint=message("the same command makes it again"),
            ) from error
        return {name: table.column(name).to_numpy() for name in columns}


def chunk_store(folder: Path, key: str, chunks: Sequence[Chunk], made_by: str = "") -> ChunkStore:
    """The files of the study ``key`` under its folder; ``made_by`` as a store has it."""
    names = [
        f"{number:05d}-{_hash(key, astuple(chunk))[:DIGITS]}.parquet" for number, chunk in enumerate(chunks)
    ]
    return ChunkStore(folder / FOLDER / key[:DIGITS], tuple(chunks), tuple(names), made_by)


def study_key(workload: Workload, points: GridPoints) -> str:
    """SHA-256 of everything that a row depends on: grid points, windows, prices, law, and the program."""
    from importlib.metadata import version

    import engine

    told: dict[str, Any] = {
        "axes": {axis.key: list(axis.values) for axis in points.axes},
        "configs": [
            {**config.resolved(), "name": "", "description": ""} for config in (*points.outer, *points.inner)
        ],
        "code": [code_of(config) for config in (*points.outer, *points.inner)],
        "windows": [(str(window.start), str(window.end)) for window in workload.windows],
        "inflation": [item.level.sha256 for item in workload.settings if item.level is not None],
        "versions": [engine.__version__, *(version(name) for name in ("numpy", "numba", "pyarrow"))],
        "program": program(),
        **({"money_of": str(workload.money_of)} if workload.money_of is not None else {}),
    }
    arrays = hashlib.sha256()
    for panel in workload.panels:
        arrays.update(repr((panel.symbols, panel.kind, panel.frames)).encode())
        for values in (panel.sessions.astype(np.int64), panel.price, panel.dividend, panel.fx):
            arrays.update(np.ascontiguousarray(values).tobytes())
        if panel.known is not None:
            arrays.update(np.ascontiguousarray(panel.known).tobytes())
    for setting in workload.settings:
        data = setting.market_data
        for law in (data.terms, data.terms_once, data.parameters, data.flags):
            arrays.update(law.tobytes())
    return _hash(told, arrays.hexdigest())


def _hash(*values: Any) -> str:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def refuse_foreign_chunks(folder: Path) -> None:
    """Raise StoreError if the chunks of the study in ``folder`` are not alone: what is not ours stays."""
    with explained(folder, HINT):
        for study in _inside(folder / FOLDER):
            if not re.fullmatch(_STUDY, study.name) or not study.is_dir() or study.is_symlink():
                raise foreign(folder, study)
            for chunk in _inside(study):
                if not re.fullmatch(_CHUNK, chunk.name) or not chunk.is_file() or chunk.is_symlink():
                    raise foreign(folder, chunk)


def _inside(folder: Path) -> list[Path]:
    """What lies in a folder, but for what systems leave in any."""
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if path.name not in LITTER]
