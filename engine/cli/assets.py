"""``backtest assets``: what the program knows of each asset, and how near a modelled fund comes to its fund."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.declare import argument, command, option
from engine.cli.options import ACCESS, PATH, SPEECH, Common, options

if TYPE_CHECKING:
    from engine.market.assets import Asset


@command(
    examples=(
        "backtest assets",
        "backtest assets IJR SPSM",
        "backtest assets small",
        "backtest assets オルカン",
        "backtest assets --grade nav.csv JP_SP500 --data csv:prices",
    )
)
@argument("words", nargs=-1, metavar="[SYMBOL|WORD]...")
@option("--data", "folder", metavar="csv:DIR", help="Also the assets of a folder's assets.csv.")
@option("--grade", "nav", type=PATH, metavar="FILE", help="Grade a modelled fund against published prices.")
@options(*ACCESS, *SPEECH)
def assets(words: tuple[str, ...], folder: str | None, nav: Path | None, common: Common) -> None:
    """The assets this program knows: kind, fee, history, NISA frames, stand-ins.

    With words: those that they name, by symbol, by name in English or Japanese, by index, a Japanese fund also by
    its code or a nickname; with what is known of each. --data csv:DIR adds that folder's own, and says of assets
    named by their symbol how near their stand-ins come to them there.

    --grade FILE: how near the model of a fund comes to its published prices (the CSV of the fund's company),
    month by month. --data then is where the prices of its ETF come from. Without SYMBOL the file's name of the
    fund tells.
    """
    if nav is not None:
        _grade(nav, words, folder, common)
        return
    from engine.cli.shown import show_assets
    from engine.errors import ConfigError, NotFound
    from engine.fund_names import funds_meant
    from engine.market.asset_history import grades
    from engine.market.assets import all_assets, asset
    from engine.market.request import Request
    from engine.market.sources import open_source
    from engine.messages import Quoted, message

    if folder is not None and not folder.startswith("csv:"):
        raise ConfigError(message("--data {name}: only csv:DIR has assets of its own", name=folder))
    source = open_source(folder) if folder else None
    own = source.assets if source else {}
    known = {**{item.symbol: item for item in all_assets()}, **own}
    # Several words name one fund, or several assets.
    together = funds_meant(" ".join(words)) if len(words) > 1 else ()
    found = [known[fund.symbol] for fund in together] or [
        item for text in words for item in _found(text, known)
    ]
    chosen = [item for item in known.values() if not words or item in found]
    if not chosen:
        asset(words[0], own)  # names the nearest one
        what = message("no asset has {text} in its name", text=Quoted(words[0]))
        raise NotFound(what, hint=message("backtest assets lists them all"))
    named = [item for item in chosen if item.symbol in {word.upper() for word in words}]
    near = [text for item in named for text in grades(item, Request(source))] if source else []
    show_assets(chosen, common, in_full=bool(words), grades=near)


def _found(text: str, known: Mapping[str, Asset]) -> list[Asset]:
    """The assets that a word of a person's means."""
    from engine.fund_names import funds_meant, known_funds

    wanted = text.casefold()
    symbol = wanted.upper().lstrip("^")
    if exact := [item for item in known.values() if item.symbol.lstrip("^") == symbol]:
        return exact
    funds = {fund.symbol for fund in known_funds()}
    named = [known[fund.symbol] for fund in funds_meant(text)]
    return named + [
        item
        for item in known.values()
        if item.symbol not in funds
        and any(wanted in each.casefold() for each in (item.name_en, item.name_ja, item.tracks))
    ]


def _grade(path: Path, words: tuple[str, ...], source: str | None, common: Common) -> None:
    """Show how near the model of the fund that ``words`` name comes to the prices in ``path``."""
    from engine.cli.shown import show_nav_grade
    from engine.errors import ConfigError
    from engine.fund_names import fund_for
    from engine.market.assets import asset
    from engine.market.grade import grade_nav
    from engine.market.importer import ImportOptions, import_csv
    from engine.market.panel_builder import modelled
    from engine.messages import message

    nav, understood = import_csv(path, "NAV", ImportOptions(kind="jp_fund"))
    name = " ".join(words) or understood.title or path.stem
    found = fund_for(name)
    item = asset(found.symbol if found else name)
    if not item.is_modelled:
        told = message("{symbol} is not modelled: there is nothing to grade", symbol=item.symbol)
        raise ConfigError(told, hint=message("backtest assets lists them all"))
    model = modelled(item, source or "auto", **common.access)
    show_nav_grade(model, nav, grade_nav(model, nav), common)
