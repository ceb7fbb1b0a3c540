"""Commands that help to begin: new, schema, completion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.options import SPEECH, Common, options

if TYPE_CHECKING:
    from engine.report.voice import Voice

# What each answer is in YAML; the first is the default.
EVERY = {
    "monthly": "{{type: monthly, amount: {amount}, day: 1}}",
    "january": "{{type: annual, amount: {amount}, month: 1, day: 1}}",
    "lump": "{{type: lump_sum, amount: {amount}}}",
    "quota": "{{type: fill_quota, years: 5, every: yearly}}",
}
AMOUNTS = {"monthly": 100_000, "january": 1_200_000, "lump": 12_000_000}
ACCOUNTS = {
    "nisa_taxable": "[nisa, taxable]",
    "nisa": "[nisa]",
    "taxable": "[taxable]",
    "plain": "[plain]",
}
REBALANCING = {
    "no_sell": "{type: no_sell}",
    "none": "{type: none}",
    "yearly": "{type: calendar, every: yearly, new_money_first: true}",
    "band": "{type: band, width: 0.05, check: monthly, new_money_first: true}",
}


@dataclass(frozen=True)
class Question:
    """Something to ask: the flag and word of its name, a default, the answers allowed (none: any)."""

    name: str
    default: str
    allowed: tuple[str, ...] = ()


@click.command(epilog="Examples:  backtest new mine  ·  backtest new mine --core VOO --weight 0.15 --yes")
@click.argument("name")
@click.option("--core", metavar="SYMBOL", help="The asset that holds most of the money (default VOO).")
@click.option("--satellite", metavar="SYMBOL", help="The asset beside it, or none (default IJR).")
@click.option("--weight", metavar="SHARE", help="The satellite's share (default 0.10).")
@click.option("--every", type=click.Choice([*EVERY]), help="When money comes.")
@click.option("--amount", metavar="YEN", help="How much comes each time.")
@click.option("--account", type=click.Choice([*ACCOUNTS]), help="Where it is held.")
@click.option("--rebalancing", type=click.Choice([*REBALANCING]), help="How the weights are kept.")
@click.option("--start", metavar="DATE", help="First day (default 2001-01-01).")
@click.option("--to", "path", type=click.Path(path_type=Path), help="The file (default configs/NAME.yaml).")
@click.option("--force", is_flag=True, help="Replace the file.")
@click.option("--yes", is_flag=True, help="Ask nothing: take the defaults.")
@options(*SPEECH)
def new(name: str, path: Path | None, force: bool, yes: bool, common: Common, **flags: str | None) -> None:
    """Write a commented configuration by answering a few questions.

    On a terminal it asks for what no option says; elsewhere, or with --yes, it takes the defaults.
    """
    import sys

    from engine import store
    from engine.config import parse_config, safe_name
    from engine.errors import StoreError
    from engine.report.voice import Voice

    voice = Voice(common.lang)
    target = path or Path("configs") / f"{safe_name(name)}.yaml"
    if target.exists() and not force:
        raise StoreError(f"{target} is there already", hint="--force replaces it")
    is_asked = sys.stdin.isatty() and not yes
    answers = ask(flags, voice, is_asked=is_asked)
    text = configuration(safe_name(name), answers, target, voice)
    config = parse_config(text, str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    store.replace_file(target, text.encode())
    if common.as_json:
        from engine.cli.shown import print_json

        print_json({"file": str(target), "config": config.resolved()})
    elif not common.quiet:
        click.echo(voice("new_written", file=target))


def ask(flags: Mapping[str, str | None], voice: Voice, *, is_asked: bool) -> dict[str, str]:
    """An answer to every question: the flag's, the person's, or the default. :raises NotFound: no asset."""
    answers: dict[str, str] = {}

    def settle(question: Question) -> None:
        given = flags[question.name]
        check = _asset_check if question.name in ("core", "satellite") else str
        if given is None and is_asked:
            given = _prompt(voice(f"question_{question.name}"), question, check)
        answers[question.name] = check(question.default if given is None else given)

    settle(Question("core", "VOO"))
    settle(Question("satellite", "IJR"))
    if answers["satellite"]:
        settle(Question("weight", "0.10"))
    settle(Question("every", "monthly", (*EVERY,)))
    if answers["every"] in AMOUNTS:
        settle(Question("amount", str(AMOUNTS[answers["every"]])))
    settle(Question("account", "nisa" if answers["every"] == "quota" else "nisa_taxable", (*ACCOUNTS,)))
    if answers["satellite"]:
        settle(Question("rebalancing", "no_sell", (*REBALANCING,)))
    settle(Question("start", "2001-01-01"))
    return answers


def _prompt(text: str, question: Question, check: Callable[[str], str]) -> str:
    """The person's answer, asked for until it is allowed."""
    if question.allowed:
        choice = click.Choice(question.allowed)
        return str(click.prompt(text, default=question.default, type=choice, err=True))
    return str(click.prompt(text, default=question.default, value_proc=_asked(check), err=True))


def _asset_check(symbol: str) -> str:
    """A symbol that may be an asset, '' for none. :raises NotFound: with the nearest one."""
    from engine.market.assets import asset

    if symbol.lower() in ("", "none"):
        return ""
    known = asset(symbol.upper() if not symbol.startswith("^") else symbol)
    return known.symbol


def _asked(check: Callable[[str], str]) -> Callable[[str], str]:
    """The check for click, which asks again after a ``BadParameter``."""
    from engine.errors import BacktestError

    def checked(text: str) -> str:
        try:
            check(text)
        except BacktestError as error:
            raise click.BadParameter(str(error)) from None
        return text

    return checked


def configuration(name: str, answers: Mapping[str, str], target: Path, voice: Voice) -> str:
    """The commented YAML of the answers."""
    from engine.config.wording import quote

    core, satellite = answers["core"], answers["satellite"]
    allocation = f"{{type: fixed_mix, weights: {{{quote(core)}: 1}}}}"
    about = voice("new_about_core", core=core)
    if satellite:
        weight = answers["weight"]
        allocation = (
            f"{{type: core_satellite, core: {quote(core)}, satellite: {quote(satellite)}, "
            f"satellite_weight: {_one_line(weight)}}}"
        )
        about = voice("new_about", core=core, satellite=satellite, weight=weight)
    contributions = EVERY[answers["every"]].format(amount=_one_line(answers.get("amount", "")))
    schema = ["# yaml-language-server: $schema=schema.json"] if _has_schema(target) else []
    lines = [
        *schema,
        f"# {voice('new_note_run', file=target)}",
        f"name: {quote(name)}",
        f"description: {quote(about)}",
        "currency: JPY",
        f"# {voice('new_note_period')}",
        f"period: {{start: {_one_line(answers['start'])}}}",
        "strategy:",
        f"  # {voice('new_note_allocation')}",
        f"  allocation: {allocation}",
        f"  # {voice('new_note_contributions')}",
        f"  contributions: {contributions}",
        f"  # {voice('new_note_rebalancing')}",
        f"  rebalancing: {REBALANCING[answers.get('rebalancing', 'no_sell')]}",
        f"# {voice('new_note_accounts')}",
        f"accounts: {ACCOUNTS[answers['account']]}",
        f"# {voice('new_note_costs')}",
        "costs: {broker: none}",
        f"# {voice('new_note_whole')}",
        "execution: {whole_shares: true}",
        f"# {voice('new_note_data')}",
        "data: {source: auto, splice: auto}",
    ]
    return "\n".join([*lines, ""])


def _has_schema(target: Path) -> bool:
    return (target.parent / "schema.json").is_file()


def _one_line(answer: str) -> str:
    """An answer as a YAML scalar: a number or a date as it is, anything else quoted, for the error to show."""
    from engine.config.wording import quote

    plain = answer.replace(",", "").strip()
    return plain if plain and all(char in "0123456789.-+_" for char in plain) else quote(answer)


@click.command()
def schema() -> None:
    """Print the JSON schema of configurations, for completion in editors."""
    import json

    from engine.config import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@click.command(epilog='Example:  eval "$(backtest completion bash)" in ~/.bashrc')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that lets a shell complete commands, options and files.

    bash, zsh: eval "$(backtest completion bash)" in ~/.bashrc or ~/.zshrc. fish: backtest completion fish |
    source in ~/.config/fish/config.fish.
    """
    from click.shell_completion import ShellComplete, get_completion_class

    from engine.cli import cli

    kind = get_completion_class(shell)
    assert kind is not None
    # The plain source: bash's own would start a shell to look at its version.
    click.echo(ShellComplete.source(kind(cli, {}, "backtest", "_BACKTEST_COMPLETE")))
