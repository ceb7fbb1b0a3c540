"""The single values of a configuration: numbers, dates, names. Each knows what it allows, in words.

Every leaf is strict (no text for a number, no number for text), finite and bounded, and describes itself to
editors through the JSON schema.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from engine.config.wording import closest
from engine.locale import OwnText


class Refused(Exception):
    """A leaf's check failed; the text, if any, is a suggestion."""


def problem(
    allowed: str,
    *,
    hint: str | None = None,
    at: tuple[str | int, ...] = (),
    came: str | None = None,
    words: tuple[str, ...] = (),
) -> PydanticCustomError:
    """An error that says what is allowed.

    ``at`` is the key below the one being checked, ``came`` replaces the value shown, ``words`` are those that
    may have been meant.
    """
    context = {"allowed": allowed, "hint": hint, "at": at, "came": came, "words": words}
    return PydanticCustomError("problem", "{allowed}", context)


@dataclass(frozen=True, eq=False)
class Leaf:
    """A checked scalar: ``check`` returns the value to keep or raises Refused."""

    allowed: str
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
            raise problem(self.allowed, hint=str(refused) or None) from None


# ---- numbers


def _plain(number: float) -> str:
    return f"{number:,.0f}" if float(number).is_integer() else repr(number)


def number(low: float, high: float, *, above: bool = False, thousands: bool = False) -> Leaf:
    """A finite number from ``low`` (or above it) to ``high``, kept as float.

    ``thousands``: editors accept ``100_000`` too, which their YAML takes for text and ours for a number.
    """
    allowed = f"{_plain(low)} to {_plain(high)}"
    if above:
        allowed = f"a number above {_plain(low)}, up to {_plain(high)}"

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refused(_number_hint(value))
        if isinstance(value, float) and not math.isfinite(value):
            raise Refused("a finite number")
        if not low <= value <= high or (above and value == low):
            share = high <= 1.0 and 2.0 <= value <= 100.0 and low <= value / 100.0 <= high
            raise Refused(f"{value:g} % is {value / 100.0:g}" if share else "")
        return float(value) + 0.0  # -0.0 becomes 0.0, so that equal values hash alike

    bounds: dict[str, Any] = {"exclusiveMinimum" if above else "minimum": low, "maximum": high}
    kind: dict[str, Any] = {"type": "number"}
    if thousands:
        sign = "-?" if low < 0 else ""
        kind = {"type": ["number", "string"], "pattern": f"^{sign}[0-9]+(_[0-9]+)*(\\.[0-9]+)?$"}
    return Leaf(allowed, check, {**kind, **bounds})


def whole(low: int, high: int) -> Leaf:
    """A whole number from ``low`` to ``high``."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused(_number_hint(value))
        if not low <= value <= high:
            raise Refused
        return value

    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Leaf(f"a whole number from {low} to {high}", check, schema)


def _number_hint(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    text = value.strip().removeprefix("¥").removeprefix("$").replace(",", "").replace("_", "")
    percent = text.endswith(("%", "％"))
    try:
        meant = float(text.rstrip("%％"))
    except ValueError:
        return ""
    if not math.isfinite(meant):
        return ""
    return f"{value.strip()} is {meant / 100.0:g}" if percent else f"write {meant:.12g}"


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        words = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
        meant = words.get(str(value).strip().lower())
        raise Refused(f"write {meant}" if meant else "")
    return value


# ---- dates

EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2200, 12, 31)


def _date(value: Any) -> dt.date:
    if isinstance(value, str):
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            try:
                value = dt.date.fromisoformat(value)
            except ValueError:
                raise Refused("there is no such day") from None
        elif parts := re.fullmatch(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", value):
            year, month, day = (int(part) for part in parts.groups())
            raise Refused(f"write {year:04d}-{month:02d}-{day:02d}")
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise Refused
    if not EARLIEST <= value <= LATEST:
        raise Refused(f"from {EARLIEST} to {LATEST}")
    return value


# ---- names

SOURCES = ("auto", "yahoo", "sample")

_LANGUAGE = "[a-z]{2,3}"
_SYMBOL = r"[A-Za-z0-9^][A-Za-z0-9._^=-]{0,31}"
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
_NAME_PATTERN = r"""^[^\s/\\:*?"<>|.-][^\s/\\:*?"<>|]*$"""
MAX_NAME = 80
MAX_NAME_BYTES = 240  # a folder's name may have 255 bytes; the rest is for a temporary suffix


def check_name(value: Any) -> str:
    """A name that is a safe folder name on every system; NFC. Raises Refused."""
    if not isinstance(value, str):
        raise Refused(_quote_hint(value))
    text = unicodedata.normalize("NFC", value)
    if not 1 <= len(text) <= MAX_NAME or len(text.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        raise Refused(f"it has {len(text)} characters")
    for char in text:
        if char not in "-_." and unicodedata.category(char)[0] not in "LNM":
            raise Refused(f"without {char!r}")
    if text[0] in ".-" or unicodedata.category(text[0])[0] == "M":
        raise Refused("beginning with a letter, a digit or _")
    if text[-1] == ".":
        raise Refused("not ending in a dot")
    if _RESERVED.fullmatch(text):
        raise Refused("Windows reserves this name")
    return text


def _symbol(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(_quote_hint(value))
    if not re.fullmatch(_SYMBOL, value):
        raise Refused
    return value


def _quote_hint(value: Any) -> str:
    scalar = isinstance(value, int | float | dt.date) and not isinstance(value, bool)
    return f'in quotes: "{value}"' if scalar else ""


def _description(value: Any) -> OwnText:
    if not isinstance(value, dict):
        return _text(value)
    if not value or not all(re.fullmatch(_LANGUAGE, str(lang)) for lang in value):
        raise Refused("a text for each language: {en: ..., ja: ...}")
    return {lang: _text(text) for lang, text in value.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(_quote_hint(value))
    if len(value) > 2000:
        raise Refused(f"it has {len(value)} characters")
    for char in value:
        if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t":
            raise Refused(f"without the control character U+{ord(char):04X}")
    return value


def _source(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused
    if value in SOURCES or (value.startswith("csv:") and _path(value)[4:]):
        return value
    guess = closest(value, SOURCES)
    raise Refused(f"did you mean {guess}?" if guess else "")


def _path(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value) <= 400:
        raise Refused
    return value


Name = Annotated[
    str,
    Leaf(
        f"1 to {MAX_NAME} letters, digits, -, _ and . that make a safe file name",
        check_name,
        {"type": "string", "minLength": 1, "maxLength": MAX_NAME, "pattern": _NAME_PATTERN},
    ),
]
Symbol = Annotated[str, Leaf("a symbol such as VOO", _symbol, {"type": "string", "pattern": f"^{_SYMBOL}$"})]
_TEXT = {"type": "string", "maxLength": 2000}
# A text of the person's own: shown as it is in every language, or one for each: {en: ..., ja: ...}
Description = Annotated[
    OwnText,
    Leaf(
        "up to 2,000 characters of text",
        _description,
        {
            "anyOf": [
                _TEXT,
                {
                    "type": "object",
                    "propertyNames": {"pattern": f"^{_LANGUAGE}$"},
                    "additionalProperties": _TEXT,
                    "minProperties": 1,
                },
            ]
        },
    ),
]
Source = Annotated[
    str,
    Leaf(
        "auto, yahoo, sample or csv:FOLDER",
        _source,
        {"anyOf": [{"enum": list(SOURCES)}, {"type": "string", "pattern": "^csv:.+"}]},
    ),
]
FilePath = Annotated[str, Leaf("a file's path", _path, {"type": "string"})]
Date = Annotated[dt.date, Leaf("a date such as 2001-01-31", _date, {"type": "string", "format": "date"})]
Flag = Annotated[bool, Leaf("true or false", _flag, {"type": "boolean"})]
Amount = Annotated[float, number(0, 1e12, above=True, thousands=True)]
Share = Annotated[float, number(0, 1)]
Rate = Annotated[float, number(-0.5, 1)]
Day = Annotated[int, whole(1, 31)]
Month = Annotated[int, whole(1, 12)]
