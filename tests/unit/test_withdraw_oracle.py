"""Thirty years of withdrawals from every start month against a loop that shares no code with the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.config import parse_config
from engine.studies.grid.windows import windows
from engine.studies.withdraw.study import withdraw
from tests.plain_dollars import PLAN

FIXED: dict[str, Any] = {"type": "fixed", "amount": 9_000}
LINKED: dict[str, Any] = {"type": "inflation_linked", "amount": 6_500, "inflation": 0.03}


@pytest.fixture(scope="module")
def returns(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, pd.Series]:
    """Made-up monthly returns in the library's format, and the folder they are in."""
    folder = tmp_path_factory.mktemp("monthly")
    months = pd.period_range("1926-07", "1975-12", freq="M")
    rng = np.random.default_rng(11)
    percent = np.round(rng.normal(0.75, 5.0, len(months)), 2)
    rows = [f"{month.end_time.date()},{value}" for month, value in zip(months, percent)]
    file = folder / "FF_SIZE_PORTFOLIOS_VW_MONTHLY.csv"
    file.write_text("\n".join(["date,Hi30", *rows]) + "\n")
    return f"csv:{folder}", pd.Series(percent / 100.0, index=months)


def lasts(returns: pd.Series, pot: float, amount: float, rise: float) -> int | None:
    """The month in which a withdrawal at its end cannot be paid in full, from 1; None: never."""
    value = pot
    for month, r in enumerate(returns, 1):
        value *= 1.0 + r
        wanted = amount * (1.0 + rise) ** ((month - 1) // 12)
        if value < wanted * (1.0 - 1e-9):
            return month
        value -= wanted
    return None


@pytest.mark.parametrize("kind", [FIXED, LINKED])
def test_every_start_lasts_as_long_to_the_month(
    returns: tuple[str, pd.Series], kind: dict[str, Any], tmp_path: Path
) -> None:
    source, monthly = returns
    text = "".join(f"{key}: {value}, " for key, value in kind.items())
    config = parse_config(PLAN, overrides=[f"strategy.withdrawals={{{text}every: monthly}}"])
    study = windows([config], horizons=[30], source=source, out=tmp_path)
    lasted = study.study.cubes(("years_lasted",))["years_lasted"][0]
    seen = 0
    for window, years in zip(study.plan.grid.windows, lasted):
        first = pd.Period(str(window.start), "M") + 1
        expected = lasts(monthly[first : first + 359], 1e6, kind["amount"], kind.get("inflation", 0.0))
        if expected is None:
            assert np.isnan(years)
            continue
        seen += 1
        begun, out = np.datetime64(window.start, "M"), np.datetime64(window.start) + round(years * 365.25)
        assert (out.astype("datetime64[M]") - begun).astype(int) == expected
    assert 20 < seen < len(lasted) - 20  # of both there are enough


def test_the_highest_amount_is_the_pot_over_what_it_must_grow_to(returns: tuple[str, pd.Series]) -> None:
    """Without tax: pot / Σ fₜ / Gₜ of each start, the least of all; and the rates' shares are counts of it."""
    source, monthly = returns
    config = parse_config(PLAN)
    found = withdraw(config, source=source, years=(30,), futures=0, rates=(0.03, 0.05, 0.07))
    (limit,) = found.limits
    growth = np.cumprod(1.0 + monthly.to_numpy())
    starts = len(monthly) - 359
    best = np.array(
        [1e6 / np.sum(before / growth[n : n + 360]) for n, before in enumerate([1.0, *growth[: starts - 1]])]
    )
    assert limit.simulations == starts
    assert limit.value == np.floor(best.min() / 10.0) * 10.0
    assert limit.failed_beyond == (best < limit.beyond).sum()
    for item in found.rates:
        assert item.lasted == (best >= item.value * (1 - 1e-9)).sum()
