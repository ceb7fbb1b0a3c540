"""What the files of a result may hold, whoever wrote them: names, types, ranges.

A result folder may be another's, with right checksums and anything in it. What passes here is shown, replayed and
compared without further question, so everything that is read has a type and a bound here. Every function raises
StoreError, which names the file and the field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, NotRequired

import numpy as np
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from engine.config.leaves import EARLIEST, LATEST
from engine.errors import StoreError
from engine.fields import SESSIONS, Currency, Day, Name, Note, Sessions, Sha256, first_of
from engine.ledger.layout import KINDS
from engine.messages import Arg, Quoted, message
from engine.metrics import METRICS
from engine.reading import MB
from engine.result import Columns

FILE, ALL = 100 * MB, 300 * MB  # bytes of one file of a result, and of all that its manifest lists
MANIFEST = 5 * MB
ROWS = 500_000  # of a table: fifty years of daily trades in thirty assets
YEARS = 400
LARGEST = 1e18  # in yen, or of a price: beyond it a float has no single yen

Text = Annotated[str, Field(max_length=5000)]
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
    trading_unit: NotRequired[Annotated[float, Field(gt=0)]]
    foreign_tax: NotRequired[Annotated[float, Field(ge=0, lt=1)]]


class Data(TypedDict):
    """One series that a result rests on."""

    symbol: Name
    source: Text
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
    versions: dict[Name, Text]
    seed: NotRequired[int | None]
    flags: Flags
    assumptions: Lines
    period: NotRequired[Period]


class Figures(TypedDict):
    """The file metrics.json."""

    metrics: dict[Name, Figure | Day | None]
    reasons: dict[Name, Note]


def manifest(values: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a result."""
    with _checked("manifest.json"):
        TypeAdapter(Manifest).validate_python(values, strict=True)
    return dict(values)


def figures(content: bytes) -> Figures:
    """The figures of a result, and the reasons of those that have no meaning."""
    with _checked("metrics.json"):
        found = TypeAdapter(Figures).validate_json(content, strict=True)
    for name, metric in METRICS.items():
        value = found["metrics"].get(name)
        if value is not None and isinstance(value, str) != (metric.kind == "date"):
            raise _unlike("metrics.json", message("{field} is of another kind", field=name))
    return found


@contextmanager
def _checked(file: str) -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise _unlike(file, first_of(error)) from error


def _unlike(file: str, why: Arg) -> StoreError:
    return StoreError(message("{file}: {why}", file=file, why=why))


# --- tables -------------------------------------------------------------------------------------------------

# Columns and their kinds, of numpy's letters.
EQUITY = {"date": "M"} | dict.fromkeys(
    ("value", "contributed", "withdrawn", "flow", "cash", "twr", "usdjpy"), "f"
)
TRANSACTIONS = {
    **dict.fromkeys(("date", "settlement"), "M"),
    **dict.fromkeys(("account", "asset", "kind"), "U"),
    **dict.fromkeys(("units", "price", "fx", "amount", "cost", "cash_after"), "f"),
}
FLOWS = {"date": "M", "flow": "f"}
YEAR = dict.fromkeys(
    ("contributed", "withdrawn", "dividends", "dividend_tax", "tax", "cost", "value", "twr"), "f"
)
QUOTA = {"frame": "U"} | dict.fromkeys(("limit", "used", "given_back", "lifetime_left", "lapsed"), "f")
MAY_BE_UNKNOWN = (
    "usdjpy",
    "price_level",
    "price",
    "fx",
    "twr",
    "limit",
    "lifetime_left",
    "lapsed",
    "dividends",
)


def equity(found: Columns) -> Columns:
    """The sessions of a result."""
    _columns(found, EQUITY, "equity.parquet", others="f")
    _in_order(found, "equity.parquet", strictly=True)
    if not 0 < (n := len(found["date"])) <= SESSIONS:
        raise _unlike("equity.parquet", message("it has {n} sessions", n=n))
    if np.isnan(found["twr"]).any():
        raise _unlike("equity.parquet", message("column {column} has a gap", column=Quoted("twr")))
    return found


def transactions(found: Columns, equity: Columns) -> Columns:
    """The records of a result, on the sessions, assets and accounts of its ``equity``."""
    _columns(found, TRANSACTIONS, "transactions.parquet", others="f")
    _in_order(found, "transactions.parquet", strictly=False)
    for name, known in (
        ("kind", set(KINDS)),
        ("asset", {"", *(column.removeprefix("asset:") for column in equity)}),
        ("account", {"", *(column.removeprefix("bucket:") for column in equity)}),
        ("date", set(equity["date"].tolist())),
    ):
        if strange := set(found[name].tolist()) - known:
            word = Quoted(str(min(strange))[:64])
            why = message("column {column} has {word}, which no run writes", column=Quoted(name), word=word)
            raise _unlike("transactions.parquet", why)
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
        empty = {name: np.array([], dtype=float if kind == "f" else str) for name, kind in kinds.items()}
        found = {**empty, "year": np.array([], np.int64)}
    _columns(found, {"year": "i", **kinds}, file, others="fi")
    year = found["year"]
    if len(year) > YEARS or ((year < EARLIEST.year) | (year > LATEST.year)).any():
        raise _unlike(file, UNKNOWN_DAYS)
    if (np.diff(year) < int(strictly)).any():
        raise _unlike(file, NOT_IN_ORDER)
    return found


def _columns(found: Columns, kinds: Mapping[str, str], file: str, others: str = "") -> None:
    """Raise StoreError where a column is missing, of another kind (those of ``others`` too), or out of range."""
    for name in kinds:
        if name not in found:
            raise _unlike(file, message("it has no column {column}", column=Quoted(name)))
    for name, values in found.items():
        kind, column = values.dtype.kind, Quoted(name[:40])
        if kind not in kinds.get(name, others):
            raise _unlike(file, message("column {column} is of another kind", column=column))
        if kind == "f":
            unknown = np.isnan(values)
            if unknown.any() and name not in MAY_BE_UNKNOWN and not name.startswith("price:"):
                raise _unlike(file, message("column {column} has a gap", column=column))
            if (np.abs(values[~unknown]) > LARGEST).any():
                raise _unlike(file, message("column {column} has a figure that no money has", column=column))


UNKNOWN_DAYS = message("its dates are none that this program knows")
NOT_IN_ORDER = message("its dates are not in order")


def _in_order(found: Columns, file: str, *, strictly: bool) -> None:
    days = found["date"]
    if len(days) and not EARLIEST <= days.min().item() <= days.max().item() <= LATEST:
        raise _unlike(file, UNKNOWN_DAYS)
    if len(days) and (np.diff(days) < np.timedelta64(int(strictly), "D")).any():
        raise _unlike(file, NOT_IN_ORDER)
