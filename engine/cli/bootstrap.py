"""The command bootstrap: futures drawn from history, and what they would make of the money."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.declare import argument, command, option
from engine.cli.options import BLOCK, PATH, REAL, SEED, Common, common, executor

if TYPE_CHECKING:
    from engine.config import Config
    from engine.studies.executor import Executor


@command(
    examples=(
        "backtest bootstrap configs/satellite10.yaml --years 20 --paths 2000",
        "backtest bootstrap configs/core100.yaml configs/satellite10.yaml",
    )
)
@argument("configs", nargs=-1, required=True, type=PATH, metavar="CONFIG...")
@option(
    "--paths", type=click.IntRange(1, 10_000_000), default=10_000, show_default=True, help="How many futures."
)
@option(
    "--years",
    type=click.IntRange(1, 70),
    help="Years to come (default: 30, or 30 from the day on which the plan begins to pay out).",
)
@SEED
@BLOCK
@REAL
@executor
@common
def bootstrap(
    configs: tuple[Path, ...],
    paths: int,
    years: int | None,
    seed: int,
    block: float | None,
    real: bool,
    executor: Executor,
    common: Common,
) -> None:
    """Thousands of futures drawn from history, with their chances.

    One configuration is simulated beside its core alone, several beside each other, all on the same futures. The
    files are in results/NAME-bootstrap. A long bootstrap that was stopped goes on where it was.
    """
    from engine.cli.progress import Progress
    from engine.messages import message
    from engine.report.bootstrap_text import bootstrap_text
    from engine.report.deliverables import of_bootstrap
    from engine.studies.bootstrap.study import bootstrap_in

    loaded = [_loaded(path, common) for path in configs]
    title = message("{name}: {n} futures", name=loaded[0].name, n=paths)
    with Progress(title.translate(common.locale), common.locale, quiet=common.quiet):
        found, folder = bootstrap_in(
            common.out,
            loaded,
            lambda result: of_bootstrap(result, common.file_lang),
            on_wait=common.told_of_wait,
            source=common.source,
            paths=paths,
            years=years,
            seed=seed,
            block=block,
            real=real,
            executor=executor,
            **common.access,
        )
    common.show(
        lambda: {**found.plain(), "folder": str(folder), "manifest": dict(found.manifest)},
        lambda: bootstrap_text(found, folder, common.lang, common.screen),
    )


def _loaded(path: Path, common: Common) -> Config:
    from engine.config import load_config

    return load_config(path, common.overrides, allow_python=common.allow_python, to_come=True)
