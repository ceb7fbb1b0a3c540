"""What the components of several pages show, as plain values: coloured returns, the data, what repeats a run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.report.page_locale import PageLocale, clean
from engine.result import Result

MONTH_STEPS = (0.005, 0.02, 0.05, 0.08)  # fractions at which a month's colour deepens
YEAR_STEPS = (0.02, 0.08, 0.18, 0.30)


def tinted(value: float, steps: Sequence[float], locale: PageLocale) -> tuple[str, str]:
    """A return in percent and the class of its colour; two empty texts where there is none (NaN)."""
    if not math.isfinite(value):
        return "", ""
    level = sum(abs(value) >= step for step in steps)
    return locale.number(value * 100, 1), f"{'p' if value > 0 else 'n'}{level}" if level else ""


def series_rows(manifests: Iterable[Mapping[str, Any]], locale: PageLocale) -> list[dict[str, Any]]:
    """Every series of the manifests once: symbol, source, first, last, sha256, and what was done to it."""
    items: list[Any] = []
    for manifest in manifests:
        items += [item for item in manifest.get("data", ()) if item not in items]
    rows = []
    for item in items:
        notes = [locale.sentence(text) for text in (*item.get("splices", ()), *item.get("notes", ()))]
        texts = {name: str(item[name]) for name in ("symbol", "source")}
        texts |= {name: locale.date(item.get(name)) for name in ("first", "last")}
        texts["sha256"] = str(item.get("sha256", ""))
        sample = [locale("sample_word")] if item.get("is_sample") else []
        rows.append({**texts, "notes": [*sample, *notes]})
    return rows


def repeats(results: Sequence[Result]) -> dict[str, Any]:
    """The seeds and versions of these runs, each once: with the configuration they repeat a run."""
    seeds = [clean(r.manifest["seed"]) for r in results if r.manifest.get("seed") is not None]
    versions = [f"{clean(k)} {clean(v)}" for r in results for k, v in r.manifest.get("versions", {}).items()]
    return {"seeds": [*dict.fromkeys(seeds)], "versions": [*dict.fromkeys(versions)]}
