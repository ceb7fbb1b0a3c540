"""What a comparison says first: how much more or less each plan ended with, and whether that may be chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.messages import Message, Money, Percent, Quoted, listed, message, word
from engine.report.answer import Answer
from engine.report.chance import chance, opposite
from engine.report.charts import same_days
from engine.report.summary import amount, became, dry_notes, lost, money_notes, period_notes, ran_out
from engine.result import Result
from engine.studies.differences import with_money


def compare_answer(results: Sequence[Result]) -> Answer:
    """Each plan against the first, money that ran out before everything.

    Where they cover different periods, or pay in or take out different amounts, nothing is ranked.
    """
    first, *others = results
    other_periods, other_money = period_notes(results), money_notes(results)
    apart = [*other_periods, *other_money]
    ruined = dry_notes(results)
    if not others:
        return Answer((*ruined, _became(first), *_losses(results)))
    left = [result for result in results if not ran_out(result) or result.metrics.get("final_value")]
    if other_periods:
        return Answer((*ruined, *apart, *map(_became, left), *_losses(results)))
    said = [*apart, *map(_became, left)] if apart else [_against(first, others)]
    said += [*_losses(results), *_calmest(results)]
    unlike = [] if apart else [*opposite(first, others), *_timing(first, others)]
    return Answer((*ruined, *said), (*chance([(run.name, run) for run in results]), *unlike))


def _became(result: Result) -> Message:
    return message("{name}: {became}", name=result.name, became=became(result))


def _losses(results: Sequence[Result]) -> list[Message]:
    """Which plans ended below what was paid in, and by how much."""
    each = [
        message("{name} {loss} ({share} of the money paid in)", name=result.name, **loss)
        for result in results
        if (loss := lost(result))
    ]
    return [message("Ended with a loss: {each}.", each=listed(each))] if each else []


def _against(first: Result, others: Sequence[Result]) -> Message:
    """What the first ended with, and how much more or less the others."""
    return message(
        "{first} ended with {money} after tax; compared with it, {each}.",
        first=first.name,
        money=amount(first, "liquidation_value"),
        each=listed([_gap(other, first) for other in others], last=";" if len(others) > 1 else ","),
    )


def _gap(other: Result, first: Result) -> Message:
    mine, its = (amount(run, "liquidation_value").amount for run in (other, first))
    name, gap = other.name, Money(abs(mine - its), "")
    if round(mine) == round(its):
        return message("{name} ended with exactly as much", name=name)
    if its <= 0.0:
        return message("{name} ended with {gap} more", name=name, gap=gap)
    return message(
        "{name} ended with {gap} ({share}) more" if mine > its else "{name} ended with {gap} ({share}) less",
        name=name,
        gap=gap,
        share=Percent(abs(mine / its - 1.0), 1),
    )


def _calmest(results: Sequence[Result]) -> list[Message]:
    """Which plan's worst drawdown was the smallest, unless another's was as small or the money ran out.

    Nothing where they had money on other days: what was not there does not fall.
    """
    if any(map(ran_out, results)) or len(set(map(with_money, results))) > 1:
        return []
    depths = [float(result.metrics.get("max_drawdown") or 0.0) for result in results]
    if depths.count(max(depths)) > 1:
        return []
    calmest = results[depths.index(max(depths))]
    return [word("compare_calmest", name=calmest.name, depth=Percent(-max(depths), 1))]


def _timing(first: Result, others: Sequence[Result]) -> list[Message]:
    """That money which came in earlier was in the market longer, where it did."""
    late = [other.name for other in others if not _paid_alike(other, first)]
    if not late:
        return []
    return [
        message(
            "For {names}, the money moves on other days than that of {first}: how much of the difference that "
            "makes is chance, one period cannot tell; backtest windows can.",
            names=listed(map(Quoted, late), last="and"),
            first=first.name,
        )
    ]


def _paid_alike(one: Result, other: Result) -> bool:
    """Whether the same money came and went on the same days."""
    if not same_days(one, other):
        return False
    return all(
        np.allclose(one.equity[name], other.equity[name], rtol=1e-9, atol=0.5)
        for name in ("contributed", "withdrawn")
    )
