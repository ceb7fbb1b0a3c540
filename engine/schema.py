"""What the files of a result may hold, whoever wrote them: names, types, ranges.

A result folder may be another's, with right checksums and anything in it. What passes here is shown, replayed and
compared without further question, so everything that is read has a type and a bound here. Every function raises
ValueError, whose text names the file's field.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Annotated, Any, NotRequired

import numpy as np
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from engine.config.leaves import EARLIEST, LATEST
from engine.fields import SESSIONS, Currency, Day, Name, Note, Sessions, Sha256, first_of
from engine.ledger.layout import KINDS
from engine.metrics import METRICS
from engine.reading import MB
from engine.result import Columns

FILE, ALL = 100 * MB, 300 * MB  # bytes of one file of a result, and of all that its manifest lists
MANIFEST = 5 * MB
ROWS = 500_000  # of a table: fifty years of daily trades in thirty assets
YEARS = 400
LARGEST = 1e18  # in yen, or of a price: beyond it a float has no single yen

Said = Annotated[str, Field(max_length=5000)]
Lines = Annotated[list[Note], Field(max_length=1000)]
Figure = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]


def _flags(found: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(found.get("sample"), bool):
        raise ValueError("sample: it is neither true nor false")
    for name, lines in found.items():
        if name != "sample" and not isinstance(lines, list):
            raise ValueError(f"{name[:40]}: it is no list")
    return found


# What a reader must be told first: whether it is the sample, and sentences of one kind each.
Flags = Annotated[dict[Name, bool | Lines], AfterValidator(_flags)]


class Asset(TypedDict):
    """One asset of a manifest."""

    currency: NotRequired[Currency]
    kind: NotRequired[Name]


class Data(TypedDict):
    """One series that a result rests on."""

    symbol: Name
    source: Said
    sha256: Sha256
    first: Day
    last: Day
    is_sample: bool
    splices: Lines
    notes: Lines


class Period(TypedDict):
    """The sessions of a result."""

    start: Day
    end: Day
    sessions: Sessions
    per_year: NotRequired[Annotated[float, Field(ge=1, le=366)]]


class Manifest(TypedDict):
    """What a result rests on. What else may stand in it is kept, within the file's bound, and not looked at."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    name: Name
    config_sha256: NotRequired[Sha256]
    assets: NotRequired[dict[Name, Asset]]
    data: Annotated[list[Data], Field(max_length=1000)]
    versions: dict[Name, Said]
    seed: NotRequired[int | None]
    flags: Flags
    assumptions: Lines
    period: NotRequired[Period]


class Figures(TypedDict):
    """The file metrics.json."""

    metrics: dict[Name, Figure | Day | None]
    reasons: dict[Name, Note]


@cache
def _manifest() -> TypeAdapter[Manifest]:
    return TypeAdapter(Manifest)


@cache
def _figures() -> TypeAdapter[Figures]:
    return TypeAdapter(Figures)


def manifest(values: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a result."""
    try:
        _manifest().validate_python(values, strict=True)
    except ValidationError as error:
        raise ValueError(f"manifest.json: {first_of(error)}") from error
    return dict(values)


def figures(content: bytes) -> Figures:
    """The figures of a result, and the reasons of those that have no meaning."""
    try:
        found = _figures().validate_json(content, strict=True)
    except ValidationError as error:
        raise ValueError(f"metrics.json: {first_of(error)}") from error
    for name, metric in METRICS.items():
        value = found["metrics"].get(name)
        if value is not None and isinstance(value, str) != (metric.kind == "date"):
            raise ValueError(f"metrics.json: {name} is of another kind")
    return found


# --- tables -------------------------------------------------------------------------------------------------

EQUITY = {
    "date": "M",
    **dict.fromkeys(("value", "contributed", "withdrawn", "flow", "cash", "twr", "usdjpy"), "f"),
}
TRANSACTIONS = {
    **dict.fromkeys(("date", "settlement"), "M"),
    **dict.fromkeys(("account", "asset", "kind"), "U"),
    **dict.fromkeys(("units", "price", "fx", "amount", "cost", "cash_after"), "f"),
}
FLOWS = {"date": "M", "flow": "f"}
_OF_A_YEAR = ("contributed", "withdrawn", "dividends", "dividend_tax", "tax", "cost", "value", "twr")
YEAR = dict.fromkeys(_OF_A_YEAR, "f")
QUOTA = {"frame": "U"} | dict.fromkeys(("limit", "used", "given_back", "lifetime_left", "lapsed"), "f")
MAY_BE_UNKNOWN = ("usdjpy", "price", "fx", "twr", "limit", "lifetime_left", "lapsed", "dividends")


def equity(found: Columns) -> Columns:
    """The sessions of a result."""
    _columns(found, EQUITY, "equity.parquet", others="f")
    _in_order(found, "equity.parquet", strictly=True)
    if not 0 < len(found["date"]) <= SESSIONS:
        raise ValueError(f"equity.parquet has {len(found['date']):,} sessions")
    if np.isnan(found["twr"]).any():
        raise ValueError("equity.parquet: twr has a gap")
    return found


def transactions(found: Columns, symbols: Collection[str]) -> Columns:
    """The records of a result on the assets ``symbols``."""
    _columns(found, TRANSACTIONS, "transactions.parquet", others="f")
    _in_order(found, "transactions.parquet", strictly=False)
    strange = set(found["kind"].tolist()) - set(KINDS)
    if strange:
        raise ValueError(f"transactions.parquet: there is no kind {min(strange)!r}")
    if set(found["asset"].tolist()) - {*symbols, ""}:
        raise ValueError("transactions.parquet has an asset that equity.parquet has not")
    return found


def flows(found: Columns) -> Columns:
    """The fund flows that a result has watched."""
    _columns(found, FLOWS, "flows.parquet")
    _in_order(found, "flows.parquet", strictly=True)
    return found


def years(found: Columns) -> Columns:
    """The calendar years of a result."""
    return _by_year(found, YEAR, "years.csv", strictly=True)


def quota(found: Columns) -> Columns:
    """The frames of NISA, year by year."""
    return _by_year(found, QUOTA, "quota.csv", strictly=False)


def _by_year(found: Columns, kinds: Mapping[str, str], file: str, *, strictly: bool) -> Columns:
    if not len(found.get("year", ())):
        found = {name: np.array([], dtype=float if kind == "f" else str) for name, kind in kinds.items()} | {
            "year": np.array([], np.int64)
        }
    _columns(found, {"year": "i", **kinds}, file, others="fi")
    year = found["year"]
    if len(year) > YEARS or ((year < EARLIEST.year) | (year > LATEST.year)).any():
        raise ValueError(f"{file}: its years are none that this program knows")
    if (np.diff(year) < int(strictly)).any():
        raise ValueError(f"{file}: its years are not in order")
    return found


def _columns(found: Columns, kinds: Mapping[str, str], file: str, others: str = "") -> None:
    """Raise ValueError where a column is missing, of another kind (of numpy's letters), or out of range."""
    for name in kinds:
        if name not in found:
            raise ValueError(f"{file} has no column {name}")
    for name, values in found.items():
        kind = values.dtype.kind
        if kind not in kinds.get(name, others):
            raise ValueError(f"{file}: column {name[:40]!r} is of another kind")
        if kind == "f":
            _in_range(name, values, file)
    if len({len(values) for values in found.values()}) != 1:
        raise ValueError(f"{file}: its columns are not equally long")


def _in_range(name: str, values: Any, file: str) -> None:
    unknown = np.isnan(values)
    if unknown.any() and name not in MAY_BE_UNKNOWN and not name.startswith("price:"):
        raise ValueError(f"{file}: column {name[:40]!r} has a gap")
    if (np.abs(values[~unknown]) > LARGEST).any():
        raise ValueError(f"{file}: column {name[:40]!r} has a figure that no money has")


def _in_order(found: Columns, file: str, *, strictly: bool) -> None:
    days = found["date"]
    if len(days) and not EARLIEST <= days.min().item() <= days.max().item() <= LATEST:
        raise ValueError(f"{file}: its dates are none that this program knows")
    if len(days) and (np.diff(days) < np.timedelta64(int(strictly), "D")).any():
        raise ValueError(f"{file} has no dates in order")
