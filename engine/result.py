"""What one run gives back: a frozen value that the store writes, the report shows and a notebook holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Result:
    """One configuration's life, on T sessions with A assets and B buckets.

    ``config``        the resolved configuration as plain values (what ``config.yaml`` holds)
    ``manifest``      configuration hash, data sources and their SHA-256, versions, seed, flags
                      (``sample``, ``counterfactual``), assumptions as sentences
    ``metrics``       name -> number, ISO date, or None where the figure has no meaning
    ``reasons``       name -> why that metric is None
    ``equity``        columns of length T: ``date`` (datetime64[D]), ``value``, ``contributed``, ``withdrawn``
                      (both cumulative), ``flow``, ``cash``, ``twr`` (index, 1.0 = before the first session),
                      ``usdjpy``, one ``asset:SYMBOL`` and one ``bucket:NAME`` each (values in base currency),
                      ``price:SYMBOL`` (one unit in base currency at mid)
    ``transactions``  columns, a row per cash movement or transfer: ``date``, ``settlement``, ``account``
                      (bucket name, '' for the cash account), ``asset``, ``kind``, ``units``, ``price``,
                      ``fx``, ``amount`` (signed, base currency), ``cost`` (part of it), ``cash_after``
    ``years``         a row a calendar year: ``year``, ``contributed``, ``withdrawn``, ``dividends`` (gross),
                      ``dividend_tax``, ``tax``, ``cost``, ``value``, ``twr``
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
    reasons: Mapping[str, str]
    equity: Columns
    transactions: Columns
    years: Columns
    quota: Columns
    flows: Columns = field(default_factory=dict)
    benchmark: Result | None = field(default=None, compare=False)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The assets, in configured order."""
        return tuple(name.removeprefix("asset:") for name in self.equity if name.startswith("asset:"))

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """The sessions."""
        dates: NDArray[np.datetime64] = self.equity["date"]
        return dates
