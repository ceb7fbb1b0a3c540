"""The addresses of the server: the page and its files, the JSON API, its description."""

from __future__ import annotations

import hmac
import inspect
import json
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.locale import ENGLISH, Locale
from engine.messages import message
from engine.report.html import page_locale
from engine.studies.bootstrap.results import Bootstrap
from engine.web import asked, pages, told
from engine.web.guard import App, Guard
from engine.web.openapi import openapi
from engine.web.site import Forbidden, Site, as_json, carried
from engine.web.work import Ticket

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def make_app(site: Site, hosts: Iterable[str]) -> App:
    """The server's application. ``hosts``: the names, with ports, that it is called by."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    routes = [
        Route(path, partial(carried, site, model, handler), methods=["POST"])
        for path, model, _, handler in API
    ]
    described = json.dumps(
        openapi((path, model, answer, str(inspect.getdoc(answer))) for path, model, answer, _ in API)
    )
    routes.append(Route("/openapi.json", partial(_text, described, "application/json")))
    app = Starlette(
        routes=[*pages.routes(site), *routes], exception_handlers={404: _not_found, 405: _not_found}
    )
    return Guard(app, frozenset(host.lower() for host in hosts))


# --- the JSON API -------------------------------------------------------------------------------------------


def _plan(site: Site, item: asked.RunAsked, ticket: Ticket) -> Any:
    return told.plan_told(site.plan(item))


def _run(site: Site, item: asked.RunAsked, ticket: Ticket) -> Any:
    config = site.plan(item)
    return told.run_told(site.answers.run(config, ticket), config, item.lang)


def _starts(site: Site, item: asked.StartsAsked, ticket: Ticket) -> Any:
    found = site.answers.starts(site.plan(item), ticket, years=item.years, every=item.every)
    return told.starts_told(found, item.lang, item.every)


def _futures(site: Site, item: asked.FuturesAsked, ticket: Ticket) -> Any:
    found: list[Bootstrap] = []
    site.answers.futures(
        site.plan(item), ticket, years=item.years, seed=item.seed, counts=[item.paths], tell=found.append
    )
    return told.futures_told(found[-1], item.lang)


def _compare(site: Site, item: asked.CompareAsked, ticket: Ticket) -> Any:
    configs = [site.plan(each) for each in item.plans]
    return told.compare_told(site.answers.compared(configs, ticket), configs, item.lang)


def _save(site: Site, item: asked.SaveAsked, ticket: Ticket) -> Any:
    """Write what ``backtest run`` writes, where the address has the token."""
    from engine import store
    from engine.report.run_page import run_page

    if not (site.token and hmac.compare_digest(item.token.encode(), site.token.encode())):
        raise Forbidden
    result = site.answers.run(site.plan(item), ticket)
    page = {"report.html": run_page(result, item.lang).encode()}
    folder = store.save(result, site.out, page, locale=Locale(item.lang))
    return {"folder": folder.name}


API = (
    ("/api/plan", asked.RunAsked, told.PlanTold, _plan),
    ("/api/run", asked.RunAsked, told.RunTold, _run),
    ("/api/starts", asked.StartsAsked, told.StartsTold, _starts),
    ("/api/futures", asked.FuturesAsked, told.FuturesTold, _futures),
    ("/api/compare", asked.CompareAsked, told.CompareTold, _compare),
    ("/api/save", asked.SaveAsked, told.SaveTold, _save),
)


async def _text(text: str, kind: str, request: Request) -> Response:
    from starlette.responses import Response

    return Response(text, media_type=kind)


async def _not_found(request: Request, error: Exception) -> Response:
    what = message("there is nothing here; /openapi.json tells what there is")
    return as_json(
        told.refusal(what, 2, page_locale(ENGLISH.lang, "JPY")), getattr(error, "status_code", 404)
    )
