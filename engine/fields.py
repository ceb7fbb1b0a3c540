"""What a field of a stored file may hold: the bounds of every text, day, count and hash that is read back."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from engine.config.leaves import EARLIEST, LATEST
from engine.errors import BadData
from engine.messages import LONGEST, Message, from_plain, message
from engine.printable import is_visible

Model = TypeVar("Model")


def _visible(text: str) -> str:
    if not all(map(is_visible, text)):
        raise ValueError("it has characters that cannot be seen")
    return text


def _day(text: str) -> str:
    if not EARLIEST <= datetime.date.fromisoformat(text) <= LATEST:
        raise ValueError("it is no day that this program knows")
    return text


def _note(kept: object) -> Message | str:
    made = kept if isinstance(kept, str) else from_plain(kept)
    if made is None or len(str(made)) > LONGEST:
        raise ValueError("it is no text of this program")
    return made


def _visible_note(note: Message | str) -> Message | str:
    _visible(str(note))
    return note


LONGEST_FIELD = 100  # characters of a field's name in an error
SESSIONS = 200_000  # more than a market has had

Text = Annotated[str, Field(max_length=2000), AfterValidator(_visible)]
Note = Annotated[Any, AfterValidator(_note)]  # a message; of an old file a plain text
VisibleNote = Annotated[Note, AfterValidator(_visible_note)]
Name = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_visible)]
Currency = Annotated[str, Field(pattern=r"^[A-Za-z]{3}$")]
Provider = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_day)]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
Sessions = Annotated[int, Field(ge=1, le=SESSIONS)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Seconds = Annotated[float, Field(ge=0, lt=253402300800, allow_inf_nan=False)]  # 1970 to 9999
Ratio = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]


def parsed(adapter: TypeAdapter[Model], content: bytes) -> Model:
    """JSON as a value of that type. Raises BadData naming the first field that is none."""
    try:
        return adapter.validate_json(content, strict=True)
    except ValidationError as error:
        raise BadData(first_of(error)) from error


def first_of(error: ValidationError) -> Message:
    """What pydantic finds first: the field that is missing or wrong."""
    found = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(map(str, found["loc"]))[:LONGEST_FIELD]
    if not field:
        return message("it is no such record")
    return message(
        "{field}: missing" if found["type"] == "missing" else "{field}: not what it may be", field=field
    )
