"""The limits of the NISA frames as arrays, and the yearly amounts that fill them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from engine.market.series import Floats, Ints, Mask
from engine.rules.frames import frame_rows
from engine.rules.tables import UNLIMITED, FrameRow

if TYPE_CHECKING:
    from engine.config import Config
    from engine.config.models import AccountRules
    from engine.market.panel import Panel
    from engine.rules.opening import Opening


SHARED = ("T", "G")  # frames of the shared lifetime limit


class FrameArrays(TypedDict):
    """The fields of ``Terms`` that hold the frames' limits."""

    annual_limit: Floats
    lifetime_limit: Floats
    shares_lifetime: Mask
    shared_lifetime: float
    restores: Mask
    term: Ints


def frame_arrays(
    rows: Sequence[FrameRow], rules: AccountRules, buckets: Sequence[str], first_year: int, span: int
) -> FrameArrays:
    """Limits by bucket, annual ones by year from ``first_year`` on; own numbers replace the table's by frame.

    An own annual limit holds in the years in which the frame exists.
    """
    annual, lifetime = rules.annual_limits.model_dump(), rules.lifetime.model_dump()
    shared = lifetime.pop("total")
    size = len(buckets)
    arrays = FrameArrays(
        annual_limit=np.full((size, span), UNLIMITED),
        lifetime_limit=np.full(size, UNLIMITED),
        shares_lifetime=np.zeros(size, dtype=np.bool_),
        shared_lifetime=min(row.shared_lifetime for row in rows) if shared is None else shared,
        restores=np.zeros(size, dtype=np.bool_),
        term=np.zeros(size, dtype=np.int64),
    )
    for b, bucket in enumerate(buckets):
        frame = bucket.removeprefix("nisa.")
        own = [row for row in rows if row.frame == frame]
        for row in own:
            limit = lifetime.get(frame)
            arrays["lifetime_limit"][b] = row.lifetime_limit if limit is None else limit
            arrays["shares_lifetime"][b] = isfinite(row.shared_lifetime)
            arrays["restores"][b] = row.restores
            arrays["term"][b] = row.term
        if own:
            years = range(first_year, first_year + span)
            arrays["annual_limit"][b] = [_annual_limit(own, year, annual.get(frame)) for year in years]
    return arrays


def _annual_limit(rows: Sequence[FrameRow], year: int, own: float | None) -> float:
    limit = next((row.annual_limit for row in rows if row.holds_in(year)), 0.0)
    return own if own is not None and limit > 0 else limit


def quota_parts(
    config: Config,
    panel: Panel,
    calendar: Sequence[int],
    *,
    opening: Opening | None = None,
    buckets: Sequence[str] = (),
) -> list[float]:
    """Yen of each year of ``calendar`` that ``fill_quota`` pays, to fill the frames in equal parts.

    ``calendar`` (C,) are the calendar years from the first contribution on, increasing by one. The frames are
    those that the assets may use. A year's part is the lifetime limit of the frames open in it divided by
    the configured ``years``, up to the next yen. It is put into them in filling order, each as far as its
    annual limit and the lifetime limits allow; what an annual limit keeps back comes in the years after.
    Frames without a lifetime limit take their annual limit every year. With T and G ¥3,600,000 in five years
    for 1 to 5 years, ¥1,800,000 in ten for 10; with G alone ¥2,400,000 and ¥1,200,000.

    What ``opening`` says is held in the frames, the ``buckets`` by name, is filled already, and so is what was
    bought in the open years: the limits are what is left of them.
    The parts depend on the law, ``years``, the first year and what is held: a longer ``calendar`` only adds.
    """
    filling, rules = config.strategy.filling, config.account_rules
    assert filling is not None
    usable = {frame for own in panel.frames for frame in own}
    rows = frame_rows(config)
    names = list(dict.fromkeys(row.frame for row in rows if row.frame in usable))
    law = frame_arrays(rows, rules, names, calendar[0], len(calendar))
    if opening is not None:
        _take_what_is_held(law, opening, [name.removeprefix("nisa.") for name in buckets], names, calendar)
    own_left, shared_left = law["lifetime_limit"].tolist(), law["shared_lifetime"]
    parts = []
    for annual in law["annual_limit"].T.tolist():
        rest = _equal_part(annual, law, filling.years)
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


def _take_what_is_held(
    law: FrameArrays, opening: Opening, buckets: Sequence[str], names: Sequence[str], calendar: Sequence[int]
) -> None:
    """Lower the limits of the frames ``names`` by what is held before, and was bought in years of ``calendar``."""
    books = [(buckets[lot.bucket], lot.cost) for lot in opening.lots]
    books += [(buckets[b], book) for (b, _), book in opening.given_back.items()]
    for frame, book in books:
        if frame in names:
            b = names.index(frame)
            law["lifetime_limit"][b] = max(law["lifetime_limit"][b] - book, 0.0)
        if frame in SHARED:
            law["shared_lifetime"] = max(law["shared_lifetime"] - book, 0.0)
    for (bucket, year), book in opening.bought.items():
        if buckets[bucket] in names and year in calendar:
            at = names.index(buckets[bucket]), calendar.index(year)
            law["annual_limit"][at] = max(law["annual_limit"][at] - book, 0.0)


def _equal_part(annual: Sequence[float], law: FrameArrays, years: int) -> float:
    """A ``years``-th of what the frames open in a year, those with an ``annual`` limit, take in a lifetime."""
    open_now = [b for b, limit in enumerate(annual) if limit > 0]
    inside = sum(law["lifetime_limit"][b] for b in open_now if law["shares_lifetime"][b])
    alone = sum(law["lifetime_limit"][b] for b in open_now if not law["shares_lifetime"][b])
    lifetime = float(min(inside, law["shared_lifetime"]) + alone)
    return float(ceil(lifetime / years)) if isfinite(lifetime) else lifetime
