"""What one run gives back: a frozen value that the store writes, the report shows and a notebook holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.messages import Message

Columns = Mapping[str, NDArray[Any]]


class FixedColumns(dict[str, NDArray[Any]]):
    """Columns by name, to which nobody can add one; ``dict()``, ``copy()`` and ``|`` make a plain dict of them."""

    def _refuse(self, *_args: object, **_given: object) -> Any:
        raise TypeError("the columns of a result cannot be changed; dict(...) makes a copy that can")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[FixedColumns], tuple[dict[str, NDArray[Any]]]]:
        return FixedColumns, (dict(self),)


class ByValue:
    """A frozen dataclass whose arrays and columns nobody can change, and which equals another by its fields.

    NaN equals NaN. To be declared with ``eq=False``; a field with ``compare=False`` is left out. Values that are
    equal hash alike: ``named`` gives what they have in common.
    """

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]
            object.__setattr__(self, item.name, _read_only(getattr(self, item.name)))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        compared = (item.name for item in fields(self) if item.compare)  # type: ignore[arg-type]
        return all(same(getattr(self, name), getattr(other, name)) for name in compared)

    def __hash__(self) -> int:
        return hash((type(self).__name__, *self.named()))

    def named(self) -> tuple[object, ...]:
        """Some parts that can be hashed, and that tell most values from others."""
        return ()


@dataclass(frozen=True, eq=False)
class Result(ByValue):
    """One configuration's simulation, on T sessions with A assets and B buckets.

    ``config``        the resolved configuration as plain values (what ``config.yaml`` holds)
    ``manifest``      configuration hash, data sources and their SHA-256, versions, seed, flags
                      (``sample``, ``counterfactual``), assumptions; what it says is ``Message.plain`` (plain
                      texts in an old result)
    ``metrics``       name -> number, ISO date, or None where the figure has no meaning
    ``reasons``       name -> why that metric is None
    ``equity``        columns of length T: ``date`` (datetime64[D]), ``value``, ``contributed``, ``withdrawn``
                      (both cumulative), ``flow``, ``cash``, ``twr`` (index, 1.0 = before the first session),
                      ``usdjpy``, one ``asset:SYMBOL`` and one ``bucket:NAME`` each (values in base currency),
                      ``price:SYMBOL`` (one unit in base currency at mid); with ``inflation``, ``price_level``
                      (consumer prices of the session's month, NaN: no figure) and, where money was wanting,
                      ``unpaid`` (what this session's withdrawal did not get)
    ``transactions``  columns, a row per cash movement or transfer: ``date``, ``settlement``, ``account``
                      (bucket name, '' for the cash account), ``asset``, ``kind``, ``units``, ``price``,
                      ``fx``, ``amount`` (signed, base currency), ``cost`` (part of it), ``cash_after``
    ``years``         a row a calendar year: ``year``, ``contributed``, ``withdrawn``, ``dividends`` (gross),
                      ``dividend_tax``, ``tax``, ``cost``, ``value``, ``twr`` (NaN: no money), ``full`` (1:
                      the whole calendar year, with money throughout)
    ``quota``         a row a year and NISA frame: ``year``, ``frame``, ``limit``, ``used``, ``given_back``,
                      ``lifetime_left`` (NaN: no such limit), ``lapsed``
    ``flows``         of a tilt on fund flows, a row a period up to the end: ``date`` (its last day), ``flow``
                      (net, in dollars); empty for any other plan
    ``benchmark``     the same money in the core alone, where there is a core and a satellite
    """

    name: str
    config: Mapping[str, Any]
    manifest: Mapping[str, Any]
    metrics: Mapping[str, float | int | str | None]
    reasons: Mapping[str, Message | str]
    equity: Columns
    transactions: Columns
    years: Columns
    quota: Columns
    flows: Columns = field(default_factory=dict)
    benchmark: Result | None = None

    def named(self) -> tuple[object, ...]:
        """Name, configuration and final value."""
        return self.name, self.manifest.get("config_sha256"), self.metrics.get("final_value")

    @property
    def symbols(self) -> tuple[str, ...]:
        """The assets, in configured order."""
        return tuple(name.removeprefix("asset:") for name in self.equity if name.startswith("asset:"))

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """The sessions."""
        return self.equity["date"]


def _read_only(value: Any) -> Any:
    """An array, or columns, as something that cannot be written to. Anything else is as it was."""
    if isinstance(value, np.ndarray):
        view = value.view()
        view.flags.writeable = False
        return view
    if isinstance(value, dict) and any(isinstance(item, np.ndarray) for item in value.values()):
        return FixedColumns({name: _read_only(item) for name, item in value.items()})
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two parts of results hold the same values."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        if one.dtype.kind == other.dtype.kind == "O":
            return one.shape == other.shape and same(one.tolist(), other.tolist())
        floats = one.dtype.kind == other.dtype.kind == "f"
        return one.dtype.kind == other.dtype.kind and np.array_equal(one, other, equal_nan=floats)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (one != one and other != other)
    if is_dataclass(one) and type(one) is type(other) and not isinstance(one, ByValue):
        return all(same(getattr(one, item.name), getattr(other, item.name)) for item in fields(one))
    return bool(one == other)
