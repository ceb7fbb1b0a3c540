"""A page that can be read in two moneys: that of the day, and today's. See ``engine.real``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.report.chart_specs import Figure

Columns = Mapping[str, NDArray[Any]]
REAL = "real-"  # begins the ids and the columns of the second reading


@dataclass(frozen=True)
class Reading:
    """What a page shows in one money: its ``figures``, their ``columns``, and what the template names."""

    figures: Sequence[Figure]
    columns: Columns
    shown: Mapping[str, Any]


def beside(first: Reading, second: Reading) -> Reading:
    """The second reading as it stands on the page of the first: columns that differ under other names."""
    same = {
        name
        for name, column in second.columns.items()
        if name in first.columns and _equal(column, first.columns[name])
    }

    def renamed(item: Any) -> Any:
        if isinstance(item, dict):
            if "$" in item and item["$"] not in same:
                return {**item, "$": REAL + item["$"]}
            return {key: renamed(value) for key, value in item.items()}
        return type(item)(map(renamed, item)) if isinstance(item, list | tuple) else item

    figures = [
        replace(each, id=REAL + each.id, traces=renamed(each.traces), layout=renamed(each.layout))
        for each in second.figures
    ]
    columns = {REAL + name: column for name, column in second.columns.items() if name not in same}
    return Reading(figures, columns, second.shown)


def _equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    floats = one.dtype.kind == other.dtype.kind == "f"
    return one.dtype == other.dtype and bool(np.array_equal(one, other, equal_nan=floats))


def in_both(make: Callable[[Any], Reading], nominal: Any, real: Any | None) -> tuple[Reading, Reading | None]:
    """The reading of what there is, and that of the same in today's money where it can be had."""
    first = make(nominal)
    return first, None if real is None else beside(first, make(real))
