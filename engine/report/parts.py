"""Parts that several pages share: warnings, data and its hashes, coloured returns, the last line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from engine.report.markup import Markup, el
from engine.report.shell import banner, bullets, facts, scroller
from engine.report.summary import Warnings, flag_sentences, flag_texts
from engine.report.voice import Voice, clean
from engine.result import Result

MONTH_STEPS = (0.005, 0.02, 0.05, 0.08)  # fractions at which a month's colour deepens
YEAR_STEPS = (0.02, 0.08, 0.18, 0.30)


def banners(results: list[Result], voice: Voice) -> list[Markup]:
    """The warnings a page of these results must carry."""
    return _warnings(flag_sentences(results, voice), voice)


def manifest_banners(manifest: Any, voice: Voice) -> list[Markup]:
    """The same from a study's manifest alone."""
    return _warnings(flag_texts([manifest], voice), voice)


def _warnings(told: Warnings, voice: Voice) -> list[Markup]:
    samples, others, doubtful = told
    warn = banner(voice("sample_banner"), samples, "warn")
    data = banner(voice("data_banner"), doubtful, "warn")
    return [*warn, *banner(voice("counterfactual_banner"), others, "note"), *data]


def footer(voice: Voice) -> Markup:
    """What every page ends with."""
    return el("p", voice("disclaimer"))


def data_section(results: list[Result], voice: Voice) -> list[Markup]:
    """Every series with source, dates and hash; then what identifies the runs."""
    return [series_table([result.manifest for result in results], voice), _identity(results, voice)]


def series_table(manifests: Iterable[Any], voice: Voice) -> Markup:
    """A row a series of the data: symbol, source, dates, hash, and what was done to it."""
    items: list[Any] = []
    for manifest in manifests:
        items += [item for item in manifest.get("data", ()) if item not in items]
    names = ("symbol", "source", "first", "last", "sha256", "notes")
    head = el("tr", *(el("th", voice(f"series_{name}"), scope="col") for name in names))
    rows = []
    for item in items:
        notes = [voice.said(text) for text in (*item.get("splices", ()), *item.get("notes", ()))]
        notes = [voice("sample_word"), *notes] if item.get("is_sample") else notes
        rows.append(
            el(
                "tr",
                el("th", item["symbol"], scope="row"),
                el("td", item["source"]),
                el("td", voice.date(item.get("first"))),
                el("td", voice.date(item.get("last"))),
                el("td", el("code", str(item.get("sha256", ""))[:16], title=item.get("sha256", ""))),
                el("td", bullets(notes) if len(notes) > 1 else notes, class_="notes"),
            )
        )
    return scroller(el("table", el("thead", head), el("tbody", *rows)), voice("data_title"), class_="series")


def heat_cell(value: float, steps: tuple[float, ...], voice: Voice, class_: str = "") -> Markup:
    """A return in percent on the tint of its size; empty where there is none."""
    if not np.isfinite(value):
        return el("td", "", class_=class_ or None)
    level = sum(abs(value) >= step for step in steps)
    tint = f"{'p' if value > 0 else 'n'}{level}" if level else ""
    return el("td", voice.number(value * 100, 1), class_=f"{class_} {tint}".strip() or None)


def _identity(results: list[Result], voice: Voice) -> Markup:
    """What makes the runs repeatable: the hash of each configuration, seeds, versions."""
    pairs: list[tuple[str, Any]] = []
    for result in results:
        name = "" if len(results) == 1 else f"{clean(result.name)}: "
        digest_ = el("code", clean(result.manifest.get("config_sha256", "")), class_="hash")
        pairs.append((f"{name}{voice('config_hash')}", digest_))
    seeds = {clean(r.manifest["seed"]): None for r in results if r.manifest.get("seed") is not None}
    versions = {
        f"{clean(k)} {clean(v)}": None for r in results for k, v in r.manifest.get("versions", {}).items()
    }
    if seeds:
        pairs.append((voice("seed"), voice.listed([*seeds])))
    return facts([*pairs, (voice("versions"), voice.listed([*versions]))])
