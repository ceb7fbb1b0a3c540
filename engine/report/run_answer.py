"""What a run says first: what the money became, beside the core alone, and whether that difference is chance."""

from __future__ import annotations

from datetime import date

import numpy as np

from engine.messages import Arg, Day, Message, Money, Percent, Span, word
from engine.metrics import DAYS_A_YEAR
from engine.report.answer import Answer
from engine.report.chance import chance, opposite
from engine.report.summary import amount, became, core_name, lost, money_notes, ran_out
from engine.result import Result

WAITS = 0.1  # of what there is at the end: cash below that is what is left of whole shares


def run_answer(result: Result) -> Answer:
    """What happened, that the money ran out before everything; how sure the difference from the core is."""
    m, core = result.metrics, result.benchmark
    said = _dry(result) if ran_out(result) else _lasting(result)
    if loss := lost(result):
        said.append(word("headline_loss", **loss))
    if isinstance(rate := m.get("xirr"), float) and _lasted_a_year(result):
        said.append(word("headline_rate", rate=Percent(rate, 1)))
    if core is None:
        return Answer(tuple(said))
    sure = chance([(core_name(result), core), (result.name, result)])
    if money_notes([result, core]):  # a share of the value is another amount in the core
        return Answer((*said, _beside(result, core), *_core_taken(result, core)), sure)
    return Answer((*said, _beside(result, core)), (*sure, *opposite(core, [result])))


def _lasted_a_year(result: Result) -> bool:
    """Whether money came and went for a year: a rate of fewer days is no rate a year."""
    if not ran_out(result) or float(result.metrics["years_lasted"] or 0.0) >= 1.0:
        return True
    paid = result.equity["contributed"]
    return bool(paid[-1] > paid[result.dates <= np.datetime64(str(result.metrics["depleted_on"]))][-1])


def _dry(result: Result) -> list[Message]:
    days = float(result.metrics["years_lasted"] or 0.0) * DAYS_A_YEAR
    said = [
        word("headline_dry", date=_dry_day(result), span=Span(days), **_unpaid(result)),
        word(
            "headline_dry_result",
            contributed=amount(result, "contributed"),
            withdrawn=amount(result, "withdrawn"),
        ),
    ]
    later = [word("headline_dry_later", final=amount(result, "final_value"))]
    return said + (later if result.metrics.get("final_value") else [])


def _lasting(result: Result) -> list[Message]:
    m = result.metrics
    said = [word("headline_unpaid", **_unpaid(result))] if m.get("unpaid") else []
    said.append(became(result))
    if m.get("withdrawn"):
        said.append(word("headline_withdrawn", withdrawn=amount(result, "withdrawn")))
    return said + _waiting(result)


def _waiting(result: Result) -> list[Message]:
    """What of the end is cash: NISA alone that is full, orders that its room never fits, parts still to come."""
    cash, final = float(result.equity["cash"][-1]), amount(result, "final_value").amount
    if cash <= WAITS * final:
        return []
    return [word("headline_waits", cash=Money(cash, ""), share=Percent(cash / final, 1))]


def _unpaid(result: Result) -> dict[str, Arg]:
    """What was not paid, and which part that is of all that was to be taken out."""
    unpaid = amount(result, "unpaid")
    wanted = unpaid.amount + amount(result, "withdrawn").amount
    return {"unpaid": unpaid, "share": Percent(unpaid.amount / wanted if wanted else 0.0, 1)}


def _dry_day(result: Result) -> Day:
    return Day(date.fromisoformat(str(result.metrics["depleted_on"])), long=True)


def _core_taken(result: Result, core: Result) -> list[Message]:
    """What the core would have paid out, which its final value is to be read with; unpaid amounts are said."""
    if ran_out(result) or ran_out(core):
        return []
    return [word("headline_core_taken", taken=amount(core, "withdrawn"))]


def _beside(result: Result, core: Result) -> Message:
    """What the same money came to in the core alone."""
    name, final = core_name(result), amount(core, "final_value")
    if ran_out(core):
        return word("headline_core_dry", core=name, date=_dry_day(core), unpaid=amount(core, "unpaid"))
    if ran_out(result):
        return word("headline_core_lasts", core=name, final=final)
    gap = amount(result, "final_value").amount - final.amount
    if not gap:
        return word("headline_core_same", core=name)
    key = "headline_core_less" if gap > 0 else "headline_core_more"
    return word(key, core=name, final=final, gap=Money(abs(gap), ""))
