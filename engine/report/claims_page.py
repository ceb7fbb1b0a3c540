"""Published statements and what the data say to them: what ``templates/claims.html`` shows."""

from __future__ import annotations

from typing import Any

from engine.messages import Message, message, word
from engine.report.answer import texts
from engine.report.claims_answer import claims_answer
from engine.report.claims_text import GROUPS, claimed, measured, sources, subject
from engine.report.components import series_rows
from engine.report.html import page, page_locale
from engine.report.page_locale import PageLocale
from engine.report.summary import flag_texts
from engine.studies.claims.results import ClaimsResult, Judgement, Verdict, rule_of


def claims_page(result: ClaimsResult, lang: str = "en") -> str:
    """A page with a verdict for each statement, its figures, sources and dates."""
    locale = page_locale(lang, "USD")
    return page(
        "claims.html",
        locale,
        name=result.document.name,
        about=locale.text(result.document.title),
        warnings=flag_texts([result.manifest], locale),
        lead=texts(claims_answer(result), locale),
        groups=[_group(judgement, result, locale) for judgement in GROUPS if result.counts[judgement]],
        rules=[locale.sentence(text) for text in result.rules],
        series=series_rows([result.manifest], locale),
    )


def _group(judgement: Judgement, result: ClaimsResult, locale: PageLocale) -> dict[str, Any]:
    """The statements with one verdict, and what it means."""
    items = [item for item in result.verdicts if item.judgement is judgement]
    return {
        "judgement": judgement,
        "sentence": locale(f"claims_group_{judgement}", count=len(items)),
        "verdicts": [_verdict(item, result.document.currency, locale) for item in items],
    }


def basis(item: Verdict, currency: str) -> Message:
    """Currency, dividends and the first and last day of what was measured."""
    if not item.first:
        return message("Nothing could be measured.")
    first, last, kind = item.first, item.last, _kind(item)
    if kind == "flow":
        return message("Net flow in US dollars, rows dated {first} to {last}.", first=first, last=last)
    if kind == "currency":
        return message(
            "In yen and in US dollars, dividends reinvested, before tax and costs; from the close of {first} to "
            "that of {last}.",
            first=first,
            last=last,
        )
    return message(
        "In {currency}, dividends reinvested, before tax and costs; from the close of {first} to that of {last}.",
        currency=word(f"claims_{currency.lower()}"),
        first=first,
        last=last,
    )


def _kind(item: Verdict) -> str:
    return str(item.claim.model_dump()["type"])


def _verdict(item: Verdict, currency: str, locale: PageLocale) -> dict[str, str]:
    figures, reason = measured(item, locale)
    return {
        "text": locale.text(item.claim.text),
        "subject": subject(item.claim, locale),
        "claimed": claimed(item.claim, locale),
        "judgement": item.judgement,
        "measured": figures,
        "reason": reason,
        "source": sources(item, locale),
        "basis": locale.sentence(basis(item, currency)),
        "rule": locale.sentence(rule_of(_kind(item))),
    }
