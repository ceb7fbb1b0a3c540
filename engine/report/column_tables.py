"""What the columns of a result's files mean, in both languages: the command, and the pages of the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.headings import CORE, STATISTICS, UNITS, Column, files, heading
from engine.locale import Locale, languages
from engine.messages import message
from engine.metrics import METRICS
from engine.report.models import Cell, Table
from engine.report.models import Column as Shown
from engine.report.page_locale import PageLocale, clean

METRICS_FILE = "metrics.json"


def column_table(file: str, names: Sequence[str], locale: PageLocale) -> Table:
    """A row a column of ``file``: its name, its headings in other languages, its unit, its meaning."""
    others = [Locale(lang) for lang in languages() if Locale(lang).heading_joint]
    shown = (
        Shown("name", locale("column_name")),
        *(Shown(other.lang, locale("column_heading", lang=other("language"))) for other in others),
        Shown("unit", locale("column_unit")),
        Shown("meaning", locale("column_meaning")),
    )
    rows = [
        (name, *(heading(file, name, other) for other in others), *_meant(file, name, locale))
        for name in names
    ]
    return Table(shown, tuple(tuple(Cell(clean(text)) for text in row) for row in rows))


def known_files() -> Iterator[tuple[str, list[str]]]:
    """Every file with columns and their names; last the metrics, which files of studies have as columns."""
    for file, columns in files().items():
        yield file, [column.name.id for column in columns]
    yield METRICS_FILE, [*METRICS]


def file_of(name: str) -> str:
    """The file of ``files()`` that a file's name stands for: ``benchmark_years.csv``, ``mine-years.csv``."""
    return next((file for file in files() if name.endswith(file)), name)


def _meant(file: str, name: str, locale: PageLocale) -> tuple[str, str]:
    """Unit and meaning of a column; empty where it is a person's own axis."""
    known: dict[str, Column] = {column.name.id: column for column in files().get(file, ())}
    if name in known:
        return locale.arg(known[name].unit), locale.arg(known[name].meaning)
    measure, _, statistic = name.rpartition("_")
    if name in METRICS:
        return locale.arg(UNITS[METRICS[name].kind]), locale(name)
    if name.startswith(CORE):
        unit, meaning = _meant(file, name.removeprefix(CORE), locale)
        return unit, locale.listed([locale("audit_core"), meaning])
    if measure in METRICS and statistic in (*STATISTICS, "known"):
        kind = "count" if statistic == "known" else METRICS[measure].kind
        return locale.arg(UNITS[kind]), locale.listed([locale(measure), locale(statistic)])
    return "", locale.arg(message("an axis of the study: its key in the configuration"))
