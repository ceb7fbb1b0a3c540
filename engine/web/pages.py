"""The page's own addresses: itself, its files, what it asks while a control moves, what it downloads."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine.config import Config, dump_yaml, parse_config
from engine.errors import ConfigError, DataError
from engine.locale import languages
from engine.report import plotly_script
from engine.report.chart_specs import asset
from engine.report.html import page_locale, template
from engine.report.page_locale import PageLocale
from engine.report.run_page import run_page
from engine.studies.bootstrap.results import Bootstrap
from engine.studies.grid.axes import years_said
from engine.studies.grid.workload import FIXED, sliceable
from engine.web import asked, live
from engine.web.amounts import Amounts
from engine.web.answers import Answers
from engine.web.link import link_of
from engine.web.plan import PLAN
from engine.web.site import Site, carried, language_of, read, refused, refusing
from engine.web.starts import COARSE, WEIGHTS
from engine.web.work import CalledOff, Ticket, stream

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

T = TypeVar("T")
HORIZONS = (1, 3, 5, 7, 10, 15, 20)
FUTURES = (1_000, 10_000)
STILL = 0.2  # seconds without a newer question, after which futures are drawn: while a slider moves, none are
SAID = ("gone", "unpin", "copied", "saved")  # by the page's script
OWN = ("live.css", "live.js")
REPORTS = ("style.css", "dark.css", "page.js")
KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
FOR_EVER = "public, max-age=31536000, immutable"
NAMES = {"en": "English", "ja": "日本語"}  # of languages, in themselves
# The report has scripts of its own, named by their hashes in its own policy, which holds besides this one.
REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


def routes(site: Site) -> list[Route]:
    """The addresses of the page."""
    from starlette.routing import Route

    return [
        Route("/", partial(_page, site)),
        Route("/static/{digest}/{name}", _file),
        Route("/live", partial(_live, site), methods=["POST"]),
        Route("/live/compare", partial(carried, site, asked.CompareAsked, _compare), methods=["POST"]),
        Route("/live/read", partial(carried, site, asked.ReadAsked, _understood), methods=["POST"]),
        Route("/yaml", partial(_form, site, _yaml), methods=["POST"]),
        Route("/report", partial(_form, site, _report), methods=["POST"]),
    ]


# --- the page and its files ---------------------------------------------------------------------------------


async def _page(site: Site, request: Request) -> Response:
    from starlette.responses import HTMLResponse

    lang = language_of(request.query_params) if "lang" in request.query_params else site.lang
    return HTMLResponse(page(lang, site.option))


@lru_cache(maxsize=16)
def page(lang: str, option: str, plan: str = "") -> str:
    """The page's frame, the same for every plan: what is in it comes with the answers.

    ``plan``: the link of the one that it begins with where its address holds none.
    """
    locale = page_locale(lang, "JPY")
    words = {name: locale(f"live_{name}", n="{n}", folder="{folder}") for name in SAID}
    payload = {
        "figures": {},
        "words": {key: locale(key) for key in ("theme_dark", "theme_light", "no_charts")},
        "yen": {"form": locale.form("yen"), "myriads": locale.myriads},
        "live": {
            "lang": lang,
            "words": words,
            "plan": plan or link_of(parse_config(PLAN)),
            "most": asked.PLANS,
            "option": option,
        },
    }
    files = {name: f"static/{digest(name)}/{name}" for name in (*OWN, *REPORTS, "plotly.js")}
    now = lang
    shown = [(name, NAMES.get(name, name), name == now) for name in languages()]
    horizons = [(n, locale.sentence(years_said(n))) for n in HORIZONS]
    made = template("live.html", live.TEMPLATES)
    return made.render(t=locale, files=files, payload=payload, languages=shown, horizons=horizons)


def page_in_one_piece(lang: str, option: str, plan: str) -> str:
    """The page with its files in it, for where there is no server; ``notebook.js`` carries its questions."""

    def style(found: re.Match[str]) -> str:
        return f"<style{found[1]}>{content(found[2]).decode()}</style>"

    def script(found: re.Match[str]) -> str:
        return "<script>" + content(found[1]).decode().replace("</script", "<\\/script") + "</script>"

    text = re.sub(
        r'<link rel="stylesheet"([^>]*) href="static/\w+/([^"]+)">', style, page(lang, option, plan)
    )
    text = re.sub(r'<script src="static/\w+/([^"]+)" defer></script>', script, text)
    carrier = "<script>" + content("notebook.js").decode() + "</script>"
    return text.replace('<script type="application/json"', carrier + '<script type="application/json"', 1)


@cache
def content(name: str) -> bytes:
    """A file of the page."""
    if name == "plotly.js":
        return plotly_script.source()
    if name in (*OWN, "notebook.js"):
        return (Path(__file__).with_name("static") / name).read_bytes()
    return asset(name).encode()


@cache
def digest(name: str) -> str:
    """What an address of a file begins with: it changes when the file does, so that browsers may keep it."""
    return hashlib.sha256(content(name)).hexdigest()[:16]


async def _file(request: Request) -> Response:
    from starlette.exceptions import HTTPException
    from starlette.responses import Response

    name = request.path_params["name"]
    if name not in (*OWN, *REPORTS, "plotly.js") or request.path_params["digest"] != digest(name):
        raise HTTPException(404)
    headers = {"cache-control": FOR_EVER, "content-type": KINDS[name.rpartition(".")[2]]}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            packed(name), headers={**headers, "content-encoding": "gzip", "vary": "accept-encoding"}
        )
    return Response(content(name), headers=headers)


@cache
def packed(name: str) -> bytes:
    """A file of the page, compressed."""
    import gzip

    return gzip.compress(content(name), 6, mtime=0)


# --- while a control moves ----------------------------------------------------------------------------------


async def _live(site: Site, request: Request) -> Response:
    """The answers to a plan as events, the first at once, then what fills in; a newer question ends it."""
    from starlette.responses import StreamingResponse

    lang = site.lang

    async def answer() -> Response:
        nonlocal lang
        value = await read(request)
        lang = language_of(value)
        item = asked.asked(asked.LiveAsked, value)
        config = site.plan(item)  # refused before anything is streamed
        if item.press:
            config = Amounts(config, page_locale(lang, config.currency)).pressed(item.press)
        turn = site.answers.work.ticket()
        ticket = await turn.__aenter__()

        async def parts() -> AsyncIterator[str]:
            try:
                async for kind, part in stream(
                    site.answers.work, ticket, partial(tell_all, site, item, config, ticket)
                ):
                    yield event(kind, part)
            except CalledOff:
                return
            except Exception as error:
                yield event("refused", refused(site, error, lang)[0])
            finally:
                await turn.__aexit__(None, None, None)

        return StreamingResponse(parts(), media_type="text/event-stream")

    return await refusing(site, answer, lambda: lang)


def event(kind: str, part: Any) -> str:
    """A part as an event of a stream."""
    text = json.dumps(part, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f"event: {kind}\ndata: {text}\n\n"


def tell_all(
    site: Site, item: asked.LiveAsked, config: Config, ticket: Ticket, tell: Callable[[Any], None]
) -> None:
    """Everything about a plan, in the order in which a person looks for it.

    The start months are begun first: they are simulated while the run is told.
    """
    locale = page_locale(item.lang, config.currency)
    tell(("plan", live.plan_part(config, locale, site.own, form=item.form)))
    first = _or_why(lambda: _first_starts(site.answers, config, item.years, ticket, locale), locale)
    result = site.answers.run(config, ticket)
    tell(("run", live.run_part(result, locale)))
    part = first if isinstance(first, dict) else _or_why(first, locale)
    tell(("starts", {**part, "isFirst": True}))
    tell(("law", live.law_part(result, locale)))
    if part.get("more"):

        def of_all() -> live.Part:
            found = site.answers.all_starts(config, ticket, years=item.years)
            return live.starts_part(found, locale, live.starts_note(found, locale))

        tell(("starts", _or_why(of_all, locale)))
    if item.futures:
        ticket.rest(STILL)
        try:
            _tell_futures(site, config, item, locale, ticket, tell)
        except (ConfigError, DataError) as error:
            tell(("futures", live.no_futures_part(error.translate(locale), locale)))
    tell(("done", {}))


def _or_why(make: Callable[[], T], locale: PageLocale) -> T | live.Part:
    """Start months, or why there are none: of a horizon that fits nowhere, say. The rest of the page stands."""
    try:
        return make()
    except (ConfigError, DataError) as error:
        return live.no_starts_part(error.translate(locale), locale)


def _first_starts(
    answers: Answers, config: Config, years: int, ticket: Ticket, locale: PageLocale
) -> Callable[[], live.Part]:
    """The start months that are known already or soon; ``more``: the others are to follow.

    Where a plan is cut from one plan for all months, every month of a few weights; else every weight from January.
    """
    known = answers.known(config, years=years)
    if known is not None:
        return partial(live.starts_part, known, locale, live.starts_note(known, locale))
    if sliceable(config) and config.strategy.allocation.type in FIXED:
        coarse = answers.begin_starts(config, ticket, years=years, every="month", weights=COARSE)

        def of_few() -> live.Part:
            found = coarse()
            if not found.weights:  # there is no other weight to follow
                return live.starts_part(found, locale, live.starts_note(found, locale))
            note = locale("live_coarse", n=len(found.weights), of=len(WEIGHTS))
            return {**live.starts_part(found, locale, note), "more": True}

        return of_few
    yearly = answers.begin_starts(config, ticket, years=years, every="year")

    def of_januaries() -> live.Part:
        found = yearly()
        return {
            **live.starts_part(found, locale, locale("live_yearly", n=len(found.grid.windows))),
            "more": True,
        }

    return of_januaries


def _tell_futures(
    site: Site,
    config: Config,
    item: asked.LiveAsked,
    locale: PageLocale,
    ticket: Ticket,
    tell: Callable[[Any], None],
) -> None:
    def told(found: Bootstrap) -> None:
        note = locale(
            "live_futures_drawn", n=locale.count(found.paths), horizon=locale.sentence(years_said(item.years))
        )
        if found.paths < FUTURES[-1]:
            note = locale.sentences([note, locale("live_futures_more", n=locale.count(FUTURES[-1]))])
        tell(("futures", live.futures_part(found, locale, note)))

    site.answers.futures(config, ticket, years=item.years, seed=1, counts=FUTURES, tell=told)


def _compare(site: Site, item: asked.CompareAsked, ticket: Ticket) -> Any:
    configs = apart([site.plan(each) for each in item.plans])
    locale = page_locale(item.lang, configs[0].currency)
    return live.compare_part(site.answers.compared(configs, ticket), locale)


def apart(configs: list[Config]) -> list[Config]:
    """Plans of one name are told apart by a number; the names of the others stay."""
    seen: dict[str, int] = {}
    found = []
    for config in configs:
        seen[config.name] = seen.get(config.name, 0) + 1
        number = seen[config.name]
        name = config.name if number == 1 else f"{config.name[:70]}_{number}"
        found.append(config.model_copy(update={"name": name}))
    return found


def _understood(site: Site, item: asked.ReadAsked, ticket: Ticket) -> Any:
    """The plan that a person has written as YAML."""
    config = parse_config(item.yaml, "YAML")
    asked.refuse_paths(config, site.own)
    return {"link": link_of(config)}


# --- what is downloaded or opened ---------------------------------------------------------------------------


async def _form(site: Site, handler: Callable[..., Response], request: Request) -> Response:
    """A form of the page, whose fields name a plan; answers with a file or a page."""
    from urllib.parse import parse_qs

    lang = site.lang

    async def answer() -> Response:
        nonlocal lang
        fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=8)
        value = {name: values[-1] for name, values in fields.items()}
        lang = language_of(value) if "lang" in value else site.lang
        item = asked.asked(asked.RunAsked, value)
        async with site.answers.work.ticket() as ticket:
            return await site.answers.work.carry(partial(handler, site, item, ticket))

    return await refusing(site, answer, lambda: lang)


def _yaml(site: Site, item: asked.RunAsked, ticket: Ticket) -> Response:
    from urllib.parse import quote

    from starlette.responses import Response

    config = site.plan(item)
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", config.name)
    named = f"attachment; filename=\"{plain}.yaml\"; filename*=UTF-8''{quote(config.name)}.yaml"
    headers = {"content-disposition": named, "content-type": "application/yaml; charset=utf-8"}
    return Response(dump_yaml(config).encode(), headers=headers)


def _report(site: Site, item: asked.RunAsked, ticket: Ticket) -> Response:
    from starlette.responses import HTMLResponse

    result = site.answers.run(site.plan(item), ticket)
    return HTMLResponse(run_page(result, item.lang), headers={"content-security-policy": REPORT_POLICY})
