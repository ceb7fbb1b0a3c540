"""A withdraw study's answer: what may be taken out and how often that fails, then what it rests on."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine.messages import Day, Message, Money, Number, Percent, Text, message
from engine.report.answer import Answer
from engine.report.study_tables import months_drawn_from
from engine.studies.withdraw.results import Limit, Payout

USUAL_YEARS, USUAL_SHARE = 30, 0.05  # what is answered first, where it was asked for


def withdraw_answer(found: Payout) -> Answer:
    """The limit of futures, that of history, what the next step does; then how sure both are."""
    years = answered_years(found)
    limits = [item for item in found.limits if item.years == years]
    futures = [item for item in limits if item.world == "futures"]
    first = min(futures, key=lambda item: abs(item.share - USUAL_SHARE), default=None)
    said = [] if first is None else _of_futures(found, first)
    said += [_of_history(found, item) for item in limits if item.world == "history"]
    if found.sought == "year":
        said.append(
            message(
                "Without a person the plan's dates are of the calendar: there are futures only, no history."
            )
        )
    said += [_without(years, months) for span, months in found.without if span == years]
    return Answer(tuple(said), tuple(_sureness(found, first)))


def answered_years(found: Payout) -> int:
    """The horizon that the answer is about: 30 years, or the nearest to it."""
    spans = {item.years for item in found.limits}
    return min(spans, key=lambda span: (abs(span - USUAL_YEARS), span))


def paid(found: Payout, amount: float) -> Message:
    """An amount of the plan's withdrawals."""
    money = Money(amount, found.currency)
    return message("{amount} a month" if found.a_year == 12 else "{amount} a year", amount=money)


def value_of(found: Payout, value: float) -> Message:
    """A value of what was sought, in words."""
    if found.sought == "amount":
        return paid(found, value)
    if found.sought == "pot":
        return message("{amount} at the start", amount=Money(value, found.currency))
    number = Text(f"{value:.0f}")
    return message("age {n}", n=number) if found.sought == "age" else message("the year {n}", n=number)


def stops(found: Payout) -> bool:
    """Whether the year in which a plan stops was looked for."""
    return found.sought in ("age", "year")


def _of_futures(found: Payout, item: Limit) -> list[Message]:
    allowed, span = Percent(item.share), item.years
    if item.value is None:
        return [
            message(
                "Nothing that was looked at keeps the failures within {share} of the futures of {years} years.",
                share=allowed,
                years=span,
            ),
            *_of_the_plan(found, item),
        ]
    failing = Percent(item.failed_beyond / item.simulations, 2)
    beyond = value_of(found, item.beyond)
    if stops(found):
        return [_of_stopping(found, item)]
    if found.sought != "amount":
        return [
            message(
                "{value} are enough for {paid} over {years} years in all but {failed} of {n} futures; with "
                "{beyond} {failing} fail.",
                value=value_of(found, item.value),
                paid=paid(found, found.amount or 0.0),
                years=span,
                failed=Percent(item.failed / item.simulations, 2),
                n=item.simulations,
                beyond=beyond,
                failing=failing,
            )
        ]
    return [
        message(
            "{paid} in the first year, {rate} of the {pot} there is: over {years} years the money runs out in "
            "{failed} of {n} futures, and with {beyond} in {failing} (allowed {share}).",
            paid=paid(found, item.value),
            rate=Percent(item.value * found.a_year / found.pot, 2),
            pot=Money(found.pot, found.currency),
            years=span,
            failed=Percent(item.failed / item.simulations, 2),
            n=item.simulations,
            beyond=beyond,
            failing=failing,
            share=allowed,
        ),
        *_of_the_plan(found, item),
    ]


def _of_the_plan(found: Payout, item: Limit) -> list[Message]:
    """How often the plan's own amount fails, unless that is the limit itself."""
    own = found.own(item.years)
    if own is None or own[0] == item.value:
        return []
    amount, failed = own
    return [
        message(
            "With the plan's own {paid} it runs out in {failed}.",
            paid=paid(found, amount),
            failed=Percent(failed / item.simulations, 2),
        )
    ]


def _of_stopping(found: Payout, item: Limit) -> Message:
    assert item.value is not None, "a limit that was found"
    told: dict[str, Any] = {
        "value": value_of(found, item.value),
        "paid": paid(found, found.amount or 0.0),
        "years": item.years,
        "failed": Percent(item.failed / item.simulations, 2),
        "n": item.simulations,
        "share": Percent(item.share),
    }
    if not item.beyond:
        return message(
            "{paid} can be taken out from {value} on, which is at once: within {years} years of today the money "
            "runs out in {failed} of {n} futures (allowed {share}).",
            **told,
        )
    return message(
        "{paid} can be taken out from {value} on, and not earlier: within {years} years of today the money runs "
        "out in {failed} of {n} futures, and from {beyond} on in {failing} (allowed {share}).",
        **told,
        beyond=value_of(found, item.beyond),
        failing=Percent(item.failed_beyond / item.simulations, 2),
    )


def _of_history(found: Payout, item: Limit) -> Message:
    if item.value is not None and stops(found):
        told: dict[str, Any] = {
            "n": item.simulations,
            "years": item.years,
            "value": value_of(found, item.value),
        }
        if not item.beyond:
            return message(
                "None of {n} start months with {years} years of history failed from {value} on, which is at once.",
                **told,
            )
        return message(
            "None of {n} start months with {years} years of history failed from {value} on; from {beyond} on "
            "{failed} did, the first of them {worst}.",
            **told,
            beyond=value_of(found, item.beyond),
            failed=item.failed_beyond,
            worst=Day(date.fromisoformat(item.worst)) if item.worst else "-",
        )
    if item.value is None:
        return message(
            "In history no value that was looked at lasts {years} years from every start.", years=item.years
        )
    return message(
        "None of {n} start months with {years} years of history failed with {value}; with {beyond} {failed} did, "
        "the first of them {worst}.",
        n=item.simulations,
        years=item.years,
        value=value_of(found, item.value),
        beyond=value_of(found, item.beyond),
        failed=item.failed_beyond,
        worst=Day(date.fromisoformat(item.worst)) if item.worst else "-",
    )


def _without(years: int, months: int) -> Message:
    return message(
        "History holds {months} months, less than {years} years: there are futures only.",
        months=months,
        years=years,
    )


def _sureness(found: Payout, first: Limit | None) -> list[Message]:
    said = [*found.waits]
    if first is not None and "bootstrap" in found.manifest:
        low, high = first.interval
        said.append(
            message(
                "With {n} futures that share is known to lie within {low} to {high} (95% interval); they are "
                "drawn from {years} years of history, and a future unlike them is not among these.",
                n=first.simulations,
                low=Percent(low, 1),
                high=Percent(high, 1),
                years=Number(months_drawn_from(found.manifest) / 12.0, 0),
            )
        )
    said += [
        message(
            "All start months overlap, so that they are as good as one: none of them failing is also seen where "
            "up to {high} fail (95% interval)."
            if item.independent == 1
            else "The start months overlap: {k} of them share no day, so that none of them failing is also seen "
            "where up to {high} fail (95% interval).",
            k=item.independent,
            high=Percent(item.interval[1], 0),
        )
        for item in found.limits
        if item.world == "history" and item.years == answered_years(found)
    ]
    return said
