"""What a run says of itself: configuration, data, versions, flags, and the choices its figures rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

import engine
from engine.config import Config, config_hash
from engine.context import RunContext
from engine.market.panel import Panel
from engine.market.sample_limits import beyond_the_sample
from engine.market.series import Dates
from engine.messages import Message, Percent, Text, listed, message, to_plain
from engine.metrics import SESSIONS_A_YEAR, of_exchanges, volatility_of_months
from engine.own_code import code_of
from engine.result import Result
from engine.rules.assumptions import before_its_time, from_memory
from engine.rules.tables import broker


def manifest_of(context: RunContext, sessions: Dates, notes: Sequence[Message | str] = ()) -> dict[str, Any]:
    """What a result on ``sessions`` rests on, as plain JSON values; ``notes`` on the plan come first."""
    panel, terms, config = context.panel, context.terms, context.config
    profile = broker(config.costs.broker, panel.sessions[-1])
    first_year = sessions[0].item().year
    provenance = [*panel.provenance, *([] if context.flows is None else [context.flows.provenance])]
    limits = beyond_the_sample([config]) if panel.is_sample else ()
    unlawful = [item.message for item in terms.counterfactual if item.since > first_year]
    assumed = [
        *notes,
        *terms.assumptions,
        *before_its_time(profile, sessions[0]),
        *from_memory(profile),
        *_conventions(config, panel, sessions),
        *(
            note
            for item in panel.provenance
            if item.source.startswith(("model:", "shiller:"))
            for note in item.notes
        ),
        *(text for item in panel.provenance for text in item.splices),
    ]
    period = {"start": str(sessions[0]), "end": str(sessions[-1]), "sessions": len(sessions)}
    return {
        "name": config.name,
        "config_sha256": config_hash(config),
        "assets": {
            symbol: {
                "currency": currency,
                "kind": kind,
                **({"trading_unit": unit, "foreign_tax": abroad} if kind == "jp_etf" else {}),
            }
            for symbol, currency, kind, unit, abroad in zip(
                panel.symbols, panel.asset_currency, panel.kind, panel.trading_unit, panel.foreign_tax
            )
        },
        "data": [item.plain() for item in provenance],
        "versions": versions(),
        **({"code": code} if (code := code_of(config)) else {}),
        "seed": None,
        "flags": {
            "sample": panel.is_sample,
            "sample_limits": [to_plain(text) for text in limits],
            "counterfactual": [to_plain(text) for text in unlawful],
            "data": [to_plain(text) for text in panel.warnings],
        },
        "assumptions": [to_plain(text) for text in assumed],
        **({} if context.level is None else {"inflation": context.level.plain()}),
        "period": period if panel.per_year == SESSIONS_A_YEAR else {**period, "per_year": panel.per_year},
    }


def versions() -> dict[str, str]:
    """What made a result: this program, and what its figures hang on."""
    return {"backtest": engine.__version__, **dict(_installed())}


@cache
def _installed() -> tuple[tuple[str, str], ...]:
    """The versions of what is installed, looked up once: each takes a millisecond."""
    from importlib.metadata import version

    return tuple((name, version(name)) for name in ("numpy", "numba", "pyarrow"))


OTHER_CALENDAR = 0.01  # share of sessions from which on two exchanges are said to meet
FREQUENCIES = {
    12: message(
        "Prices are monthly: sessions are month ends, money that arrives inside a month is invested at that "
        "month's end, volatility, Sharpe and Sortino are annualised by 12 months, VaR and CVaR are of one month."
    ),
    52: message(
        "Prices are weekly: money that arrives inside a week is invested at that week's price, volatility, "
        "Sharpe and Sortino are annualised by 52 weeks, VaR and CVaR are of one week."
    ),
    365: message(
        "Prices are of every day of the calendar: volatility, Sharpe and Sortino are annualised by 365 days."
    ),
}


def _conventions(config: Config, panel: Panel, sessions: Dates) -> list[Message]:
    """The choices of this program that the figures rest on."""
    if panel.total_return:
        dividends = message(
            "Prices are adjusted closes: dividends are reinvested before any tax, in fractions."
        )
    else:
        dividends = message(
            "Dividends are paid in cash on the ex-date, net of tax, and reinvested on their ex-date."
            if config.dividends.reinvest == "at_once"
            else "Dividends are paid in cash on the ex-date, net of tax, and reinvested with the next "
            "contribution."
        )
    said = [dividends, message("Orders fill at the close of their session."), *_left_out(panel, sessions)]
    if config.data.frequency == "monthly":
        said.append(
            message(
                "Daily prices are taken at each month's end, with the month's payouts and the rate of that day: "
                "what happens inside a month, a drawdown or an ex-date, is not seen."
            )
        )
    if panel.known is not None:
        said.append(
            message(
                "Tokyo and New York in one plan: orders are decided at Tokyo's close of a day, on New York's "
                "closes before that day; they fill in Tokyo at that close, in New York at its own close of the "
                "day, and what New York's sales bring is there in Tokyo on the next session."
                if _on_exchange(panel)
                else "Yen funds and New York in one plan: orders are decided when the funds take their last ones "
                "of a day, on New York's closes before that day, which the funds' prices of the day hold; New "
                "York's fill at its own close of the day, and what its sales bring is there for funds on the next "
                "session."
            )
        )
    if panel.per_year in FREQUENCIES:
        said.append(FREQUENCIES[panel.per_year])
    elif panel.per_year != SESSIONS_A_YEAR:
        said.append(
            message(
                "Both exchanges trade on {sessions} days a year: volatility, Sharpe and Sortino are annualised by "
                "as many.",
                sessions=panel.per_year,
            )
        )
    idle = config.idle_cash.yield_
    said.append(
        message("Idle cash earns {rate} a year.", rate=Percent(idle, 2))
        if idle
        else message("Idle cash earns nothing.")
    )
    allocation = config.strategy.allocation
    if allocation.type == "tilt" and allocation.signal.type == "flows":
        said.append(
            message(
                "A fund flow is known {sessions} sessions after its date; the newest {months} months known "
                "count, read on the first session of each month.",
                sessions=allocation.signal.lag_sessions,
                months=allocation.signal.months,
            )
        )
    if any(currency != panel.currency for currency in panel.asset_currency):
        said.append(_exchange(panel, sessions[0]))
    return [
        *said,
        message("Sharpe and Sortino over a rate of {rate} a year.", rate=Percent(config.risk_free, 2)),
    ]


def _left_out(panel: Panel, sessions: Dates) -> list[Message]:
    """Which days of two exchanges are no ``sessions``, where that is more than a few."""
    first, last = sessions[0], sessions[-1]
    lost = [int(np.count_nonzero((days > first) & (days < last))) for days in panel.left_out]
    if max(lost, default=0) <= OTHER_CALENDAR * len(sessions):
        return []
    each = [
        message("{days} of {symbol}", days=days, symbol=symbol)
        for symbol, days in zip(panel.symbols, lost, strict=True)
    ]
    return [
        message(
            "Sessions are the days on which every asset has a price; left out of those of {first} to {last}: "
            "{each}.",
            first=first,
            last=last,
            each=listed(each),
        ),
        *_hours_apart(panel),
    ]


def _on_exchange(panel: Panel) -> bool:
    """Whether anything but yen funds and money is Tokyo's."""
    return any(
        currency == "JPY" and kind in ("jp_etf", "index")
        for kind, currency in zip(panel.kind, panel.asset_currency, strict=True)
    )


def _hours_apart(panel: Panel) -> list[Message]:
    """What a date is of an index in yen beside prices of New York: two closes, hours apart."""
    if panel.known is None:
        return []
    pairs = list(zip(panel.symbols, panel.kind, panel.asset_currency, strict=True))
    tokyo = [symbol for symbol, kind, currency in pairs if kind == "index" and currency == "JPY"]
    if not tokyo or not any(kind == "us_etf" for _, kind, _ in pairs):
        return []
    return [
        message(
            "{symbols} closes in Tokyo hours before New York on the same date: daily volatility and correlation "
            "come out too low.",
            symbols=listed(tokyo),
        )
    ]


def _exchange(panel: Panel, first: np.datetime64) -> Message:
    """At which rates money is exchanged from the session ``first`` on."""
    whole = next((item.source for item in panel.provenance if item.symbol == "USDJPY"), "ecb")
    source, averages, _ = whole.partition("+averages")
    if averages and first < np.datetime64("1999-01-01"):
        fixing = (
            message("ECB fixing") if source == "ecb" else message("rate of {source}", source=Text(source))
        )
        return message(
            "Money is exchanged at the rate of the month's end: ¥360 to 1970, from 1971 to 1998 the month's "
            "average, which is not the rate of its last day, then the last {fixing}."
            if first < np.datetime64("1971-01-01")
            else "Money is exchanged at the rate of the month's end: to 1998 the month's average, which is not "
            "the rate of its last day, then the last {fixing}.",
            fixing=fixing,
        )
    if "jp_etf" in panel.kind or panel.known is not None:
        return message("Money is exchanged at the last rate of {source} before the day.", source=Text(source))
    if source.startswith("ecb"):
        return message("Money is exchanged at the last ECB fixing on or before the session.")
    return message(
        "Money is exchanged at the last rate of {source} on or before the session.", source=Text(source)
    )


def meets_another_clock(kinds: set[str]) -> bool:
    """Whether prices of these kinds of assets are of different days: New York's beside Tokyo's."""
    return "us_etf" in kinds and not kinds.isdisjoint(("jp_fund", "jp_etf"))


def is_daily(result: Result) -> bool:
    """Whether a result's sessions are those of exchanges."""
    return of_exchanges(result.manifest["period"].get("per_year", SESSIONS_A_YEAR))


def with_two_clocks(result: Result, core: str) -> Result:
    """``result`` with the volatilities from month ends where a yen fund meets an ETF by the day."""
    kinds = {asset["kind"] for asset in result.manifest["assets"].values()}
    if not meets_another_clock(kinds) or result.benchmark is None or not is_daily(result):
        return result
    own, alone = (
        volatility_of_months(each.equity["date"], each.equity["twr"]) for each in (result, result.benchmark)
    )
    if not np.isfinite(own + alone):
        return result
    said = message(
        "A price in Tokyo holds the New York session before: beside New York's own, daily volatility and "
        "correlation mislead. From month ends volatility is {own} a year, {core} alone {alone}."
        if "jp_etf" in kinds
        else "A yen fund's price holds the New York session before: beside an ETF's, daily volatility and "
        "correlation come out too low. From month ends volatility is {own} a year, {core} alone {alone}.",
        own=Percent(own, 2),
        core=core,
        alone=Percent(alone, 2),
    )
    assumptions = [*result.manifest["assumptions"], said.plain()]
    return replace(result, manifest={**result.manifest, "assumptions": assumptions})
