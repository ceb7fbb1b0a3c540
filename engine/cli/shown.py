"""What the commands about prices print: tables and sentences for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.cli.options import Common
from engine.cli.output import say, say_json
from engine.market.assets import Asset
from engine.market.cache import Found, Response, duration
from engine.market.cache_entry import moment
from engine.market.findings import Finding
from engine.market.grade import Grade, NavGrade
from engine.market.series import Series
from engine.market.verify_series import Verified
from engine.messages import Message, Month, Points, Text, message
from engine.report.models import Column
from engine.report.page_locale import PageLocale, clean
from engine.report.terminal import hanging


@dataclass(frozen=True)
class Stored:
    """A stored history, and what the checks found in it."""

    found: Found
    verified: Verified


def show_stored(stored: Sequence[Stored], common: Common) -> None:
    """Stored histories, a row each; below, what there is to say of them."""
    if common.as_json:
        say_json([_plain_history(item) for item in stored])
        return
    locale = PageLocale(common.lang)
    words = ["series_symbol", "series_source", "series_first", "series_last", "data_rows", "data_fetched"]
    rows = []
    for item in stored:
        known: list[Any] = ["-", "-", None, "-"]
        if isinstance(response := item.found.content, Response):
            manifest, age = response.manifest, duration(response.age).translate(locale)
            known = [manifest.first, manifest.last, manifest.rows, locale("data_ago", age=age)]
        rows.append([item.found.symbol, item.found.provider, *known, counted(item.verified, locale)])
    tell_table([*words, "data_findings"], rows, common)
    for item in stored:
        if isinstance(item.found.content, Response):
            for note in item.found.content.notes:
                tell(f"  · {locale.sentence(note)}", common)
        else:
            _tell_findings(item.verified, locale, common)


def show_nothing(root: Path, common: Common) -> None:
    """The cache is empty: where it would be, and how to fill it."""
    tell(PageLocale(common.lang)("data_nothing", root=root), common)


def show_history(stored: Sequence[Stored], common: Common) -> None:
    """Everything about a few stored histories: their identity, what happened to them, each finding."""
    if common.as_json:
        say_json([_plain_history(item) for item in stored])
        return
    locale = PageLocale(common.lang)
    for item in stored:
        if isinstance(item.found.content, Response):
            manifest = item.found.content.manifest
            tell(f"{manifest.symbol} ({manifest.currency}): {manifest.source}", common)
            span = locale("from_to", first=manifest.first, last=manifest.last)
            tell(f"  {span}: {manifest.rows:,}", common)
            tell(f"  {locale('data_fetched')}: {moment(manifest.fetched_at)}", common)
            tell(f"  SHA-256: {manifest.sha256}", common)
            tell(f"  {locale('data_events')}:", common)
            for event in manifest.history:
                told = f"{locale.sentence(event.what)} ({event.rows:,}, {event.last})"
                tell(f"    {event.at}  {told}", common)
        _tell_findings(item.verified, locale, common)


def show_verified(verified: Sequence[Verified], common: Common) -> None:
    """A row a series, then every finding, the fatal ones first in each."""
    if common.as_json:
        say_json([_plain_verified(item) for item in verified])
        return
    locale = PageLocale(common.lang)
    words = ["series_symbol", "series_first", "series_last", "data_rows", "data_findings"]
    tell_table(words, [[item.name, *_span(item), counted(item, locale)] for item in verified], common)
    for item in verified:
        if item.findings:
            _tell_findings(item, locale, common)
    counts = severities([found for item in verified for found in item.findings])
    tell("", common)
    looked_at = sum(not item.skipped for item in verified)
    tell(locale("data_verified", n=looked_at, **counts), common)


def show_assets(
    assets: Sequence[Asset], common: Common, *, in_full: bool = False, grades: Sequence[Message | str] = ()
) -> None:
    """A row an asset, then what a person should know of some; ``in_full``: all that is known of the funds.

    ``grades``  how near their stand-ins come to them
    """
    if common.as_json:
        say_json([asdict(item) for item in assets])
        return
    from engine.market.assets import asset
    from engine.market.jp_fund import about

    locale = PageLocale(common.lang)
    words = ["asset_symbol", "asset_name", "asset_kind", "asset_fee", "series_first", "asset_frames"]
    rows = []
    for item in assets:
        frames = [locale(f"frame_{name}") for name in item.frames if name in ("T", "G")]
        rows.append(
            [
                item.symbol,
                item.name(common.lang),
                locale(f"kind_{item.kind}"),
                "-" if item.kind == "index" else f"{item.expense_ratio * 100:.4g}%",
                str(item.usable_from or "-"),
                locale.listed(frames) or "-",
                " ← ".join([item.underlying, *item.stand_ins])
                if item.is_chain
                else locale.listed([*item.stand_ins, *filter(None, [item.underlying])]) or "-",
            ]
        )
    tell_table([*words, "asset_stand_ins"], rows, common)
    for item in assets:
        if item.note:
            tell(f"  · {item.symbol}: {clean(item.noted(common.lang))}", common)
        etf = asset(item.underlying) if item.is_modelled else None
        if in_full and (facts := about(item, etf)):
            tell(f"  {item.symbol}", common)
            for fact in facts:
                tell(f"  · {locale.sentence(fact)}", common)
    for text in grades:
        tell(f"  · {locale.sentence(text)}", common)


def show_grade(series: Series, other: Series, found: Grade, common: Common) -> None:
    """How near one history comes to another, and where both come from."""
    if common.as_json:
        named = {"symbol": series.symbol, "source": series.source}
        against = {"other": other.symbol, "other_source": other.source}
        say_json({**named, **against, **asdict(found), "first": str(found.first), "last": str(found.last)})
        return
    locale = PageLocale(common.lang)
    tell(
        locale.sentence(
            message(
                "{series} against {other}: {months} months, {first} to {last}",
                series=series.named,
                other=other.named,
                months=found.months,
                first=Text(str(found.first)),
                last=Text(str(found.last)),
            )
        ),
        common,
    )
    rows = [
        (locale("grade_r_squared"), locale.number(found.r_squared, 3)),
        (locale("grade_difference"), locale.points(found.difference)),
        (locale("grade_tracking_error"), locale.percent(found.tracking_error)),
        (locale("grade_volatility"), locale.times(found.volatility)),
    ]
    tell(hanging(rows, common.screen).rstrip("\n"), common, styled=True)
    for note in series.warnings:
        tell(f"  · {locale.sentence(note)}", common)


VERDICTS = {
    "near": message("near: the model can stand for the fund"),
    "roughly": message("roughly: the model is the fund's index, but not the fund to the tenth of a point"),
    "apart": message("apart: the model is another fund than this one, or the file's prices are other ones"),
}


def show_nav_grade(model: Series, nav: Series, found: NavGrade, common: Common) -> None:
    """How near a modelled fund comes to published prices, the verdict first."""
    if common.as_json:
        told = {**asdict(found), "verdict": found.verdict, "symbol": model.symbol, "source": model.source}
        days = {"first": str(found.first), "last": str(found.last), "at": str(found.at)}
        say_json({**told, "nav": nav.source, **days})
        return
    locale = PageLocale(common.lang)
    compared = message(
        "{series} against {other}: {months} months, {first} to {last}",
        series=model.named,
        other=nav.source.removeprefix("csv:"),
        months=found.months,
        first=found.first,
        last=found.last,
    )
    for said in (compared, VERDICTS[found.verdict]):
        tell(locale.sentence(said), common)
    furthest = message(
        "{points} in {month}",
        points=Points(found.furthest),
        month=Month(found.at.astype("datetime64[D]").astype(object)),
    )
    rows = [
        (locale("nav_drift"), locale.points(found.drift, 3)),
        (locale("nav_correlation"), locale.number(found.correlation, 4)),
        (locale("grade_volatility"), locale.times(found.volatility)),
        (locale("nav_furthest"), locale.sentence(furthest)),
    ]
    tell(hanging(rows, common.screen).rstrip("\n"), common, styled=True)
    for note in model.notes:
        tell(f"  · {locale.sentence(note)}", common)


def tell_table(words: Sequence[str], rows: Sequence[Sequence[Any]], common: Common) -> None:
    """Rows as a table as wide as the screen, its columns headed by ``words`` of the catalogue."""
    from engine.report.tables import table_text

    locale, screen = PageLocale(common.lang), common.screen
    columns = [Column(word, locale(word), "count" if word == "data_rows" else "text") for word in words]
    text = table_text(columns, rows, lang=common.lang, width=screen.width, color=screen.color)
    tell(text.rstrip("\n"), common, styled=True)


def tell(text: str, common: Common, *, styled: bool = False) -> None:
    """A line for a person, unless they want none. ``styled``: as in ``say``."""
    if not common.quiet:
        say(text, styled=styled)


def severities(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings are of which weight, the gravest first."""
    found = [item.severity for item in findings]
    return {"fatal": found.count("fatal"), "warnings": found.count("warning"), "notes": found.count("note")}


def counted(checked: Verified, locale: PageLocale) -> str:
    """How many findings of which weight, or why there was nothing to check."""
    if checked.skipped:
        return locale.sentence(checked.skipped)
    counts = severities(checked.findings)
    parts = [locale(f"found_{name}", n=n) for name, n in counts.items() if n]
    return locale.listed(parts) or locale("found_none")


def _span(item: Verified) -> list[Any]:
    days = item.dates
    if days is None or not days.size:
        return ["-", "-", None]
    return [str(days[0]), str(days[-1]), int(days.size)]


def _tell_findings(checked: Verified, locale: PageLocale, common: Common) -> None:
    tell("", common)
    tell(f"{checked.name}: {counted(checked, locale)}", common)
    if not checked.findings:
        return
    rows = []
    for found in checked.findings:
        weight = locale(f"found_is_{found.severity}")
        rows.append((weight, found.rule, locale.sentence(found.what)))
    tell(hanging(rows, common.screen).rstrip("\n"), common, styled=True)


def _plain_history(stored: Stored) -> dict[str, Any]:
    content, findings = stored.found.content, _plain_findings(stored.verified.findings)
    if not isinstance(content, Response):
        named = {"provider": stored.found.provider, "symbol": stored.found.symbol, "problem": content}
        return {**named, "notes": [], "findings": findings}
    plain = content.manifest.plain()
    return {
        **plain,
        "file_sha256": plain.pop("file"),
        "fetched_at": moment(content.manifest.fetched_at),
        "age": content.age,
        "notes": content.notes,
        "findings": findings,
    }


def _plain_verified(item: Verified) -> dict[str, Any]:
    first, last, rows = _span(item)
    skipped = item.skipped and item.skipped.plain()
    span = {"first": first, "last": last, "rows": rows} if rows else {"first": None, "last": None, "rows": 0}
    return {"name": item.name, **span, "skipped": skipped, "findings": _plain_findings(item.findings)}


def _plain_findings(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [item.plain() for item in findings]
