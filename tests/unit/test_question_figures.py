"""The sentences that questions on claims open with, each figure computed again from the prices by plain pandas.

Those of sweeps and windows studies are computed again, for the questions too, in the tests of their answers.
"""

from __future__ import annotations

import re
from collections import Counter

import pandas as pd
import pytest

from docs.make_docs import ROOT
from engine.locale import Locale
from engine.market.sources import Source, open_source
from engine.report.claims_answer import claims_answer
from engine.studies.claims.check import check_claims
from tests.market_helpers import market_folder

SOURCES = ["sample", pytest.param("csv", marks=pytest.mark.market)]
FIRST, LAST = "2000-12-29", "2025-12-31"
FIGURE = re.compile(r"[+-]?\d+(?:,\d{3})*(?:\.\d+)?%?")


def opened(name: str, symbols: list[str]) -> Source:
    return open_source(name if name == "sample" else f"csv:{market_folder()}", symbols)


def levels(source: Source, *symbols: str) -> pd.DataFrame:
    """Total-return levels of the common sessions of the period."""
    loaded = [source.load(symbol) for symbol in symbols]
    frame = pd.concat([pd.Series(one.adj_close, one.dates, name=one.symbol) for one in loaded], axis=1)
    return frame.dropna().loc[FIRST:LAST]


def downturns(level: pd.DataFrame, depth: float) -> pd.DataFrame:
    """What each column did from the first one's peaks to its troughs, where that fell by ``depth``."""
    found, core = [], level.iloc[:, 0]
    peak = trough = level.index[0]
    for day in [*level.index[1:], None]:
        if day is not None and core[day] < core[peak]:
            trough = day if core[day] < core[trough] else trough
            continue
        if core[trough] / core[peak] - 1.0 <= -depth:
            found.append(level.loc[trough] / level.loc[peak] - 1.0)
        peak = trough = day
    return pd.DataFrame(found)


@pytest.mark.parametrize("name", SOURCES)
def test_downturns(name: str) -> None:
    source = opened(name, ["SPY", "IWM", "IJR"])
    falls = downturns(levels(source, "SPY", "IWM", "IJR"), 0.15)
    n, deeper = len(falls), falls[["IWM", "IJR"]].lt(falls["SPY"], axis=0).sum()
    means = falls.mean()
    found = claims_answer(check_claims(ROOT / "configs/questions/q2_downturns.yaml", source))
    (said,) = found.answer
    assert str(said) == (
        "Small caps fall more than large caps in a downturn (this holds in part): "
        f"{n} downturns of SPY by 15% or more: IWM fell more in {deeper['IWM']}, IJR fell more in {deeper['IJR']} "
        f"({deeper.sum()} of {2 * n} cases); on average {(means['IWM'] + means['IJR']) / 2:.1%} against "
        f"{means['SPY']:.1%}."
    )
    assert deeper.min() > n / 2, "in most, for either"
    assert deeper.min() < 0.75 * n, "not in three of four for both"
    assert f"({n})" in str(found.sureness[0])
    japanese = Counter(FIGURE.findall(said.translate(Locale("ja"))))
    assert japanese == Counter(FIGURE.findall(str(said))) + Counter(
        [str(n)]
    )  # it says how many cases are of how many


def test_the_currency() -> None:
    """On the sample, whose VOO is one series; rates are the last fixings on or before a session."""
    symbols, source = ["VOO", "IWM", "IJR"], opened("sample", ["VOO", "IWM", "IJR"])
    dollars = levels(source, *symbols)
    fixings = source.fx(None)
    rate = pd.Series(fixings.close, fixings.dates).dropna().reindex(dollars.index, method="ffill")
    yen = dollars.mul(rate, axis=0)

    def yearly(level: pd.Series[float], years: float) -> float:
        return float((level.iloc[-1] / level.iloc[0]) ** (1 / years) - 1)

    ends = rate.groupby(rate.index.to_period("M")).last()
    ten = ((ends.shift(-120) / ends) ** 0.1 - 1).dropna()
    each = "; ".join(
        f"{name} {yearly(dollars[name], 25):+.2%} a year in dollars, {yearly(yen[name], 25):+.2%} in yen"
        for name in symbols
    )
    found = claims_answer(check_claims(ROOT / "configs/questions/q3_currency.yaml", source))
    (said,) = found.answer
    assert str(said) == (
        f"US shares return more in yen than in dollars (this holds in part): the currency made "
        f"{yearly(rate, 25):+.2%} a year, for all of them the same (the dollar went from ¥{rate.iloc[0]:.1f} to "
        f"¥{rate.iloc[-1]:.1f}): {each}. Over {len(ten)} periods of 10 years it added to the return in "
        f"{(ten > 0).mean():.0%} and made from {ten.min():+.2%} to {ten.max():+.2%} a year."
    )
    assert str(found.sureness[0]).startswith(
        f"Only {25 // 10} of {len(ten)} periods of 10 years do not overlap"
    )
    assert Counter(FIGURE.findall(said.translate(Locale("ja")))) >= Counter(FIGURE.findall(str(said)))
