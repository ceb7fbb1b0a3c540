"""Commands about prices: data fetch, list, show, verify, import; assets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.declare import Group, argument, command, option
from engine.cli.imports import import_
from engine.cli.options import ACCESS, SPEECH, Common, options

if TYPE_CHECKING:
    from engine.cli.shown import Stored
    from engine.errors import BacktestError
    from engine.market.assets import Asset
    from engine.market.cache import Answer, Verdict, Want
    from engine.market.verify import Verified


@click.group(cls=Group)
def data() -> None:
    """Fetch, list, show, verify and import prices."""


@data.command(
    examples=(
        "backtest data fetch VOO IJR",
        "backtest data fetch USDJPY --from fred",
    )
)
@argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
@option("--from", "provider", metavar="NAME", help="yahoo, ecb, fred or french (default: by symbol).")
@options(*ACCESS, *SPEECH)
def fetch(symbols: tuple[str, ...], provider: str | None, common: Common) -> None:
    """Fetch histories into the cache, or what is new of them.

    Without --from: USDJPY from the ECB, FF_... from the French library, the rest from Yahoo. What cannot be
    fetched changes nothing that is stored; exit code 3.
    """
    from engine.cli.progress import Progress
    from engine.cli.shown import Stored, show_stored
    from engine.market.cache import Cache, Policy
    from engine.market.verify import verify_series

    asked = [_want(symbol, provider) for symbol in symbols]
    wants = list({(want.provider, want.symbol): want for want in asked}.values())
    names = {want: want.symbol for want in wants}
    with Progress(_progress(0, names.values()), common.locale, quiet=common.quiet) as progress:

        def report(want: Want, answer: Answer | BacktestError) -> None:
            del names[want]
            progress.say(_progress(len(wants) - len(names), names.values()))

        answers = Cache().get_many(wants, Policy(**common.access), report=report)
    had = [(want, answer) for want in wants if not isinstance(answer := answers[want], Exception)]
    failed = [answer for want in wants if isinstance(answer := answers[want], Exception)]
    stored = [
        Stored(answer.entry, verify_series(answer.series, want.provider), answer.notes)
        for want, answer in had
    ]
    if stored:
        show_stored(stored, common)
    _raise(failed, len(wants))


def _want(symbol: str, provider: str | None) -> Want:
    """How a symbol is asked for. A modelled fund is made from its underlying: that is fetched."""
    from functools import partial

    from engine.market.assets import asset
    from engine.market.cache import Want
    from engine.market.providers import yahoo
    from engine.market.providers.online import fetcher
    from engine.market.verify import YAHOO_YEN

    name = symbol.upper()
    chosen = provider or ("ecb" if name == "USDJPY" else "french" if name.startswith("FF_") else "yahoo")
    if chosen != "yahoo":
        return Want(name, chosen, fetcher(chosen))
    if name == YAHOO_YEN:
        return Want(name, chosen, partial(yahoo.fetch, currency="JPY"))
    item = asset(name)
    item = asset(item.underlying) if item.underlying else item
    return Want(item.yahoo, chosen, partial(yahoo.fetch, currency=item.currency))


def _progress(done: int, waiting: Any) -> str:
    left = list(waiting)
    return f"{done}/{done + len(left)} {', '.join(left[:3])}"


def _raise(failed: Sequence[BacktestError], asked: int) -> None:
    """One error for all that could not be had: the only one as it is, several on one line."""
    from engine.errors import DataError

    if len(failed) == 1:
        raise failed[0]
    if failed:
        # The same host fails for each symbol alike: that is said once.
        told = "; ".join(dict.fromkeys(str(error.message) for error in failed))
        hints = {error.hint and str(error.hint) for error in failed}
        hint = hints.pop() if len(hints) == 1 else None
        raise DataError(f"{len(failed)} of {asked} histories could not be fetched: {told}", hint=hint)


@data.command("list", examples=("backtest data list",))
@options(*SPEECH)
def list_(common: Common) -> None:
    """What is cached: from where, how far, how old, with which findings."""
    from engine.cli.shown import show_nothing, show_stored
    from engine.market.cache import Cache

    cache = Cache()
    stored = [_checked(verdict, answer) for verdict, answer in cache.find()]
    if stored or common.as_json:
        show_stored(stored, common)
    else:
        show_nothing(cache.root, common)


def _checked(verdict: Verdict, answer: Answer | None) -> Stored:
    """A stored history and what the checks find in it; damage is a finding too."""
    from engine.cli.shown import Stored
    from engine.market.verify import damaged, verify_series

    if answer is None:
        return Stored(verdict, damaged(verdict.symbol, verdict.problem or ""))
    return Stored(answer.entry, verify_series(answer.series, verdict.provider), answer.notes)


@data.command(examples=("backtest data show VOO",))
@argument("symbol")
@options(*SPEECH)
def show(symbol: str, common: Common) -> None:
    """One stored history: its values' hash, what happened to it, every finding."""
    from engine.cli.shown import show_history
    from engine.errors import BadData, NotFound
    from engine.market.cache import Cache
    from engine.messages import message
    from engine.words import did_you_mean

    cache, name = Cache(), symbol.upper()
    mine = [*cache.find(name), *cache.find(f"^{name}")]
    if not mine:
        near = did_you_mean(name, [entry.symbol for entry in cache.entries()])
        hint = near or message("fetch it: {command}", command=f"backtest data fetch {name}")
        raise NotFound(message("{symbol} is not in the cache", symbol=symbol), hint=hint)
    if all(answer is None for _, answer in mine):
        raise BadData(mine[0][0].problem or "", hint=f"backtest data fetch {mine[0][0].symbol}")
    show_history([_checked(verdict, answer) for verdict, answer in mine], common)


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

    Exit code 1 when a finding is fatal: a run would refuse such prices.
    """
    from engine.cli.progress import Progress
    from engine.cli.shown import show_verified
    from engine.errors import CheckFailed, NotFound
    from engine.market.verify import verify_folder
    from engine.messages import message

    path = None if folder is None else Path(folder.removeprefix("csv:"))
    if path is not None and not path.is_dir():
        told = message("{place}: no such folder", place=path)
        raise NotFound(told, hint=message("it needs one CSV file a symbol"))
    with Progress(str(path or "cache"), common.locale, quiet=common.quiet):
        verified = _verified_cache() if path is None else verify_folder(path)
    show_verified(verified, common)
    broken = [item.name for item in verified if any(found.is_fatal for found in item.findings)]
    if broken:
        looked_at = sum(not item.skipped for item in verified)
        way = "fetch them again" if path is None else "take another source"
        raise CheckFailed(
            f"fatal findings in {len(broken)} of {looked_at}: {', '.join(broken)}",
            hint=f"a run refuses them; {way}, or a period after the days named",
        )


def _verified_cache() -> list[Verified]:
    """Every stored history: its bytes, then its values."""
    from dataclasses import replace

    from engine.market.cache import Cache

    return [
        replace(_checked(verdict, answer).verified, name=f"{verdict.provider}/{verdict.symbol}")
        for verdict, answer in Cache().find()
    ]


@command(
    examples=(
        "backtest assets",
        "backtest assets IJR SPSM",
        "backtest assets small",
    )
)
@argument("words", nargs=-1, metavar="[SYMBOL|WORD]...")
@option("--data", "folder", metavar="csv:DIR", help="Also the assets of a folder's assets.csv.")
@options(*SPEECH)
def assets(words: tuple[str, ...], folder: str | None, common: Common) -> None:
    """The assets this program knows: kind, fee, history, NISA frames, stand-ins.

    With words: those whose symbol, name or index has one of them. --data csv:DIR adds that folder's own.
    """
    from engine.cli.shown import show_assets
    from engine.errors import ConfigError, NotFound
    from engine.market.assets import all_assets, asset
    from engine.market.sources import open_source

    if folder is not None and not folder.startswith("csv:"):
        raise ConfigError(f"--data {folder}: only csv:DIR has assets of its own")
    own = open_source(folder).assets if folder else {}
    known = {**{item.symbol: item for item in all_assets()}, **own}
    chosen = [item for item in known.values() if not words or any(_fits(item, text) for text in words)]
    if not chosen:
        asset(words[0], own)  # names the nearest one
        raise NotFound(f"no asset has {words[0]!r} in its name", hint="backtest assets lists them all")
    show_assets(chosen, common)


def _fits(item: Asset, text: str) -> bool:
    wanted = text.casefold()
    if wanted.upper().lstrip("^") == item.symbol.lstrip("^"):
        return True
    return any(wanted in field.casefold() for field in (item.name_en, item.name_ja, item.tracks))


data.add_command(import_)

__all__ = ["assets", "data"]
