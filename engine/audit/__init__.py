"""A result lived again by another engine: its orders through vectorbt, its figures through others."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from engine.audit.checks import Audit, Check
from engine.audit.figures import DISAGREE, check_again, check_figures, returns_of
from engine.audit.records import check_records
from engine.audit.replay import (
    Floats,
    Replay,
    engines,
    has_prices,
    make_replay,
    rejections,
    simulate,
    to_vectorbt,
    vectorbt_version,
)
from engine.messages import Message, message
from engine.result import Result

OLD_BENCHMARK = message(
    "The result holds no transactions of the core alone: its figures were not recomputed."
)
DERIVED = message(
    "The result holds no prices: those of each close are its asset values over its replayed units."
)


def audit(result: Result) -> Audit:
    """Compare a result with its replay through vectorbt, by every engine of it that is installed.

    Also computes every figure again from the records: metrics, years, quotas, the value after tax. The same money
    in the core alone, where it stands beside the result, is audited as well. Raises nothing for a difference: see
    :meth:`Audit.require`.
    """
    checks, notes = _checks(result)
    core = result.benchmark
    if core is not None and len(core.transactions.get("date", ())):
        beside, more = _checks(core)
        checks += [replace(check, core=True) for check in beside]
        notes += more
    elif core is not None:
        notes.append(OLD_BENCHMARK)
    return Audit(result.name, tuple(checks), tuple(dict.fromkeys(notes)))


def _checks(result: Result) -> tuple[list[Check], list[Message]]:
    replay = make_replay(result)
    checks = [check for engine in engines() for check in _compare(result, replay, engine)]
    figures, missing = check_figures(result)
    notes = [*DISAGREE, *([] if has_prices(result) else [DERIVED]), *missing]
    return [*checks, *check_records(result), *check_again(result), *figures], notes


def _compare(result: Result, replay: Replay, engine: str) -> Iterator[Check]:
    """Value, cash, assets and accounts of each session against vectorbt's."""
    by = f"vectorbt {vectorbt_version()} ({engine})"
    try:
        lived = simulate(replay, engine)
    except rejections() as error:
        yield Check("orders", by, math.inf, type(error).__name__)
        return
    equity, at = result.equity, replay.close_at
    scale = np.maximum(equity["value"], 1.0)
    value = np.asarray(lived.value(), np.float64)[at]
    cash = np.asarray(lived.cash(), np.float64)[at]
    worth = np.asarray(lived.asset_value(group_by=False), np.float64)[at]
    yield _largest("equity", by, equity["value"], value, scale, result)
    yield _largest("cash", by, equity["cash"], cash, scale, result)
    for a, symbol in enumerate(result.symbols):
        mine = worth[:, replay.assets == a].sum(axis=1)
        yield _largest("asset", by, equity[f"asset:{symbol}"], mine, scale, result, symbol)
    for name in (name for name in equity if name.startswith("bucket:")):
        account = name.removeprefix("bucket:")
        mine = worth[:, [column.split(":")[0] == account for column in replay.columns]].sum(axis=1)
        yield _largest("account", by, equity[name], mine, scale, result, account)
    index = np.cumprod(1.0 + returns_of(result, value)).astype(np.float64)
    yield _largest("index", by, equity["twr"], index, np.maximum(equity["twr"], 1e-3), result)


def _largest(
    what: str, by: str, ours: Floats, theirs: Floats, scale: Floats, result: Result, of: str = ""
) -> Check:
    gap: Floats = np.abs(ours - theirs) / scale
    worst = int(np.argmax(gap))
    return Check(what, by, float(gap[worst]), str(result.dates[worst]), of)


__all__ = ["Audit", "Check", "audit", "engines", "to_vectorbt"]
