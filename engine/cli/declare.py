"""How commands are declared: click's own, with help and refusals in the language that was asked for.

A help text is written in English where the command is, a docstring's paragraphs and an option's line; the
catalogues hold their translations. The context's object is the :class:`Locale` in which a command speaks.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from engine.errors import ConfigError
from engine.locale import ENGLISH, Locale
from engine.messages import Message, Quoted, listed, message
from engine.spellings import amount_of, decimal_text, half_width, is_pointed, one_or_a_thousand
from engine.words import did_you_mean
from engine.wrapping import width, wrapped

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
COLUMN = 30  # of the names of options, at most


def locale_of(ctx: click.Context) -> Locale:
    """The language a command speaks."""
    return ctx.find_object(Locale) or ENGLISH


class _Checked(click.Parameter):
    """A parameter that refuses a value with what came and what is allowed."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """The value by the parameter's type. Raises ConfigError."""
        try:
            return super().type_cast_value(ctx, value)
        except click.BadParameter:
            came = ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
            told = message(
                "{key}: came {came}, allowed {allowed}",
                key=name_of(self),
                came=Quoted(came),
                allowed=allowed(self.type),
            )
            raise ConfigError(told, hint=_meant(came, self.type)) from None


class Option(_Checked, click.Option):
    """An option of this program."""


class Argument(_Checked, click.Argument):
    """An argument of this program."""


def name_of(param: click.Parameter) -> str:
    """What a person calls a parameter: ``--years``, ``CONFIG...``."""
    return (
        max(param.opts, key=len)
        if isinstance(param, click.Option)
        else param.metavar or str(param.name).upper()
    )


def allowed(kind: click.ParamType[Any]) -> Message:
    """What a type takes."""
    match kind:
        case click.Choice():
            return message("{words}", words=listed(map(str, kind.choices), last="or"))
        case click.IntRange(min=int(low), max=int(high)):
            return message("a whole number from {low} to {high}", low=low, high=high)
        case click.IntRange(min=int(low)):
            return message("a whole number from {low} on", low=low)
        case click.FloatRange() if kind.min is not None:
            return message("a number from {low} on", low=kind.min)
    return message("a whole number") if kind is click.INT else message("a number")


class Amount(click.types.FloatParamType):
    """A number that is money: ``1.000`` may be a thousand, and is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number. Raises BadParameter."""
        if isinstance(value, str) and is_pointed(value.strip()):
            self.fail(value, param, ctx)
        return super().convert(value, param, ctx)


def either(came: str) -> Message | None:
    """What to write for an amount that may be a thousand times as much; None for another text."""
    bare = re.sub(r"[¥$円\s]", "", half_width(came))
    if not is_pointed(bare) or bare.count(".") > 1:
        return None
    return one_or_a_thousand(float(bare))


def _meant(came: str, kind: click.ParamType[Any]) -> Message | None:
    """What a value that a type refuses was meant to be: the word, or the number of ``1,000`` and ``10年``."""
    if isinstance(kind, click.Choice):
        return did_you_mean(came, map(str, kind.choices))
    if isinstance(kind, Amount):
        return either(came)
    number, _ = amount_of(re.sub("(年|回|日|本|通り|%|％)$", "", came.strip()))
    if number is None:
        return None
    try:
        kind.convert(decimal_text(number), None, None)
    except click.BadParameter:
        return None
    return message("write {text}", text=decimal_text(number))


def _to_have(examples: Sequence[str]) -> list[str]:
    """The commands that bring the files of ``examples`` where they are not there."""
    files = [word for line in examples for word in line.split() if word.startswith("configs/")]
    names = [file.removeprefix("configs/").removesuffix(".yaml") for file in files if not Path(file).exists()]
    return [f"backtest examples {name}" for name in dict.fromkeys(names)]


class Speaking(click.Command):
    """A command whose help is in the reader's language. ``examples``: command lines, shown at the end."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples: tuple[str, ...] = tuple(examples)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """As click does; what it refuses is a ConfigError."""
        words = tuple(args[1])  # click takes each word away that it has read
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                raise
            raise refused(error, words) from None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, naming the words that are too many. Raises ConfigError."""
        is_group = isinstance(self, click.Group)
        self._refuse_odd_dashes(ctx, args)
        ctx.allow_extra_args = True
        left = super().parse_args(ctx, args)
        if left and not is_group:
            raise ConfigError(message("too many words: {words}", words=" ".join(left)))
        return left

    def _refuse_odd_dashes(self, ctx: click.Context, args: Sequence[str]) -> None:
        """An option behind one dash (``-data``), or behind one that a text program has made of two (``—data``)."""
        names = [name for param in self.get_params(ctx) for name in param.opts if name.startswith("--")]
        for given in args:
            odd = re.fullmatch(r"(?:-|[‐‑–—―−ー－]+)([A-Za-z][\w-]+)(=.*)?", given)
            if odd is not None and f"--{odd[1]}" in names:
                hint = message("did you mean {words}?", words=f"--{odd[1]}")
                raise ConfigError(message("there is no option {name}", name=given), hint=hint)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first line."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, f"{locale_of(ctx)('help_usage')} ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The docstring's paragraphs."""
        for text in paragraphs(self.help):
            formatter.write_paragraph()
            _write(formatter, locale_of(ctx).translate(text), 2)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A line for each option: its names, what it means, its default."""
        locale = locale_of(ctx)
        shown = [
            param for param in self.get_params(ctx) if isinstance(param, click.Option) and not param.hidden
        ]
        rows = []
        for param in shown:
            record = param.get_help_record(ctx)
            assert record is not None
            rows.append((record[0], _meaning(param, ctx, locale)))
        write_rows(formatter, locale("help_options"), rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Command lines to begin with."""
        if self.examples:
            formatter.write_paragraph()
            formatter.write(f"{locale_of(ctx)('help_examples')}\n")
            for line in (*_to_have(self.examples), *self.examples):
                formatter.write(f"  {line}\n")


class Group(Speaking, click.Group):
    """A command of commands."""

    command_class: type[click.Command] | None = Speaking

    def lines(self, ctx: click.Context) -> list[tuple[str, str]]:
        """The commands and what each does, in English."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        return [(name, paragraphs(one.help)[0]) for name, one in found if one is not None]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion for a mistyped command. Raises ConfigError."""
        names = self.list_commands(ctx)
        if args and args[0] not in names and not args[0].startswith("-"):
            hint = did_you_mean(args[0], names) or message("commands: {names}", names=listed(names))
            raise ConfigError(message("there is no command {name}", name=Quoted(args[0])), hint=hint)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then the commands."""
        super().format_options(ctx, formatter)
        locale = locale_of(ctx)
        write_rows(
            formatter,
            locale("help_commands"),
            [(name, locale.translate(line)) for name, line in self.lines(ctx)],
        )


def _meaning(param: click.Option, ctx: click.Context, locale: Locale) -> str:
    text = locale.translate(" ".join((param.help or "").split())) if param.help else ""
    extra = param.get_help_extra(ctx)
    more = [locale("help_default", default=extra["default"])] if "default" in extra else []
    more += [extra["range"]] if "range" in extra else []
    return f"{text}  [{locale.listed(more, ';')}]".strip() if more else text


def paragraphs(help_text: str | None) -> list[str]:
    """The paragraphs of a docstring, each on one line: their ids in the catalogues."""
    parts = inspect.cleandoc(help_text or "").split("\n\n")
    return [" ".join(part.split()) for part in parts if part.strip()]


def write_rows(formatter: click.HelpFormatter, title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Names and what they mean under a heading."""
    formatter.write_paragraph()
    formatter.write(f"{title}\n")
    column = min(max(width(name) for name, _ in rows) + 2, COLUMN)
    for name, text in rows:
        begun = f"  {name}"
        if width(name) + 2 > column or not text:
            formatter.write(f"{begun}\n")
            begun = ""
        lines = wrapped(text, max(formatter.width - column - 2, 20))
        for line in lines:
            formatter.write(f"{begun}{' ' * (column + 2 - width(begun))}{line}\n")
            begun = ""


def _write(formatter: click.HelpFormatter, text: str, margin: int) -> None:
    for line in wrapped(text, formatter.width - margin):
        formatter.write(f"{' ' * margin}{line}\n")


def refused(error: click.UsageError, args: Sequence[str]) -> ConfigError:
    """A refusal of click's as one of ours."""
    match error:
        case click.NoSuchOption(option_name=name, possibilities=near):
            hint = message("did you mean {words}?", words=listed(sorted(near), last="or")) if near else None
            return ConfigError(message("there is no option {name}", name=name), hint=hint)
        case click.MissingParameter(param=click.Parameter() as param):
            return ConfigError(message("{key}: missing", key=name_of(param)))
        case click.BadOptionUsage(option_name=name):
            given = next((word for word in args if word.startswith(f"{name}=")), "")
            what = (
                message("{name} takes no value", name=name)
                if given
                else message("{name} needs a value", name=name)
            )
            return ConfigError(what)
    raise error


def command(
    name: str | None = None, *, examples: Sequence[str] = ()
) -> Callable[[Callable[..., Any]], Speaking]:
    """Make a function a command."""
    return click.command(name, cls=Speaking, examples=examples)


def option(*names: str, **settings: Any) -> Decorator:
    """Add an option to a command; ``settings`` as click takes them."""
    return click.option(*names, cls=Option, **settings)


def argument(name: str, **settings: Any) -> Decorator:
    """Add an argument to a command."""
    return click.argument(name, cls=Argument, **settings)
