"""Commands about single lives: run, compare, report, audit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.options import Common, common

if TYPE_CHECKING:
    from engine.result import Result

CONFIGS = click.argument(
    "configs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CONFIG..."
)


@click.command(epilog="Example:  backtest run configs/satellite10.yaml --set accounts=[taxable]")
@CONFIGS
@common
def run(configs: tuple[Path, ...], common: Common) -> None:
    """Run configurations and show what the money became.

    One configuration: a table beside the same money in the core alone. Several: a row each. The files are
    in results/NAME.
    """
    from engine.config import load_config

    loaded = [load_config(path, common.overrides) for path in configs]
    _refuse_doubles([config.name for config in loaded])
    results, folders = [], []
    for config in loaded:
        result = _run(config, common)
        results.append(result)
        folders.append(str(_save(result, common)))
    _show(results, folders, common)


def _refuse_doubles(names: list[str]) -> None:
    from engine.errors import ConfigError

    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise ConfigError(
            f"two configurations are named {double!r}: each needs a name, and a folder, of its own"
        )


def _run(config: object, common: Common) -> Result:
    from engine.cli.progress import Progress
    from engine.config import Config
    from engine.run import run as run_config

    assert isinstance(config, Config)
    with Progress(config.name, quiet=common.quiet or common.as_json):
        return run_config(
            config,
            source=common.source,
            offline=common.offline,
            refresh=common.refresh,
            max_age=common.max_age,
        )


def _save(result: Result, common: Common) -> Path:
    from engine import store
    from engine.report.page import run_page

    return store.save(result, common.out, {"report.html": run_page(result, common.lang).encode()})


def _show(results: list[Result], folders: list[str], common: Common) -> None:
    import os
    import sys

    if common.quiet:
        return
    if common.as_json:
        import json

        told = [
            {
                "name": result.name,
                "folder": folder,
                "metrics": dict(result.metrics),
                "reasons": dict(result.reasons),
                "manifest": dict(result.manifest),
            }
            for result, folder in zip(results, folders)
        ]
        click.echo(json.dumps(told if len(told) > 1 else told[0], ensure_ascii=False, indent=2))
        return
    from engine.report.terminal import run_table, screen_of

    click.echo(
        run_table(results, common.lang, screen=screen_of(sys.stdout, os.environ), folders=folders), nl=False
    )
