"""Commands that help to begin: new, schema, completion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.declare import argument, command, option
from engine.cli.options import PATH, SPEECH, Common, options
from engine.cli.output import say, say_json

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


@command(
    examples=(
        "backtest new mine",
        "backtest new mine --core VOO --weight 0.15 --yes",
    )
)
@argument("name")
@option("--core", metavar="SYMBOL", help="The asset that holds most of the money (default VOO).")
@option("--satellite", metavar="SYMBOL", help="The asset beside it, or none (default IJR).")
@option("--weight", metavar="SHARE", help="The satellite's share (default 0.10).")
@option("--every", type=click.Choice([*EVERY]), help="When money comes.")
@option("--amount", metavar="YEN", help="How much comes each time.")
@option("--account", type=click.Choice([*ACCOUNTS]), help="Where it is held.")
@option("--rebalancing", type=click.Choice([*REBALANCING]), help="How the weights are kept.")
@option("--start", metavar="DATE", help="First day (default 2001-01-01).")
@option("--to", "path", type=PATH, help="The file (default configs/NAME.yaml).")
@option("--force", is_flag=True, help="Replace the file.")
@option("--yes", is_flag=True, help="Ask nothing: take the defaults.")
@options(*SPEECH)
def new(name: str, path: Path | None, force: bool, yes: bool, common: Common, **flags: str | None) -> None:
    """Write a commented configuration by answering a few questions.

    On a terminal it asks for what no option says; elsewhere, or with --yes, it takes the defaults.
    """
    import sys

    from engine import files
    from engine.config import parse_config, safe_name
    from engine.errors import StoreError
    from engine.report.voice import Voice

    voice = Voice(common.lang)
    target = path or Path("configs") / f"{safe_name(name)}.yaml"
    if target.exists() and not force:
        raise StoreError(f"{target} is there already", hint="--force replaces it")
    is_asked = sys.stdin.isatty() and not yes
    answers = ask(flags, voice, is_asked=is_asked)
    text = configuration(safe_name(name), answers, target, Voice(common.file_lang))
    config = parse_config(text, str(target))
    files.sweep(target, older=3600.0)
    files.write_bytes(target, text.encode(), replace=force)
    if common.as_json:
        say_json({"file": str(target), "config": config.resolved()})
    elif not common.quiet:
        say(voice("new_written", file=target))


def ask(flags: Mapping[str, str | None], voice: Voice, *, is_asked: bool) -> dict[str, str]:
    """An answer to every question: the flag's, the person's, or the default. :raises NotFound: no asset."""
    answers: dict[str, str] = {}

    def settle(question: Question) -> None:
        given = flags[question.name]
        if given is None and is_asked:
            given = _prompt(question, answers, voice)
        answers[question.name] = _settled(question, question.default if given is None else given)

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


def _prompt(question: Question, answers: Mapping[str, str], voice: Voice) -> str:
    """The person's answer, asked for until it is allowed."""
    from engine.errors import BacktestError
    from engine.report.sentences import error_text

    while True:
        given = str(click.prompt(voice(f"question_{question.name}"), default=question.default, err=True))
        try:
            return _checked(question, given.strip(), answers)
        except BacktestError as error:
            say(error_text(error, voice.lang), err=True)


def _settled(question: Question, given: str) -> str:
    return _asset_check(given) if question.name in ("core", "satellite") else given


def _checked(question: Question, given: str, answers: Mapping[str, str]) -> str:
    """An answer as the file has it: 15 % is 0.15, 10万円 is 100000. Raises BacktestError for what is wrong."""
    from engine.config.wording import closest, one_of, show
    from engine.errors import ConfigError

    def refused(allowed: str, hint: str | None = None) -> ConfigError:
        return ConfigError(f"{question.name}: came {show(given)}, allowed {allowed}", hint=hint)

    if question.allowed and given not in question.allowed:
        meant = closest(given, question.allowed)
        raise refused(one_of(question.allowed), f"did you mean {meant}?" if meant else None)
    match question.name:
        case "satellite" if _asset_check(given) == answers["core"]:
            raise refused("another asset than the core")
        case "core" | "satellite":
            _asset_check(given)
        case "weight":
            share = _number(given.rstrip("%％")) / (100.0 if given.endswith(("%", "％")) else 1.0)
            if not 0.0 <= share <= 1.0:
                raise refused("0 to 1", f"{given} is {share / 100:g}" if 1.0 < share <= 100.0 else None)
            return f"{share:g}"
        case "amount":
            bare = given.removeprefix("¥").removesuffix("円")
            amount = _number(bare.removesuffix("万")) * (10_000.0 if bare.endswith("万") else 1.0)
            if not 0.0 < amount <= 1e12:
                raise refused("a number above 0, up to 1,000,000,000,000")
            return f"{amount:.12g}"
        case "start":
            return _day(given, refused("a date such as 2001-01-31"))
    return given


def _number(text: str) -> float:
    """A number with or without separators, NaN where there is none."""
    try:
        return float(text.replace(",", "").replace("_", ""))
    except ValueError:
        return float("nan")


def _day(text: str, error: Exception) -> str:
    """A day in any usual spelling as ISO; raises ``error`` for none."""
    import datetime as dt
    import re

    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    try:
        return str(dt.date(*map(int, found.groups()))) if found else str(dt.date.fromisoformat(text))
    except ValueError:
        raise error from None


def _asset_check(symbol: str) -> str:
    """A symbol that may be an asset, '' for none. :raises NotFound: with the nearest one."""
    from engine.market.assets import asset

    if symbol.lower() in ("", "none"):
        return ""
    known = asset(symbol.upper() if not symbol.startswith("^") else symbol)
    return known.symbol


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


@command(examples=("backtest schema --kind sweep",))
@option(
    "--kind",
    type=click.Choice(["config", "sweep", "windows", "claims"]),
    default="config",
    show_default=True,
    help="Which kind of file.",
)
def schema(kind: str) -> None:
    """Print the JSON schema of a kind of file, for completion in editors."""
    from engine.studies.schemas import schema_of

    say_json(schema_of(kind))


@command(examples=('eval "$(backtest completion bash)" in ~/.bashrc',))
@argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
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
    say(ShellComplete.source(kind(cli, {}, "backtest", "_BACKTEST_COMPLETE")))
