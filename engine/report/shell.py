"""The frame of every page: one file that needs no network, in light and dark, for eyes, keys and readers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from numpy.typing import NDArray

from engine.report.figures import Figure, Key, asset, packed
from engine.report.html import component
from engine.report.markup import Markup, el, join, script_json
from engine.report.models import Table
from engine.report.plotly_script import digest, fold, plotly
from engine.report.voice import Voice, clean

# Nothing may be fetched, posted, framed or run but what is in the file itself.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; script-src {}"
)


@dataclass(frozen=True)
class Section:
    """A part of a page: an anchor, a heading, a line under it, and the content."""

    id: str
    title: str
    body: Any
    note: str = ""


@dataclass(frozen=True)
class Page:
    """What a page is made of. ``data`` is handed to ``scripts`` (package files) beside the figures."""

    title: str
    kind: str
    lead: Any
    sections: Sequence[Section]
    banners: Sequence[Markup] = ()
    figures: Sequence[Figure] = ()
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    scripts: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    footer: Any = None


def document(page: Page, voice: Voice) -> str:
    """The whole file."""
    drawn = bool(page.figures or page.scripts)
    scripts = [asset("page.js"), *(asset(name) for name in page.scripts)]
    payload = {
        "figures": {figure.id: {"data": figure.traces, "layout": figure.layout} for figure in page.figures},
        "words": {key: voice(key) for key in ("theme_dark", "theme_light", "no_charts")},
        **page.data,
    }
    allowed = [*map(_digest, scripts), *([plotly().digest] if drawn else [])]
    policy = POLICY.format(" ".join(f"'sha256-{name}'" for name in allowed))
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"{clean(page.title)} - {page.kind}"),
        el("style", Markup(asset("style.css"))),
        el("style", Markup(asset("dark.css")), id="dark", media="screen and (prefers-color-scheme: dark)"),
        el("noscript", el("style", Markup(".controls, .plot, .legend { display: none; }"))),
    )
    body = (
        el("a", voice("skip"), href="#main", class_="skip"),
        _masthead(page, voice),
        el("main", *page.banners, page.lead, *map(_section, page.sections), id="main"),
        el("footer", page.footer or "", class_="foot"),
        el("script", script_json(payload), type="application/json", id="page-data"),
        *(_folded_parts(page) if drawn else ()),
    )
    # plotly.js is far larger than all the rest: it is copied once, here
    opening = f'<!doctype html>\n<html lang="{voice.lang}">{head}<body>'
    return "".join([opening, *body, *(f"<script>{text}</script>" for text in scripts), "</body></html>\n"])


def page_voice(lang: str, currency: str) -> Voice:
    """The voice of a page, which can write a true minus."""
    return Voice(lang, currency, "−")


def chart(figure: Figure, title: str, summary: str, *extra: Any) -> Markup:
    """A chart with its title, legend and a summary in words; ``extra`` follows (its table, a control)."""
    return el(
        "figure",
        el("h3", title),
        legend(figure.keys),
        el(
            "div",
            role="img",
            aria_label=f"{title}. {summary}",
            class_="plot",
            data_figure=figure.id,
            data_height=figure.height,
        ),
        el("figcaption", unbroken(summary)),
        *extra,
        class_="chart",
    )


def varied_chart(first: Figure, pattern: str, title: str, summaries: Mapping[str, str]) -> Markup:
    """A chart with a picture for each choice of the page's lists.

    ``pattern`` is the figures' id with the lists' names in braces; ``summaries`` holds a text for each choice
    (``"measure=0 horizon=1"``), the first of which is ``first``'s.
    """
    texts = [
        el("p", unbroken(text), **when(choice, i == 0)) for i, (choice, text) in enumerate(summaries.items())
    ]
    plot = el(
        "div",
        role="img",
        aria_label=title,
        class_="plot",
        data_figure=first.id,
        data_figure_of=pattern,
        data_height=first.height,
    )
    caption = el("figcaption", *texts, aria_live="polite")
    return el("figure", el("h3", title), legend(first.keys), plot, caption, class_="chart")


def chooser(name: str, label: str, options: Mapping[str, str]) -> Markup:
    """A list to choose from; ``page.js`` shows the figures and parts that belong to the choice."""
    items = [el("option", text, value=value) for value, text in options.items()]
    return el("label", label, el("br"), el("select", *items, data_choice=name, autocomplete="off"))


def when(choice: str, shown: bool) -> dict[str, Any]:
    """The attributes of a part that is shown only for a choice."""
    return {"data_when": choice, "hidden": not shown}


_AMOUNT = re.compile(r"[+−-]?[¥$€£]?\d[\d,.兆億万]*(?:円|%|倍|日|年|か月|pt|×)?(?:です|でした)?")


def unbroken(text: str) -> list[Markup]:
    """A sentence whose amounts no line breaks: 2億3,332万円 stays in one piece."""
    parts: list[Markup] = []
    end = 0
    for found in _AMOUNT.finditer(text):
        parts += [join(text[end : found.start()]), el("span", found.group(), class_="kept")]
        end = found.end()
    return [*parts, join(text[end:])]


def legend(keys: Iterable[Key]) -> Markup:
    """The legend as a list, so that it wraps, prints and is read."""
    items = [
        el("li", el("span", class_=f"key {key.shape} c{key.color}", aria_hidden="true"), key.label)
        for key in keys
    ]
    return el("ul", *items, class_="legend") if items else Markup("")


def table(values: Table, voice: Voice, caption: str, *, class_: str = "") -> Markup:
    """A table that scrolls inside itself where the screen is narrow."""
    return scroller(Markup(component("grid", voice, values)), caption, class_=class_)


def scroller(content: Any, caption: str, *, class_: str = "") -> Markup:
    """A region that scrolls sideways, reachable by keyboard."""
    return el(
        "div", content, class_=f"scroll {class_}".strip(), role="region", aria_label=caption, tabindex="0"
    )


def folded(summary: str, *content: Any) -> Markup:
    """Content behind a heading that opens it."""
    return el("details", el("summary", summary), *content)


def bullets(lines: Iterable[Any], class_: str | None = None) -> Markup:
    """A list."""
    return el("ul", *(el("li", line) for line in lines), class_=class_)


def banner(word: str, lines: Sequence[str], kind: str) -> list[Markup]:
    """A warning at the top of the page; nothing where there is nothing to warn of."""
    if not lines:
        return []
    text = [el("p", line) for line in lines]
    return [el("aside", el("strong", word), el("div", *text), class_=f"banner {kind}", aria_label=word)]


def facts(pairs: Iterable[tuple[str, Any]]) -> Markup:
    """Names and values, a line each."""
    return el("dl", *(el("div", el("dt", name), el("dd", value)) for name, value in pairs), class_="facts")


def _folded_parts(page: Page) -> tuple[Markup, ...]:
    """What makes a page heavy, compressed: the columns that its figures draw, and plotly.js."""
    parts = {"page-columns": fold(json.dumps(packed(page.columns))), "plotly-js": plotly().folded}
    return tuple(el("script", Markup(text), type="text/plain", id=name) for name, text in parts.items())


@cache
def _digest(script: str) -> str:
    return digest(script.encode())


def _masthead(page: Page, voice: Voice) -> Markup:
    links = [el("li", el("a", section.title, href=f"#{section.id}")) for section in page.sections]
    return el(
        "header",
        el("div", el("span", page.kind, class_="kind"), _theme_button(voice), class_="bar"),
        el("nav", el("ul", *links), aria_label=voice("contents")),
        class_="masthead",
    )


def _theme_button(voice: Voice) -> Markup:
    return el("button", voice("theme_dark"), type="button", id="theme", class_="quiet", hidden=True)


def _section(section: Section) -> Markup:
    note = el("p", section.note, class_="note") if section.note else ""
    heading = el("div", el("h2", section.title), note, class_="side")
    return el("section", heading, el("div", section.body, class_="body"), id=section.id)
