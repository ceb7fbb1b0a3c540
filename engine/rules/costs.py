"""What a trade costs: a broker's profile and own numbers, by asset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TypedDict

import numpy as np

from engine.errors import ConfigError
from engine.rules.tables import UNLIMITED, Broker
from engine.rules.terms import Floats


@dataclass(frozen=True)
class Commission:
    """Own numbers of a configuration, None = the broker's. Money in the asset's currency, rate a fraction.

    ``fx_spread`` is base units per unit of the asset's currency, each way.
    """

    rate: float | None = None
    minimum: float | None = None
    cap: float | None = None
    fx_spread: float | None = None

    @property
    def given(self) -> bool:
        """True if any number is the configuration's own."""
        return any(number is not None for number in (self.rate, self.minimum, self.cap, self.fx_spread))


class CostArrays(TypedDict):
    """The fields of ``Terms`` that hold costs, (A,) each."""

    commission_rate: Floats
    commission_min: Floats
    commission_cap: Floats
    fx_spread: Floats


def cost_arrays(
    profile: Broker,
    own: Commission,
    symbols: Sequence[str],
    kind: Sequence[str],
    asset_currency: Sequence[str],
    base_currency: str,
) -> CostArrays:
    """Costs by asset. The profile's commission is a US ETF's: an index is traded as one, a fund is free.

    Own commission numbers hold for every asset. The spread is paid where the asset's currency is foreign.
    Raises ConfigError where a profile does not fit the currencies, or a number is out of bounds.
    """
    rows = []
    for symbol, name, currency in zip(symbols, kind, asset_currency, strict=True):
        as_etf = name != "jp_fund"
        if as_etf and profile.cap_currency and currency != profile.cap_currency:
            raise ConfigError(
                f"broker: {profile.name} is a price list for ETFs in {profile.cap_currency}, "
                f"{symbol} is in {currency}",
                hint="broker: none with own numbers",
            )
        foreign = currency != base_currency
        if foreign and profile.fx_spread and own.fx_spread is None and base_currency != "JPY":
            raise ConfigError(
                f"broker: {profile.name} has its currency spread in yen, currency is {base_currency}",
                hint="set fx_spread",
            )
        listed = (profile.commission_rate, profile.commission_min, profile.commission_cap)
        rate, minimum, cap = listed if as_etf else (0.0, 0.0, UNLIMITED)
        rate, minimum, cap = _either(own.rate, rate), _either(own.minimum, minimum), _either(own.cap, cap)
        rows.append((rate, minimum, cap, _either(own.fx_spread, profile.fx_spread) if foreign else 0.0))
    for rate, minimum, cap, spread in set(rows):
        _check(rate, minimum, cap, spread)
    columns = np.array(rows, dtype=np.float64).T
    return CostArrays(
        commission_rate=columns[0], commission_min=columns[1], commission_cap=columns[2], fx_spread=columns[3]
    )


def _either(own: float | None, listed: float) -> float:
    return listed if own is None else float(own)


def _check(rate: float, minimum: float, cap: float, spread: float) -> None:
    if not 0 <= rate < 1:
        raise ConfigError(
            f"commission_rate: {rate} must be a fraction from 0 to less than 1 (0.495 % is 0.00495)"
        )
    if not (minimum >= 0 and isfinite(minimum)):
        raise ConfigError(f"commission_min: {minimum} must be 0 or more")
    if not cap >= minimum:
        raise ConfigError(f"commission_cap: {cap} must not be below the minimum of {minimum}")
    if not (spread >= 0 and isfinite(spread)):
        raise ConfigError(f"fx_spread: {spread} must be 0 or more, in base units per unit of currency")
