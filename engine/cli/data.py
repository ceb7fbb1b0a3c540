"""Commands about prices: data fetch, list, show, verify, import."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.declare import Group, argument, option
from engine.cli.imports import import_
from engine.cli.options import ACCESS, SOURCE, SPEECH, Common, options
from engine.errors import BacktestError

if TYPE_CHECKING:
    from engine.cli.shown import Stored
    from engine.market.cache import Found, Request, Response


@click.group(cls=Group)
def data() -> None:
    """Fetch, list, show, verify and import prices."""


@data.command(
    examples=(
        "backtest data fetch VOO IJR",
        "backtest data fetch USDJPY --from fred",
        "backtest data fetch SPY --from stooq",
    )
)
@argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
@option("--from", "provider", metavar="NAME", help="yahoo, stooq, ecb, fred or french (default: by symbol).")
@options(*ACCESS, *SPEECH)
def fetch(symbols: tuple[str, ...], provider: str | None, common: Common) -> None:
    """Fetch histories into the cache, or what is new of them.

    Without --from: USDJPY from the ECB, FF_... from the French library, the rest from Yahoo. What cannot be
    fetched changes nothing that is stored; exit code 3.
    """
    from engine.cli.progress import Progress
    from engine.cli.shown import show_stored
    from engine.market.cache import Cache, Found, Policy

    asked = [_request(symbol, provider) for symbol in symbols]
    requests = list({(item.provider, item.symbol): item for item in asked}.values())
    waiting = [item.symbol for item in requests]
    with Progress(_progress(0, waiting), common.locale, quiet=common.quiet) as progress:

        def report(request: Request, response: Response | BacktestError) -> None:
            waiting.remove(request.symbol)
            progress.say(_progress(len(requests) - len(waiting), waiting))

        responses = Cache().get_many(requests, Policy(**common.access), report=report)
    stored, failed = [], []
    for request in requests:
        response = responses[request]
        if isinstance(response, Exception):
            failed.append(response)
        else:
            stored.append(_checked(Found(request.provider, request.symbol, response)))
    if stored:
        show_stored(stored, common)
    _raise(failed, len(requests))


def _request(symbol: str, provider: str | None) -> Request:
    """How a symbol is asked for. A modelled fund is made from its underlying: that is fetched."""
    from functools import partial

    from engine.market.assets import asset, yahoo_symbol
    from engine.market.cache import Request
    from engine.market.providers import yahoo
    from engine.market.providers.online import fetcher
    from engine.market.verify_series import YAHOO_YEN

    name = symbol.upper()
    chosen = provider or ("ecb" if name == "USDJPY" else "french" if name.startswith("FF_") else "yahoo")
    if chosen != "yahoo":
        return Request(name, chosen, fetcher(chosen))
    if name == YAHOO_YEN:
        return Request(name, chosen, partial(yahoo.fetch, currency="JPY"))
    item = asset(name)
    item = asset(item.underlying) if item.underlying else item
    return Request(yahoo_symbol(item), chosen, partial(yahoo.fetch, currency=item.currency))


def _progress(done: int, waiting: Sequence[str]) -> str:
    return f"{done}/{done + len(waiting)} {', '.join(waiting[:3])}"


def _raise(failed: Sequence[BacktestError], asked: int) -> None:
    """One error for all that could not be had: the only one as it is, several on one line."""
    from engine.errors import DataError
    from engine.messages import listed, message

    if len(failed) == 1:
        raise failed[0]
    if failed:
        # The same host fails for each symbol alike: that is said once.
        why = listed(dict.fromkeys(error.message for error in failed), last=";")
        what = message(
            "{n} of {all} histories could not be fetched: {why}", n=len(failed), all=asked, why=why
        )
        hints = {error.hint for error in failed}
        raise DataError(what, hint=hints.pop() if len(hints) == 1 else None)


@data.command("list", examples=("backtest data list",))
@options(*SPEECH)
def list_(common: Common) -> None:
    """What is cached: from where, how far, how old, with which findings."""
    from engine.cli.shown import show_nothing, show_stored
    from engine.market.cache import Cache

    cache = Cache()
    stored = [_checked(found) for found in cache.find()]
    if stored or common.as_json:
        show_stored(stored, common)
    else:
        show_nothing(cache.root, common)


def _checked(found: Found) -> Stored:
    """A stored history and what the checks find in it; damage is a finding too."""
    from engine.cli.shown import Stored
    from engine.market.verify import verify_stored

    return Stored(found, verify_stored(found))


@data.command(examples=("backtest data show VOO",))
@argument("symbol")
@options(*SPEECH)
def show(symbol: str, common: Common) -> None:
    """One stored history: its values' hash, what happened to it, every finding."""
    from engine.cli.shown import show_history
    from engine.errors import BadData, NotFound
    from engine.market.cache import Cache
    from engine.messages import Message, message
    from engine.words import did_you_mean

    cache, name = Cache(), symbol.upper()
    mine = [*cache.find(name), *cache.find(f"^{name}")]
    if not mine:
        near = did_you_mean(name, [found.symbol for found in cache.find()])
        hint = near or message("fetch it: {command}", command=f"backtest data fetch {name}")
        raise NotFound(message("{symbol} is not in the cache", symbol=symbol), hint=hint)
    problems = [found.content for found in mine if isinstance(found.content, Message)]
    if len(problems) == len(mine):
        command = f"backtest data fetch {mine[0].symbol}"
        raise BadData(problems[0], hint=message("fetch it again: {command}", command=command))
    show_history([_checked(found) for found in mine], common)


@data.command(
    examples=(
        "backtest data verify",
        "backtest data verify prices/",
    )
)
@argument("folder", required=False, metavar="[DIR]")
@options(*SPEECH)
def verify(folder: str | None, common: Common) -> None:
    """Every check on every series of a folder of CSV files, or of the cache.

    Exit code 1 when a finding is fatal: a run would refuse such prices. In the cache, Yahoo's closes are set
    beside Stooq's where both are stored: a second opinion.
    """
    from engine.cli.progress import Progress
    from engine.cli.shown import show_verified
    from engine.errors import CheckFailed
    from engine.market.cache import default_root
    from engine.market.providers.csv_folder import check_folder
    from engine.market.verify import verify_cache, verify_folder
    from engine.messages import listed, message

    path = None if folder is None else Path(folder.removeprefix("csv:"))
    if path is not None:
        check_folder(path)
    with Progress(str(path or default_root()), common.locale, quiet=common.quiet):
        verified = verify_cache() if path is None else verify_folder(path)
    show_verified(verified, common)
    broken = [item.name for item in verified if any(found.is_fatal for found in item.findings)]
    if broken:
        looked_at = sum(not item.skipped for item in verified)
        raise CheckFailed(
            message(
                "fatal findings in {n} of {all}: {names}", n=len(broken), all=looked_at, names=listed(broken)
            ),
            hint=message("a run refuses them; fetch them again, or a period after the days named")
            if path is None
            else message("a run refuses them; take another source, or a period after the days named"),
        )


@data.command(
    examples=(
        "backtest data grade US_SMALL FF_DEC4 --data century --other-data csv:prices",
        "backtest data grade IJR IWM --data csv:prices",
    )
)
@argument("symbol")
@argument("other")
@option("--other-data", "other_source", metavar="SOURCE", help="The source of OTHER (default: the same).")
@options(SOURCE, *ACCESS, *SPEECH)
def grade(symbol: str, other: str, other_source: str | None, common: Common) -> None:
    """How near the monthly total returns of SYMBOL come to those of OTHER.

    Over the months that both have, each in its own currency: R², mean difference a year, tracking error, and
    volatility as a multiple of OTHER's. For stand-ins, modelled funds and reconstructions.
    """
    from engine.cli.shown import show_grade
    from engine.market.grade import grade as graded
    from engine.market.sources import open_source

    series = open_source(common.source or "auto", [symbol], **common.access).load(symbol)
    against = open_source(other_source or common.source or "auto", [other], **common.access).load(other)
    show_grade(series, against, graded(series, against), common)


data.add_command(import_)

__all__ = ["data"]
