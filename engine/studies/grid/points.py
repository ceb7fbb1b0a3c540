"""The points of a sweep's grid: each axis value checked once on the base, each point made of checked values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.config import Config, override
from engine.config.document import Node
from engine.config.strategy import Allocation
from engine.errors import ConfigError
from engine.messages import Listed, listed, message
from engine.studies.grid.axes import Axis
from engine.studies.grid.documents import where_of

ALLOCATION = "strategy.allocation"
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class GridPoints:
    """Every combination of the axes' values, in the order of the axes, the last one running fastest.

    Point i has on axis k the value ``axes[k].values[places[i, k]]``. Axes inside ``strategy.allocation`` are
    inner, the others outer: ``outer`` and ``inner`` hold a checked configuration of each combination of theirs,
    from which every point's is put together.
    """

    axes: tuple[Axis, ...]
    outer: tuple[Config, ...]
    inner: tuple[Config, ...]
    outer_of: Ints
    inner_of: Ints

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def count(self) -> int:
        """How many points there are."""
        return len(self.outer_of)

    @cached_property
    def places(self) -> Ints:
        """(points, axes) the place of each point's value on each axis."""
        return np.stack(np.unravel_index(np.arange(self.count), self.shape), axis=1)

    @cached_property
    def varies_allocation(self) -> bool:
        """Whether an axis lies in the allocation."""
        return any(axis.key.startswith(ALLOCATION) for axis in self.axes)

    def allocation(self, point: int) -> Allocation:
        """A point's allocation alone, which takes far less time than its configuration."""
        inner, outer = self.inner[int(self.inner_of[point])], self.outer[int(self.outer_of[point])]
        return (inner if self.varies_allocation else outer).strategy.allocation

    def config(self, point: int) -> Config:
        """A point's configuration, the base's period still in it."""
        outer = self.outer[int(self.outer_of[point])]
        if not self.varies_allocation:
            return outer
        # Nothing outside the allocation depends on it, so that what was checked apart needs no check together.
        strategy = outer.strategy.model_copy(update={"allocation": self.allocation(point)})
        return outer.model_copy(update={"strategy": strategy})

    def values(self, point: int) -> Listed:
        """A point for people by its values alone: ``10%, IJR``."""
        return listed(
            axis.text(int(self.places[point, number]))
            for number, axis in enumerate(self.axes)
            if len(axis.values) > 1
        )

    def text(self, point: int, only: Sequence[int] | None = None) -> Listed:
        """A point for people, or ``only`` some of its axes: ``Satellite weight 10%, Satellite IJR``."""
        return listed(
            message("{label} {value}", label=axis.label, value=axis.text(int(self.places[point, number])))
            for number, axis in enumerate(self.axes)
            if len(axis.values) > 1 and (only is None or number in only)
        )


def make_points(
    base: Config, axes: Mapping[str, tuple[Any, ...]], root: Node | None, *, allow_python: bool = False
) -> GridPoints:
    """All points of ``axes`` over ``base``. Raises ConfigError at the line of the axis that is wrong."""
    inner_keys = [key for key in axes if key == ALLOCATION or key.startswith(f"{ALLOCATION}.")]
    outer_keys = [key for key in axes if key not in inner_keys]
    shape = tuple(len(values) for values in axes.values())
    places = np.unravel_index(np.arange(int(np.prod(shape))), shape)
    at = dict(zip(axes, places))
    return GridPoints(
        tuple(Axis(key, values, base.currency) for key, values in axes.items()),
        _combined(base, axes, outer_keys, root, allow_python),
        _combined(base, axes, inner_keys, root, allow_python),
        _numbers(axes, outer_keys, at, len(places[0])),
        _numbers(axes, inner_keys, at, len(places[0])),
    )


def _numbers(
    axes: Mapping[str, tuple[Any, ...]], keys: Sequence[str], at: Mapping[str, Any], count: int
) -> Ints:
    """(points,) the number of each point's combination of ``keys``, in the order of ``product``."""
    number = np.zeros(count, np.int64)
    for key in keys:
        number = number * len(axes[key]) + at[key]
    return number


def _combined(
    base: Config,
    axes: Mapping[str, tuple[Any, ...]],
    keys: Sequence[str],
    root: Node | None,
    allow_python: bool,
) -> tuple[Config, ...]:
    return tuple(
        _changed(base, dict(zip(keys, values)), root, allow_python)
        for values in product(*(axes[key] for key in keys))
    )


def _changed(base: Config, changes: Mapping[str, Any], root: Node | None, allow_python: bool) -> Config:
    if not changes:
        return base
    try:
        where = where_of(root, ("axes", list(changes)[-1]))
        return override(base, changes, where=where, allow_python=allow_python)
    except ConfigError as error:
        for key, value in changes.items():  # the axis that is wrong by itself, at its own line
            override(base, {key: value}, where=where_of(root, ("axes", key)), allow_python=allow_python)
        raise error
