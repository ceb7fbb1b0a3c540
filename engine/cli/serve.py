"""The command serve: the live page, on this machine alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.declare import argument, command, option
from engine.cli.options import ACCESS, OUT, PATH, SET, SOURCE, SPEECH, Common, options
from engine.cli.output import say, say_json

if TYPE_CHECKING:
    from socket import socket

    from engine.config import Config


@command(
    examples=(
        "backtest serve configs/satellite10.yaml",
        "backtest serve configs/core100.yaml configs/satellite10.yaml --data sample --port 8800",
    )
)
@argument("configs", nargs=-1, type=PATH, metavar="[CONFIG]...")
@option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0: any free one."
)
@option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@option(
    "--allow-host", "allowed", multiple=True, metavar="NAME", help="A further name of the page, of a proxy."
)
@option("--open", "opened", is_flag=True, help="Open the page in a browser.")
@options(SOURCE, *ACCESS, OUT, *SPEECH, SET)  # a page changes any key of a plan: it runs no code
def serve(
    configs: tuple[Path, ...], port: int, host: str, allowed: tuple[str, ...], opened: bool, common: Common
) -> None:
    """A page on this machine alone that answers while a slider moves.

    The first CONFIG is its plan, up to four others are pinned beside it. The page shows what run, windows,
    bootstrap and compare give for that plan. The plan stands in the page's address and nowhere else; Ctrl-C ends.
    """
    from engine.web import server

    server.require()
    server.names(host, port, allowed)  # refused before prices are loaded
    loaded = _plans(configs, common)
    with server.listen(host, port) as listening:
        bound = listening.getsockname()[1]
        hosts = server.names(host, bound, allowed)
        _serve(loaded, listening, (host, bound), hosts, opened, common)


def _plans(paths: tuple[Path, ...], common: Common) -> list[Config]:
    from engine.config import load_config, parse_config
    from engine.config.arguments import refuse_doubles
    from engine.config.wording import refused
    from engine.messages import message
    from engine.web.asked import PLANS
    from engine.web.plan import PLAN

    if len(paths) > PLANS:
        raise refused(
            message("came {n} plans, allowed up to {most}", n=len(paths), most=PLANS), place="serve"
        )
    loaded = [load_config(path, common.overrides) for path in paths]
    loaded = loaded or [parse_config(PLAN, overrides=common.overrides)]
    refuse_doubles("serve", loaded)
    return loaded


def _serve(
    plans: list[Config],
    listening: socket,
    called: tuple[str, int],
    hosts: frozenset[str],
    opened: bool,
    common: Common,
) -> None:
    import secrets

    from engine.config.leaves import FILES
    from engine.context import load_panel
    from engine.ledger.compile.native import make_elsewhere
    from engine.web import server
    from engine.web.answers import Answers
    from engine.web.app import make_app
    from engine.web.link import fragment
    from engine.web.site import Site
    from engine.web.warm import Warm
    from engine.web.work import Work

    own = dict.fromkeys(config.data.source for config in plans if config.data.source.startswith(FILES))
    warm = Warm(common.source, tuple(own))
    for config in plans:
        load_panel(config, source=common.source, **common.access)  # fetched now, as ``run`` would; see Warm
    make_elsewhere()
    warm.run(plans[0])
    work, token = Work(), secrets.token_urlsafe(16)
    address = f"http://{called[0]}:{called[1]}/?token={token}#{fragment(plans)}"
    site = Site(Answers(warm, work), out=common.out, token=token, lang=common.file_lang)

    def tell() -> None:
        _tell(address, opened, common)

    server.serve(make_app(site, hosts), listening, work, on_ready=tell)


def _tell(address: str, opened: bool, common: Common) -> None:
    """Where the page is; to programs as JSON."""
    from engine.messages import message

    if opened:
        import webbrowser

        webbrowser.open(address)
    if common.as_json:
        say_json({"address": address})
    elif not common.quiet:
        told = message("The page is at {address} until Ctrl-C.", address=address)
        say(told.translate(common.locale))
    sys.stdout.flush()
