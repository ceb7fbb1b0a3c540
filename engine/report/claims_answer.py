"""What a check of published statements says first: which hold, what was measured, and on how little it rests."""

from __future__ import annotations

from engine.messages import Message, message, word
from engine.report.answer import Answer
from engine.studies.claims.claim_documents import (
    CurrencyClaim,
    DownturnClaim,
    InstalmentsClaim,
    PeakClaim,
    ReturnClaim,
)
from engine.studies.claims.results import ClaimsResult, Judgement, Verdict


def claims_answer(result: ClaimsResult) -> Answer:
    """One statement with its figures; of several how many hold, and which return is the farthest off."""
    sureness = tuple(dict.fromkeys(said for item in result.verdicts for said in _sureness(item)))
    if len(result.verdicts) == 1:
        return Answer((_judged(result.verdicts[0]),), sureness)
    counts = word("claims_summary", n=len(result.verdicts), **result.counts)
    return Answer((counts, *_farthest(result)), sureness)


def _judged(item: Verdict) -> Message:
    text, why = item.claim.text, item.why
    match item.judgement:
        case Judgement.HOLDS:
            return message("{text} (this holds): {why}.", text=text, why=why)
        case Judgement.CLOSE:
            if isinstance(item.claim, ReturnClaim | PeakClaim):
                return message("{text} (this nearly holds): {why}.", text=text, why=why)
            return message("{text} (this holds in part): {why}.", text=text, why=why)
        case Judgement.DOES_NOT_HOLD:
            return message("{text} (this does not hold): {why}.", text=text, why=why)
    return message("{text} (this cannot be judged here): {why}.", text=text, why=why)


def _farthest(result: ClaimsResult) -> tuple[Message, ...]:
    """The stated return whose rate a year is the farthest from the one measured, of those that do not hold."""
    wrong = [item for item in result.failed if "distance_per_year" in item.figures]
    if not wrong:
        return ()
    item = max(wrong, key=lambda item: float(item.figures["distance_per_year"]))
    return (message("Of the returns the farthest off is {text}: {why}.", text=item.claim.text, why=item.why),)


def _sureness(item: Verdict) -> list[Message]:
    """How few cases a statement on more than one return rests on; nothing of one that was not measured."""
    count = {name: int(item.figures.get(name, 0)) for name in ("downturns", "periods", "starts")}
    match item.claim:
        case DownturnClaim() if n := count["downturns"]:
            return [message("So few downturns ({n}) cannot tell how the next one will be.", n=n)]
        case CurrencyClaim(years=years) if n := count["periods"]:
            k = _apart(n, 12 * years)
            return [
                message(
                    "Only {k} of {n} periods of {years} years do not overlap; the rest repeat the same years.",
                    k=k,
                    n=n,
                    years=years,
                )
            ]
        case InstalmentsClaim(months=months) if n := count["starts"]:
            k = _apart(n, months)
            return [
                message(
                    "Only {k} of {n} periods of {months} months do not overlap; the rest repeat the same months.",
                    k=k,
                    n=n,
                    months=months,
                )
            ]
    return []


def _apart(n: int, months: int) -> int:
    """Of ``n`` periods of so many ``months``, one from each month, those that share no day."""
    return (n - 1) // months + 1
