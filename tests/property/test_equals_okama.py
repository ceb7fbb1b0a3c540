"""Plain dollar lives last as long as okama says, to the month, from every start on the same monthly returns.

okama (mbk-dev/okama, 4.0) fetches its data when a portfolio is made. Here its one door to the net,
``okama.api.api_methods.API.connect``, answers with made-up returns, and nothing else of it is touched: what is
asked is its public ``Portfolio``, cash flow strategies and ``dcf.survival_date_hist``.

Both pay at the end of a month, the first payment at the end of the first. okama raises an ``IndexationStrategy``
by a power of each period, this program once a year: linked amounts are compared where the two are the same (paid
at the ends of calendar years), and month by month with okama given the very amounts (``TimeSeriesStrategy``).
Every seventh start is looked at, of the years all; every one in the long run: okama takes 0.1 s a start.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.config import parse_config
from engine.studies.grid.windows import windows
from tests.plain_dollars import PLAN

# Imported where it is used: it takes two seconds of whoever only collects tests.
pytestmark = pytest.mark.skipif(
    find_spec("okama") is None, reason="okama is not installed: pip install -e '.[test]'"
)

YEARS, POT = 30, 1_000_000.0
MONTHS = pd.period_range("1926-07", "1975-12", freq="M")
FIXED = {"type": "fixed", "amount": 9_000, "every": "monthly"}
LINKED = {"type": "inflation_linked", "amount": 6_500, "inflation": 0.03, "every": "monthly"}
YEARLY = {"type": "inflation_linked", "amount": 75_000, "inflation": 0.03, "every": "yearly"}


@pytest.fixture(scope="module")
def percent() -> np.ndarray:
    """Monthly returns in percent, made up: a third of the starts run out at the amounts above."""
    return np.round(np.random.default_rng(11).normal(0.75, 5.0, len(MONTHS)), 2)


@pytest.fixture(scope="module")
def lasted(
    percent: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[dict[str, Any]], dict[pd.Period, int | None]]:
    """By the first month of returns, the month in which this program's plan ran out, from 1; None: it lasted."""
    folder = tmp_path_factory.mktemp("monthly")
    rows = [f"{month.end_time.date()},{value}" for month, value in zip(MONTHS, percent, strict=True)]
    (folder / "FF_SIZE_PORTFOLIOS_VW_MONTHLY.csv").write_text("\n".join(["date,Hi30", *rows]) + "\n")

    def asked(kind: dict[str, Any]) -> dict[pd.Period, int | None]:
        text = ", ".join(f"{key}: {value}" for key, value in kind.items())
        config = parse_config(PLAN, overrides=[f"strategy.withdrawals={{{text}}}"])
        out = tmp_path_factory.mktemp("windows")
        study = windows([config], horizons=[YEARS], source=f"csv:{folder}", out=out)
        years = study.study.cubes(("years_lasted",))["years_lasted"][0]
        found: dict[pd.Period, int | None] = {}
        for window, each in zip(study.plan.grid.windows, years, strict=True):
            begun = pd.Period(str(window.start), "M")
            dry = None if np.isnan(each) else np.datetime64(window.start) + round(each * 365.25)
            found[begun + 1] = None if dry is None else (pd.Period(str(dry), "M") - begun).n
        return found

    return asked


@pytest.fixture
def offline(percent: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """okama without the net: one asset of these returns, in dollars."""
    from okama.api import api_methods, namespaces

    returns = pd.Series(percent / 100.0, index=MONTHS)
    ours = api_methods.API

    def connect(endpoint: str = "", symbol: str = "", **asked: Any) -> str:
        if endpoint == ours.endpoint_assets_namespaces:
            return json.dumps(["US", "FX"])
        if endpoint == ours.endpoint_symbol:
            known = dict.fromkeys(("name", "country", "exchange", "type", "isin"), symbol)
            return json.dumps({**known, "code": symbol.split(".")[0], "currency": "USD"})
        assert endpoint == ours.endpoint_ror, endpoint
        first, last = (pd.Period(str(asked[key])[:7], "M") for key in ("first_date", "last_date"))
        series = returns if symbol == "MADE.US" else returns * 0.0
        series = series[(series.index >= first) & (series.index <= last)]
        return "date,ror\n" + "".join(f"{month},{value!r}\n" for month, value in series.items())

    monkeypatch.setattr(ours, "connect", connect)
    namespaces.get_assets_namespaces.cache_clear()
    yield
    namespaces.get_assets_namespaces.cache_clear()


def by_okama(begin: pd.Period, strategy: Callable[[Any], Any]) -> int | None:
    """The month, from 1, after which okama's portfolio has nothing left; None where it lasts the thirty years."""
    import okama

    last = begin + 12 * YEARS - 1
    portfolio = okama.Portfolio(
        ["MADE.US"], first_date=str(begin), last_date=str(last), ccy="USD", inflation=False
    )
    portfolio.dcf.cashflow_parameters = strategy(portfolio)
    wealth = portfolio.dcf.wealth_index(discounting="fv", include_negative_values=True)
    assert len(wealth) == 12 * YEARS + 1
    if (wealth.iloc[:, 0] > 0.0).all():
        return None
    date = portfolio.dcf.survival_date_hist(threshold=0)
    return int((pd.Period(date, "M") - begin).n) + 1


def fixed(portfolio: Any) -> Any:
    import okama

    return okama.IndexationStrategy(
        portfolio, frequency="month", initial_investment=POT, amount=-9_000.0, indexation=0.0
    )


def linked(portfolio: Any) -> Any:
    import okama

    amounts = {str(month): -6_500.0 * 1.03 ** (n // 12) for n, month in enumerate(portfolio.ror.index)}
    return okama.TimeSeriesStrategy(
        portfolio, initial_investment=POT, time_series_dic=amounts, time_series_discounted_values=False
    )


def yearly(portfolio: Any) -> Any:
    import okama

    return okama.IndexationStrategy(
        portfolio, frequency="year", initial_investment=POT, amount=-75_000.0, indexation=0.03
    )


WAYS = {"fixed": (FIXED, fixed, 0, 1), "linked": (LINKED, linked, 0, 1), "yearly": (YEARLY, yearly, 6, 12)}


@pytest.mark.parametrize(
    ("way", "step"),
    [
        *(pytest.param(way, 1, marks=pytest.mark.long) for way in ("fixed", "linked")),
        ("fixed", 7),
        ("linked", 7),
        ("yearly", 1),
    ],
)
def test_every_start_lasts_as_long_as_okama_says(
    way: str,
    step: int,
    lasted: Callable[[dict[str, Any]], dict[pd.Period, int | None]],
    offline: None,
) -> None:
    kind, strategy, first, every = WAYS[way]
    ours = lasted(kind)
    starts = list(ours)[first :: step * every]
    assert [ours[begin] for begin in starts] == [by_okama(begin, strategy) for begin in starts]
    ran_out = sum(ours[begin] is not None for begin in starts)
    assert 3 <= ran_out <= len(starts) - 3
