"""Commands about many simulations: sweep, windows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.declare import argument, command, option
from engine.cli.options import PATH, REAL, Common, common, executor
from engine.cli.output import say, say_json
from engine.messages import message

if TYPE_CHECKING:
    from engine.cli.progress import Progress
    from engine.studies.executor import Executor
    from engine.studies.grid.results import SweepResult, WindowsResult
    from engine.studies.grid.study import StudyOptions


@command(examples=("backtest sweep configs/sweeps/allocation.yaml --objective xirr",))
@argument("document", type=PATH, metavar="SWEEP")
@option("--objective", metavar="METRIC", help="What is best, instead of the file's objective.")
@REAL
@executor
@common
def sweep(
    document: Path,
    objective: str | None,
    real: bool,
    executor: Executor,
    common: Common,
) -> None:
    """Simulate every combination of a sweep's axes in every window.

    Rows, summary, ranking and page are in results/NAME. A sweep that was stopped goes on where it was.
    """
    from engine.cli.progress import Progress
    from engine.report.study_tables import page_file
    from engine.report.sweep_page import sweep_page
    from engine.studies.grid.sweep import sweep as simulate

    with Progress(document.stem, common.locale, quiet=common.quiet) as progress:
        options, pages = _options(common, executor, progress, real), page_file(sweep_page, common.file_lang)
        result = simulate(document, objective=objective, pages=pages, locale=common.file_locale, **options)
    if not common.quiet:
        _show_sweep(result, common)


@command(
    examples=(
        "backtest windows configs/windows/windfall.yaml",
        "backtest windows configs/nisa_january.yaml configs/nisa_monthly.yaml --horizons 5,10",
    )
)
@argument("documents", nargs=-1, required=True, type=PATH, metavar="CONFIG...")
@option("--horizons", metavar="YEARS", help="Lengths in years, such as 5,10,20.")
@option("--every", type=click.Choice(["month", "quarter", "year"]), help="How far the starts are apart.")
@REAL
@executor
@common
def windows(
    documents: tuple[Path, ...],
    horizons: str | None,
    every: str | None,
    real: bool,
    executor: Executor,
    common: Common,
) -> None:
    """Simulate strategies from every start month of some horizons, compared pair by pair.

    CONFIG... is a windows study (configs/windows), or configurations, the first of which the others are
    compared with. Rows, pairs and page are in results/NAME.
    """
    from engine.cli.progress import Progress
    from engine.report.study_tables import page_file
    from engine.report.windows_page import windows_page
    from engine.studies.grid.windows import windows as simulate

    pages = page_file(windows_page, common.file_lang)
    with Progress(documents[0].stem, common.locale, quiet=common.quiet) as progress:
        options = _options(common, executor, progress, real)
        result = simulate(
            documents,
            horizons=_years(horizons),
            every=every,
            pages=pages,
            locale=common.file_locale,
            **options,
        )
    if not common.quiet:
        _show_windows(result, common)


def _options(common: Common, executor: Executor, progress: Progress, real: bool) -> StudyOptions:
    """What both commands were asked for."""
    options: StudyOptions = {
        "source": common.source,
        "overrides": common.overrides,
        "allow_python": common.allow_python,
        "out": common.out,
        "real": real,
        "executor": executor,
        "progress": progress,
        "on_wait": common.told_of_wait,
    }
    return {**options, **common.access}


def _years(text: str | None) -> tuple[int, ...]:
    """``5,10`` as numbers."""
    from engine.errors import ConfigError

    parts = [part.strip() for part in text.split(",")] if text else []
    if text is not None and any(not part.isdecimal() or not 1 <= int(part) <= 100 for part in parts):
        raise ConfigError(
            message("--horizons {came}: allowed whole years from 1 to 100, such as 5,10,20", came=text)
        )
    return tuple(int(part) for part in parts)


def _show_sweep(result: SweepResult, common: Common) -> None:
    if not common.as_json:
        from engine.report.sweep_tables import sweep_text

        say(sweep_text(result, common.lang, common.screen), styled=True, end="")
        return
    summary, alike = result.summary, result.confidence_set
    _say_study(
        result,
        common,
        objective=result.objective.measure if result.objective is not None else None,
        ranking=[
            {
                **{axis.key: axis.plain[at] for axis, at in zip(summary.axes, place)},
                "objective": score,
                **({"ran_out": summary.ran_out[place].plain()} if summary.ran_out.size else {}),
                "plateau": bool(alike[place]),
            }
            for place, score in result.ranking
        ],
    )


def _show_windows(result: WindowsResult, common: Common) -> None:
    if not common.as_json:
        from engine.report.windows_tables import windows_text

        say(windows_text(result, common.lang, common.screen), styled=True, end="")
        return
    from engine.locale import ENGLISH
    from engine.studies.grid.results import paired_columns

    columns = {name: values.tolist() for name, values in paired_columns(result).items()}
    _say_study(
        result,
        common,
        reference=ENGLISH.own(result.reference) or None,
        paired=[dict(zip(columns, row)) for row in zip(*columns.values())],
    )


def _say_study(result: SweepResult | WindowsResult, common: Common, **own: Any) -> None:
    """A study as JSON: its manifest, what it is asked for its ``own`` sake, and the sentences on it."""
    locale = common.file_locale
    say_json(
        {
            **result.manifest,
            "folder": str(result.study.folder),
            **own,
            "findings": [item.translate(locale) for item in result.findings],
            "statements": [item.translate(locale) for item in result.statements],
        }
    )
