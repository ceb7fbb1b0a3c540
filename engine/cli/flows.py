"""The command that asks whether the money that goes into a fund leads its returns or follows them."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.declare import argument, command, option
from engine.cli.options import ACCESS, OUT, PATH, SEED, SOURCE, SPEECH, Common, options


@command(
    examples=(
        "backtest flows IWM --data csv:prices",
        "backtest flows IWM IJR IVV --data csv:prices --relative-to volatility",
    )
)
@argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
@option("--flows", type=PATH, metavar="DIR", help="Where fund flows are.")
@option(
    "--base",
    type=click.Choice(["JPY", "USD"]),
    help="Currency of the returns (default: the fund's own, which its investors looked at).",
)
@option(
    "--relative-to",
    type=click.Choice(["assets", "volatility"]),
    help="What a month's flow is held against (default: net assets, where they are known).",
)
@SEED
@options(SOURCE, *ACCESS, OUT, *SPEECH)
def flows(
    symbols: tuple[str, ...],
    flows: Path | None,
    base: str | None,
    relative_to: str | None,
    seed: int,
    common: Common,
) -> None:
    """Whether flows of funds lead their returns or follow them.

    Months are ranked by flow; shown are the returns before and after the largest, and correlations with the
    returns of 12 months before to 12 after, with what chance alone reaches. Flows are files
    SYMBOL_FLOWS_MONTHLY.csv (or _WEEKLY, _DAILY) of --flows or of the folder of --data csv:DIR, which
    backtest data import FILE --flows makes; at least 60 months. Page and tables are in results/flows-SYMBOL.
    """
    from engine.cli.progress import Progress
    from engine.report.deliverables import of_flows
    from engine.report.flows_text import flows_text
    from engine.studies.flows.study import flow_study

    with Progress(", ".join(symbols), common.locale, quiet=common.quiet):
        found = flow_study(
            symbols,
            source=common.source or "auto",
            flows=flows,
            base=base,
            relative_to=relative_to,
            seed=seed,
            **common.access,
        )
        folder = common.save(of_flows(found, common.file_lang))
    common.show(
        lambda: {**found.plain(), "folder": str(folder), "manifest": dict(found.manifest)},
        lambda: flows_text(found, folder, common.lang, common.screen),
    )


__all__ = ["flows"]
