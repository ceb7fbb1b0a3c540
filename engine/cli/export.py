"""``export``: a result as a workbook for Excel."""

from __future__ import annotations

from pathlib import Path

from engine.cli.declare import argument, command
from engine.cli.options import PATH, SPEECH, Common, options
from engine.cli.output import say


@command(
    examples=("backtest export results/satellite10", "backtest export results/satellite10 results/mine.xlsx")
)
@argument("result", type=PATH)
@argument("file", required=False, type=PATH, metavar="[FILE.xlsx]")
@options(*SPEECH)
def export(result: Path, file: Path | None, common: Common) -> None:
    """A result or a study as a workbook for Excel: figures, tables and what they rest on, a sheet each.

    Without a FILE it stands beside the result's folder and is called as that. A file that is there already is
    never replaced.
    """
    from engine import files, store
    from engine.messages import message
    from engine.report.workbook import run_workbook, study_workbook

    is_run = (result / "metrics.json").exists() or not (result / "manifest.json").exists()
    lang = common.file_lang
    data = run_workbook(store.load(result), lang) if is_run else study_workbook(result, lang)
    target = files.named(result).parent / f"{result.resolve().name}.xlsx" if file is None else file
    files.write_bytes(target, data, replace=False, hint=message("name another file"))
    if not common.quiet:
        say(str(target))
