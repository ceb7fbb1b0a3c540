"""The single values of a configuration: numbers, dates, names. Each knows what it allows, in words.

Every leaf is strict (no text for a number, no number for text), finite and bounded, and describes itself to
editors through the JSON schema.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from engine.fund_names import what_serves
from engine.locale import ENGLISH, OwnText
from engine.messages import Arg, Message, listed, message
from engine.spellings import (
    Pointed,
    amount_of,
    day_of,
    decimal_text,
    half_width,
    one_or_a_thousand,
    share_of,
    span_of,
)
from engine.words import did_you_mean, nearest


class Refused(Exception):
    """A leaf's check failed; ``hint`` is what may be done about it, in a file of ``currency`` if it names one."""

    def __init__(self, hint: Message | None = None, currency: str = "") -> None:
        self.hint: Message | None = hint
        self.currency: str = currency
        super().__init__()


class Problem(ValueError):
    """What a validator finds wrong: ``what`` is allowed for the value that came; ``whole``: all there is to say.

    ``at``        the key below the one being checked
    ``words``     those that may have been meant; the keys that there are, where a key is unknown
    ``keys``      the keys that were wanted, where something else came
    ``currency``  what the amount that came is in by its own words, '' where it does not say
    """

    def __init__(
        self,
        what: Arg,
        *,
        whole: bool = False,
        hint: Message | None = None,
        at: tuple[str | int, ...] = (),
        words: tuple[str, ...] = (),
        keys: tuple[str, ...] = (),
        currency: str = "",
    ) -> None:
        self.what: Arg = what
        self.whole: bool = whole
        self.hint: Message | None = hint
        self.at: tuple[str | int, ...] = at
        self.words: tuple[str, ...] = words
        self.keys: tuple[str, ...] = keys
        self.currency: str = currency
        super().__init__()

    def __str__(self) -> str:
        """In English, for who makes a model in Python."""
        told = self.what.translate(ENGLISH)
        return told if self.whole else f"allowed {told}"


@dataclass(frozen=True, eq=False)
class Leaf:
    """A checked scalar: ``check`` returns the value to keep or raises Refused; ``schema`` is for editors."""

    allowed: Message
    check: Callable[[Any], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(
        self, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return dict(self.schema)

    def _validate(self, value: Any) -> Any:
        try:
            return self.check(value)
        except Refused as refused:
            raise Problem(self.allowed, hint=refused.hint, currency=refused.currency) from None


# ---- numbers


def number(
    low: float, high: float, *, above: bool = False, thousands: bool = False, allowed: Message | None = None
) -> Leaf:
    """A finite number from ``low`` (or above it) to ``high``, kept as float.

    ``thousands``: of money. Editors accept ``100_000`` too, which their YAML takes for text and ours for a number;
    ``1.000`` is refused, since it may be a thousand.
    ``allowed``: other words than the bounds.
    """

    def is_within(value: float) -> bool:
        return math.isfinite(value) and low <= value <= high and not (above and value == low)

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _meant_number(value, is_within)
        if isinstance(value, float) and not math.isfinite(value):
            raise Refused(message("a finite number"))
        if thousands and isinstance(value, Pointed):
            raise Refused(one_or_a_thousand(value))
        if not is_within(value):
            hint = _meant_percent(f"{value:g}", value, is_within) if _may_be_percent(value, high) else None
            raise Refused(hint or (message("up to {high}", high=high) if allowed and value > high else None))
        return float(value) + 0.0  # -0.0 becomes 0.0, so that equal values hash alike

    bounds: dict[str, Any] = {"exclusiveMinimum" if above else "minimum": low, "maximum": high}
    kind: dict[str, Any] = {"type": "number"}
    if thousands:
        sign = "-?" if low < 0 else ""
        kind = {"type": ["number", "string"], "pattern": f"^{sign}[0-9]+(_[0-9]+)*(\\.[0-9]+)?$"}
    bound = message("a number above {low}, up to {high}" if above else "{low} to {high}", low=low, high=high)
    return Leaf(allowed or bound, check, {**kind, **bounds})


def whole(low: int, high: int) -> Leaf:
    """A whole number from ``low`` to ``high``."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise _meant_whole(value, low, high)
        if not low <= value <= high:
            raise Refused
        return value

    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Leaf(message("a whole number from {low} to {high}", low=low, high=high), check, schema)


def _write(text: str, came: str = "") -> Message:
    """What to write for what ``came`` as a text: the same, where only its quotes are wrong."""
    return message("without quotes: {text}" if text == came else "write {text}", text=text)


def _may_be_percent(value: float, high: float) -> bool:
    """Whether a number over the bound of a fraction is one in percent: 1.5 of 1 is rather a slip."""
    return high <= 1.0 and (value >= 2.0 or (value > high and high < 1.0)) and value <= 100.0


def _meant_percent(text: str, value: float, is_within: Callable[[float], bool]) -> Message | None:
    share = float(f"{value / 100:.12g}")
    return (
        message("{text} is {number}", text=f"{text} %", number=f"{share:.12g}") if is_within(share) else None
    )


def _meant_number(value: Any, is_within: Callable[[float], bool]) -> Refused:
    """The number that a text was meant to be, if it would be taken."""
    if not isinstance(value, str):
        return Refused()
    number, currency = amount_of(value)
    if number is not None and is_within(float(number)):
        return Refused(_write(decimal_text(number), value), currency)
    share = share_of(value)
    if share is not None and is_within(float(share)):
        return Refused(message("{text} is {number}", text=value.strip(), number=decimal_text(share)))
    if number is not None and _may_be_percent(float(number), 1.0):
        return Refused(_meant_percent(decimal_text(number), float(number), is_within))
    return Refused()


def _meant_whole(value: Any, low: int, high: int) -> Refused:
    """The whole number that another value was meant to be: ``1.0``, ``1日``, ``末日``."""
    text = half_width(str(value))
    if high == 31 and text.lower() in ("末日", "月末", "末", "last", "end"):
        return Refused(_write("31"))
    number, _ = amount_of(re.sub("(日|月|年|か月|ヶ月|ケ月|カ月|回)$", "", text))
    if isinstance(value, bool) or number is None or not low <= number <= high or number % 1:
        return Refused()
    return Refused(_write(decimal_text(number), str(value)))


_FLAGS = {
    "true": ("true", "yes", "on", "1", "はい", "する", "あり", "有", "有効", "オン", "○"),
    "false": ("false", "no", "off", "0", "いいえ", "しない", "なし", "無", "無効", "オフ", "×"),
}


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        said = half_width(str(value)).lower()
        meant = next((word for word, others in _FLAGS.items() if said in others), nearest(said, _FLAGS))
        raise Refused(_write(meant, str(value)) if meant else None)
    return value


# ---- dates

EARLIEST, LATEST = dt.date(1871, 1, 1), dt.date(2200, 12, 31)


def _date(value: Any) -> dt.date:
    if isinstance(value, str | int) and not isinstance(value, bool):
        day = day_of(str(value))
        if day is None:
            span = span_of(str(value))
            spoken = span and message("{first} begins it, {last} ends it", first=span[0], last=span[1])
            raise Refused(spoken or None)
        if isinstance(day, str):
            raise Refused(message("there is no such day"))
        if str(value) != str(day) and EARLIEST <= day <= LATEST:
            raise Refused(_write(str(day)))
        value = day
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise Refused
    if not EARLIEST <= value <= LATEST:
        raise Refused(message("from {first} to {last}", first=EARLIEST, last=LATEST))
    return value


# ---- names

SOURCES = ("auto", "yahoo", "stooq", "sample", "century", "french")
FILES = ("csv:", "french:", "shiller:")  # sources that a path follows
RATES = ("auto", "ecb", "fred")  # of yen per dollar

_LANGUAGE = "[a-z]{2,3}"
_SYMBOL = r"[A-Za-z0-9^][A-Za-z0-9._^=-]{0,31}"
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
_NAME_PATTERN = r"""^[^\s/\\:*?"<>|.-][^\s/\\:*?"<>|]*$"""
MAX_NAME = 80
MAX_NAME_BYTES = 240  # a folder's name may have 255 bytes; the rest is for a temporary suffix
MAX_TEXT = 2000


def _text(value: Any) -> str:
    """A text; raises Refused, with what to write for a number or a date."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float | dt.date) and not isinstance(value, bool):
        raise Refused(message('in quotes: "{value}"', value=str(value)))
    raise Refused


def _too_long(text: str) -> Refused:
    return Refused(message("it has {n} characters", n=len(text)))


def check_name(value: Any) -> str:
    """A name that is a safe folder name on every system; NFC. Raises Refused."""
    text = unicodedata.normalize("NFC", _text(value))
    if not 1 <= len(text) <= MAX_NAME or len(text.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        raise _too_long(text)
    others = [char for char in text if char not in "-_." and unicodedata.category(char)[0] not in "LNM"]
    if others:
        raise Refused(message("without {char}", char=listed(map(repr, dict.fromkeys(others)))))
    if text[0] in ".-" or unicodedata.category(text[0])[0] == "M":
        raise Refused(message("beginning with a letter, a digit or _"))
    if text[-1] == ".":
        raise Refused(message("not ending in a dot"))
    if _RESERVED.fullmatch(text):
        raise Refused(message("Windows reserves this name"))
    return text


def _symbol(value: Any) -> str:
    """A symbol as it came: where it stands in a file goes with it (see ``engine.config.document.Placed``)."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number and 1000 <= value <= 9999:
        return f"{value}.T"  # a code of Tokyo's exchange, which YAML takes for a number
    text = str(value) if is_number else _text(value)
    if is_number or not re.fullmatch(_SYMBOL, text):
        bare = half_width(text)
        if bare != text and re.fullmatch(r"[A-Z]{1,5}", bare):
            raise Refused(_write(bare))
        hint = what_serves(text) or message("`backtest assets` lists the known ones")
        if is_number:
            quoted = message('in quotes: "{value}"', value=text)
            hint = message("{hint}; if it is imported so, {quoted}", hint=hint, quoted=quoted)
        raise Refused(hint)
    return text


def _description(value: Any) -> OwnText:
    if not isinstance(value, dict):
        return _prose(value)
    if None in value.values():  # {ja: 1,000万円から}: YAML ends the text at the comma
        raise Refused(message('a text with a comma needs quotes: {en: "..., ...", ja: "..., ..."}'))
    if not value or not all(re.fullmatch(_LANGUAGE, str(lang)) for lang in value):
        raise Refused(message("a text for each language: {en: ..., ja: ...}"))
    return {lang: _prose(text) for lang, text in value.items()}


def _label(value: Any) -> str:
    """A short name of the person's own; NFC, without spaces around."""
    text = unicodedata.normalize("NFC", _text(value)).strip()
    if len(text) > MAX_LABEL:
        raise _too_long(text)
    if not text or not text.isprintable():
        raise Refused
    return text


def _prose(value: Any) -> str:
    text = _text(value)
    if len(text) > MAX_TEXT:
        raise _too_long(text)
    for char in text:
        if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t":
            raise Refused(message("without the control character U+{code}", code=f"{ord(char):04X}"))
    return text


def source_hint(value: object) -> Message | None:
    """The source that was meant: one spelt alike, else a folder without its ``csv:``."""
    near = did_you_mean(value, SOURCES)
    is_folder = isinstance(value, str) and value.strip() == value != "csv:" and _is_path(value)
    return near or (message("a folder of files: {text}", text=f"csv:{value}") if is_folder else None)


def _source(value: Any) -> str:
    if isinstance(value, str) and value in SOURCES:
        return value
    if isinstance(value, str) and value.startswith(FILES) and _path(value).partition(":")[2]:
        return value
    raise Refused(source_hint(value))


def _rates(value: Any) -> str:
    if isinstance(value, str) and value in RATES:
        return value
    if isinstance(value, str) and value.startswith("csv:") and _path(value) != "csv:":
        return value
    is_file = isinstance(value, str) and value.lower().endswith(".csv")
    raise Refused(message("a file: {text}", text=f"csv:{value}") if is_file else did_you_mean(value, RATES))


def _is_path(value: str) -> bool:
    return value.isprintable() and 1 <= len(value) <= 400


def _path(value: Any) -> str:
    if not isinstance(value, str) or not _is_path(value):
        raise Refused
    return value


Name = Annotated[
    str,
    Leaf(
        message("1 to {most} letters, digits, -, _ and . that make a safe file name", most=MAX_NAME),
        check_name,
        {"type": "string", "minLength": 1, "maxLength": MAX_NAME, "pattern": _NAME_PATTERN},
    ),
]
MAX_LABEL = 40
Label = Annotated[
    str,
    Leaf(
        message("1 to {most} characters on one line", most=MAX_LABEL),
        _label,
        {"type": "string", "minLength": 1, "maxLength": MAX_LABEL},
    ),
]
Symbol = Annotated[
    str, Leaf(message("a symbol such as VOO"), _symbol, {"type": "string", "pattern": f"^{_SYMBOL}$"})
]
_PROSE = {"type": "string", "maxLength": MAX_TEXT}
# A text of the person's own: shown as it is in every language, or one for each: {en: ..., ja: ...}
Description = Annotated[
    OwnText,
    Leaf(
        message("up to {most} characters of text", most=MAX_TEXT),
        _description,
        {
            "anyOf": [
                _PROSE,
                {
                    "type": "object",
                    "propertyNames": {"pattern": f"^{_LANGUAGE}$"},
                    "additionalProperties": _PROSE,
                    "minProperties": 1,
                },
            ]
        },
    ),
]
Source = Annotated[
    str,
    Leaf(
        message("auto, yahoo, stooq, sample, century, french, french:ZIP, shiller:FILE or csv:FOLDER"),
        _source,
        {"anyOf": [{"enum": list(SOURCES)}, {"type": "string", "pattern": "^(csv|french|shiller):.+"}]},
    ),
]
Rates = Annotated[
    str,
    Leaf(
        message("auto, ecb, fred or csv:FILE"),
        _rates,
        {"anyOf": [{"enum": list(RATES)}, {"type": "string", "pattern": "^csv:.+"}]},
    ),
]
FilePath = Annotated[str, Leaf(message("a file's path"), _path, {"type": "string"})]
_AGE = "^(age ?[0-9]{1,3}|[0-9]{1,3} ?歳)$"
DATE = Leaf(message("a date such as 2001-01-31"), _date, {"type": "string", "format": "date"})
Date = Annotated[dt.date, DATE]
# A date of a plan: in a file also an age, which is a date by the time it is checked (engine/config/phases.py)
_PLAN_DATE = {"anyOf": [DATE.schema, {"type": "string", "pattern": _AGE}]}
PlanDate = Annotated[dt.date, Leaf(DATE.allowed, _date, _PLAN_DATE)]
Flag = Annotated[bool, Leaf(message("true or false"), _flag, {"type": "boolean"})]
SUM = message("an amount of 0 or more, such as 100000")
Amount = Annotated[
    float,
    number(0, 1e12, above=True, thousands=True, allowed=message("an amount above 0, such as 100000")),
]
Share = Annotated[float, number(0, 1)]
Rate = Annotated[float, number(-0.5, 1)]
PRICES = "prices"  # of a rate: as consumer prices rise


def _rate_or(words: Sequence[str], files: tuple[str, ...], allowed: Message) -> Leaf:
    """A rate a year, one of some ``words``, or a text that begins as one of ``files``."""
    rate = number(-0.5, 1)

    def check(value: Any) -> Any:
        if not isinstance(value, str) or value in words:
            return rate.check(value) if not isinstance(value, str) else value
        if files and value.startswith(files) and _path(value).partition(":")[2]:
            return value
        try:
            return rate.check(value)  # which says what number was meant
        except Refused as refused:
            raise Refused(refused.hint or did_you_mean(value, words)) from None

    forms = [{"enum": list(words)}, *({"type": "string", "pattern": f"^{file}.+"} for file in files)]
    return Leaf(allowed, check, {"anyOf": [*forms, rate.schema]})


Rise = Annotated[
    float | str,
    _rate_or([PRICES], (), message("prices, or a rate a year from {low} to {high}", low=-0.5, high=1)),
]
Inflation = Annotated[
    float | str,
    _rate_or(
        ["cpi_jp"],
        ("csv:",),
        message("cpi_jp, csv:FILE, or a rate a year from {low} to {high}", low=-0.5, high=1),
    ),
]
Month = Annotated[int, whole(1, 12)]
