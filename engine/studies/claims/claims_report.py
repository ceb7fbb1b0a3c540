"""Verdicts on claims for people: as the page's study, as a table, as plain values for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.locale import ENGLISH
from engine.market.sample_limits import PEAK
from engine.messages import to_plain
from engine.report.claims_page import VERDICTS
from engine.report.models import Cell as Cell
from engine.report.models import ClaimsStudy, Column, Table, Verdict
from engine.report.voice import Voice
from engine.studies.claims import check as claims
from engine.studies.claims.check import (
    CLOSE_FLOW,
    CLOSE_POINTS,
    DEEPER,
    HOLDS_FLOW,
    HOLDS_POINTS,
    ClaimsResult,
    Judgement,
)

WORDS: Mapping[Judgement, str] = {
    Judgement.HOLDS: "holds",
    Judgement.CLOSE: "close",
    Judgement.DOES_NOT_HOLD: "fails",
    Judgement.CANNOT_BE_CHECKED: "unknown",
}


def study(result: ClaimsResult, lang: str) -> ClaimsStudy:
    """The page's values in one language."""
    document, voice = result.document, Voice(lang, result.document.currency)
    verdicts = tuple(_verdict(item, voice) for item in result.verdicts)
    return ClaimsStudy(
        document.name, verdicts, voice.text(document.title), rules(result, voice), manifest(result)
    )


def rules(result: ClaimsResult, voice: Voice) -> tuple[str, ...]:
    """What is measured, and when a statement holds: a sentence for each kind of claim in the document."""
    kinds = dict.fromkeys(claim.type for claim in result.document.claims)
    basis = voice("claims_basis", currency=voice(f"claims_{result.document.currency.lower()}"))
    limits = {
        "holds": HOLDS_POINTS * 100,
        "close": CLOSE_POINTS * 100,
        "holds_flow": HOLDS_FLOW * 100,
        "close_flow": CLOSE_FLOW * 100,
        "deeper": DEEPER * 100,
    }
    said = {name: f"{limit:g}" for name, limit in limits.items()}
    judged = tuple(voice(f"claim_rule_{kind}", **said) for kind in kinds)
    return judged if set(kinds) == {"flow"} else (basis, *judged)


def manifest(result: ClaimsResult) -> dict[str, Any]:
    """What the verdicts rest on, in the shape of a run's manifest."""
    data = [item.plain() for item in result.provenance]
    peaks = any(claim.type == "peak" for claim in result.document.claims)
    warnings = dict.fromkeys(text for item in result.provenance for text in item.warnings)
    flags = {
        "sample": result.is_sample,
        "sample_limits": [PEAK] if result.is_sample and peaks else [],
        "counterfactual": [],
        "data": [to_plain(text) for text in warnings],
    }
    return {"data": data, "flags": flags}


def table(made: ClaimsStudy, lang: str) -> Table:
    """A row a claim: verdict, statement, what was measured, on what."""
    voice = Voice(lang, "USD")
    columns = [
        Column(name, voice(f"claim_{name}")) for name in ("verdict", "text", "claimed", "measured", "source")
    ]
    rows = []
    for item in made.verdicts:
        dates = voice("from_to", first=item.first, last=item.last) if item.first else ""
        source = ", ".join(filter(None, (item.source, dates)))
        texts = (
            voice(VERDICTS[item.verdict]),
            item.claim,
            item.claimed,
            " ".join(filter(None, (item.measured, item.reason))),
            source,
        )
        rows.append(tuple(map(Cell, texts)))
    return Table(tuple(columns), tuple(rows), "USD")


def plain(result: ClaimsResult) -> dict[str, Any]:
    """Everything for programs: figures as they were measured, in English."""
    return {
        "name": result.document.name,
        "sample": result.is_sample,
        "currency": result.document.currency,
        "rules": list(rules(result, Voice("en", "USD"))),
        "counts": {kind.value: sum(v.judgement is kind for v in result.verdicts) for kind in Judgement},
        "claims": [
            {
                "claim": _plain_claim(item.claim),
                "verdict": item.judgement.value,
                "why": item.why,
                "figures": dict(item.figures),
                "first": item.first or None,
                "last": item.last or None,
                "source": item.source or None,
            }
            for item in result.verdicts
        ],
        "data": manifest(result)["data"],
    }


def _plain_claim(claim: Any) -> dict[str, Any]:
    """The claim as its file has it, its text in English and beside it ``text_ja`` and such."""
    other = {} if isinstance(claim.text, str) else {f"text_{lang}": text for lang, text in claim.text.items()}
    return {**claim.model_dump(mode="json"), **other, "text": ENGLISH.own(claim.text)}


def _verdict(item: claims.Verdict, voice: Voice) -> Verdict:
    claim, why = item.claim, voice.said(item.why)
    unknown = item.judgement is Judgement.CANNOT_BE_CHECKED
    return Verdict(
        subject=_subject(claim, voice),
        claim=voice.text(claim.text),
        verdict=WORDS[item.judgement],
        claimed=_claimed(claim, voice),
        measured=_rates(item.figures, voice) if unknown else why,
        source=item.source,
        first=item.first,
        last=item.last,
        reason=why if unknown else "",
    )


def _subject(claim: Any, voice: Voice) -> str:
    """The assets that a claim is about."""
    plain = claim.model_dump()
    names = [plain[key] for key in ("symbol", "than") if key in plain]
    return voice.listed([*names, *plain.get("symbols", ())])


def _claimed(claim: Any, voice: Voice) -> str:
    """The figures that were stated; '' for a statement in words alone."""
    match claim.type:
        case "return":
            yearly = voice("claim_a_year", rate=voice.percent(claim.per_year)) if claim.per_year else ""
            total = "" if claim.total is None else voice.percent(claim.total, 0, sign=True)
            return voice.listed([text for text in (total, yearly) if text])
        case "peak":
            return voice("claim_over", figure=voice.percent(claim.above, 0, sign=True))
        case "flow" if claim.amount is not None:
            return _billions(claim.amount, voice)
        case "flow" if claim.at_least is not None:
            return voice("claim_over", figure=_billions(claim.at_least, voice))
        case "flow":
            return voice("claim_inflow" if claim.direction == "in" else "claim_outflow")
        case "guide":
            return voice.listed([voice.weight(weight) for weight in claim.weights])
    return ""


def _billions(amount: float, voice: Voice) -> str:
    """Dollars as people say large amounts of them."""
    size = abs(amount) / (1e8 if voice.lang == "ja" else 1e9)
    return voice("claim_billions_out" if amount < 0 else "claim_billions_in", n=f"{size:,.4g}")


def _rates(figures: Mapping[str, float | str], voice: Voice) -> str:
    """The yearly rates of a guide, which is shown and not judged."""
    rates = {key.removesuffix(" per_year"): value for key, value in figures.items()}
    return voice.listed(
        [f"{key}: {voice.percent(value, 2)}" for key, value in rates.items() if isinstance(value, float)]
    )
