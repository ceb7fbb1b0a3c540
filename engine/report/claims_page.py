"""Published statements and what the data say to them."""

from __future__ import annotations

from engine.report.claims_text import claimed, claims_summary, dates, measured, subject
from engine.report.markup import Markup, el, join
from engine.report.parts import footer, manifest_banners, series_table
from engine.report.shell import Page, Section, bullets, document, page_voice, scroller
from engine.report.voice import Voice, clean
from engine.studies.claims.results import ClaimsResult, Verdict


def claims_page(result: ClaimsResult, lang: str = "en") -> str:
    """A page with a verdict for each statement, its figures, sources and dates."""
    voice, name, manifest = page_voice(lang, "USD"), result.document.name, result.manifest
    title = voice.text(result.document.title)
    lead = el(
        "div",
        el("h1", name),
        el("p", title, class_="about") if title else "",
        el("p", claims_summary(result, voice), class_="headline"),
        class_="lead",
    )
    rules = bullets(map(voice.said, result.rules), "plain")
    sections = [
        Section("claims", voice("claims_title"), _grid(result, voice), voice("claims_note")),
        Section("rules", voice("claims_rules"), rules),
    ]
    if manifest["data"]:
        sections.append(Section("data", voice("data_title"), series_table([manifest], voice)))
    page = Page(
        title=name,
        kind=voice("claims_kind"),
        lead=lead,
        sections=sections,
        banners=manifest_banners(manifest, voice),
        footer=footer(voice),
    )
    return document(page, voice)


def _grid(result: ClaimsResult, voice: Voice) -> Markup:
    names = ("claim_text", "claim_verdict", "claim_measured", "claim_source")
    head = el("tr", *(el("th", voice(name), scope="col") for name in names))
    rows = [_row(verdict, voice) for verdict in result.verdicts]
    grid = el("table", el("thead", head), el("tbody", *rows), class_="wrap claims")
    return scroller(grid, voice("claims_title"))


def _row(item: Verdict, voice: Voice) -> Markup:
    source = join([item.source, el("span", dates(item, voice), class_="gap dates")])
    pairs = (("claim_subject", subject(item.claim, voice)), ("claim_claimed", claimed(item.claim, voice)))
    read = voice.listed([f"{voice(name)} {clean(value)}" for name, value in pairs if value])
    word = el("span", voice(f"verdict_{item.judgement}"), class_=f"verdict {item.judgement}")
    figures, reason = measured(item, voice)
    return el(
        "tr",
        el("th", voice.text(item.claim.text), el("span", read, class_="gap"), scope="row"),
        el("td", word),
        el("td", figures, el("span", reason, class_="gap") if reason else ""),
        el("td", source, class_="gap"),
    )
