"""Published statements and what the data say to them: what ``templates/claims.html`` shows."""

from __future__ import annotations

from engine.report.answer import texts
from engine.report.claims_answer import claims_answer
from engine.report.claims_text import claimed, dates, measured, subject
from engine.report.components import series_rows
from engine.report.html import page, page_locale
from engine.report.page_locale import PageLocale
from engine.report.summary import flag_texts
from engine.studies.claims.results import ClaimsResult, Verdict


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
        verdicts=[_verdict(item, locale) for item in result.verdicts],
        rules=[locale.sentence(text) for text in result.rules],
        series=series_rows([result.manifest], locale),
    )


def _verdict(item: Verdict, locale: PageLocale) -> dict[str, str]:
    figures, reason = measured(item, locale)
    return {
        "text": locale.text(item.claim.text),
        "subject": subject(item.claim, locale),
        "claimed": claimed(item.claim, locale),
        "judgement": item.judgement,
        "measured": figures,
        "reason": reason,
        "source": item.source,
        "dates": dates(item, locale),
    }
