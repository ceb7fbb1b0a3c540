"""Whether an error is wholly in another language: each message of it in the catalogue, no English beside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.errors import BacktestError
from engine.locale import Locale, catalogue
from engine.messages import Arg, Listed, Message
from tests.pseudo import NAMES

OWN: list[
    str
] = []  # what the files of the test that runs say: English in them is a person's, not the program's
SENTENCE = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")


def messages(arg: Arg | None) -> Iterator[Message]:
    """A message and all that stand in its places."""
    if isinstance(arg, Message):
        yield arg
        for _, inner in arg.args:
            yield from messages(inner)
    elif isinstance(arg, Listed):
        for item in arg.items:
            yield from messages(item)


def english_of(error: BacktestError, lang: str = "ja") -> list[str]:
    """The English that stands in an error's line in ``lang``.

    That each message of the program has a translation is another test's; one without is a test's own, and what it
    stands in is not looked at.
    """
    known = catalogue(lang)._catalog  # type: ignore[attr-defined]
    parts = [*messages(error.message), *messages(error.hint)]
    ids = [f"{part.context}\x04{part.id}" if part.context else part.id for part in parts]
    if any(key not in known and (key, 0) not in known for key in ids):
        return []
    said = re.sub(r"「[^」]*」|backtest [a-z ]+", " ", error.translate(Locale(lang)))
    return [text for text in SENTENCE.findall(NAMES.sub(" ", said)) if not any(text in own for own in OWN)]
