"""The command line: parse, call one function, show, exit. Commands are loaded when they are called."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from engine.errors import BacktestError

# command -> the module below engine.cli that holds it, and its line in the help
COMMANDS = {
    "run": ("runs", "Run configurations and show what the money became."),
    "compare": ("runs", "Configurations or results side by side on their common period."),
    "report": ("runs", "Write a result's page again, or open it."),
    "audit": ("audit", "Replay results through a second engine and compare."),
    "sweep": ("studies", "Every combination of a sweep's axes, in every window."),
    "windows": ("studies", "Every start month of a horizon, strategies on the same windows."),
    "bootstrap": ("bootstrap", "Thousands of futures drawn from history, with their chances."),
    "check": ("claims", "Published statements against the data."),
    "data": ("data", "Fetch, list, show, verify and import prices."),
    "assets": ("data", "The assets this program knows."),
    "new": ("new", "Write a commented configuration by answering a few questions."),
    "schema": ("new", "The JSON schema of configurations, for editors."),
    "completion": ("new", "The script that lets bash, zsh or fish complete commands."),
}


class Commands(click.Group):
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion for a mistyped command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            meant = f"did you mean {near[0]}?" if near else f"commands: {', '.join(COMMANDS)}"
            ctx.fail(f"there is no command {args[0]!r}; {meant}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands and options that begin so, without importing anything."""
        from click.shell_completion import CompletionItem

        commands = [
            CompletionItem(name, help=line)
            for name, (_, line) in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table's lines, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Examples:  backtest run configs/satellite10.yaml  ·  backtest compare configs/core100.yaml "
    "configs/satellite10.yaml  ·  backtest sweep configs/sweeps/allocation.yaml",
)
@click.version_option(package_name="satellite-backtest", prog_name="backtest")
def cli() -> None:
    """Portfolio backtests for investors in Japan: yen, NISA, tax, whole shares."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script. Exit codes: 0 done, 1 a check failed, 2 configuration, 3 data, 4 files."""
    from engine.cli.streams import standard_streams

    # What completes for a shell is bytes between two programs.
    streams = contextlib.nullcontext() if "_BACKTEST_COMPLETE" in os.environ else standard_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    with streams, _notes(given):
        _main(given)


def _main(given: list[str]) -> None:
    from engine.errors import BacktestError

    # pydantic looks through every installed distribution for plugins; this program uses none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    debug = "--debug" in given
    try:
        code = cli.main(args=given, prog_name="backtest", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _tell("interrupted", given)
        sys.exit(130)
    except click.ClickException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # of click 8.2: the help is what is wanted
            click.echo(error.format_message(), err=True)
            sys.exit(2)
        _tell(error.format_message(), given)
        sys.exit(2)
    except BacktestError as error:
        if debug:
            raise
        _tell_error(error, given)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        if debug:
            raise
        _tell(f"{error.filename or 'a file'}: {error.strerror or error}", given)
        sys.exit(4)
    except Exception as error:
        if debug:
            raise
        what = f"{type(error).__name__}: {error}"
        _tell(f"defect in this program: {what} (run again with --debug and report it)", given)
        sys.exit(1)


@contextlib.contextmanager
def _notes(given: Sequence[str]) -> Iterator[None]:
    """What the engine has to say of its own work is a line on stderr, unless nothing is wanted."""
    import logging

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "--quiet" not in given:
                _tell(record.getMessage(), given)

    logger, lines = logging.getLogger("engine"), Lines(logging.WARNING)
    logger.addHandler(lines)
    try:
        yield
    finally:
        logger.removeHandler(lines)


def _tell_error(error: BacktestError, given: Sequence[str]) -> None:
    from engine.cli.output import say
    from engine.cli.streams import has_japanese
    from engine.report.sentences import error_text

    lang = _language(given) if has_japanese(sys.stderr) else "en"
    say(f"backtest: {' '.join(error_text(error, lang).split())}", err=True)


def _tell(message: str, given: Sequence[str], hint: str | None = None) -> None:
    """An error on one line of stderr, in the language that was asked for."""
    from engine.cli.output import say
    from engine.cli.streams import has_japanese
    from engine.report.sentences import error_line

    lang = _language(given) if has_japanese(sys.stderr) else "en"
    line = error_line(" ".join(message.split()), hint, lang)
    say(f"backtest: {' '.join(line.split())}", err=True)


def _language(given: Sequence[str]) -> str:
    """What ``--lang`` says, wherever it stands; else the locale's. The command may not have been understood."""
    from engine.locale import language_of

    for word, after in zip(given, [*given[1:], ""]):
        if word == "--lang" or word.startswith("--lang="):
            return after if word == "--lang" else word.removeprefix("--lang=")
    return language_of()


__all__ = ["cli", "main"]
