"""A series as a period uses it: from where it follows its index, with what the checks found in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from engine.errors import BadData
from engine.market.assets import Asset
from engine.market.check_series import accepted, check_series
from engine.market.check_shift import check_shift
from engine.market.findings import Finding
from engine.market.request import Request
from engine.market.series import Provenance, Series
from engine.messages import message


@dataclass(frozen=True)
class History:
    """Prices of one asset for a period, and where they came from: itself first, then what else is inside."""

    asset: Asset
    series: Series
    provenance: tuple[Provenance, ...]


def noted(series: Series, findings: Sequence[Finding], asked: Request) -> Series:
    """``series`` with the findings in its notes, and those that a banner must carry in ``warnings``.

    :raises BadData: a fatal finding inside the period. One before it is only a note: signals alone see it.
    """
    warnings = []
    for item in findings:
        if asked.start is not None and item.dates and np.datetime64(item.dates[-1]) < asked.start:
            continue
        if item.is_fatal:
            hint = message("rule {rule}; take another source, or a period without it", rule=item.rule)
            what = message("{finding} [{source}]", finding=item.message, source=series.source)
            raise BadData(what, hint=hint)
        warnings += [item.message] if item.severity == "warning" else []
    return series.noted(*(item.message for item in findings), warnings=warnings)


def checked(series: Series, item: Asset, asked: Request) -> Series:
    """``series`` with what the checks found. Simulated prices have nothing to check."""
    if series.is_sample:
        return series
    today = np.datetime64("today", "D")
    return noted(series, check_series(series, item, start=asked.start, today=today), asked)


def beside_each_other(histories: Sequence[History], asked: Request) -> list[History]:
    """Histories, with what the days of US ETFs say of each other. :raises BadData: they do not fit."""
    etfs = [one for one in histories if one.asset.kind == "us_etf" and not one.series.is_sample]
    found: dict[str, list[Finding]] = {}
    for one, other in combinations(etfs, 2):
        shifted = check_shift(one.series, other.series)
        found.setdefault(one.asset.symbol, []).extend(accepted(each, one.asset) for each in shifted)
    return [_with(one, found.get(one.asset.symbol, []), asked) for one in histories]


def _with(one: History, findings: Sequence[Finding], asked: Request) -> History:
    noted(one.series, findings, asked)
    own, *inside = one.provenance
    own = replace(own, notes=(*own.notes, *(item.message for item in findings)))
    return replace(one, provenance=(own, *inside))


def usable(series: Series, item: Asset) -> Series:
    """``series`` from where it follows the index it is held for; a simulated one does from its start."""
    if item.tracks_since is None or series.is_sample:
        return series
    return series.rows(series.dates >= np.datetime64(item.tracks_since))
