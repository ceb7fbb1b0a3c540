"""What money comes and goes in a plan, as people say it: from the keys of a file, or of a resolved one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from engine.locale import ENGLISH
from engine.messages import Arg, Day, Message, Money, Percent, Text, listed, message, word
from engine.studies.grid.documents import text_of

Keys = Mapping[str, Any]
# Keys of contributions whose usual value goes without saying: each January, no raises, nothing at the start.
USUAL = {"month": 1, "growth": 0.0, "initial": 0.0, "bonus": None}
# How often a withdrawal comes where a file does not say.
EVERY = {"percent": "yearly", "annuity": "yearly", "percent_with_limits": "yearly", "guardrails": "yearly"}
PHASE = ("name", "from", "until")  # keys that say when, and whose it is


def contributions_said(contributions: Keys | Sequence[Keys], currency: str) -> Arg:
    """How money arrives, in words where a few do: by what differs from the defaults."""
    if isinstance(contributions, Mapping):
        return _phase(contributions, _contribution(contributions, currency))
    return listed(contributions_said(item, currency) for item in contributions)


def incomes_said(incomes: Sequence[Keys], currency: str) -> Arg:
    """What arrives beside the contributions, as the end of a sentence on them; nothing where nothing does."""
    if not incomes:
        return Text("")
    return message(
        ", and {incomes}", incomes=listed(_phase(item, _income(item, currency)) for item in incomes)
    )


def withdrawals_said(
    withdrawals: Keys | Sequence[Keys] | None, currency: str, goals: Sequence[Keys] = ()
) -> Arg:
    """What is taken out, as the end of a sentence on the money; nothing where nothing is."""
    taken = [withdrawals] if isinstance(withdrawals, Mapping) else list(withdrawals or ())
    if not taken and not goals:
        return Text("")
    if len(taken) == 1 and not goals:
        only = taken[0]
        key = f"study_taken_{only.get('every', 'monthly')}"
        if only.get("type") == "fixed" and set(only) <= {"type", "amount", "every"} and ENGLISH.has(key):
            return word(key, amount=Money(only["amount"], currency))
    each = [_phase({"from": item.get("start"), **item}, _taken(item, currency)) for item in taken]
    return word("study_taken_otherwise", words=listed([*each, *(_goal(item, currency) for item in goals)]))


def _taken(item: Keys, currency: str) -> Arg:
    """One withdrawal by its type."""
    monthly = item.get("every", EVERY.get(str(item.get("type")), "monthly")) == "monthly"
    match item.get("type"):
        case "fixed":
            return _a_time(item["amount"], currency, monthly)
        case "inflation_linked":
            return message(
                "{amount}, rising with inflation", amount=_a_time(item["amount"], currency, monthly)
            )
        case "percent":
            return message("{rate} of the value a year", rate=Percent(item["rate"]))
        case "percent_with_limits":
            return message(
                "{rate} of the value a year, at most {up} above and {down} below last year's with inflation",
                rate=Percent(item["rate"]),
                up=Percent(item.get("ceiling", 0.05)),
                down=Percent(item.get("floor", 0.025)),
            )
        case "guardrails":
            return message(
                "{rate} of the value at first, then with inflation between guardrails of {band}",
                rate=Percent(item["rate"]),
                band=Percent(item.get("band", 0.2)),
            )
        case "over_years" if item.get("years"):
            return message("everything over {n} years", n=item["years"])
        case "over_years":
            return message("everything bit by bit")
        case "annuity" if item.get("years"):
            return message("an annuity over {n} years at {rate}", n=item["years"], rate=Percent(item["rate"]))
        case "annuity":
            return message("an annuity at {rate}", rate=Percent(item["rate"]))
    return Text(text_of(dict(item)))


def _goal(item: Keys, currency: str) -> Arg:
    """A single amount on a day."""
    money: Arg = Money(item["amount"], currency)
    if item.get("in") == "real":
        money = message("{amount} in prices of the start", amount=money)
    on = _day(item["date"]) or Text("")
    return message("{name} ({money} on {day})", name=str(item["name"]), money=money, day=on)


def _a_time(amount: float, currency: str, monthly: bool) -> Arg:
    money = Money(amount, currency)
    return word("study_money_monthly", amount=money) if monthly else message("{amount} a year", amount=money)


def _contribution(item: Keys, currency: str) -> Arg:
    own = {key: value for key, value in item.items() if key not in PHASE}
    key = f"study_money_{own.get('type')}"
    other = {name for name, value in own.items() if value != USUAL.get(name)}
    if ENGLISH.has(key) and other <= {"type", "amount", "day"}:
        return word(key, amount=Money(own["amount"], currency))
    return Text(text_of(own))


def _income(item: Keys, currency: str) -> Arg:
    every = item.get("every", "monthly")
    if every == "even_months":
        return message("{amount} every two months", amount=Money(item["amount"], currency))
    return _a_time(item["amount"], currency, every == "monthly")


def _phase(item: Keys, said: Arg) -> Arg:
    """With its name, and from when until when, where the file says so."""
    first, last = (_day(item.get(key)) for key in ("from", "until"))
    if first is not None and last is not None:
        said = message("{money} from {first} to {last}", money=said, first=first, last=last)
    elif first is not None:
        said = message("{money} from {first}", money=said, first=first)
    elif last is not None:
        said = message("{money} until {last}", money=said, last=last)
    named: Message | Arg = said
    if item.get("name"):
        named = message("{name} ({money})", name=str(item["name"]), money=said)
    return named


def _day(value: Any) -> Day | None:
    """A date as a resolved configuration has it, as text or as a date."""
    if value is None:
        return None
    return Day(value if isinstance(value, date) else date.fromisoformat(str(value)))
