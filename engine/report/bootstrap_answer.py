"""A bootstrap's answer: the chances of each plan in the futures drawn, and what they were drawn from."""

from __future__ import annotations

from engine.messages import Arg, Message, Money, Number, Percent, Text, as_arg, message, word
from engine.report.answer import Answer
from engine.report.page_locale import clean
from engine.report.study_tables import months_drawn_from, survival_message
from engine.studies.bootstrap.results import PERCENTILES, Bootstrap
from engine.studies.depletion import wilson
from engine.studies.grid.axes import years_said

MIDDLE = len(PERCENTILES) // 2
DECADE = 120  # months


def bootstrap_answer(found: Bootstrap) -> Answer:
    """Money that ran out, the chances of each plan, how often it does better; then what that rests on."""
    named = strategy_names(found)
    dry = [_ran_out(found, named[0])] if found.ran_out else []
    lasting = survival_message([("", found.ran_out[0])]) if dry else None
    dry += [lasting] if lasting else []
    return Answer((*dry, *_first(found, named[0]), *_others(found, named)), tuple(_sureness(found)))


def strategy_names(found: Bootstrap) -> tuple[Arg, ...]:
    """The strategies for people: the benchmark is called the core alone."""
    own: list[Arg] = [as_arg(clean(name)) for name in found.strategies]
    return (*own[:-1], word("core_alone", core=clean(found.benchmark))) if found.benchmark else tuple(own)


def _ran_out(found: Bootstrap, name: Arg) -> Message:
    item = found.ran_out[0]
    if not item.count:
        return message(
            "{name}: the money runs out in none of {n} futures of {span}.",
            name=name,
            n=found.paths,
            span=years_said(found.years[-1]),
        )
    return message(
        "{name}: the money runs out in {share} of the futures of {span}, half of those within {years} "
        "years; in the median {unpaid} is then missing.",
        name=name,
        share=Percent(item.share, 1),
        span=years_said(found.years[-1]),
        years=Number(item.years, 1),
        unpaid=Money(item.unpaid, found.currency),
    )


def _first(found: Bootstrap, name: Arg) -> list[Message]:
    low, *_, high = found.fan[0, :, -1].tolist()
    return [
        message(
            "{name}: {below} of the futures end after {span} below the money paid in ({paid}), what was "
            "taken out included."
            if found.takes_out
            else "{name}: {below} of the futures end after {span} below the money paid in ({paid}).",
            name=name,
            span=years_said(found.years[-1]),
            below=Percent(found.loss_probabilities[0].below, 1),
            paid=Money(float(found.contributed[0, -1]), found.currency),
        ),
        message("Nothing is left in any of them.")
        if not found.fan[0, :, -1].any()
        else message(
            "The unlucky twentieth end with {low} or less, the lucky twentieth with {high} or more, the middle is "
            "{median}.",
            low=Money(low, found.currency),
            high=Money(high, found.currency),
            median=Money(float(found.fan[0, MIDDLE, -1]), found.currency),
        ),
    ]


def _others(found: Bootstrap, named: tuple[Arg, ...]) -> list[Message]:
    """Every other plan's chances, and how often which of a pair ends with more on the same futures."""
    said = []
    for first, second in found.pairs:
        other = first if first else second
        if found.ran_out:
            dry = Percent(found.ran_out[other].share, 1)
            said.append(message("{other}: the money runs out in {share}.", other=named[other], share=dry))
        below = Percent(found.loss_probabilities[other].below, 1)
        if not found.fan[[first, second], :, -1].any():
            said.append(message("{other}: {below} below the money paid in.", other=named[other], below=below))
            continue
        below_said = message("{other}: {below} below the money paid in", other=named[other], below=below)
        said.append(_compared(found, (first, second), named, below_said))
    return said


def _compared(found: Bootstrap, pair: tuple[int, int], named: tuple[Arg, ...], below: Message) -> Message:
    """How often the second of a pair ends with more, behind the chance ``below`` the money paid in.

    Of plans that take out different amounts: how often its rate of return is higher.
    """
    first, second = (named[strategy] for strategy in pair)
    if found.is_other_money(*pair):
        rate = found.difference(*pair, "xirr")
        return message(
            "{below}; {second} and {first} take out different amounts, so that what is left does not say which "
            "does better: the rate of return by the times of the money (XIRR) of {second} is higher in {share} of "
            "{n} futures.",
            below=below,
            second=second,
            first=first,
            share=Percent(rate.share_second_better, 1),
            n=rate.known,
        )
    ends = found.difference(*pair, "final_value")
    return message(
        "{below}; {second} ends with more than {first} in {share} of the same futures{same}.",
        below=below,
        second=second,
        first=first,
        share=Percent(ends.share_second_better, 1),
        same=message(", with as much in {share}", share=Percent(ends.share_same, 1))
        if ends.share_same
        else Text(""),
    )


def _sureness(found: Bootstrap) -> list[Message]:
    """The history, its blocks, how few decades it holds; and how exactly the chance was computed."""
    months = months_drawn_from(found.manifest)
    per_month = len(found.sessions) / (12 * found.years[-1])
    share = found.ran_out[0].share if found.ran_out else found.loss_probabilities[0].below
    low, high = wilson(share, found.paths)
    return [
        message(
            "Drawn from {months} months of history, {decades} decades, in blocks of {block} months on average; a "
            "future unlike them is not among these.",
            months=months,
            block=Number(found.block / per_month, 1),
            decades=Number(months / DECADE, 1),
        ),
        message(
            "With {paths} futures the first share is known to lie within {low} to {high} (95% interval); the "
            "future itself is less sure.",
            paths=found.paths,
            low=Percent(float(low), 1),
            high=Percent(float(high), 1),
        ),
    ]
