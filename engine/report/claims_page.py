"""Published statements and what the data say to them."""

from __future__ import annotations

from collections import Counter

from engine.report.markup import Markup, el, join
from engine.report.models import ClaimsStudy, Verdict
from engine.report.parts import footer, manifest_banners, series_table
from engine.report.shell import Page, Section, bullets, document, page_voice, scroller
from engine.report.voice import Voice, clean

VERDICTS = {
    "holds": "verdict_holds",
    "close": "verdict_close",
    "fails": "verdict_fails",
    "unknown": "verdict_unknown",
}


def claims_page(study: ClaimsStudy, lang: str = "en") -> str:
    """A page with a verdict for each statement, its figures, sources and dates."""
    voice = page_voice(lang, "USD")
    counts = Counter(verdict.verdict for verdict in study.verdicts)
    said = voice("claims_summary", n=len(study.verdicts), **{key: counts[key] for key in VERDICTS})
    lead = el(
        "div",
        el("h1", study.name),
        el("p", study.description, class_="about") if study.description else "",
        el("p", said, class_="headline"),
        class_="lead",
    )
    sections = [Section("claims", voice("claims_title"), _grid(study, voice), voice("claims_note"))]
    if study.rules:
        sections.append(Section("rules", voice("claims_rules"), bullets(study.rules, "plain")))
    if study.manifest.get("data"):
        sections.append(Section("data", voice("data_title"), series_table([study.manifest], voice)))
    page = Page(
        title=study.name,
        kind=voice("claims_kind"),
        lead=lead,
        sections=sections,
        banners=manifest_banners(study.manifest, voice),
        footer=footer(voice),
    )
    return document(page, voice)


def verdict_word(verdict: str, voice: Voice) -> str:
    """The word of a verdict."""
    return voice(VERDICTS[verdict])


def _grid(study: ClaimsStudy, voice: Voice) -> Markup:
    names = ("claim_text", "claim_verdict", "claim_measured", "claim_source")
    head = el("tr", *(el("th", voice(name), scope="col") for name in names))
    rows = [_row(verdict, voice) for verdict in study.verdicts]
    grid = el("table", el("thead", head), el("tbody", *rows), class_="wrap claims")
    return scroller(grid, voice("claims_title"))


def _row(verdict: Verdict, voice: Voice) -> Markup:
    dates = voice("from_to", first=clean(verdict.first), last=clean(verdict.last)) if verdict.first else ""
    source = join([verdict.source, el("span", dates, class_="gap dates")])
    pairs = (("claim_subject", verdict.subject), ("claim_claimed", verdict.claimed))
    read = voice.listed([f"{voice(name)} {clean(value)}" for name, value in pairs if value])
    word = el("span", verdict_word(verdict.verdict, voice), class_=f"verdict {clean(verdict.verdict)}")
    return el(
        "tr",
        el("th", verdict.claim, el("span", read, class_="gap"), scope="row"),
        el("td", word),
        el("td", verdict.measured, el("span", verdict.reason, class_="gap") if verdict.reason else ""),
        el("td", source, class_="gap"),
    )
