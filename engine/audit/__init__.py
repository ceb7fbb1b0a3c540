"""A result simulated again by another engine: its orders through vectorbt, its figures through others."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from engine.audit.again import path_of
from engine.audit.checks import Audit, Check, worst
from engine.audit.figures import DISAGREE, check_again, check_figures
from engine.audit.records import check_records
from engine.audit.replay import (
    Floats,
    Replay,
    engines,
    has_prices,
    index_portfolio,
    make_replay,
    per_year,
    rejections,
    simulate,
    to_vectorbt,
    vectorbt_version,
)
from engine.audit.tokyo import check_tokyo
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
    return Audit(result.name, tuple(checks), tuple(dict.fromkeys(notes)), per_year(result))


def _checks(result: Result) -> tuple[list[Check], list[Message]]:
    replay = make_replay(result)
    checks = [check for engine in engines() for check in _compare(result, replay, engine)]
    figures, missing = check_figures(result)
    notes = [*DISAGREE, *([] if has_prices(result) else [DERIVED]), *_not_asked(result), *missing]
    return [*checks, *check_records(result), *check_tokyo(result), *check_again(result), *figures], notes


def _not_asked(result: Result) -> list[Message]:
    """What of a plan's decisions the records do not hold: who made them is not asked again."""
    strategy = result.config.get("strategy") or {}
    allocation = strategy.get("allocation") or {}
    groups = (allocation, allocation.get("signal") or {}, strategy.get("contributions") or {})
    functions = [str(group["function"]) for group in groups if "function" in group]
    return [message("What {function} decided was taken as it is: only its orders were replayed.", function=name)
            for name in functions]  # fmt: skip


def _compare(result: Result, replay: Replay, engine: str) -> Iterator[Check]:
    """Value, cash, assets and accounts of each session against vectorbt's."""
    by = f"vectorbt {vectorbt_version()} ({engine})"
    try:
        found = simulate(replay, engine)
    except rejections() as error:
        yield Check("orders", by, math.inf, type(error).__name__)
        return
    equity, at = result.equity, replay.close_at
    worth = np.asarray(found.asset_value(group_by=False), np.float64)[at]
    account_of = np.array([column.split(":")[0] for column in replay.columns])
    scale, value = np.maximum(equity["value"], 1.0), np.asarray(found.value(), np.float64)[at]

    def against(what: str, name: str, theirs: Floats, of: str = "") -> Check:
        return worst(what, by, np.abs(equity[name] - theirs) / scale, result.dates, of)

    yield against("equity", "value", value)
    yield against("cash", "cash", np.asarray(found.cash(), np.float64)[at])
    for a, symbol in enumerate(result.symbols):
        yield against("asset", f"asset:{symbol}", worth[:, replay.assets == a].sum(axis=1), symbol)
    for name in (name for name in equity if name.startswith("bucket:")):
        account = name.removeprefix("bucket:")
        yield against("account", name, worth[:, account_of == account].sum(axis=1), account)
    path = path_of(result, value.tolist())
    index = np.array([*[1.0] * (len(value) - len(path.index)), *path.index])
    yield worst("index", by, np.abs(equity["twr"] - index) / np.maximum(equity["twr"], 1e-3), result.dates)


__all__ = ["Audit", "Check", "audit", "engines", "index_portfolio", "to_vectorbt"]
