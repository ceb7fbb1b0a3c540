"""The cells of a sweep: each axis value checked once on the base, each cell a configuration made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.config import Config, override
from engine.config.document import Node
from engine.errors import ConfigError
from engine.studies.grid.documents import text_of, where_of

ALLOCATION = "strategy.allocation"


@dataclass(frozen=True)
class Cells:
    """Every combination of the axes' values, in the order of the axes, the last one running fastest.

    ``axes`` key -> values. Cell i has on axis k the value ``axes[k][places[i, k]]``. Axes inside
    ``strategy.allocation`` are inner, the others outer: ``outer`` and ``inner`` hold a checked configuration
    of each combination of theirs, from which every cell's is put together.
    """

    axes: Mapping[str, tuple[Any, ...]]
    outer: tuple[Config, ...]
    inner: tuple[Config, ...]
    outer_of: NDArray[np.int64]
    inner_of: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def count(self) -> int:
        """How many cells there are."""
        return len(self.outer_of)

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """(cells, axes) the place of each cell's value on each axis."""
        return np.stack(np.unravel_index(np.arange(self.count), self.shape), axis=1)

    def values_of(self, cell: int) -> dict[str, Any]:
        """A cell's value on each axis."""
        return {key: values[place] for (key, values), place in zip(self.axes.items(), self.places[cell])}

    def config(self, cell: int) -> Config:
        """A cell's configuration, the base's period still in it."""
        outer: Config = self.outer[int(self.outer_of[cell])]
        inner: Config = self.inner[int(self.inner_of[cell])]
        if all(not key.startswith(ALLOCATION) for key in self.axes):
            return outer
        # Nothing outside the allocation depends on it, so that parts checked apart need no check together.
        strategy = outer.strategy.model_copy(update={"allocation": inner.strategy.allocation})
        return outer.model_copy(update={"strategy": strategy})

    def label(self, cell: int) -> str:
        """A cell in words: ``satellite_weight 0.1, satellite IJR``."""
        return ", ".join(f"{short(key)} {text_of(value)}" for key, value in self.values_of(cell).items())


def short(key: str) -> str:
    """The last part of a key, by which people know it."""
    return key.split(".")[-1]


def make_cells(base: Config, axes: Mapping[str, tuple[Any, ...]], root: Node | None) -> Cells:
    """All cells of ``axes`` over ``base``. Raises ConfigError at the line of the axis that is wrong."""
    keys = list(axes)
    inner_keys = [key for key in keys if key == ALLOCATION or key.startswith(f"{ALLOCATION}.")]
    outer_keys = [key for key in keys if key not in inner_keys]
    outer = _combined(base, axes, outer_keys, root)
    inner = _combined(base, axes, inner_keys, root)
    shape = tuple(len(values) for values in axes.values())
    places = np.unravel_index(np.arange(int(np.prod(shape))), shape)
    at = dict(zip(keys, places))
    count = len(places[0])
    return Cells(
        axes, outer, inner, _numbers(axes, outer_keys, at, count), _numbers(axes, inner_keys, at, count)
    )


def _numbers(
    axes: Mapping[str, tuple[Any, ...]], keys: list[str], at: Mapping[str, Any], count: int
) -> NDArray[np.int64]:
    """(cells,) the number of each cell's combination of ``keys``, in the order of ``product``."""
    number = np.zeros(count, np.int64)
    for key in keys:
        number = number * len(axes[key]) + at[key]
    return number


def _combined(
    base: Config, axes: Mapping[str, tuple[Any, ...]], keys: list[str], root: Node | None
) -> tuple[Config, ...]:
    return tuple(
        _changed(base, dict(zip(keys, values)), root) for values in product(*(axes[key] for key in keys))
    )


def _changed(base: Config, changes: Mapping[str, Any], root: Node | None) -> Config:
    if not changes:
        return base
    try:
        return override(base, changes, where=where_of(root, ("axes", list(changes)[-1])))
    except ConfigError as error:
        for key, value in changes.items():  # the axis that is wrong by itself, at its own line
            override(base, {key: value}, where=where_of(root, ("axes", key)))
        raise error
