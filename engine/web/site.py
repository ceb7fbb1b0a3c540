"""What every handler of the server has in common: what it is started with, reading, answering, refusing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine.config import Config
from engine.config.wording import refused as refused_key
from engine.errors import BacktestError
from engine.locale import ENGLISH, languages
from engine.messages import message
from engine.report.html import page_locale
from engine.web import asked, told
from engine.web.answers import Answers
from engine.web.work import Busy, CalledOff, Ticket

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

T = TypeVar("T")
BUSY = message("too much is asked at once, or this takes too long: ask again in a moment")
STATUS = {2: 422, 3: 422, 4: 409}  # by the exit code of an error; others are defects


class Forbidden(Exception):
    """What needs the token was asked without it."""


@dataclass(frozen=True)
class Site:
    """What the handlers need: the answers, and what the server was started with.

    ``lang``   of a page whose address names none
    ``token``  who knows it may have results written to the folder ``out``; '': nobody
    """

    answers: Answers
    out: Path = Path("results")
    token: str = ""
    lang: str = ENGLISH.lang
    debug: bool = False

    @property
    def own(self) -> tuple[str, ...]:
        """The sources with a path that a request may name."""
        return self.answers.warm.own

    @property
    def option(self) -> str:
        """What a command needs beside the plan to give the same numbers."""
        source = self.answers.warm.source
        return f" --data {source}" if isinstance(source, str) else ""

    def plan(self, item: asked.Asked) -> Config:
        """The configuration of a request."""
        return asked.plan_of(item, self.own, self.answers.warm.plan)


async def carried(site: Site, model: Any, handler: Callable[..., Any], request: Request) -> Response:
    """The answer of a handler as JSON, unless the one who asks goes away before."""
    lang = ENGLISH.lang

    async def answer() -> Response:
        nonlocal lang
        value = await read(request)
        lang = language_of(value)
        item = asked.asked(model, value)
        async with site.answers.work.ticket() as ticket:
            future = site.answers.work.carry(partial(handler, site, item, ticket))
            found = await while_there(request, future, ticket)
        return as_json(found)

    return await refusing(site, answer, lambda: lang)


async def read(request: Request) -> Any:
    """The JSON of a request. Raises ConfigError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        what = message("allowed: {words}", words="content-type: application/json")
        raise refused_key(what, place=asked.REQUEST)
    return asked.read_json(await request.body())


def language_of(value: Any) -> str:
    """The language of a request, also where the rest of it is refused."""
    asked_for = value.get("lang") if isinstance(value, Mapping) else None
    return asked_for if asked_for in languages() else ENGLISH.lang


async def while_there(request: Request, future: asyncio.Future[T], ticket: Ticket) -> T:
    """What the work came to; it is called off when the one who asks is gone. Raises CalledOff."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    watch = asyncio.ensure_future(gone())
    both: list[asyncio.Future[Any]] = [future, watch]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            ticket.call_off()
            future.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            raise CalledOff
        return future.result()
    finally:
        watch.cancel()


async def refusing(
    site: Site, answer: Callable[[], Awaitable[Response]], lang: Callable[[], str]
) -> Response:
    """An answer, or why there is none."""
    from starlette.responses import Response

    try:
        return await answer()
    except CalledOff:
        return Response(status_code=499)
    except Exception as error:
        return as_json(*refused(site, error, lang()))


def refused(site: Site, error: Exception, lang: str) -> tuple[told.Refusal, int]:
    """What an error tells the one who asks, and the status."""
    locale = page_locale(lang, "JPY")
    if isinstance(error, Forbidden):
        what = message("only who has the address that the command printed, with its token, may write results")
        return told.refusal(what, 2, locale), 403
    if isinstance(error, Busy):
        return told.refusal(BUSY, 1, locale), 503
    if isinstance(error, BacktestError) and error.exit_code in STATUS:
        return told.refusal(error.translate(locale), error.exit_code, locale), STATUS[error.exit_code]
    if site.debug:
        raise error
    what = message(
        "defect in this program: {what} (run again with --debug and report it)", what=type(error).__name__
    )
    return told.refusal(what, 1, locale), 500


def as_json(value: Any, status: int = 200) -> Response:
    """Plain values as JSON."""
    from starlette.responses import Response

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    headers = {"retry-after": "1"} if status == 503 else None
    return Response(text, status, headers, "application/json")
