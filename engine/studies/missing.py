"""Missing values in studies: one policy.

A simulation whose money ran out is one like any other: it ended with 0, its XIRR is that of the flows that
happened. A figure is missing (NaN) only where it has no meaning: a rate over less than a year, a Sharpe
ratio without movement. Statistics are over the simulations that have the figure; where that is not all of them,
the count stands beside the figure (``counted``), and nothing is called best by it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.market.series import Floats


def known_of(values: Floats) -> Floats:
    """The values that are there, NaN and infinite ones left out."""
    return values[np.isfinite(values)]


def quantiles(values: Floats, levels: Sequence[float]) -> list[float]:
    """Quantiles (type 7) of the values that are there; NaN where there is none."""
    known = known_of(values)
    if not known.size:
        return [float("nan")] * len(levels)
    return [float(value) for value in np.quantile(known, levels)]


def mean_of(values: Floats) -> float:
    """The mean of the values that are there; NaN where there is none."""
    known = known_of(values)
    return float(known.mean()) if known.size else float("nan")
