"""What the commands about prices print: tables and sentences for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.options import Common
from engine.cli.output import say, say_json
from engine.market.cache import CacheEntry
from engine.messages import Message, to_plain
from engine.report.models import Column
from engine.report.sentences import sentence
from engine.report.terminal import Screen, hanging
from engine.report.voice import Voice, clean

if TYPE_CHECKING:
    from engine.market.assets import Asset
    from engine.market.cache import Verdict
    from engine.market.findings import Finding
    from engine.market.verify import Verified


@dataclass(frozen=True)
class Stored:
    """A stored history: what is known of it (its name alone, if damaged), what the checks found, what to say."""

    entry: CacheEntry | Verdict
    verified: Verified
    notes: tuple[Message | str, ...] = ()


def show_stored(stored: Sequence[Stored], common: Common) -> None:
    """Stored histories, a row each; below, what there is to say of them."""
    if common.as_json:
        say_json([_plain_history(item) for item in stored])
        return
    voice = Voice(common.lang)
    columns = [
        Column("symbol", voice("series_symbol")),
        Column("provider", voice("series_source")),
        Column("first", voice("series_first")),
        Column("last", voice("series_last")),
        Column("rows", voice("data_rows"), "count"),
        Column("age", voice("data_fetched")),
        Column("findings", voice("data_findings")),
    ]
    rows = []
    for item in stored:
        entry = item.entry
        found = counted(item.verified, voice)
        known: list[Any] = ["-", "-", None, "-"]
        if isinstance(entry, CacheEntry):
            age = voice("data_ago", age=age_text(entry.age, voice))
            known = [entry.first, entry.last, entry.rows, age]
        rows.append([entry.symbol, entry.provider, *known, found])
    tell(table(columns, rows, common), common, styled=True)
    for item in stored:
        if not isinstance(item.entry, CacheEntry):
            _tell_findings(item.verified, voice, common)
        for note in item.notes:
            tell(f"  · {voice.said(note)}", common)


def show_nothing(root: Path, common: Common) -> None:
    """The cache is empty: where it would be, and how to fill it."""
    tell(Voice(common.lang)("data_nothing", root=root), common)


def show_history(stored: Sequence[Stored], common: Common) -> None:
    """Everything about a few stored histories: their identity, what happened to them, each finding."""
    if common.as_json:
        say_json([_plain_history(item) for item in stored])
        return
    voice = Voice(common.lang)
    for item in stored:
        entry = item.entry
        if not isinstance(entry, CacheEntry):
            _tell_findings(item.verified, voice, common)
            continue
        tell(f"{entry.symbol} ({entry.currency}): {entry.source}", common)
        tell(f"  {voice('from_to', first=entry.first, last=entry.last)}: {entry.rows:,}", common)
        tell(f"  {voice('data_fetched')}: {entry.fetched_at}", common)
        tell(f"  SHA-256: {entry.sha256}", common)
        tell(f"  {voice('data_events')}:", common)
        for event in entry.history:
            tell(
                f"    {event.at}  {sentence(event.what, common.lang)} ({event.rows:,}, {event.last})", common
            )
        _tell_findings(item.verified, voice, common)


def show_verified(verified: Sequence[Verified], common: Common) -> None:
    """A row a series, then every finding, the fatal ones first in each."""
    if common.as_json:
        say_json([_plain_verified(item) for item in verified])
        return
    voice = Voice(common.lang)
    columns = [
        Column("name", voice("series_symbol")),
        Column("first", voice("series_first")),
        Column("last", voice("series_last")),
        Column("rows", voice("data_rows"), "count"),
        Column("findings", voice("data_findings")),
    ]
    rows = [[item.name, *_span(item), counted(item, voice)] for item in verified]
    tell(table(columns, rows, common), common, styled=True)
    for item in verified:
        if item.findings:
            _tell_findings(item, voice, common)
    counts = severities([found for item in verified for found in item.findings])
    tell("", common)
    looked_at = sum(not item.skipped for item in verified)
    tell(voice("data_verified", n=looked_at, **counts), common)


def show_assets(assets: Sequence[Asset], common: Common) -> None:
    """A row an asset, then what a person should know of some."""
    if common.as_json:
        say_json([asdict(item) for item in assets])
        return
    voice = Voice(common.lang)
    columns = [
        Column("symbol", voice("asset_symbol")),
        Column("name", voice("asset_name")),
        Column("kind", voice("asset_kind")),
        Column("expense_ratio", voice("asset_fee")),
        Column("first", voice("series_first")),
        Column("frames", voice("asset_frames")),
        Column("stand_ins", voice("asset_stand_ins")),
    ]
    rows = []
    for item in assets:
        frames = [voice(f"frame_{name}") for name in item.frames if name in ("T", "G")]
        rows.append(
            [
                item.symbol,
                item.name(common.lang),
                voice(f"kind_{item.kind}"),
                "-" if item.kind == "index" else f"{item.expense_ratio * 100:.4g}%",
                str(item.usable_from or "-"),
                voice.listed(frames) or "-",
                voice.listed([*item.stand_ins, *filter(None, [item.underlying])]) or "-",
            ]
        )
    tell(table(columns, rows, common), common, styled=True)
    for item in assets:
        if item.note:
            tell(f"  · {item.symbol}: {clean(item.noted(common.lang))}", common)


def table(columns: Sequence[Column], rows: Sequence[Sequence[Any]], common: Common) -> str:
    """Rows as a table as wide as the screen."""
    from engine.report.tables import table_text

    screen = _screen()
    text = table_text(columns, rows, lang=common.lang, width=screen.width, color=screen.color)
    return text.rstrip("\n")


def _screen() -> Screen:
    import os
    import sys

    from engine.report.terminal import screen_of

    return screen_of(sys.stdout, os.environ)


def tell(text: str, common: Common, *, styled: bool = False) -> None:
    """A line for a person, unless they want none. ``styled``: as in ``say``."""
    if not common.quiet:
        say(text, styled=styled)


def age_text(seconds: float, voice: Voice) -> str:
    """An age in the largest sensible unit."""
    if seconds >= 86400:
        return voice.span(seconds / 86400)
    if seconds >= 3600:
        return voice("span_hours", n=round(seconds / 3600))
    return voice("span_minutes", n=max(0, round(seconds / 60)))


def severities(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings are of which weight, the gravest first."""
    found = [item.severity for item in findings]
    return {"fatal": found.count("fatal"), "warnings": found.count("warning"), "notes": found.count("note")}


def counted(checked: Verified, voice: Voice) -> str:
    """How many findings of which weight, or why there was nothing to check."""
    if checked.skipped:
        return voice.said(checked.skipped)
    counts = severities(checked.findings)
    parts = [voice(f"found_{name}", n=n) for name, n in counts.items() if n]
    return voice.listed(parts) or voice("found_none")


def _span(item: Verified) -> list[Any]:
    days = item.dates
    if days is None or not days.size:
        return ["-", "-", None]
    return [str(days[0]), str(days[-1]), int(days.size)]


def _tell_findings(checked: Verified, voice: Voice, common: Common) -> None:
    tell("", common)
    tell(f"{checked.name}: {counted(checked, voice)}", common)
    if not checked.findings:
        return
    rows = []
    for found in checked.findings:
        weight = voice(f"found_is_{found.severity}")
        rows.append((weight, found.rule, voice.said(found.what)))
    tell(hanging(rows, _screen()).rstrip("\n"), common, styled=True)


def _plain_history(stored: Stored) -> dict[str, Any]:
    return {
        **asdict(stored.entry),
        "notes": [to_plain(note) for note in stored.notes],
        "findings": _plain_findings(stored.verified.findings),
    }


def _plain_verified(item: Verified) -> dict[str, Any]:
    first, last, rows = _span(item)
    skipped = item.skipped and item.skipped.plain()
    span = {"first": first, "last": last, "rows": rows} if rows else {"first": None, "last": None, "rows": 0}
    return {"name": item.name, **span, "skipped": skipped, "findings": _plain_findings(item.findings)}


def _plain_findings(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [item.plain() for item in findings]
