"""Commands about many lives: sweep, windows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.declare import argument, command, option
from engine.cli.options import PATH, Common, common, executor
from engine.cli.output import say, say_json

if TYPE_CHECKING:
    from engine.studies.executor import Executor
    from engine.studies.grid.results import SweepResult, WindowsResult


@command(examples=("backtest sweep configs/sweeps/allocation.yaml --objective xirr",))
@argument("document", type=PATH, metavar="SWEEP")
@option("--objective", metavar="METRIC", help="What is best, instead of the file's objective.")
@executor
@common
def sweep(
    document: Path,
    objective: str | None,
    executor: Executor,
    common: Common,
) -> None:
    """Simulate every combination of a sweep's axes in every window.

    Rows, summary, ranking and page are in results/NAME. A sweep that was stopped goes on where it was.
    """
    from engine.cli.progress import Progress
    from engine.studies.grid.sweep import sweep as run_sweep

    with Progress(document.stem, common.locale, quiet=common.quiet) as progress:
        result = run_sweep(
            document,
            overrides=common.overrides,
            objective=objective,
            source=common.source,
            **common.access,
            out=common.out,
            executor=executor,
            progress=progress,
            lang=common.file_lang,
            on_wait=common.told_of_wait,
        )
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
@executor
@common
def windows(
    documents: tuple[Path, ...],
    horizons: str | None,
    every: str | None,
    executor: Executor,
    common: Common,
) -> None:
    """Simulate strategies from every start month of some horizons, compared pair by pair.

    CONFIG... is a windows study (configs/windows), or configurations, the first of which the others are
    compared with. Rows, pairs and page are in results/NAME.
    """
    from engine.cli.progress import Progress
    from engine.studies.grid.windows import windows as run_windows

    with Progress(documents[0].stem, common.locale, quiet=common.quiet) as progress:
        result = run_windows(
            documents,
            horizons=_years(horizons),
            every=every,
            overrides=common.overrides,
            source=common.source,
            **common.access,
            out=common.out,
            executor=executor,
            progress=progress,
            lang=common.file_lang,
            on_wait=common.told_of_wait,
        )
    if not common.quiet:
        _show_windows(result, common)


def _years(text: str | None) -> tuple[int, ...]:
    """``5,10`` as numbers."""
    from engine.errors import ConfigError

    parts = [part.strip() for part in text.split(",")] if text else []
    if any(not part.isdecimal() or not 1 <= int(part) <= 100 for part in parts):
        raise ConfigError(f"--horizons {text}: allowed whole years from 1 to 100, such as 5,10,20")
    return tuple(int(part) for part in parts)


def _show_windows(result: WindowsResult, common: Common) -> None:
    import os
    import sys

    if not common.as_json:
        from engine.report.terminal import screen_of
        from engine.studies.grid.printed import windows_text

        screen = screen_of(sys.stdout, os.environ)
        say(windows_text(result, common.lang, screen), styled=True, end="")
        return
    from engine.locale import ENGLISH
    from engine.studies.grid.results import paired_columns
    from engine.studies.grid.shown import windows_findings, windows_model

    columns = {name: values.tolist() for name, values in paired_columns(result).items()}
    say_json(
        {
            **result.manifest,
            "folder": str(result.study.folder),
            "reference": ENGLISH.own(result.reference) or None,
            "paired": [dict(zip(columns, row)) for row in zip(*columns.values())],
            "findings": windows_findings(result, common.file_lang),
            "statements": list(windows_model(result, common.file_lang).statements),
        }
    )


def _show_sweep(result: SweepResult, common: Common) -> None:
    import os
    import sys

    from engine.studies.grid.results import plain_of
    from engine.studies.grid.shown import sweep_model

    study = sweep_model(result, common.file_lang if common.as_json else common.lang)
    folder = result.study.folder
    if not common.as_json:
        from engine.report.terminal import screen_of
        from engine.studies.grid.printed import sweep_text

        screen = screen_of(sys.stdout, os.environ)
        say(sweep_text(study, folder, common.lang, screen), styled=True, end="")
        return
    say_json(
        {
            **result.manifest,
            "folder": str(folder),
            "objective": study.objective or None,
            "ranking": [
                {
                    **{axis.id: axis.values[place] for axis, place in zip(study.axes, ranked.cell)},
                    "objective": ranked.objective,
                    **({"ran_out": plain_of(study.ran_out[ranked.cell])} if study.ran_out.size else {}),
                    "plateau": bool(study.plateau[ranked.cell]),
                }
                for ranked in study.ranking
            ],
            "findings": list(study.findings),
            "statements": list(study.statements),
        }
    )
