"""Results on disk: ``results/<name>/``, complete or not there at all, checksummed, the same bytes every time.

A result is written to a temporary folder beside its place, synced, and then exchanged with what was there
in one step (where the system can; elsewhere in two, which the next run finishes if the first is cut off).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine.arrow import from_arrow, to_table
from engine.errors import StoreError
from engine.result import Columns, Result

TEMPORARY, REPLACED = ".new-", ".old-"  # beginnings of names beside a result, swept up by the next run
TABLES = ("equity", "transactions", "years", "quota")


def save(result: Result, out: Path, extra: Mapping[str, bytes] | None = None) -> Path:
    """Write ``result`` to ``out/<name>/``, with ``extra`` files (``report.html``); returns the folder.

    Raises StoreError (disk full, no permission, not a folder); what was there before is then untouched.
    """
    files = {**result_files(result), **(extra or {})}
    return replace_folder(out / result.name, files)


def result_files(result: Result) -> dict[str, bytes]:
    """Every data file of a result by name. The manifest comes last and holds the others' SHA-256."""
    files = {
        "config.yaml": config_yaml(result.config),
        "metrics.json": to_json({"metrics": dict(result.metrics), "reasons": dict(result.reasons)}),
        "equity.parquet": to_parquet(result.equity),
        "transactions.parquet": to_parquet(result.transactions),
        "transactions.csv": to_csv(result.transactions),
        "years.csv": to_csv(result.years),
        "quota.csv": to_csv(result.quota),
    }
    if result.benchmark is not None:
        held = {name: result.benchmark.equity[name] for name in ("date", "value", "flow", "twr")}
        files["benchmark.parquet"] = to_parquet(held)
        files["benchmark.json"] = to_json(
            {
                "name": result.benchmark.name,
                "metrics": dict(result.benchmark.metrics),
                "reasons": dict(result.benchmark.reasons),
            }
        )
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    files["manifest.json"] = to_json({**result.manifest, "files": sums})
    return files


def config_yaml(config: Mapping[str, Any]) -> bytes:
    """The resolved configuration as YAML that ``backtest run`` takes again."""
    from ruamel.yaml import YAML

    text = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 1000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(dict(config), text)
    return text.getvalue().encode()


def to_json(values: Mapping[str, Any]) -> bytes:
    """Readable JSON with a fixed order of keys. NaN and infinities are refused: they are no JSON."""
    return (json.dumps(values, indent=2, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n").encode()


def to_parquet(columns: Columns) -> bytes:
    """Columns as one parquet file with page checksums."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(to_table(columns), sink, compression="zstd", write_page_checksum=True, store_schema=False)
    return bytes(sink.getvalue().to_pybytes())


def to_csv(columns: Columns) -> bytes:
    """Columns as CSV for people: UTF-8 with BOM (Japanese Excel), CRLF, shortest exact numbers."""
    names = list(columns)
    rows = zip(*[_texts(columns[name]) for name in names])
    lines = [",".join(names), *(",".join(row) for row in rows)]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _texts(values: Any) -> list[str]:
    if values.dtype.kind == "f":
        return [_number(value) for value in values.tolist()]
    return [_cell(str(value)) for value in values.tolist()]


def _number(value: float) -> str:
    if value != value:
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _cell(text: str) -> str:
    """One CSV cell that no spreadsheet takes for a formula."""
    safe = "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(text) else text
    return '"' + safe.replace('"', '""') + '"' if any(mark in safe for mark in ',"\n\r') else safe


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def replace_folder(target: Path, files: Mapping[str, bytes]) -> Path:
    """Make ``target`` a folder with just these files, in one step. Names may hold one folder level."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target):
            sweep(target)
            fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}{TEMPORARY}", dir=target.parent))
            try:
                for name, content in files.items():
                    _write(fresh / name, content)
                _sync_folder(fresh)
                fresh.chmod(0o755)
                _exchange(fresh, target)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
            _sync_folder(target.parent)
    except OSError as error:
        raise StoreError(
            f"{target}: cannot be written: {error.strerror or error}",
            hint="choose another folder with --out; an earlier result is untouched",
        ) from error
    return target


def replace_file(target: Path, content: bytes) -> None:
    """Put ``content`` in the place of one file, in one step. Raises StoreError."""
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).chmod(0o644)
        Path(file.name).replace(target)
    except OSError as error:
        raise StoreError(f"{target}: cannot be written: {error.strerror or error}") from error


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(fresh: Path, target: Path) -> None:
    """Put ``fresh`` in the place of ``target``; what was there is left under ``fresh`` or is gone."""
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(20, "a file of that name is in the way")
    if not target.exists():
        fresh.rename(target)
        return
    if _swap(fresh, target):
        return
    old = target.with_name(f".{target.name}{REPLACED}{os.getpid()}")
    target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _swap(one: Path, other: Path) -> bool:
    """Exchange two folders in one atomic step, where the system offers it (Linux, macOS)."""
    import ctypes

    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform.startswith("linux"):
            at_cwd, exchange = -100, 2
            done = libc.renameat2(at_cwd, os.fsencode(one), at_cwd, os.fsencode(other), exchange)
        elif sys.platform == "darwin":
            done = libc.renamex_np(os.fsencode(one), os.fsencode(other), 2)
        else:
            return False
    except (AttributeError, OSError, TypeError):
        return False
    return bool(done == 0)


def sweep(target: Path) -> None:
    """Finish or undo what a killed run left beside ``target``."""
    if not target.parent.is_dir():
        return
    for old in sorted(target.parent.glob(f".{_escape(target.name)}{REPLACED}*")):
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(target)
    for fresh in target.parent.glob(f".{_escape(target.name)}{TEMPORARY}*"):
        shutil.rmtree(fresh, ignore_errors=True)


def _escape(name: str) -> str:
    import glob

    return glob.escape(name)


@contextlib.contextmanager
def locked(target: Path) -> Iterator[None]:
    """Hold ``target`` for one writer at a time; a second one waits. The lock goes with the process."""
    path = target.with_name(f".{target.name}.lock")
    with path.open("a+b") as file:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        else:  # pragma: no cover - Windows
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        yield


def load(folder: Path) -> Result:
    """Read a result back. Raises StoreError naming the file that is missing, changed or foreign."""
    if not (folder / "manifest.json").is_file():
        raise StoreError(
            f"{folder}: holds no result (manifest.json is missing)", hint="make one with: backtest run"
        )
    manifest = _json(folder / "manifest.json")
    sums = manifest.pop("files", None)
    if not isinstance(sums, dict) or "name" not in manifest:
        raise StoreError(f"{folder}/manifest.json: is not a result of this program")
    content: dict[str, bytes] = {}
    for name, expected in sums.items():
        if Path(name).name != name:
            raise StoreError(f"{folder}/manifest.json: names a file outside its folder: {name!r}")
        content[name] = _checked(folder / name, str(expected))
    for name in (
        "config.yaml",
        "metrics.json",
        "equity.parquet",
        "transactions.parquet",
        "years.csv",
        "quota.csv",
    ):
        if name not in content:
            raise StoreError(f"{folder}/{name}: the manifest does not list it")
    figures = json.loads(content["metrics.json"])
    benchmark = None
    if "benchmark.parquet" in content:
        told = json.loads(content["benchmark.json"])
        nothing: Columns = {}
        benchmark = Result(
            name=told["name"],
            config={},
            manifest={},
            metrics=told["metrics"],
            reasons=told["reasons"],
            equity=from_parquet(content["benchmark.parquet"]),
            transactions=nothing,
            years=nothing,
            quota=nothing,
        )
    return Result(
        name=manifest["name"],
        config=_yaml(content["config.yaml"]),
        manifest=manifest,
        metrics=figures["metrics"],
        reasons=figures["reasons"],
        equity=from_parquet(content["equity.parquet"]),
        transactions=from_parquet(content["transactions.parquet"]),
        years=from_csv(content["years.csv"]),
        quota=from_csv(content["quota.csv"]),
        benchmark=benchmark,
    )


def _checked(path: Path, expected: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise StoreError(f"{path}: has changed since it was written", hint="make it again with: backtest run")
    return content


def _json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: cannot be read: {error}") from error
    if not isinstance(values, dict):
        raise StoreError(f"{path}: is not a result of this program")
    return values


def _yaml(content: bytes) -> dict[str, Any]:
    from ruamel.yaml import YAML

    values = YAML(typ="safe", pure=True).load(content.decode())
    return dict(values)


def from_parquet(content: bytes) -> dict[str, Any]:
    """Columns of a parquet file, page checksums verified; dates as datetime64[D], text as str arrays."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True).read()
    return {name: from_arrow(table.column(name)) for name in table.column_names}


def from_csv(content: bytes) -> dict[str, Any]:
    """Columns of a CSV that ``to_csv`` wrote: numbers where every cell is one, else text."""
    import csv

    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    if not lines:
        return {}
    columns: dict[str, Any] = {}
    for number, name in enumerate(lines[0]):
        cells = [line[number] for line in lines[1:]]
        try:
            columns[name] = np.array([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            columns[name] = np.array(cells, dtype=str)
    return columns
