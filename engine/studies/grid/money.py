"""What money comes and goes in a plan, as people say it: from the keys of a file, or of a resolved one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from engine.locale import ENGLISH
from engine.messages import Arg, Day, Message, Money, Text, listed, message, word
from engine.studies.grid.documents import text_of

Keys = Mapping[str, Any]
# Keys of contributions whose usual value goes without saying: each January, no raises, nothing at the start.
USUAL = {"month": 1, "growth": 0.0, "initial": 0.0, "bonus": None}
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


def withdrawals_said(withdrawals: Keys | None, currency: str) -> Arg:
    """What is taken out, as the end of a sentence on the money; nothing where nothing is."""
    if withdrawals is None:
        return Text("")
    key = f"study_taken_{withdrawals.get('every', 'monthly')}"
    few = withdrawals.get("type") == "fixed" and set(withdrawals) <= {"type", "amount", "every"}
    if few and ENGLISH.has(key):
        return word(key, amount=Money(withdrawals["amount"], currency))
    return word("study_taken_otherwise", words=text_of(dict(withdrawals)))


def _contribution(item: Keys, currency: str) -> Arg:
    own = {key: value for key, value in item.items() if key not in PHASE}
    key = f"study_money_{own.get('type')}"
    other = {name for name, value in own.items() if value != USUAL.get(name)}
    if ENGLISH.has(key) and other <= {"type", "amount", "day"}:
        return word(key, amount=Money(own["amount"], currency))
    return Text(text_of(own))


def _income(item: Keys, currency: str) -> Arg:
    amount = Money(item["amount"], currency)
    match item.get("every", "monthly"):
        case "monthly":
            return word("study_money_monthly", amount=amount)
        case "even_months":
            return message("{amount} every two months", amount=amount)
    return message("{amount} a year", amount=amount)


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
