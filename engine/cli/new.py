"""Commands that help to begin: new, schema, completion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click

from engine.cli.declare import argument, command, either, name_of, option
from engine.cli.new_files import ACCOUNTS, EVERY, KINDS, REBALANCING, of_answers, of_plan
from engine.cli.options import PATH, SPEECH, Common, options
from engine.cli.output import say, say_json
from engine.errors import BacktestError, ConfigError
from engine.locale import Locale, languages
from engine.messages import Message, Quoted, message
from engine.spellings import amount_of, day_of, decimal_text, half_width, number_of, share_of

AMOUNTS = {"monthly": "100000", "january": "1200000", "lump": "12000000"}
BROKERS = ("none", "sbi", "rakuten", "monex")
DEFAULTS = {
    "broker": "none",
    "core": "VOO",
    "satellite": "IJR",
    "weight": "0.10",
    "every": "monthly",
    "rebalancing": "no_sell",
    "start": "2001-01-01",
}
# Of a plan that pays out: a pot that is there at the beginning.
RETIRED = {"every": "lump", "amount": "30000000", "account": "taxable", "rebalancing": "yearly"}
WITHDRAWAL = "100000"


class Answer(click.ParamType[str]):
    """What a person may answer: ``read`` gives it as the file has it, None where it is not ``allowed``."""

    def __init__(self, name: str, allowed: Message, read: Callable[[str], str | None]) -> None:
        self.name: str = name
        self.allowed: Message = allowed
        self.read: Callable[[str], str | None] = read

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The answer as the file has it. Raises ConfigError."""
        found = self.read(value.strip())
        if found is not None:
            return found
        key = self.name if param is None else name_of(param)
        told = message(
            "{key}: came {came}, allowed {allowed}", key=key, came=Quoted(value), allowed=self.allowed
        )
        raise ConfigError(told, hint=self._meant(value))

    def _meant(self, value: str) -> Message | None:
        if self is AMOUNT:
            return either(value)
        percent = number_of(value)
        if self is SHARE and percent is not None and 1 < percent <= 100:
            return message("{number} is {fraction}", number=value, fraction=float(percent / 100))
        return None


def _share(text: str) -> str | None:
    """``0.15``, ``15%``, ``15％``, ``1割``."""
    share = share_of(text)
    share = number_of(text) if share is None else share
    return decimal_text(share) if share is not None and 0 <= share <= 1 else None


def _amount(text: str) -> str | None:
    """``100000``, ``¥100,000``, ``10万円``."""
    amount, currency = amount_of(text)
    is_taken = amount is not None and currency != "USD" and 0 < amount <= 10**12 and not amount % 1
    return decimal_text(amount) if amount is not None and is_taken else None


def _day(text: str) -> str | None:
    """A day in any usual spelling, as ISO."""
    day = day_of(text)
    return str(day) if isinstance(day, dt.date) else None


class Labelled(click.Choice[str]):
    """Words, each with what people call it: either may be answered, as a question shows both."""

    def __init__(self, words: Iterable[str], prefix: str = "choice") -> None:
        super().__init__([*words])
        self.prefix = prefix

    def label(self, key: str, locale: Locale) -> str:
        """What people call a word."""
        return locale(f"{self.prefix}_{key}")

    def shown(self, locale: Locale) -> str:
        """Every word with its label, as a question shows them."""
        return locale.listed([f"{key} {self.label(key, locale)}" for key in map(str, self.choices)])

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word of a label in any language, or the word itself. Raises BadParameter."""
        said = half_width(value).lower()
        for key in map(str, self.choices):
            for lang in languages():
                label = half_width(self.label(key, Locale(lang))).lower()
                if said in (label, f"{key} {label}"):
                    return key
        return super().convert(value, param, ctx)


def _asset(symbol: str) -> str:
    """The symbol of an asset, '' for none. Raises NotFound with the nearest one."""
    from engine.market.assets import asset

    if symbol.lower() in ("", "none"):
        return ""
    return asset(symbol if symbol.startswith("^") else symbol.upper()).symbol


SHARE = Answer("share", message("0 to 1"), _share)
AMOUNT = Answer("amount", message("an amount in yen, such as {example}", example="100000"), _amount)
DAY = Answer("day", message("a date such as {example}", example="2001-01-31"), _day)
ONLY_WITHDRAW = message("--withdrawal: allowed with --kind withdraw")
ASSET = Answer("asset", message("a symbol such as VOO"), _asset)


@command(
    examples=(
        "backtest new mine",
        "backtest new mine --core VOO --weight 0.15 --yes",
        "backtest new share --kind sweep --from configs/satellite10.yaml",
    )
)
@argument("name")
@option(
    "--kind",
    type=click.Choice([*KINDS]),
    default="config",
    show_default=True,
    help="A plan, a study of one, statements to check, or a plan that pays out.",
)
@option(
    "--from",
    "plan",
    type=PATH,
    metavar="PLAN",
    help="The plan that it is a study or a copy of.",
)
@option("--core", type=ASSET, metavar="SYMBOL", help="The asset that holds most of the money (default VOO).")
@option("--satellite", type=ASSET, metavar="SYMBOL", help="The asset beside it, or none (default IJR).")
@option("--weight", type=SHARE, metavar="SHARE", help="The satellite's share (default 0.10).")
@option("--every", type=Labelled(EVERY), help="When money comes.")
@option("--amount", type=AMOUNT, metavar="YEN", help="How much comes each time.")
@option("--withdrawal", type=AMOUNT, metavar="YEN", help="How much is taken out a month (kind withdraw).")
@option("--account", type=Labelled(ACCOUNTS), help="Where it is held.")
@option("--rebalancing", type=Labelled(REBALANCING), help="How the weights are kept.")
@option("--broker", type=Labelled(BROKERS, "choice_broker"), help="Whose fees are paid (default none).")
@option("--start", type=DAY, metavar="DATE", help="First day (default 2001-01-01).")
@option("--to", "path", type=PATH, help="The file (default configs/NAME.yaml).")
@option("--force", is_flag=True, help="Replace the file.")
@option("--yes", is_flag=True, help="Ask nothing: take the defaults.")
@options(*SPEECH)
def new(
    name: str,
    kind: str,
    plan: Path | None,
    path: Path | None,
    force: bool,
    yes: bool,
    common: Common,
    **flags: str | None,
) -> None:
    """Write a commented configuration by answering a few questions.

    On a terminal it asks for what no option says; elsewhere, or with --yes, it takes the defaults. With --kind
    it writes a study or statements instead, in the folder of their kind below configs.
    """
    import sys

    from engine import files
    from engine.config import parse_config, safe_name
    from engine.config.document import parse_document
    from engine.errors import StoreError

    target = path or Path("configs") / KINDS[kind].folder / f"{safe_name(name)}.yaml"
    if target.exists() and not force:
        raise StoreError(
            message("{place} is there already", place=target), hint=message("--force replaces it")
        )
    locale = Locale(common.file_lang)
    if plan is None:
        answers = ask(kind, flags, common.locale, is_asked=sys.stdin.isatty() and not yes)
        text = of_answers(kind, safe_name(name), answers, target, locale)
    else:
        _refuse_both(kind, flags)
        text = of_plan(kind, safe_name(name), plan, flags["withdrawal"] or WITHDRAWAL, target, locale)
    files.sweep(target, older=3600.0)
    files.write_bytes(target, text.encode(), replace=force)
    if common.as_json:
        told = (
            parse_config(text).resolved() if kind in ("config", "withdraw") else parse_document(text).plain()
        )
        say_json({"file": str(target), "config": told})
    elif not common.quiet:
        say(common.locale("new_written", file=target, command=KINDS[kind].command))


def _refuse_both(kind: str, flags: Mapping[str, str | None]) -> None:
    """Raise ConfigError where a plan is named and answered as well, or stands for what needs none."""
    if kind == "claims":
        raise ConfigError(message("--from: allowed with another kind than claims"))
    given = next((key for key, value in flags.items() if value is not None and key != "withdrawal"), None)
    if given is not None:
        raise ConfigError(message("--from and --{option}: allowed one of the two", option=given))
    if flags["withdrawal"] is not None and kind != "withdraw":
        raise ConfigError(ONLY_WITHDRAW)


def ask(kind: str, flags: Mapping[str, str | None], locale: Locale, *, is_asked: bool) -> dict[str, str]:
    """An answer to every question that the answers before leave open: the flag's, the person's, or the default."""
    ctx = click.get_current_context()
    answers: dict[str, str] = {}
    if flags["withdrawal"] is not None and kind != "withdraw":
        raise ConfigError(ONLY_WITHDRAW)
    for param in ctx.command.params:
        name = str(param.name)
        default = _default(kind, name, answers) if name in flags else None
        if default is not None:
            given = flags[name]
            if given is None:
                given = _prompt(ctx, param, default, answers, locale) if is_asked else default
            answers[name] = _asset(given) if param.type is ASSET else given
    return answers


def _default(kind: str, name: str, answers: Mapping[str, str]) -> str | None:
    """The default of a question, None where it is not to be asked."""
    if kind == "claims":
        return DEFAULTS[name] if name in ("core", "satellite") else None
    if name == "withdrawal":
        return WITHDRAWAL if kind == "withdraw" else None
    if kind == "withdraw" and name in RETIRED and (name != "rebalancing" or answers["satellite"]):
        return RETIRED[name]
    if name in ("weight", "rebalancing") and not answers["satellite"]:
        return None
    if name == "amount":
        return AMOUNTS.get(answers["every"])
    if name == "account":
        return "nisa" if answers["every"] == "quota" else "nisa_taxable"
    return DEFAULTS[name]


def _prompt(
    ctx: click.Context, param: click.Parameter, default: str, answers: Mapping[str, str], locale: Locale
) -> str:
    """The person's answer, asked for until it is allowed."""
    while True:
        choices = {"choices": param.type.shown(locale)} if isinstance(param.type, Labelled) else {}
        given = click.prompt(locale(f"question_{param.name}", **choices), default=default, err=True)
        try:
            answer = str(param.type_cast_value(ctx, str(given).strip()))
            if param.name == "satellite" and answer == answers["core"]:
                raise ConfigError(message("satellite: allowed another asset than the core"))
        except BacktestError as error:
            say(error.translate(locale), err=True)
        else:
            return answer


@command(examples=("backtest schema --kind sweep",))
@option(
    "--kind",
    type=click.Choice(["config", "sweep", "windows", "claims"]),
    default="config",
    show_default=True,
    help="Which kind of file.",
)
@options(SPEECH[0])
def schema(kind: str, common: Common) -> None:
    """Print the JSON schema of a kind of file, for completion in editors."""
    from engine.studies.schemas import schema_of

    say_json(schema_of(kind, common.locale))


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
