"""Verdicts on claims in words: what was stated and what was measured, as a table and on a terminal."""

from __future__ import annotations

from typing import Any

from engine.report.answer import answer_text
from engine.report.claims_answer import claims_answer
from engine.report.models import Cell, Column, Table
from engine.report.page_locale import PageLocale, clean
from engine.report.prose import prose
from engine.report.summary import flag_texts
from engine.report.terminal import Screen, notice_lines, printed, titled
from engine.studies.claims.claim_documents import AnyClaim, FlowClaim, GuideClaim, PeakClaim, ReturnClaim
from engine.studies.claims.results import ClaimsResult, Judgement, Verdict

# What an article got wrong comes first.
GROUPS = {
    Judgement.DOES_NOT_HOLD: "red",
    Judgement.CLOSE: "yellow",
    Judgement.HOLDS: "green",
    Judgement.CANNOT_BE_CHECKED: "dim",
}


def claims_table(result: ClaimsResult, locale: PageLocale) -> Table:
    """A row a claim: verdict, statement, what was stated, what was measured, on what."""
    names = ("verdict", "text", "claimed", "measured", "source")
    rows = []
    for item in result.verdicts:
        texts = (
            locale(f"verdict_{item.judgement}"),
            locale.text(item.claim.text),
            claimed(item.claim, locale),
            locale.listed(list(filter(None, measured(item, locale))), ";"),
            locale.listed(list(filter(None, (sources(item, locale), dates(item, locale))))),
        )
        rows.append(tuple(map(Cell, texts)))
    return Table(tuple(Column(name, locale(f"claim_{name}")) for name in names), tuple(rows), "USD")


def claims_text(result: ClaimsResult, lang: str, screen: Screen) -> str:
    """What ``backtest check`` prints: how many claims hold, then each with its figures, by verdict."""
    locale = PageLocale(lang, "USD")
    title = locale.labelled(clean(result.document.name), locale.text(result.document.title))
    return printed(
        [
            *notice_lines(flag_texts([result.manifest], locale), locale),
            prose(title, "bold"),
            answer_text(claims_answer(result), locale, screen).strip("\n"),
            *(part for judgement in GROUPS for part in _group(judgement, result, locale)),
            *titled(locale("claims_rules"), list(map(locale.sentence, result.rules))),
        ],
        screen,
    )


def group_heading(judgement: Judgement, count: int, locale: PageLocale) -> str:
    """The verdict of so many statements and what it means."""
    title, sentence = (locale(f"claims_{word}_{judgement}", count=count) for word in ("title", "group"))
    return locale.labelled(title, sentence)


def _group(judgement: Judgement, result: ClaimsResult, locale: PageLocale) -> list[Any]:
    """A sentence on one verdict, and every statement that has it with its figures, dates and source."""
    from rich.padding import Padding

    items = [item for item in result.verdicts if item.judgement is judgement]
    if not items:
        return []
    heading = prose(f"\n{group_heading(judgement, len(items), locale)}", GROUPS[judgement])
    shown: list[Any] = [heading]
    for item in items:
        figures = locale.listed(list(filter(None, measured(item, locale))), ";")
        source = locale.listed(list(filter(None, (sources(item, locale), dates(item, locale)))))
        lines = prose(clean(locale.text(item.claim.text)), "bold")
        lines.append(f"\n{clean(figures)}\n").append(clean(source), "dim")
        shown.append(Padding(lines, (0, 0, 0, 2)))
    return shown


def subject(claim: AnyClaim, locale: PageLocale) -> str:
    """The assets that a claim is about."""
    plain = claim.model_dump()
    names = [plain[key] for key in ("symbol", "than") if key in plain]
    return locale.listed([*names, *plain.get("symbols", ())])


def claimed(claim: AnyClaim, locale: PageLocale) -> str:
    """The figures that were stated; '' for a statement in words alone."""
    match claim:
        case ReturnClaim():
            yearly = locale("claim_a_year", rate=locale.percent(claim.per_year)) if claim.per_year else ""
            total = "" if claim.total is None else locale.percent(claim.total, 0, sign=True)
            return locale.listed([text for text in (total, yearly) if text])
        case PeakClaim():
            return locale("claim_over", figure=locale.percent(claim.above, 0, sign=True))
        case FlowClaim(amount=float(amount)):
            word = "claim_net_out" if amount < 0 else "claim_net_in"
            return locale(word, amount=locale.billions(abs(amount), None))
        case FlowClaim(at_least=float(least)):
            return locale("claim_net_in_over", amount=locale.billions(least, None))
        case FlowClaim():
            return locale("claim_inflow" if claim.direction == "in" else "claim_outflow")
        case GuideClaim():
            return locale.listed([locale.weight(weight) for weight in claim.weights])
    return ""


def measured(item: Verdict, locale: PageLocale) -> tuple[str, str]:
    """What was measured, and why a claim cannot be judged; a guide's yearly rates are shown all the same."""
    if item.judgement is not Judgement.CANNOT_BE_CHECKED:
        return locale.sentence(item.why), ""
    rates = {key.removesuffix(" per_year"): value for key, value in item.figures.items()}
    figures = [
        locale.labelled(key, locale.percent(value, 2))
        for key, value in rates.items()
        if isinstance(value, float)
    ]
    return locale.listed(figures), locale.sentence(item.why)


def sources(item: Verdict, locale: PageLocale) -> str:
    """Where the prices of a verdict are from; '' where nothing was measured."""
    return locale.listed(item.source.split(", ")) if item.source else ""


def dates(item: Verdict, locale: PageLocale) -> str:
    """The days that the figures of a verdict are of; '' where nothing was measured."""
    return locale("from_to", first=clean(item.first), last=clean(item.last)) if item.first else ""
