"""Studies read back from the folders that their commands leave: the same values as when they were written.

A folder may be another's: each file that is read must be the one that the manifest lists, its fields have types
and bounds, and nothing in it is run. A windows study and a sweep are summed up anew from their rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from engine.config import Config, parse_config
from engine.config.arguments import made
from engine.errors import BacktestError, BadData, StoreError
from engine.fields import SESSIONS, Currency, Day, Name, Note, Sha256, first_of
from engine.folders import kind_of, whole
from engine.locale import OwnText
from engine.market.series import ONE_DAY, Provenance
from engine.messages import Message, Quoted, Text, listed, message
from engine.parquet import read_columns
from engine.reading import MB
from engine.store import config_yaml, foreign_result, read_json, read_listed
from engine.studies.bootstrap.results import Bootstrap
from engine.studies.claims.claim_documents import Claims
from engine.studies.claims.results import ClaimsResult, Judgement, Verdict
from engine.studies.flows.results import GROUPS, Event, FlowStudy, FundFlows, Lag
from engine.studies.grid import sweep, windows
from engine.studies.grid.chunk import Chunk
from engine.studies.grid.chunk_store import chunk_store, damaged
from engine.studies.grid.documents import MAX_SETTINGS, Objective
from engine.studies.grid.points import make_points
from engine.studies.grid.results import SweepResult, WindowsResult
from engine.studies.grid.study import KEPT, Plan, Study
from engine.studies.grid.window_grid import Window, WindowGrid
from engine.studies.grid.workload import Workload
from engine.studies.withdraw.results import Limit, Payout, Sought, Success

AnyStudy: TypeAlias = SweepResult | WindowsResult | Bootstrap | Payout | FlowStudy | ClaimsResult
Files = Mapping[str, bytes]
Manifest = dict[str, Any]
T = TypeVar("T")
LARGEST = 400 * MB  # of a file that is read
ROWS = 20_000_000
SIMULATE_AGAIN = message("simulate the study again")
WRITTEN_BESIDE = ("kind", "schema", "files", "statements", "findings")  # keys that only the file has
Count = Annotated[int, Field(ge=0, le=10**9)]
Plain = dict[str, Any]


class _Axis(TypedDict):
    key: Name
    values: Annotated[list[Any], Field(min_length=1, max_length=10_000)]
    labels: list[Any]


class _Grid(TypedDict):
    """``study.json`` of a sweep or a windows study."""

    program: Sha256
    per_year: Annotated[int, Field(ge=1, le=366)]
    base: Plain
    axes: Annotated[list[_Axis], Field(max_length=20)]
    strategies: Annotated[list[Plain], Field(max_length=10_000)]
    windows: Annotated[list[tuple[Day, Day, Count]], Field(max_length=1_000_000)]
    horizons: list[Count]
    step: Count
    chunks: Annotated[list[tuple[Count, Count, Count, Count, Count]], Field(max_length=100_000)]


class _Bootstrap(TypedDict):
    """``study.json`` of a bootstrap."""

    name: Name
    description: Any
    strategies: Annotated[list[Name], Field(min_length=1, max_length=100)]
    currency: Currency
    years: Annotated[list[Count], Field(min_length=2, max_length=1000)]
    block: float
    seed: Annotated[int, Field(ge=0)]
    benchmark: str
    takes_out: bool
    first: Day
    days: Annotated[list[Count], Field(min_length=1, max_length=SESSIONS)]
    points: list[Count]


class _Payout(TypedDict):
    """``withdraw.json``."""

    name: Name
    description: Any
    currency: Currency
    sought: Sought
    every: str
    step: float
    pot: float
    amount: float | None
    limits: tuple[Limit, ...]
    curve: tuple[Success, ...]
    rates: tuple[Success, ...]
    without_history: list[dict[str, Count]]
    simulations: Count


class _Verdict(TypedDict):
    judgement: Judgement
    why: Note
    figures: list[tuple[str, int | float | str]]
    first: str
    last: str
    source: str


class _Source(TypedDict):
    symbol: str
    source: str
    sha256: str
    first: str
    last: str
    is_sample: bool
    splices: list[Note]
    notes: list[Note]
    warnings: list[Note]


class _Claims(TypedDict):
    """``study.json`` of a check."""

    document: Plain
    verdicts: list[_Verdict]
    provenance: list[_Source]
    is_sample: bool


def load_study(folder: Path) -> AnyStudy:
    """The study in a folder that one of the commands ``KINDS`` wrote.

    Also while another process replaces it. Raises StoreError naming what is missing, changed or foreign.
    """
    manifest, files = whole(folder, _content)
    read, _ = KINDS[kind_of(manifest)]
    try:
        return read(folder, manifest, files)
    except StoreError:
        raise
    except ValidationError as error:
        raise foreign_result(folder, first_of(error)) from error
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, OSError) as error:
        raise foreign_result(folder, Text(type(error).__name__)) from error
    except BacktestError as error:
        raise foreign_result(folder, error.message) from error


def _content(folder: Path) -> tuple[Manifest, Files]:
    """The manifest of a study, and the files that it is read from, checked against it."""
    place = folder / "manifest.json"
    if not place.is_file():
        raise StoreError(message("{place}: holds no study (manifest.json is missing)", place=str(folder)))
    manifest = read_json(place)
    kind = kind_of(manifest)
    if kind not in KINDS:
        raise StoreError(
            message("{place}: holds no study but {kind}", place=str(folder), kind=Quoted(kind[:64])),
            hint=message("load_result reads a run") if kind == "run" else message(
                "studies are {kinds}", kinds=listed(KINDS)
            ),
        )  # fmt: skip
    listed_sums = manifest.get("files")
    sums = listed_sums if isinstance(listed_sums, dict) else {}
    files = {}
    for name in KINDS[kind].needed:
        if name not in sums:
            raise StoreError(_older(folder), hint=SIMULATE_AGAIN)
        files[name] = read_listed(folder / name, sums[name], LARGEST, SIMULATE_AGAIN)
    return manifest, files


def _older(folder: Path) -> Message:
    return message("{place}: an older version of this program wrote it", place=str(folder))


def _read(kind: type[T], content: bytes) -> T:
    return TypeAdapter(kind).validate_json(content)


def _own(manifest: Manifest, *, kind: bool = False) -> Manifest:
    """The manifest as the value has it; ``kind``: it says its kind too."""
    return {name: value for name, value in manifest.items() if name not in WRITTEN_BESIDE[int(kind) :]}


def _text(kept: Any) -> OwnText:
    """A text, or one a language. Raises BadData."""
    if isinstance(kept, str) or (
        isinstance(kept, dict)
        and kept
        and all(isinstance(text, str) for pair in kept.items() for text in pair)
    ):
        return kept
    raise BadData(message("it is no text of this program"))


# --- sweeps and windows -------------------------------------------------------------------------------------


def _study(folder: Path, manifest: Manifest, files: Files) -> Study:
    told: Any = _read(_Grid, files[KEPT])
    base = _config(told["base"])
    axes = {axis["key"]: tuple(axis["values"]) for axis in told["axes"]}
    if np.prod([float(len(values)) for values in axes.values()]) > MAX_SETTINGS:
        raise BadData(message("it has too many settings"))
    if manifest["kind"] == "windows":
        (only,) = told["axes"]
        configs = tuple(map(_config, told["strategies"]))
        labels = tuple(map(_text, only["labels"]))
        points = windows.strategy_points([str(name) for name in only["values"]], configs, labels)
    else:
        points = make_points(base, axes, None, allow_python=True)
    days = [(np.datetime64(first, "D"), np.datetime64(last, "D"), at) for first, last, at in told["windows"]]
    grid = WindowGrid(tuple(Window(*each) for each in days), tuple(told["horizons"]), told["step"])
    nothing = Workload(grid.windows, (), (), (), (), np.empty((0, 0, 2), np.int64))
    name, key = str(manifest["name"]), str(manifest["study_sha256"])
    description = _text(manifest["description"])
    plan = Plan(manifest["kind"], name, description, base, points, grid, nothing, key, told["per_year"])
    chunks = [Chunk(*each) for each in told["chunks"]]
    store = chunk_store(folder, key, chunks, told["program"])
    every = range(len(chunks))
    if not any(store.share_path(number).is_file() for number in every):
        raise StoreError(_older(folder), hint=SIMULATE_AGAIN)
    for number in every:
        if not store.is_whole(number):
            raise damaged(store.path(number))
    return Study(plan, folder, store)


def _config(kept: Plain) -> Config:
    """A configuration; one that names a person's functions is only read."""
    return parse_config(config_yaml(kept).decode(), KEPT, allow_python=True)


def _said(manifest: Manifest) -> tuple[Message, ...]:
    return tuple(TypeAdapter(list[Note]).validate_python(manifest["statements"]))


def _sweep(folder: Path, manifest: Manifest, files: Files) -> SweepResult:
    aim = manifest.get("objective")
    objective = None if aim is None else made(Objective, aim)
    return sweep.of_rows(
        _study(folder, manifest, files), objective, _own(manifest, kind=True), _said(manifest)
    )


def _windows(folder: Path, manifest: Manifest, files: Files) -> WindowsResult:
    by, reference = str(manifest["compared_by"]), _text(manifest["reference"])
    return windows.of_rows(
        _study(folder, manifest, files), by, reference, _own(manifest, kind=True), _said(manifest)
    )


# --- the others ---------------------------------------------------------------------------------------------


def _bootstrap(folder: Path, manifest: Manifest, files: Files) -> Bootstrap:
    told: Any = _read(_Bootstrap, files[KEPT])
    strategies, years = tuple(told["strategies"]), tuple(told["years"])
    table = partial(read_columns, rows=ROWS)
    futures, fan, ways = (table(files[f"{name}.parquet"]) for name in ("futures", "fan", "paths"))
    values = np.stack([ways[f"year_{year}"] for year in years], axis=-1)
    outcomes = {name: cells for name, cells in futures.items() if name not in ("future", "strategy")}
    return Bootstrap(
        name=told["name"],
        description=_text(told["description"]),
        strategies=strategies,
        currency=told["currency"],
        sessions=np.datetime64(told["first"], "D") + np.array(told["days"]) * ONE_DAY,
        years=years,
        points=np.array(told["points"], np.int64),
        contributed=fan["contributed"].reshape(len(strategies), len(years)),
        values=values.reshape(len(strategies), -1, len(years)),
        outcomes={
            name: np.ascontiguousarray(cells.reshape(-1, len(strategies)).T)
            for name, cells in outcomes.items()
        },
        block=told["block"],
        seed=told["seed"],
        manifest=_own(manifest),
        benchmark=told["benchmark"],
        takes_out=told["takes_out"],
    )


def _withdraw(folder: Path, manifest: Manifest, files: Files) -> Payout:
    told: Any = _read(_Payout, _with_nan(files["withdraw.json"]))
    names = ("name", "currency", "sought", "every", "step", "pot", "amount", "limits", "curve", "rates")
    return Payout(
        **{name: told[name] for name in names},
        description=_text(told["description"]),
        without=tuple((item["years"], item["months"]) for item in told["without_history"]),
        work=told["simulations"],
        manifest=_own(manifest),
    )


def _with_nan(content: bytes) -> bytes:
    """JSON whose rows of shares lack what is null in them: the field's own default."""
    told = json.loads(content)
    for key in ("rates", "curve"):
        told[key] = [{name: value for name, value in row.items() if value is not None} for row in told[key]]
    return json.dumps(told).encode()


def _flows(folder: Path, manifest: Manifest, files: Files) -> FlowStudy:
    told = json.loads(files["flows.json"])
    months = read_columns(files["months.parquet"], rows=ROWS)
    name, seed, draws = str(told["name"]), int(told["seed"]), int(told["draws"])
    funds = tuple(_fund(item, months) for item in told["funds"])
    return FlowStudy(name, funds, seed, draws, _own(manifest))


def _fund(told: Plain, months: Mapping[str, NDArray[Any]]) -> FundFlows:
    own = {name: cells[months["symbol"] == told["symbol"]] for name, cells in months.items()}
    groups = {name: number for number, name in GROUPS.items()}
    events = [{**item, "group": groups[item["group"]]} for item in told["events"]]
    texts = {name: str(told[name]) for name in ("symbol", "currency", "base", "measure")}
    return FundFlows(
        **texts,
        month=own["month"].astype("datetime64[M]"),
        relative=own[f"flow_to_{texts['measure']}"],
        flow=own["flow"],
        assets=own["assets"],
        level=own["level"],
        fifth=own["fifth"],
        limits=np.array(told["limits"], np.float64).reshape(-1, 2),
        block=int(told["block"]),
        lags=_rows(Lag, told["lags"]),
        one_band=float(told["one_band"]),
        band=float(told["band"]),
        events=_rows(Event, events),
    )


def _rows(kind: type[T], rows: list[Plain]) -> tuple[T, ...]:
    """Values of a class of numbers and texts; what is null is no figure."""
    known = [{name: np.nan if value is None else value for name, value in row.items()} for row in rows]
    return tuple(TypeAdapter(list[kind]).validate_python(known))  # type: ignore[valid-type]


def _check(folder: Path, manifest: Manifest, files: Files) -> ClaimsResult:
    told: Any = _read(_Claims, files[KEPT])
    document = made(Claims, told["document"])
    verdicts = tuple(
        Verdict(claim=claim, **{**item, "figures": dict(item["figures"])})
        for claim, item in zip(document.claims, told["verdicts"], strict=True)
    )
    data = tuple(
        Provenance(**{**item, **{name: tuple(item[name]) for name in ("splices", "notes", "warnings")}})
        for item in told["provenance"]
    )
    return ClaimsResult(document, verdicts, data, told["is_sample"])


class _Kind(NamedTuple):
    """How a kind of study is read, and from which files."""

    read: Callable[[Path, Manifest, Files], AnyStudy]
    needed: tuple[str, ...]


KINDS: Mapping[str, _Kind] = {
    "sweep": _Kind(_sweep, (KEPT,)),
    "windows": _Kind(_windows, (KEPT,)),
    "bootstrap": _Kind(_bootstrap, (KEPT, "futures.parquet", "fan.parquet", "paths.parquet")),
    "withdraw": _Kind(_withdraw, ("withdraw.json",)),
    "flows": _Kind(_flows, ("flows.json", "months.parquet")),
    "check": _Kind(_check, (KEPT,)),
}
