"""What an investor decides, written out as arrays over the sessions of a panel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Policy(IntEnum):
    """How weights are kept; see docs/ledger.md, "Decision"."""

    NONE = 0
    NO_SELL = 1
    CALENDAR = 2
    BAND = 3


@dataclass(frozen=True)
class Plan:
    """One life's decisions. T sessions of the panel from the life's first to its last, A assets.

    ``deposit``           (T,) money that arrives, base currency, >= 0
    ``release``           (T,) money released for investing, >= 0; never more in sum than has arrived
    ``withdrawal``        (T,) fixed amounts taken out, >= 0
    ``withdrawal_share``  (T,) shares of the life's value taken out, 0..1
    ``targets``           (R, A) rows of target weights, each adding to 1
    ``target_row``        (T,) int32, which row holds on a session
    ``rebalance``         (T,) bool, sessions of a calendar rebalance, or on which the band is looked at
    """

    deposit: Floats
    release: Floats
    withdrawal: Floats
    withdrawal_share: Floats
    targets: Floats
    target_row: NDArray[np.int32]
    rebalance: NDArray[np.bool_]
    policy: Policy = Policy.NONE
    band_width: float = 0.0
    band_relative: bool = False
    new_money_first: bool = False
    reinvest_dividends: bool = True
    recurring: bool = True
    idle_yield: float = 0.0
