"""The command line: parse, call one function, show, exit. Commands are loaded when they are called."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

import click

from engine.cli.declare import Group, locale_of
from engine.errors import BacktestError, reason_of
from engine.locale import ENGLISH, Locale, language_of, languages
from engine.messages import Message, message

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


OWN = ("engine", "strategies")
AGAIN = message("it comes with the program: pip install satellite-backtest")

# command -> the module below engine.cli that holds it, and its line in the help
COMMANDS = {
    "run": ("runs", "Run configurations and show what the money became."),
    "compare": ("runs", "Configurations or results side by side on their common period."),
    "report": ("runs", "Write a result's page again, or open it."),
    "export": ("export", "A result or study as a workbook for Excel."),
    "audit": ("audit", "Replay results through a second engine and compare."),
    "sweep": ("studies", "Every combination of a sweep's axes, in every window."),
    "windows": ("studies", "Every start month of a horizon, strategies on the same windows."),
    "bootstrap": ("bootstrap", "Thousands of futures drawn from history, with their chances."),
    "serve": ("serve", "A page that answers while a slider moves, on this machine alone."),
    "withdraw": ("withdraw", "How much a plan may pay out, and how often that fails."),
    "flows": ("flows", "Whether flows of funds lead their returns or follow them."),
    "check": ("claims", "Published statements against the data."),
    "data": ("data", "Fetch, list, show, verify and import prices."),
    "assets": ("assets", "The assets this program knows."),
    "holdings": ("holdings", "A broker's list of what is held, as the block of a configuration."),
    "columns": ("columns", "What the columns of a result's files mean, in each language."),
    "examples": ("examples", "The plans and studies that come with the program, and copies of them."),
    "new": ("new", "Write a commented configuration by answering a few questions."),
    "schema": ("new", "The JSON schema of configurations, for editors."),
    "completion": ("new", "The script that lets bash, zsh or fish complete commands."),
}


class Commands(Group):
    """A group that imports a command's module only when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"engine.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands and options that begin so, without importing anything."""
        from click.shell_completion import CompletionItem

        locale = locale_of(ctx)
        commands = [
            CompletionItem(name, help=locale.translate(line))
            for name, line in self.lines(ctx)
            if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def lines(self, ctx: click.Context) -> list[tuple[str, str]]:
        """The table's lines, without importing anything."""
        return [(name, line) for name, (_, line) in COMMANDS.items()]


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    examples=(
        "backtest run configs/satellite10.yaml",
        "backtest compare configs/core100.yaml configs/satellite10.yaml",
        "backtest sweep configs/sweeps/allocation.yaml",
    ),
)
@click.version_option(package_name="satellite-backtest", prog_name="backtest")
def cli() -> None:
    """Portfolio backtests for investors in Japan: yen, NISA, tax, whole shares."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script. Exit codes: 0 done, 1 a check failed, 2 configuration, 3 data, 4 files."""
    from engine.cli.interrupts import interrupts
    from engine.cli.streams import standard_streams

    # What completes for a shell is bytes between two programs.
    streams = contextlib.nullcontext() if "_BACKTEST_COMPLETE" in os.environ else standard_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    with streams, _notes(given), interrupts() as heard:
        _main(given, heard)


def _main(given: list[str], heard: Sequence[int]) -> None:
    # pydantic looks through every installed distribution for plugins; this program uses none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    debug = "--debug" in given
    try:
        code = cli.main(
            args=given, prog_name="backtest", standalone_mode=False, obj=_locale(given, sys.stdout)
        )
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _tell(message("interrupted"), given)
        sys.exit(130)
    except click.ClickException as error:  # the help is what is wanted
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except BacktestError as error:
        if debug:
            raise
        _tell(error, given)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        if debug:
            raise
        place = str(error.filename) if error.filename else message("a file")
        _tell(message("{place}: {why}", place=place, why=reason_of(error)), given)
        sys.exit(4)
    except Exception as error:
        if debug:
            raise
        if heard:
            _tell(message("interrupted"), given)
            sys.exit(130)
        lacking = (error.name or "") if isinstance(error, ModuleNotFoundError) else ""
        if lacking and lacking.split(".")[0] not in OWN:
            _tell(BacktestError(message("the package {name} is missing", name=lacking), hint=AGAIN), given)
            sys.exit(1)
        what = f"{type(error).__name__}: {error}"
        _tell(
            message("defect in this program: {what} (run again with --debug and report it)", what=what), given
        )
        sys.exit(1)


@contextlib.contextmanager
def _notes(given: Sequence[str]) -> Iterator[None]:
    """What the engine has to say of its own work is a line on stderr, unless nothing is wanted."""
    import logging

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "--quiet" not in given:
                _tell(record.msg if isinstance(record.msg, Message) else record.getMessage(), given)

    logger, lines = logging.getLogger("engine"), Lines(logging.WARNING)
    logger.addHandler(lines)
    try:
        yield
    finally:
        logger.removeHandler(lines)


def _tell(what: Message | BacktestError | str, given: Sequence[str]) -> None:
    """One line of stderr, in the language that was asked for."""
    from engine.cli.output import say

    line = what if isinstance(what, str) else what.translate(_locale(given, sys.stderr))
    with contextlib.suppress(OSError):  # a log on a full disk: the exit code says it all the same
        say(f"backtest: {' '.join(line.split())}", err=True)


def _locale(given: Sequence[str], stream: TextIO) -> Locale:
    """What ``--lang`` says, wherever it stands, else the person's locale; English where a stream cannot print it.

    The command may not have been understood.
    """
    from engine.cli.streams import can_print

    asked = [after for word, after in zip(given, [*given[1:], ""]) if word == "--lang"]
    asked += [word.removeprefix("--lang=") for word in given if word.startswith("--lang=")]
    lang = next((one for one in asked if one in languages()), None) or language_of()
    return Locale(lang) if can_print(lang, stream) else ENGLISH


__all__ = ["cli", "main"]
