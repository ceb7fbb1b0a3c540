"""A study's summary in shares: each chunk has every window of its points, and so says all there is to say of them.

Whoever simulates a chunk makes its share, and the shares joined are the summary of the study: the same figures to
the last bit however the study was cut, since no figure of a point depends on another point. Only ``Summary.noise``
compares points of different chunks: each share brings the windows of its own best and worst.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import BadData
from engine.messages import message
from engine.metrics import DAYS_A_YEAR, METRICS
from engine.studies.depletion import DRY_COLUMNS, RanOut, ran_out
from engine.studies.grid.axes import Axis
from engine.studies.grid.chunk import Columns
from engine.studies.grid.paired import paired_difference
from engine.studies.grid.points import GridPoints
from engine.studies.grid.statistics import (
    COLUMNS,
    MEASURES,
    STATISTICS,
    Ends,
    Summary,
    groups_of,
    statistics,
)
from engine.studies.grid.window_grid import Window, WindowGrid, non_overlapping, stride_of

Floats = NDArray[np.float64]
MEDIAN = STATISTICS.index("median")
NEARLY = 0.01  # of a year: windows with a leap day less than four years have
NUMBERS = tuple(field.name for field in fields(RanOut) if field.name != "survival")
RAN_OUT, COUNTS = len(NUMBERS), 3  # of a RanOut but for its survival, and how many of them are counts


@dataclass(frozen=True, eq=False)
class Share:
    """The summary of c points in H horizons, M measures and S statistics. All are floats: counts are exact.

    ``points``   (c,) their numbers, ascending
    ``values``, ``known``  (M, S, c, H) and (M, c, H), as ``Summary`` has them
    ``columns``  (N, c, H) those of ``COLUMNS`` that exist
    ``ran_out``   (c, H, R) the numbers of a RanOut, its survival last and NaN beyond it; R is 0 where no plan
                  takes money out
    ``extremes``  (M, 2, W) each measure in every window, of the points with the highest and with the lowest median
                  of the window's horizon
    """

    points: Floats
    values: Floats
    known: Floats
    columns: Floats
    ran_out: Floats
    extremes: Floats

    def flat(self) -> Floats:
        """(n,) all of it, one after the other."""
        return np.concatenate([getattr(self, field.name).ravel() for field in fields(self)])


class Horizon(NamedTuple):
    """Windows that are summarised together: their numbers, how many share no day, their length in whole years."""

    inside: Sequence[int]
    independent: int
    years: int


@dataclass(frozen=True)
class ShareMaker:
    """What a share depends on besides its rows: the windows, and whether any plan takes money out."""

    grid: WindowGrid
    takes_out: bool

    @property
    def columns(self) -> list[str]:
        """Those of ``COLUMNS`` that exist."""
        return [name for name in COLUMNS if self.takes_out or name not in DRY_COLUMNS]

    @cached_property
    def horizons(self) -> list[Horizon]:
        """The windows of each horizon."""
        groups = [
            (inside, [self.grid.windows[number] for number in inside]) for inside in groups_of(self.grid)
        ]
        return [Horizon(inside, non_overlapping(own), whole_years(own)) for inside, own in groups]

    def of_rows(self, rows: Columns) -> Share:
        """The share of points whose ``rows`` these are, in any order: one a window each."""
        points, at = np.unique(rows.point, return_inverse=True)

        def cube(name: str) -> Floats:
            found = np.full((len(points), len(self.grid.windows)), np.nan)
            found[at, rows.window] = rows.figures[name]
            return found

        share = self._shaped(len(points), points.astype(np.float64))
        for m, name in enumerate(MEASURES):
            measured = cube(name)
            for h, (inside, _, _) in enumerate(self.horizons):
                own = measured[:, inside]
                share.values[m, :, :, h] = statistics(own, METRICS[name].better)
                share.known[m, :, h] = np.isfinite(own).sum(axis=1)
                medians = share.values[m, MEDIAN, :, h]
                share.extremes[m, :, inside] = own[[medians.argmax(), medians.argmin()]].T
        ratio, core = cube("value_to_contributed"), cube("core_value_to_contributed")
        money = [cube(name) for name in ("years_lasted", "unpaid")] if self.takes_out else []
        for h, (inside, independent, years) in enumerate(self.horizons):
            dry = [
                ran_out(lasted, unpaid, independent, years)
                for lasted, unpaid in zip(*(each[:, inside] for each in money))
            ]
            for row, item in zip(share.ran_out[:, h], dry):
                *numbers, survival = astuple(item)
                row[: RAN_OUT + len(survival)] = [*numbers, *survival]
            ended = Ends(ratio[:, inside], core[:, inside], independent, dry)
            for number, name in enumerate(self.columns):
                share.columns[number, :, h] = COLUMNS[name].of(ended)
        return share

    def of_flat(self, numbers: Floats, count: int) -> Share:
        """The share of ``count`` points from what ``Share.flat`` gave. Raises BadData where it is another's."""
        share = self._shaped(count, np.empty(count))
        sizes = [getattr(share, field.name).size for field in fields(share)]
        if len(numbers) != sum(sizes):
            raise BadData(message("it has other columns"))
        for field, part in zip(fields(share), np.split(numbers, np.cumsum(sizes)[:-1])):
            getattr(share, field.name)[:] = part.reshape(getattr(share, field.name).shape)
        return share

    def _shaped(self, count: int, points: Floats) -> Share:
        """A share without figures."""
        groups, windows = len(self.horizons), len(self.grid.windows)
        longest = max(horizon.years for horizon in self.horizons)
        shapes = (
            (len(MEASURES), len(STATISTICS), count, groups),
            (len(MEASURES), count, groups),
            (len(self.columns), count, groups),
            (count, groups, RAN_OUT + longest + 1 if self.takes_out else 0),
            (len(MEASURES), 2, windows),
        )
        return Share(points, *(np.full(shape, np.nan) for shape in shapes))


def whole_years(windows: Sequence[Window]) -> int:
    """The whole years that each of some windows is long, its last day counted."""
    shortest = min((window.end - window.start).astype(int) for window in windows)
    return int((shortest + 1) / DAYS_A_YEAR + NEARLY)


def summarise(points: GridPoints, maker: ShareMaker, shares: Sequence[Share]) -> Summary:
    """The summary of a study from the shares of all its points, in any order."""
    order = np.concatenate([share.points for share in shares]).astype(np.int64)
    if not np.array_equal(np.sort(order), np.arange(points.count)):
        raise BadData(message("its parts have other points"))
    place = np.argsort(order)

    def joined(name: str, axis: int) -> Floats:
        together = np.concatenate([getattr(share, name) for share in shares], axis=axis)
        return np.take(together, place, axis=axis)

    grid = maker.grid
    groups = groups_of(grid)
    shape = (*points.shape, len(groups)) if grid.horizons else points.shape
    values, known, dry = joined("values", 2), joined("known", 1).astype(np.int64), joined("ran_out", 0)
    money = np.empty(dry[..., 0].size if maker.takes_out else 0, dtype=object)
    for at in range(len(money)):
        money[at] = _ran_out(dry.reshape(len(money), -1)[at])
    columns = {
        name: own.reshape(shape).astype(np.int64 if COLUMNS[name].kind == "count" else np.float64)
        for name, own in zip(maker.columns, joined("columns", 1))
    }
    return Summary(
        axes=(*points.axes, *((Axis("horizon", grid.horizons),) if grid.horizons else ())),
        values=values.reshape(len(MEASURES), len(STATISTICS), *shape),
        noise=_noise(values[:, MEDIAN], grid, groups, shares),
        known=known.reshape(len(MEASURES), *shape),
        columns=columns,
        ran_out=money.reshape(shape) if maker.takes_out else money,
    )


def _ran_out(numbers: Floats) -> RanOut:
    """What ``Share.ran_out`` says of a point and horizon."""
    counts, rest, survival = np.split(numbers, (COUNTS, RAN_OUT))
    told: dict[str, Any] = dict(zip(NUMBERS, [*map(int, counts), *rest.tolist()]))
    return RanOut(**told, survival=tuple(survival[np.isfinite(survival)].tolist()))


def _noise(
    medians: Floats, grid: WindowGrid, groups: Sequence[Sequence[int]], shares: Sequence[Share]
) -> Floats:
    """``Summary.noise``; ``medians`` (M, C, H)."""
    owner: dict[int, Share] = {int(point): share for share in shares for point in share.points}
    noise = np.full((len(MEASURES), len(groups)), np.nan)
    for h, inside in enumerate(groups):
        stride = stride_of([grid.windows[number] for number in inside])
        for m, own in enumerate(medians[:, :, h]):
            if np.isnan(own).any():
                continue
            high = owner[int(own.argmax())].extremes[m, 0, inside]
            low = owner[int(own.argmin())].extremes[m, 1, inside]
            found = paired_difference(high, low, stride, len(own) - 1)
            noise[m, h] = found.half_width if found.is_told else math.nan
    return noise
