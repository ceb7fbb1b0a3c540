"""The command withdraw: how much a plan may pay out, the pot an amount needs, the year one may stop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.declare import Amount, argument, command, option
from engine.cli.options import BLOCK, PATH, SEED, Common, common, executor
from engine.messages import message

if TYPE_CHECKING:
    from engine.studies.executor import Executor


@command(
    examples=(
        "backtest withdraw configs/retirement_withdrawals.yaml --years 20,30",
        "backtest withdraw configs/retirement_withdrawals.yaml --amount 150000",
        "backtest withdraw configs/retirement_bridge.yaml --stop --years 40",
    )
)
@argument("config", type=PATH)
@option(
    "--years",
    "spans",
    metavar="YEARS",
    default="20,30,40",
    show_default=True,
    help="How long the money must last.",
)
@option(
    "--futures",
    type=click.IntRange(0, 10_000_000),
    default=10_000,
    show_default=True,
    help="How many are drawn; 0: history alone.",
)
@option("--amount", type=Amount(), metavar="MONEY", help="Look for the pot that pays this amount.")
@option(
    "--stop",
    is_flag=True,
    help="Look for the earliest age or year to stop in and take out the plan's amount.",
)
@option("--rates", metavar="PERCENTS", help="Also the share that lasts at 3,4,5 % of the pot a year.")
@SEED
@BLOCK
@executor
@common
def withdraw(
    config: Path,
    spans: str,
    futures: int,
    amount: float | None,
    stop: bool,
    rates: str | None,
    seed: int,
    block: float | None,
    executor: Executor,
    common: Common,
) -> None:
    """How much a plan may pay out: the highest amount at which no start month and few futures fail.

    The amount is that of the first year; it goes on as the plan says. Beside it stands the next thousand yen,
    which fails more often. The files are in results/NAME-withdraw.
    """
    from engine.cli.progress import Progress
    from engine.config import load_config
    from engine.report.deliverables import of_withdraw
    from engine.report.withdraw_page import withdraw_text
    from engine.studies.withdraw.study import withdraw as look

    loaded = load_config(config, common.overrides, allow_python=common.allow_python)
    title = message("{name}: what it may pay out", name=loaded.name)
    with Progress(title.translate(common.locale), common.locale, quiet=common.quiet):
        found = look(
            loaded,
            source=common.source,
            years=[int(span) for span in numbers("--years", spans)],
            futures=futures,
            amount=amount,
            stop=stop,
            rates=[rate / 100.0 for rate in numbers("--rates", rates or "")],
            seed=seed,
            block=block,
            executor=executor,
            **common.access,
        )
        folder = common.save(of_withdraw(found, common.file_lang))
    common.show(
        lambda: {**found.plain(), "folder": str(folder), "manifest": dict(found.manifest)},
        lambda: withdraw_text(found, folder, common.lang, common.screen),
    )


def numbers(option: str, text: str) -> list[float]:
    """``20,30`` as numbers above 0; whole ones for years. Raises ConfigError."""
    from engine.errors import ConfigError

    parts = [part.strip() for part in text.split(",")] if text else []
    try:
        found = [float(part) for part in parts]
    except ValueError:
        found = [-1.0]
    whole = option == "--years"
    most = 70.0 if whole else 100.0
    if any(not 0.0 < each <= most or (whole and not each.is_integer()) for each in found) or (
        whole and not found
    ):
        raise ConfigError(
            message(
                "--years {came}: allowed whole years from 1 to 70, such as 20,30,40"
                if whole
                else "--rates {came}: allowed percents of the pot a year, such as 3,4,5",
                came=text,
            )
        )
    return found
