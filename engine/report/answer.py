"""What a page, a command and a notebook say first: the answer to the question, its size, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.messages import Message
from engine.report.page_locale import PageLocale
from engine.report.terminal import Screen, paragraph


@dataclass(frozen=True)
class Answer:
    """The first words of a study.

    ``answer``    what came out, with its size; bad news (money that ran out) before everything
    ``sureness``  what it rests on, and whether it can be told from chance; never empty where chance plays a part

    Both are messages whose figures a test recomputes from the result; ``scripts/list_answers.py`` prints them
    for every shipped configuration.
    """

    answer: tuple[Message, ...]
    sureness: tuple[Message, ...] = ()


def texts(found: Answer, locale: PageLocale, opens: int = 1) -> dict[str, str]:
    """The answer for a template: ``answer`` and ``sureness``, each one text; ``first`` and ``then`` are the answer
    as the sentences that it ``opens`` with and the others."""
    return {
        "answer": _joined(found.answer, locale),
        "first": _joined(found.answer[:opens], locale),
        "then": _joined(found.answer[opens:], locale),
        "sureness": _joined(found.sureness, locale),
    }


def answer_text(found: Answer, locale: PageLocale, screen: Screen) -> str:
    """The answer as a command prints it, above its tables."""
    return paragraph("", [_joined(found.answer, locale), *map(locale.sentence, found.sureness)], screen)


def _joined(sentences: Iterable[Message], locale: PageLocale) -> str:
    return locale.sentences(map(locale.sentence, sentences))
