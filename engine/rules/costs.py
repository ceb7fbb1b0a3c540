"""What a trade costs: a broker's profile and own numbers, by asset."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

from engine.errors import ConfigError
from engine.market.series import Floats
from engine.messages import message
from engine.rules.tables import UNLIMITED, Broker

if TYPE_CHECKING:
    from engine.config.models import Costs
    from engine.market.panel import Panel


class CostArrays(TypedDict):
    """The fields of ``Terms`` that hold costs, (A,) each."""

    commission_rate: Floats
    commission_min: Floats
    commission_cap: Floats
    fx_spread: Floats


def cost_arrays(costs: Costs, profile: Broker, panel: Panel) -> CostArrays:
    """Costs by asset; own numbers replace the profile's. The spread is paid where the currency is foreign.

    Raises ConfigError where a profile does not fit the currencies, or an own number the profile's.
    """
    _check_currencies(costs, profile, panel)
    rows = np.array([numbers(costs, profile, kind) for kind in panel.kind])
    foreign = np.array([currency != panel.currency for currency in panel.asset_currency])
    return CostArrays(
        commission_rate=rows[:, 0],
        commission_min=rows[:, 1],
        commission_cap=rows[:, 2],
        fx_spread=np.where(foreign, rows[:, 3], 0.0),
    )


def numbers(costs: Costs, profile: Broker, kind: str = "us_etf") -> tuple[float, float, float, float]:
    """Rate, minimum and cap of a commission, and the spread: own ones, else the profile's.

    The profile's commission is a US ETF's: an index is traded as one, a fund is free, an ETF in Tokyo has its own.
    Money costs nothing, whatever a configuration says.
    """
    if kind in ("cash", "deposit"):
        return 0.0, 0.0, UNLIMITED, 0.0
    rate, minimum, cap = profile.commission_rate, profile.commission_min, profile.commission_cap
    if kind == "jp_fund":
        rate, minimum, cap = 0.0, 0.0, UNLIMITED
    if kind == "jp_etf":
        rate, minimum, cap = profile.tokyo_rate or 0.0, 0.0, UNLIMITED
    rate = rate if costs.commission_rate is None else costs.commission_rate
    minimum = minimum if costs.commission_min is None else costs.commission_min
    cap = cap if costs.commission_cap is None else costs.commission_cap
    if cap < minimum:
        raise ConfigError(
            message(
                "commission_cap: {cap} must not be below the minimum of {minimum}", cap=cap, minimum=minimum
            )
        )
    return rate, minimum, cap, profile.fx_spread if costs.fx_spread is None else costs.fx_spread


def _check_currencies(costs: Costs, profile: Broker, panel: Panel) -> None:
    """Raise ConfigError where a price list is in another currency than what is traded, or counted in."""
    for symbol, kind, currency in zip(panel.symbols, panel.kind, panel.asset_currency, strict=True):
        if kind == "jp_etf" and profile.tokyo_rate is None and costs.commission_rate is None:
            raise ConfigError(
                message(
                    "broker: {broker} charges in steps on Tokyo's exchange, which the table does not hold; "
                    "{symbol} trades there",
                    broker=profile.name,
                    symbol=symbol,
                ),
                hint=message("set commission_rate"),
            )
        listed = kind in ("us_etf", "index")
        if listed and profile.cap_currency and currency != profile.cap_currency:
            raise ConfigError(
                message(
                    "broker: {broker} is a price list for ETFs in {listed}, {symbol} is in {currency}",
                    broker=profile.name,
                    listed=profile.cap_currency,
                    symbol=symbol,
                    currency=currency,
                ),
                hint=message("broker: none with own numbers"),
            )
        abroad = currency != panel.currency and panel.currency != "JPY"
        if abroad and profile.fx_spread and costs.fx_spread is None:
            raise ConfigError(
                message(
                    "broker: {broker} has its currency spread in yen, currency is {currency}",
                    broker=profile.name,
                    currency=panel.currency,
                ),
                hint=message("set fx_spread"),
            )
