"""What the program says, as values: an English text with places, and typed arguments that fill them.

The engine never joins words to a sentence and never formats a figure for a reader. It returns a
:class:`Message`, which is put into a language at the very end: ``message.translate(locale)``. A manifest keeps the
message itself beside its English.

The English text is the message's id in the catalogues of :mod:`engine.locale`, so it is a literal; where one
English text needs two translations, a ``context`` tells them apart. Names of the user's, of funds and of files are
:class:`Text`: never translated.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any, Protocol

from engine.locale import ENGLISH, Locale, OwnText

_PLACE = re.compile(r"{(\w+)}")
# Of a message in a manifest that anybody may have written: messages inside messages, its characters in English,
# the digits of a number.
DEEPEST, LONGEST, FINEST = 8, 5000, 12


class Arg(Protocol):
    """What may fill a place of a message."""

    def translate(self, locale: Locale) -> str:
        """This value in a language."""


class Scalar(Protocol):
    """A number or a date of numpy's."""

    def item(self) -> Any:
        """The same as Python's own."""


Value = Arg | OwnText | float | date | Scalar | PurePath  # what may stand for an argument, or be one


def spelt(text: str) -> str:
    """``text`` as UTF-8 can have it."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


@dataclass(frozen=True)
class Text:
    r"""A word that is the same in every language: a symbol, a key, a file, what a person typed.

    What of a file's name is no UTF-8 is spelt out (``\udce9``), so that a page or a manifest can hold it.
    """

    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", spelt(self.text))

    def translate(self, locale: Locale) -> str:
        """The text itself."""
        return self.text


@dataclass(frozen=True)
class Own:
    """A person's own text that is given in several languages: (language, text)."""

    texts: tuple[tuple[str, str], ...]

    def translate(self, locale: Locale) -> str:
        """The text in the language, or the one that stands in for it."""
        return locale.own(dict(self.texts))


@dataclass(frozen=True)
class Quoted:
    """A name of the user's inside a sentence, marked as such: 'x' in English, 「x」 in Japanese. As ``Text``."""

    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", spelt(self.text))

    def translate(self, locale: Locale) -> str:
        """The text in the marks of the language."""
        return locale.quoted(self.text)


@dataclass(frozen=True)
class Number:
    """A plain number; ``digits`` after the point, None: as many as it has, up to twelve in all."""

    value: float
    digits: int | None = None
    sign: bool = False

    def translate(self, locale: Locale) -> str:
        """The number, its thousands marked."""
        return locale.number(self.value, self.digits, sign=self.sign)


@dataclass(frozen=True)
class Times:
    """A multiple: 3.2 is 3.20×; ``sign``: a difference."""

    value: float
    sign: bool = False

    def translate(self, locale: Locale) -> str:
        """The multiple."""
        return locale.times(self.value, sign=self.sign)


@dataclass(frozen=True)
class Money:
    """An amount of a currency (ISO code); ``sign``: a difference."""

    amount: float
    currency: str = "JPY"
    sign: bool = False

    def translate(self, locale: Locale) -> str:
        """The amount as people write it."""
        return locale.money(self.amount, self.currency, sign=self.sign)


@dataclass(frozen=True)
class Billions:
    """Dollars in billions, or as a language counts large amounts (億ドル); ``digits`` of a billion."""

    dollars: float
    digits: int | None = 2

    def translate(self, locale: Locale) -> str:
        """The amount as people say it."""
        return locale.billions(self.dollars, self.digits)


@dataclass(frozen=True)
class Percent:
    """A fraction said in percent: 0.0615 is 6.15 %. ``digits`` None: as many as it has, up to six in all."""

    fraction: float
    digits: int | None = None
    sign: bool = False

    def translate(self, locale: Locale) -> str:
        """The percentage."""
        return locale.percent(self.fraction, self.digits, sign=self.sign)


@dataclass(frozen=True)
class Points:
    """A difference of two percentages: 0.0031 is +0.31 points; ``unsigned``: how large it is, 0.31."""

    fraction: float
    digits: int = 2
    unsigned: bool = False

    def translate(self, locale: Locale) -> str:
        """The points."""
        fraction = abs(self.fraction) if self.unsigned else self.fraction
        return locale.points(fraction, self.digits, sign=not self.unsigned)


@dataclass(frozen=True)
class Day:
    """A date: ISO, as data are written; ``long``: 17 December 2008, 2008年12月17日."""

    day: date
    long: bool = False

    def translate(self, locale: Locale) -> str:
        """The date."""
        return locale.long_date(self.day) if self.long else self.day.isoformat()


@dataclass(frozen=True)
class Month:
    """A month of a year: Dec 2008, 2008年12月."""

    day: date

    def translate(self, locale: Locale) -> str:
        """The month."""
        return locale.year_month(self.day)


@dataclass(frozen=True)
class Span:
    """A length of time in calendar days."""

    days: float

    def translate(self, locale: Locale) -> str:
        """The time in its largest sensible unit."""
        return locale.span(self.days)


@dataclass(frozen=True)
class Listed:
    """Several arguments; ``last`` is what stands before the last one: ``,``, ``and``, ``or``; or ``;``."""

    items: tuple[Arg, ...]
    last: str = ","

    def translate(self, locale: Locale) -> str:
        """The list in the punctuation of the language."""
        return locale.listed([item.translate(locale) for item in self.items], self.last)


@dataclass(frozen=True)
class Message:
    """A text in English with places in braces, and what fills them, sorted by name.

    ``plural`` is the text for an ``n`` other than one, in languages that have such a thing.
    """

    id: str
    args: tuple[tuple[str, Arg], ...] = ()
    context: str = ""
    plural: str = ""

    def translate(self, locale: Locale) -> str:
        """The message in a language."""
        n = next((arg.value for name, arg in self.args if name == "n" and isinstance(arg, Number)), 1)
        text = locale.translate(self.id, self.context, self.plural, n)
        said = {name: arg.translate(locale) for name, arg in self.args}
        # Not str.format: the text may come out of a foreign manifest, and a format can ask for gigabytes.
        return _PLACE.sub(lambda place: said.get(place.group(1), place.group()), text) if said else text

    def __getitem__(self, name: str) -> Arg:
        """What fills a place. Raises KeyError."""
        return dict(self.args)[name]

    def __str__(self) -> str:
        """The message in English."""
        return self.translate(ENGLISH)

    def plain(self) -> dict[str, Any]:
        """The message as plain JSON values, its English among them: what a manifest keeps."""
        kept: dict[str, Any] = {"id": self.id, "english": str(self)}
        if self.args:
            kept["args"] = {name: _plain(arg) for name, arg in self.args}
        if self.context:
            kept["context"] = self.context
        if self.plural:
            kept["plural"] = self.plural
        return kept


def message(id: str, /, *, context: str = "", plural: str = "", **args: Value) -> Message:
    """A message of ``args``, or of plain values that stand for them (``as_arg``)."""
    return Message(id, tuple(sorted((name, as_arg(arg)) for name, arg in args.items())), context, plural)


def word(key: str, /, **args: Value) -> Message:
    """A word or sentence that the catalogues know by a short name, such as a metric's."""
    return Message(key, tuple(sorted((name, as_arg(arg)) for name, arg in args.items())), "word")


def described(text: str) -> Message:
    """What a key of a configuration means: its field's ``description``, which the catalogues know (``key``)."""
    return Message(text, (), "key")


def listed(items: Iterable[Value], last: str = ",") -> Listed:
    """Several arguments in one place of a message."""
    return Listed(tuple(as_arg(item) for item in items), last)


def quantity(value: Any, kind: str, currency: str = "", *, sign: bool = False) -> Arg:
    """A figure by its kind (see :class:`engine.metrics.Metric`), as tables and sentences show it.

    ``currency`` of money: the reader's where it is empty; ``sign`` marks a difference.
    """
    match kind:
        case "money":
            return Money(value, currency, sign)
        case "percent":
            return Points(value) if sign else Percent(value, 2)
        case "weight":
            return Percent(round(value, 4))
        case "times":
            return Times(value, sign)
        case "years":
            return word("span_years", n=Number(value, 1))
        case "count":
            return Number(value, 0, sign)
        case "number":
            return Number(value, 2, sign)
    return Text(str(value))


def as_arg(value: Value) -> Arg:
    """A text as :class:`Text`, one in several languages as :class:`Own`, a number, a date, numpy's too."""
    plain: Any = value.item() if hasattr(value, "item") else value
    if isinstance(plain, str | PurePath):
        return Text(str(plain))
    if isinstance(plain, Mapping):
        return Own(tuple(plain.items()))
    if isinstance(plain, date):
        return Day(plain)
    return Number(float(plain)) if isinstance(plain, int | float) else plain


# --- a message in a manifest ------------------------------------------------------------------------------


def to_plain(said: Message | str) -> dict[str, Any] | str:
    """A message as ``Message.plain``; a sentence of an old manifest as it is."""
    return said if isinstance(said, str) else said.plain()


_KINDS: Mapping[str, type[Any]] = {
    kind.__name__: kind
    for kind in (Text, Own, Quoted, Number, Times, Money, Billions, Percent, Points, Day, Month, Span)
}


def _plain(arg: Arg) -> dict[str, Any]:
    if isinstance(arg, Message):
        return {"Message": arg.plain()}
    if isinstance(arg, Listed):
        return {"Listed": [_plain(item) for item in arg.items], "last": arg.last}
    fields = {name: value for name, value in vars(arg).items() if value is not None and value is not False}
    return {type(arg).__name__: {name: _plain_field(value) for name, value in fields.items()}}


def _plain_field(value: Any) -> Any:
    """JSON has no NaN and no infinity: a figure without meaning is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, tuple):
        return dict(value)
    return str(value) if isinstance(value, date) else value


def from_plain(kept: object, depth: int = 0) -> Message | None:
    """The message that ``Message.plain`` made; None for anything else, such as a sentence of an old manifest.

    What is given back can be said in every language, and is no longer than ``LONGEST`` in English.
    """
    if not isinstance(kept, Mapping) or depth > DEEPEST:
        return None
    args, texts = kept.get("args", {}), [kept.get(name, "") for name in ("id", "context", "plural")]
    if not isinstance(args, Mapping) or not texts[0] or not all(map(_is_text, texts)):
        return None
    found = {str(name): _arg(arg, depth) for name, arg in args.items()}
    if any(arg is None for arg in found.values()):
        return None
    filled = tuple(sorted((name, arg) for name, arg in found.items() if arg is not None))
    made = Message(texts[0], filled, texts[1], texts[2])
    try:
        return made if len(str(made)) <= LONGEST else None
    except KeyError:  # a word that no catalogue has
        return None


def _arg(kept: object, depth: int) -> Arg | None:
    if not isinstance(kept, Mapping):
        return None
    if "Message" in kept:
        return from_plain(kept["Message"], depth + 1)
    if isinstance(kept.get("Listed"), list) and depth <= DEEPEST:
        items = [_arg(item, depth + 1) for item in kept["Listed"]]
        known = tuple(item for item in items if item is not None)
        return Listed(known, str(kept.get("last", ","))) if len(known) == len(items) else None
    (name, fields), *rest = kept.items() or (("", None),)
    if rest or name not in _KINDS or not isinstance(fields, Mapping):
        return None
    try:
        made: Arg = _KINDS[name](**{key: _field(key, value) for key, value in fields.items()})
    except (TypeError, ValueError, OverflowError):
        return None
    return made


def _field(name: str, value: Any) -> Any:
    """A field of an argument. Raises TypeError, ValueError or OverflowError where it is of another kind."""
    if name == "day":
        return date.fromisoformat(value)
    if name == "texts":
        pairs = tuple(value.items()) if isinstance(value, Mapping) else ()
        if not pairs or not all(_is_text(text) for pair in pairs for text in pair):
            raise ValueError(name)
        return pairs
    if name in ("text", "currency"):
        is_right = _is_text(value)
    elif name == "digits":
        is_right = type(value) is int and 0 <= value <= FINEST
    elif name in ("sign", "long", "unsigned"):
        is_right = isinstance(value, bool)
    else:
        return math.nan if value is None else float(value + 0)
    if not is_right:
        raise ValueError(name)
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST


__all__ = [
    "Arg", "Billions", "Day", "Listed", "Message", "Money", "Month", "Number", "Own", "Percent", "Points",
    "Quoted", "Span", "Text", "Times",
    "described", "from_plain", "listed", "message", "quantity", "spelt", "to_plain", "word",
]  # fmt: skip
