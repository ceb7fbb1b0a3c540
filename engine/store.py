"""Results on disk: ``results/<name>/``, complete or not there at all, checksummed, the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from engine import schema
from engine.arrow import to_table
from engine.errors import BacktestError, StoreError, reason_of
from engine.files import OnWait
from engine.folders import kind_of, replace_folder, whole
from engine.formats import Each, columns_csv
from engine.headings import headings, names_of
from engine.locale import ENGLISH, Locale
from engine.messages import Arg, Message, Quoted, Text, message, to_plain
from engine.metrics import METRICS
from engine.parquet import read_columns
from engine.reading import read_bounded
from engine.result import Columns, Result

KIND = "run"
SCHEMA = 2  # of files: since 2, drawdowns, VaR and CVaR are at or below zero; 1 is written nowhere
BENCHMARK = "benchmark_"  # before the names of the files of the core alone
STATE = "holdings.yaml"
WHOLE = ("year", "full")  # columns of CSV files that hold whole numbers
TABLES = ("equity", "transactions", "years", "quota")


def save(
    result: Result,
    out: Path,
    extra: Mapping[str, bytes] | None = None,
    *,
    state: str = "",
    on_wait: OnWait | None = None,
    locale: Locale = ENGLISH,
) -> Path:
    """Write ``result`` to ``out/<name>/``, with ``extra`` files (``report.html``); returns the folder.

    ``state`` is written to ``holdings.yaml``: what is owned after some session (``engine.state``).
    ``locale`` is the language of the first line of CSV files (see :mod:`engine.headings`). ``on_wait`` hears of
    another writer of the folder, who is waited for. Raises StoreError (disk full, no permission, another kind of
    result, a person's files); what was there before is then untouched.
    """
    files = result_files(result, locale, state=state)
    return replace_folder(out / result.name, {**files, **(extra or {})}, on_wait=on_wait)


def result_files(result: Result, locale: Locale = ENGLISH, *, state: str = "") -> dict[str, bytes]:
    """Every data file of a result by name. The manifest comes last and holds the others' SHA-256.

    The benchmark's files are those of a result too, each name behind ``BENCHMARK``.
    """
    files = _own_files(result, locale)
    if state:
        files[STATE] = state.encode()
    if result.benchmark is not None:
        beside = {**_own_files(result.benchmark, locale), "manifest.json": to_json(result.benchmark.manifest)}
        files |= {f"{BENCHMARK}{name}": content for name, content in beside.items()}
    return with_manifest(files, {"kind": KIND, **result.manifest})


def _own_files(result: Result, locale: Locale) -> dict[str, bytes]:
    reasons = {name: to_plain(reason) for name, reason in result.reasons.items()}
    files = {
        "config.yaml": config_yaml(result.config),
        "metrics.json": to_json({"metrics": dict(result.metrics), "reasons": reasons}),
        "equity.parquet": to_parquet(result.equity),
        "transactions.parquet": to_parquet(result.transactions),
        **csv_files(
            {"transactions.csv": result.transactions, "years.csv": result.years, "quota.csv": result.quota},
            locale,
        ),
    }
    if len(result.flows.get("date", ())):
        files["flows.parquet"] = to_parquet(result.flows)
    return files


def with_manifest(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """Files and, last, the manifest of what they are: it holds their SHA-256, and the version of their form."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    return {**files, "manifest.json": to_json({**manifest, "schema": SCHEMA, "files": sums})}


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


def csv_files(tables: Mapping[str, Columns], locale: Locale, each: Each = map) -> dict[str, bytes]:
    """Files by name as CSV for people: UTF-8 with BOM (Japanese Excel), CRLF, shortest exact numbers.

    Their first line is in the language of ``locale``. ``each``: see ``columns_csv``.
    """
    return {
        file: columns_csv(columns, headings(file, [*columns], locale), each).encode()
        for file, columns in tables.items()
    }


NEEDED = ("config.yaml", "metrics.json", "equity.parquet", "transactions.parquet", "years.csv", "quota.csv")
WRITTEN = (
    *NEEDED,
    "transactions.csv",
    "flows.parquet",
    STATE,
    "manifest.json",
    "report.html",
)  # all that may be listed
MAKE, MAKE_AGAIN = message("make one with: backtest run"), message("make it again with: backtest run")


def load(folder: Path) -> Result:
    """Read a result back, also while another process replaces it.

    Raises StoreError naming the file that is missing, changed or foreign.
    """
    manifest, content = whole(folder, _content)
    form = manifest.pop("schema", 1)
    try:
        return _result(manifest, content, negative=form >= 2)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, OSError) as error:
        raise foreign_result(folder, Text(type(error).__name__)) from error
    except BacktestError as error:
        raise foreign_result(folder, error.message) from error


def foreign_result(place: Path, why: Arg) -> StoreError:
    """The error of files that this program did not write so."""
    return StoreError(message("{place}: is not a result of this program: {why}", place=str(place), why=why))


def _content(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest of a result and the files that it lists, checked against it."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise StoreError(
            message("{place}: holds no result (manifest.json is missing)", place=str(folder)), hint=MAKE
        )
    manifest = read_json(path)
    if (kind := kind_of(manifest)) not in (KIND, ""):
        raise StoreError(
            message(
                "{place}: holds another kind of result ({kind}, not {wanted})",
                place=str(folder),
                kind=kind,
                wanted=KIND,
            )
        )
    manifest.pop("kind", None)
    if manifest.get("schema", 1) not in (1, SCHEMA):
        raise StoreError(
            message("{place}: was written by another version of this program", place=str(folder)),
            hint=MAKE_AGAIN,
        )
    sums = manifest.pop("files", None)
    if not isinstance(sums, dict) or not _is_name(manifest.get("name")):
        raise foreign_result(path, message("it has no name or no files"))
    return manifest, _listed_files(folder, sums)


def _listed_files(folder: Path, sums: Mapping[str, Any]) -> dict[str, bytes]:
    """Every file that a manifest lists with its SHA-256, and all that it must list."""
    content: dict[str, bytes] = {}
    left = schema.ALL
    for name, expected in sums.items():
        if name.removeprefix(BENCHMARK) not in WRITTEN:
            raise foreign_result(folder, message("no run writes {file}", file=Quoted(name[:64])))
        content[name] = read_listed(folder / name, expected, min(schema.FILE, left), MAKE_AGAIN)
        left -= len(content[name])
    parts = ("", BENCHMARK) if f"{BENCHMARK}manifest.json" in content else ("",)
    missing = [part + name for part in parts for name in NEEDED if part + name not in content]
    if missing:
        raise StoreError(message("{place}: the manifest does not list it", place=str(folder / missing[0])))
    return content


def _is_name(name: Any) -> bool:
    """Whether a manifest's name is one that this program would have written."""
    from engine.config.leaves import Refused, check_name

    try:
        return bool(check_name(name) == name)
    except Refused:
        return False


def _result(
    manifest: dict[str, Any], content: Mapping[str, bytes], prefix: str = "", *, negative: bool = True
) -> Result:
    """A result from its files; raises what a file's form raises that no run has written.

    ``negative``: losses are at or below zero in the files, as they are in a result.
    """
    own = {name.removeprefix(prefix): held for name, held in content.items() if name.startswith(prefix)}
    figures = schema.figures(own["metrics.json"])
    metrics: dict[str, Any] = figures["metrics"]
    equity = schema.equity(from_parquet(own["equity.parquet"]))
    core = own.get(f"{BENCHMARK}manifest.json")
    return Result(
        name=str(manifest["name"]),
        config=_yaml(own["config.yaml"]),
        manifest=schema.manifest(manifest),
        metrics=metrics if negative else _with_losses(metrics),
        reasons=figures["reasons"],
        equity=equity,
        transactions=schema.transactions(from_parquet(own["transactions.parquet"]), equity),
        years=schema.years(from_csv(own["years.csv"], "years.csv")),
        quota=schema.quota(from_csv(own["quota.csv"], "quota.csv")),
        flows=schema.flows(from_parquet(own["flows.parquet"])) if "flows.parquet" in own else {},
        benchmark=_result(json.loads(core), own, BENCHMARK, negative=negative) if core is not None else None,
    )


def _with_losses(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Metrics of the first form of files, in which losses were above zero."""
    losses = {name for name in metrics if name in METRICS and METRICS[name].negative}
    return {
        name: value if name not in losses or value is None else 0.0 - value for name, value in metrics.items()
    }


def read_file(path: Path, limit: int) -> bytes:
    """A file of a result, no longer than ``limit`` bytes. Raises StoreError."""
    try:
        return read_bounded(path, limit)
    except OSError as error:
        why = reason_of(error)
        raise StoreError(message("{place}: cannot be read: {why}", place=str(path), why=why)) from error


def read_listed(path: Path, expected: Any, limit: int, hint: Message) -> bytes:
    """``read_file`` of what a manifest lists with its SHA-256. Raises StoreError (``hint``) if it is another."""
    content = read_file(path, limit)
    if hashlib.sha256(content).hexdigest() != expected:
        raise StoreError(message("{place}: has changed since it was written", place=str(path)), hint=hint)
    return content


def read_json(path: Path) -> dict[str, Any]:
    """A manifest. Raises StoreError."""
    try:
        values = json.loads(read_file(path, schema.MANIFEST))
    except (ValueError, RecursionError) as error:
        raise foreign_result(path, Text(type(error).__name__)) from error
    if not isinstance(values, dict):
        raise foreign_result(path, Text(type(values).__name__))
    return values


def _yaml(content: bytes) -> dict[str, Any]:
    from engine.config import parse_config
    from engine.config.document import parse_document

    text = content.decode()
    parse_config(text, "config.yaml", allow_python=True)  # which runs nothing: it is only read
    return dict(parse_document(text, "config.yaml").plain())


def from_parquet(content: bytes) -> dict[str, Any]:
    """Columns of a parquet file, page checksums verified; dates as datetime64[D], text as str arrays."""
    return read_columns(content, rows=schema.ROWS)


def from_csv(content: bytes, file: str) -> dict[str, Any]:
    """Columns of a CSV that ``csv_files`` wrote in whatever language: numbers where every cell is one, else text.

    Those of ``WHOLE`` are int64, as they were: a CSV does not tell 2001 from 2001.0.
    """
    import csv

    lines = list(islice(csv.reader(io.StringIO(content.decode("utf-8-sig"))), schema.YEARS + 2))
    if not lines:
        return {}
    columns: dict[str, Any] = {}
    for number, name in enumerate(names_of(file, lines[0])):
        cells = [line[number] for line in lines[1:]]
        if name in WHOLE:
            columns[name] = np.array([int(cell) for cell in cells], np.int64)
            continue
        try:
            columns[name] = np.array([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            columns[name] = np.array(cells, dtype=str)
    return columns
