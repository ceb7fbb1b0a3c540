"""Commands about single runs: run, compare, report, audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.declare import argument, command, option
from engine.cli.options import PATH, REAL, SPEECH, Common, common, options
from engine.cli.output import say, say_csv, say_html, say_json
from engine.result import Result

if TYPE_CHECKING:
    from engine.audit import Audit
    from engine.config import Config
    from engine.report.models import Table
    from engine.studies.compare import Comparison


@command(examples=("backtest run configs/satellite10.yaml --set accounts=[taxable]",))
@argument("configs", nargs=-1, required=True, type=PATH, metavar="CONFIG...")
@option("--audit", "audited", is_flag=True, help="Replay the results through a second engine as well.")
@REAL
@option("--state-at", metavar="DAY", help="Also write what is owned after that day to holdings.yaml.")
@common
def run(configs: tuple[Path, ...], audited: bool, real: bool, state_at: str | None, common: Common) -> None:
    """Run configurations and show what the money became.

    One configuration: a table beside the same money in the core alone. Several: a row each. The files are
    in results/NAME.

    From the holdings.yaml of a day a run goes on on the next session as if nothing had been cut: --set
    holdings.file=FILE --set period.start=NEXT_DAY.
    """
    from engine import store
    from engine.cli.progress import Progress
    from engine.config import load_config
    from engine.config.arguments import refuse_doubles
    from engine.real import in_real_money
    from engine.report.run_page import run_page
    from engine.run import run as simulate

    loaded = [load_config(path, common.overrides, allow_python=common.allow_python) for path in configs]
    refuse_doubles("run", loaded)
    results, shown, folders, states = [], [], [], []
    for config in loaded:
        with Progress(config.name, common.locale, quiet=common.quiet):
            results.append(simulate(config, source=common.source, **common.access))
            shown.append(in_real_money(results[-1]) if real else results[-1])
            state = _state(config, state_at, common) if state_at is not None else ""
        page = {"report.html": run_page(results[-1], common.file_lang, real=real).encode()}
        wait, locale = common.told_of_wait, common.file_locale
        folder = store.save(results[-1], common.out, page, state=state, on_wait=wait, locale=locale)
        folders.append(str(folder))
        states += [str(folder / store.STATE)] if state else []
    audits = None
    if audited:
        from engine.cli.audit import audits_of

        audits = audits_of(results, common)
    if not common.quiet:
        _show(shown, folders, states, common, audits)
    if audits is not None:
        from engine.cli.audit import require

        require(audits)


def _state(config: Config, text: str, common: Common) -> str:
    """What a configuration owns after a day, as YAML."""
    from engine.config import dump_holdings
    from engine.config.arguments import checked
    from engine.config.leaves import DATE
    from engine.messages import message
    from engine.state import state_at

    day = checked("--state-at", text, DATE)
    held = state_at(config, day, source=common.source, **common.access)
    heading = message(
        "{name} after {day}: a run goes on from it on the next session", name=config.name, day=day
    )
    return dump_holdings(held, heading.translate(common.locale))


def _show(
    results: list[Result],
    folders: list[str],
    states: list[str],
    common: Common,
    audits: list[Audit] | None,
) -> None:
    from engine.cli.audit import plain, show
    from engine.messages import to_plain
    from engine.report.run_text import run_table

    if common.as_json:
        each = [
            {
                "name": result.name,
                "folder": folder,
                "metrics": dict(result.metrics),
                "reasons": {name: to_plain(reason) for name, reason in result.reasons.items()},
                "manifest": dict(result.manifest),
            }
            for result, folder in zip(results, folders)
        ]
        for one, path in zip(each, states):
            one["holdings"] = path
        for one, found in zip(each, audits or ()):
            one["audit"] = plain(found)
        say_json(each if len(each) > 1 else each[0])
        return
    say(run_table(results, common.lang, screen=common.screen, folders=folders + states), styled=True, end="")
    if audits is not None:
        show(audits, common)


@command(
    examples=("backtest compare configs/core100.yaml configs/satellite10.yaml --sort xirr --format csv",)
)
@argument("paths", nargs=-1, required=True, type=PATH)
@option("--sort", metavar="METRIC", help="Best first by this metric; -METRIC turns it round.")
@option("--columns", metavar="METRICS", help="Metrics to show, separated by commas.")
@option(
    "--format",
    "shape",
    type=click.Choice(["table", "csv", "markdown", "json", "html"]),
    default="table",
    help="How to print it; csv opens in Excel.",
)
@REAL
@common
def compare(
    paths: tuple[Path, ...], sort: str | None, columns: str | None, shape: str, real: bool, common: Common
) -> None:
    """Configurations or results side by side on their common period.

    Differences are against the first. The page is in results/compare-A+B/compare.html, each result in
    plans/NAME beside it.
    """
    from engine.cli.progress import Progress
    from engine.real import in_real_money
    from engine.report.deliverables import of_comparison
    from engine.studies.compare import compare as side_by_side
    from engine.studies.compare import config_of

    configs = [config_of(path, common.overrides, allow_python=common.allow_python) for path in paths]
    with Progress(", ".join(config.name for config in configs), common.locale, quiet=common.quiet):
        found = side_by_side(configs, source=common.source, **common.access)
    names = columns.split(",") if columns else None
    shape = "json" if common.as_json else shape
    lang = common.lang if shape in ("table", "markdown") else common.file_lang
    shown = replace(found, results=tuple(map(in_real_money, found.results))) if real else found
    table = _compared(shown.results, sort, names, lang)  # before anything is written: a metric may be unknown
    page = common.save(of_comparison(found, common.file_lang, real=real)) / "compare.html"
    if not common.quiet:
        _show_compared(shown, table, shape, page, common)


def _compared(results: Sequence[Result], sort: str | None, names: list[str] | None, lang: str) -> Table:
    from engine.errors import ConfigError
    from engine.messages import Quoted, listed, message
    from engine.report.summary import compare_table
    from engine.words import did_you_mean

    try:
        return compare_table(results, lang, sort=sort, columns=names)
    except KeyError as error:
        known, came = sorted(results[0].metrics), str(error.args[0])
        text = message("compare: there is no metric {name}", name=Quoted(came))
        hint = did_you_mean(came, known) or message("known: {names}", names=listed(known))
        raise ConfigError(text, hint=hint) from None


def _show_compared(found: Comparison, table: Table, shape: str, page: Path, common: Common) -> None:
    """Print the comparison. What goes into a file or a program carries its warnings on stderr."""
    import json

    from engine.report.compare_answer import compare_answer
    from engine.report.page_locale import PageLocale
    from engine.report.run_text import compare_text
    from engine.report.summary import flag_sentences, warning_lines
    from engine.report.tables import table_text

    if shape == "table":
        text = compare_text(found, table, common.lang, screen=common.screen, page=str(page))
        say(text, styled=True, end="")
        return
    locale = PageLocale(common.lang, table.currency)
    warnings = warning_lines(flag_sentences(found.results, locale), locale)
    answer = compare_answer(found.results)
    for line in (*warnings, *map(locale.sentence, (*found.notes, *answer.answer, *answer.sureness))):
        say(line, err=True)
    lang = common.lang if shape == "markdown" else common.file_lang
    text = table_text(table.columns, table.rows, shape, lang=lang, currency=table.currency)
    match shape:
        case "csv":
            say_csv(text)
        case "json":
            say_json(json.loads(text))
        case "html":
            say_html(text)
        case _:
            say(text, end="")


@command(examples=("backtest report results/satellite10 --open",))
@argument("result", type=PATH)
@option("--open", "show", is_flag=True, help="Open the page in the browser.")
@REAL
@options(*SPEECH)
def report(result: Path, show: bool, real: bool, common: Common) -> None:
    """Write a result's page again (in another language, say), and open it."""
    from engine import files, store
    from engine.folders import real_folder

    page = result / "report.html"
    store.load(result)  # before the lock, which only a folder of ours gets
    folder = real_folder(result)
    with files.lock(folder, on_wait=common.told_of_wait):  # no run may put another result under the page
        stored = store.load(folder)
        files.sweep(folder / "report.html")
        files.write_bytes(folder / "report.html", _readable(stored, common, real).encode())
    if common.as_json:
        say_json({"name": stored.name, "page": str(page)})
    elif not common.quiet:
        say(str(page))
    if show:
        import webbrowser

        webbrowser.open(page.resolve().as_uri())


def _readable(stored: Result, common: Common, real: bool) -> str:
    """The page of a stored result. Raises what there is to say where it cannot be read in today's money."""
    from engine.real import in_real_money
    from engine.report.run_page import run_page

    if real:
        in_real_money(stored)
    return run_page(stored, common.file_lang, real=real)
