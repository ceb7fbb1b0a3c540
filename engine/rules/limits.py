"""The limits of the NISA frames as arrays, and the yearly amounts that fill them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, isfinite
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from engine.errors import ConfigError
from engine.rules import tables
from engine.rules.tables import UNLIMITED, FrameRow
from engine.rules.terms import Floats, Ints


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


def quota_parts(
    rules: str,
    frames: Iterable[str],
    years: int,
    calendar: Sequence[int],
    *,
    annual_limits: Mapping[str, float] | None = None,
    lifetime_limits: Mapping[str, float] | None = None,
) -> list[float]:
    """Yen of each year of ``calendar`` that fill the given frames over ``years`` years in equal parts.

    ``frames`` are those that the assets may use; ``calendar`` (C,) are the calendar years from the first
    contribution on, increasing by one. A year's part is the lifetime limit of the frames open in it divided by
    ``years``, up to the next yen. It is put into them in filling order, each as far as its annual limit and
    the lifetime limits allow; what an annual limit keeps back comes in the years after. Frames without a
    lifetime limit take their annual limit every year. With T and G ¥3,600,000 in five years for 1 to 5
    years, ¥1,800,000 in ten for 10; with G alone ¥2,400,000 and ¥1,200,000.

    The parts depend on the law, ``years`` and the first year alone: a longer ``calendar`` only adds to them.
    """
    rows = tables.frame_rows(rules)
    wanted = set(frames)
    names = tuple(dict.fromkeys(row.frame for row in rows if row.frame in wanted))
    law = frame_arrays(names, rows, calendar[0], len(calendar), annual_limits or {}, lifetime_limits or {})
    own_left, shared_left = law["lifetime_limit"].tolist(), law["shared_lifetime"]
    parts = []
    for annual in law["annual_limit"].T.tolist():
        rest = _equal_part(annual, law, years)
        part = 0.0
        for b, limit in enumerate(annual):
            shares = bool(law["shares_lifetime"][b])
            taken = min(rest, limit, own_left[b], shared_left if shares else rest)
            own_left[b] -= taken
            shared_left -= taken if shares else 0.0
            rest -= taken
            part += taken
        parts.append(part)
    return parts


def _equal_part(annual: Sequence[float], law: FrameArrays, years: int) -> float:
    """A ``years``-th of what the frames open in a year, those with an ``annual`` limit, take in a lifetime."""
    open_now = [b for b, limit in enumerate(annual) if limit > 0]
    inside = sum(law["lifetime_limit"][b] for b in open_now if law["shares_lifetime"][b])
    alone = sum(law["lifetime_limit"][b] for b in open_now if not law["shares_lifetime"][b])
    lifetime = float(min(inside, law["shared_lifetime"]) + alone)
    return float(ceil(lifetime / years)) if isfinite(lifetime) else lifetime


def _annual_limit(rows: list[FrameRow], year: int, own: float | None) -> float:
    limit = next((row.annual_limit for row in rows if row.holds_in(year)), 0.0)
    return float(own) if own is not None and limit > 0 else limit


def _check_limits(key: str, limits: Mapping[str, float], allowed: tuple[str, ...]) -> None:
    for frame, limit in limits.items():
        if frame not in allowed:
            raise tables.unknown(key, frame, allowed)
        if not limit >= 0:
            raise ConfigError(f"{key}: {frame} is {limit}; it must be 0 yen or more")
