"""The limits of the NISA frames as arrays, and what a year of filling them costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import floor, isfinite
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from engine.errors import ConfigError
from engine.rules import tables
from engine.rules.tables import UNLIMITED, FrameRow
from engine.rules.terms import Floats, Ints, Terms


class FrameArrays(TypedDict):
    """The fields of ``Terms`` that hold the frames' limits."""

    annual_limit: Floats
    lifetime_limit: Floats
    shares_lifetime: NDArray[np.bool_]
    shared_lifetime: float
    restores: NDArray[np.bool_]
    term: Ints


def frame_arrays(
    buckets: tuple[str, ...],
    rows: tuple[FrameRow, ...],
    first_year: int,
    span: int,
    annual_limits: Mapping[str, float],
    lifetime_limits: Mapping[str, float],
) -> FrameArrays:
    """Limits by bucket, annual ones by year from ``first_year`` on; own numbers replace the table's by frame.

    An own annual limit holds in the years in which the frame exists.
    """
    by_frame: dict[str, list[FrameRow]] = {}
    for row in rows:
        by_frame.setdefault(row.frame, []).append(row)
    _check_limits("annual_limits", annual_limits, tuple(by_frame))
    _check_limits("lifetime_limits", lifetime_limits, (*by_frame, "shared"))

    size = len(buckets)
    arrays = FrameArrays(
        annual_limit=np.full((size, span), UNLIMITED),
        lifetime_limit=np.full(size, UNLIMITED),
        shares_lifetime=np.zeros(size, dtype=np.bool_),
        shared_lifetime=float(lifetime_limits.get("shared", min(row.shared_lifetime for row in rows))),
        restores=np.zeros(size, dtype=np.bool_),
        term=np.zeros(size, dtype=np.int64),
    )
    for b, bucket in enumerate(buckets):
        frame = bucket.removeprefix("nisa.")
        own = by_frame.get(frame, [])
        for row in own:
            arrays["lifetime_limit"][b] = lifetime_limits.get(frame, row.lifetime_limit)
            arrays["shares_lifetime"][b] = isfinite(row.shared_lifetime)
            arrays["restores"][b] = row.restores
            arrays["term"][b] = row.term
        if own:
            years = range(first_year, first_year + span)
            arrays["annual_limit"][b] = [_annual_limit(own, year, annual_limits.get(frame)) for year in years]
    return arrays


def quota_per_year(
    rules: str | Terms,
    frames: Iterable[str],
    years: int,
    *,
    year: int | None = None,
    annual_limits: Mapping[str, float] | None = None,
    lifetime_limits: Mapping[str, float] | None = None,
) -> float:
    """Yen a year that fill the given frames as fast as the law allows, or evenly over ``years`` years.

    ``frames`` are those that the assets may use, ``year`` the calendar year whose annual limits count
    (default: the newest of the rules). The sum of the annual limits, at most the lifetime limit / ``years``:
    with T and G ¥3,600,000 for 1 to 5 years, ¥1,800,000 for 10; with G alone ¥2,400,000 and ¥1,200,000.
    0 where the frames do not exist in that year.
    """
    if years < 1:
        raise ConfigError(f"years: {years} is too short; a quota is filled over 1 year or more")
    if isinstance(rules, Terms):
        terms, wanted = rules, {f"nisa.{frame}" for frame in frames}
        buckets = [b for b, name in enumerate(terms.buckets) if name in wanted]
        column = terms.annual_limit.shape[1] - 1 if year is None else year - terms.first_year
        limits = [float(terms.annual_limit[b, column]) for b in buckets]
        lifetimes = [float(terms.lifetime_limit[b]) for b in buckets]
        shares = [bool(terms.shares_lifetime[b]) for b in buckets]
        return _per_year(limits, lifetimes, shares, terms.shared_lifetime, years)
    rows = tables.frame_rows(rules)
    names = tuple(dict.fromkeys(row.frame for row in rows if row.frame in set(frames)))
    start = max(row.from_year for row in rows) if year is None else year
    arrays = frame_arrays(names, rows, start, 1, annual_limits or {}, lifetime_limits or {})
    return _per_year(
        arrays["annual_limit"][:, 0].tolist(),
        arrays["lifetime_limit"].tolist(),
        arrays["shares_lifetime"].tolist(),
        arrays["shared_lifetime"],
        years,
    )


def _per_year(
    annual: list[float], lifetime: list[float], shares: list[bool], shared_lifetime: float, years: int
) -> float:
    open_now = [b for b, limit in enumerate(annual) if limit > 0]
    inside = sum(lifetime[b] for b in open_now if shares[b])
    alone = sum(lifetime[b] for b in open_now if not shares[b])
    yearly = sum(annual[b] for b in open_now)
    capacity = min(inside, shared_lifetime) + alone
    return float(floor(min(yearly, capacity / years))) if isfinite(yearly) else yearly


def _annual_limit(rows: list[FrameRow], year: int, own: float | None) -> float:
    limit = next((row.annual_limit for row in rows if row.holds_in(year)), 0.0)
    return float(own) if own is not None and limit > 0 else limit


def _check_limits(key: str, limits: Mapping[str, float], allowed: tuple[str, ...]) -> None:
    for frame, limit in limits.items():
        if frame not in allowed:
            raise tables.unknown(key, frame, allowed)
        if not limit >= 0:
            raise ConfigError(f"{key}: {frame} is {limit}; it must be 0 yen or more")
