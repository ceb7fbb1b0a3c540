"""Options that many commands share, and the one value they become."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.declare import Decorator, option
from engine.locale import ENGLISH, Locale, language_of, languages

if TYPE_CHECKING:
    from engine.files import Holder
    from engine.market.sources import Access
    from engine.report.deliverables import Folder
    from engine.report.terminal import Screen

SECONDS_A_DAY = 86400.0


@dataclass(frozen=True)
class Common:
    """How a command was asked to work. ``source`` None: what the configuration says. ``max_age`` in days.

    ``lang``       what is printed
    ``file_lang``  what is written into files: Japanese also where the output has no characters for it
    """

    source: str | None = None
    offline: bool = False
    refresh: bool = False
    max_age: float | None = None
    lock: bool = False
    out: Path = Path("results")
    lang: str = "en"
    file_lang: str = "en"
    as_json: bool = False
    quiet: bool = False
    overrides: tuple[str, ...] = ()
    allow_python: bool = False

    @property
    def locale(self) -> Locale:
        """The language of what is printed."""
        return Locale(self.lang)

    @property
    def file_locale(self) -> Locale:
        """The language of what is written into files."""
        return Locale(self.file_lang)

    @property
    def screen(self) -> Screen:
        """Where it is printed."""
        from engine.report.terminal import screen_of

        return screen_of(sys.stdout, os.environ)

    def told_of_wait(self, target: Path, holder: Holder) -> None:
        """Say for whom a writer waits."""
        from engine.cli.output import say

        locale = self.locale
        more = locale("waits_for_file", file=holder.file) if holder.file else ""
        say(
            f"backtest: {locale('waits_for', target=target, holder=holder.told.translate(locale))}{more}",
            err=True,
        )

    def save(self, folder: Folder) -> Path:
        """Put the files of a result into its folder, whatever stood there of it; that folder."""
        from engine.folders import replace_folder

        name, files = folder
        return replace_folder(self.out / name, files, on_wait=self.told_of_wait)

    def show(self, told: Callable[[], Any], text: Callable[[], str]) -> None:
        """Print what was found: as JSON for programs or as a text of engine.report, and nothing if quiet."""
        from engine.cli.output import say, say_json

        if self.quiet:
            return
        if self.as_json:
            say_json(told())
        else:
            say(text(), styled=True, end="")

    @property
    def access(self) -> Access:
        """What the cache may do, as the engine takes it: its ages are in seconds."""
        age = None if self.max_age is None else self.max_age * SECONDS_A_DAY
        return {"offline": self.offline, "refresh": self.refresh, "max_age": age, "lock": self.lock}


class _Found(click.Path):
    """A path; names that macOS has written otherwise are found (see ``engine.files.find``)."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path that is meant."""
        from engine.files import find

        return find(Path(os.fsdecode(super().convert(value, param, ctx))))


PATH = _Found(path_type=Path)
SOURCE = option(
    "--data",
    "source",
    metavar="SOURCE",
    help="auto, yahoo, stooq, sample, century, french, shiller:FILE or csv:DIR; never mixed.",
)
ACCESS = (
    option("--offline", is_flag=True, help="Use nothing from the network."),
    option("--refresh", is_flag=True, help="Fetch again what is stored."),
    option("--max-age", type=click.FloatRange(min=0), metavar="DAYS", help="Fetch what is older."),
    option("--lock", is_flag=True, help="Refuse values that the source has changed."),
)
OUT = option(
    "--out",
    type=PATH,
    default=Path("results"),
    show_default=True,
    help="Folder of the results.",
)
SPEECH = (
    option("--lang", type=click.Choice(languages()), help="Language (default: from the locale)."),
    option("--json", "as_json", is_flag=True, help="Print JSON for programs."),
    option("--quiet", is_flag=True, help="Print nothing but errors."),
    option("--debug", is_flag=True, help="Show a traceback with an error."),
)
SEED = option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Where the random numbers begin."
)
BLOCK = option(
    "--block", type=click.FloatRange(1.0), metavar="SESSIONS", help="Mean block (default: from the data)."
)
REAL = option("--real", is_flag=True, help="In the money of the last month (needs inflation).")
SET = option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override any key.")
PYTHON = option("--allow-python", is_flag=True, help="Run the functions that a configuration names.")


def options(*chosen: Decorator) -> Decorator:
    """Add options to a command, which receives them as one :class:`Common`, its argument ``common``."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def command(*args: Any, **given: Any) -> Any:
            given.pop("debug", None)  # main looks at it
            told = {item.name: given.pop(item.name) for item in fields(Common) if item.name in given}
            told["file_lang"] = told.get("lang") or language_of()
            told["lang"] = _printed_language(told["file_lang"])
            is_silent = told.get("quiet", False) or told.get("as_json", False)
            done = function(*args, common=Common(**told), **given)
            if told["lang"] != told["file_lang"] and not is_silent:
                _say_why_english()
            return done

        wrapped: Callable[..., Any] = command
        for add in reversed(chosen):
            wrapped = add(wrapped)
        return wrapped

    return decorate


common: Decorator = options(SOURCE, *ACCESS, OUT, *SPEECH, SET, PYTHON)


def executor(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say who works, which a command receives as one Executor, its argument ``executor``."""

    @functools.wraps(function)
    def command(
        *args: Any, threads: int | None, workers: int | None, scheduler: str | None, **given: Any
    ) -> Any:
        from engine.studies.executor import Executor

        return function(*args, executor=Executor(threads, workers, scheduler), **given)

    wrapped: Callable[..., Any] = command
    for each in (
        option("--threads", type=int, metavar="N", help="Threads here (default: all processors)."),
        option("--workers", type=int, metavar="N", help="N processes of this machine."),
        option("--scheduler", metavar="URL", help="A Dask cluster, such as tcp://host:8786."),
    ):
        wrapped = each(wrapped)
    return wrapped


def _printed_language(lang: str) -> str:
    """``lang``, or English where standard output cannot print it."""
    from engine.cli.streams import can_print

    return lang if can_print(lang, sys.stdout) else ENGLISH.lang


def _say_why_english() -> None:
    from engine.cli.output import say

    say(f"backtest: {ENGLISH('no_japanese', encoding=sys.stdout.encoding)}", err=True)
