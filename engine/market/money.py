"""Cash and a bank deposit as assets: a unit is one unit of money, on every day there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.errors import ConfigError, DataError
from engine.market import exchanges
from engine.market.assets import Asset
from engine.market.request import Request
from engine.market.series import Dates, Series, last_of_each
from engine.messages import message

SOURCE = "constant"


def in_currency(item: Asset, currency: str) -> Asset:
    """``item`` in a plan of a base currency: cash is in it. :raises ConfigError: a deposit is in yen alone."""
    if item.kind == "deposit" and currency != item.currency:
        what = message(
            "{symbol} is a deposit in yen; the currency is {currency}", symbol=item.symbol, currency=currency
        )
        raise ConfigError(what, hint=message("CASH is cash in {currency}", currency=currency))
    return replace(item, currency=currency) if item.kind == "cash" else item


def days_of_money(asked: Request) -> Dates:
    """The sessions of a plan that holds nothing else: Tokyo's of the period.

    :raises DataError: the period has no two dates.
    """
    if asked.start is None or asked.end is None:
        what = message("cash and deposits alone have no sessions of their own")
        raise DataError(what, hint=message("set period.start and period.end"))
    sessions = exchanges.tokyo_sessions(asked.start, asked.end)
    if asked.monthly:
        months = sessions.astype("datetime64[M]")
        sessions = sessions[last_of_each(months)]
    if not sessions.size:
        raise DataError(
            message("no session in Tokyo from {start} to {end}", start=asked.start, end=asked.end)
        )
    return sessions


def with_money(assets: Sequence[Asset], columns: Sequence[Series], sessions: Dates) -> list[Series]:
    """The columns of all ``assets``: those that have a history, and of money a price of 1 on every session."""
    own = iter(columns)
    return [_constant(item, sessions) if item.is_money else next(own) for item in assets]


def _constant(item: Asset, sessions: Dates) -> Series:
    one = np.ones(sessions.size)
    return Series(item.symbol, item.currency, sessions, one, one, 0.0 * one, SOURCE)
