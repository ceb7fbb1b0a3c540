"""Target weights over the sessions of a life.

Each allocation returns ``(targets, target_row)``: (R, A) rows of weights in the order of ``symbols``, each
adding to 1, and (T,) int32, the row that holds on each session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dates import Dates, Floats, Indices, first_sessions

Rows = NDArray[np.int32]
Targets = tuple[Floats, Rows]


def row_of(symbols: Sequence[str], weights: Mapping[str, float]) -> Floats:
    """(A,) weights in the order of ``symbols``, 0 for the others; ValueError for one that is missing."""
    row = np.zeros(len(symbols))
    for symbol, weight in weights.items():
        row[symbols.index(symbol)] = weight
    return row


def fixed_mix(symbols: Sequence[str], sessions: Dates, *, weights: Mapping[str, float]) -> Targets:
    """The same weights throughout."""
    return row_of(symbols, weights)[None, :], np.zeros(len(sessions), np.int32)


def core_satellite(
    symbols: Sequence[str], sessions: Dates, *, core: str, satellite: str, satellite_weight: float
) -> Targets:
    """The satellite at its weight, the rest in the core."""
    return fixed_mix(symbols, sessions, weights={core: 1.0 - satellite_weight, satellite: satellite_weight})


def glide_path(
    symbols: Sequence[str],
    sessions: Dates,
    *,
    from_: Mapping[str, float],
    to: Mapping[str, float],
    start: np.datetime64 | None = None,
    end: np.datetime64 | None = None,
    step: str = "monthly",
) -> Targets:
    """Weights in a straight line from one mix to another, a step on the first session of each month or year.

    The line runs in calendar days from ``start`` (without it the first session) to ``end`` (the last).
    """
    begin = sessions[0] if start is None else start
    finish = sessions[-1] if end is None else end
    steps = np.concatenate([[0], first_sessions(sessions, step)])
    length = max(float((finish - begin).astype(np.int64)), 1.0)
    way = np.clip((sessions[steps] - begin).astype(np.float64) / length, 0.0, 1.0)[:, None]
    targets = (1.0 - way) * row_of(symbols, from_) + way * row_of(symbols, to)
    return targets, rows_of(len(sessions), steps)


def tilt(
    symbols: Sequence[str],
    sessions: Dates,
    *,
    core: str,
    satellite: str,
    base_weight: float,
    min_weight: float,
    max_weight: float,
    steps: Indices,
    signal: Floats,
    direction: str = "follow",
    strength: str = "on_off",
    full_at: float = 0.2,
) -> Targets:
    """The satellite's weight by a ``signal`` (n,) that was read on the sessions ``steps`` (n,), the first 0.

    ``on_off``: a positive signal gives ``max_weight``, a negative one ``min_weight``. ``proportional``: from
    ``base_weight`` in a straight line, ``max_weight`` at ``full_at`` and ``min_weight`` at minus that. NaN
    (no past yet) and 0 give ``base_weight``. ``against`` turns the sign of the signal.
    """
    value = np.nan_to_num(signal, nan=0.0) * (1.0 if direction == "follow" else -1.0)
    pull = np.sign(value) if strength == "on_off" else np.clip(value / full_at, -1.0, 1.0)
    room = np.where(pull > 0.0, max_weight - base_weight, base_weight - min_weight)
    weight = np.clip(base_weight + pull * room, min_weight, max_weight)
    targets = np.zeros((len(steps), len(symbols)))
    targets[:, symbols.index(core)] = 1.0 - weight
    targets[:, symbols.index(satellite)] = weight
    return targets, rows_of(len(sessions), steps)


def table(symbols: Sequence[str], sessions: Dates, *, entries: Sequence[Mapping[str, Any]]) -> Targets:
    """Weights from dates of their own on: ``date`` and ``weights`` each, in order.

    Each holds from the first session on or after its date; before the first one those of the first hold.
    """
    dates = np.array([entry["date"] for entry in entries], "datetime64[D]")
    targets = np.stack([row_of(symbols, entry["weights"]) for entry in entries])
    held = np.searchsorted(dates, sessions, side="right") - 1
    return targets, np.maximum(held, 0).astype(np.int32)


def rows_of(length: int, steps: Indices) -> Rows:
    """(T,) the number of the last step on or before each session."""
    return np.repeat(np.arange(len(steps), dtype=np.int32), np.diff(steps, append=length))
