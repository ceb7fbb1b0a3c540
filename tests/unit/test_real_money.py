"""Today's money: every figure of a run computed again by pandas, and what consumer prices may be."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import engine
from engine.config import load_config, override, parse_config
from engine.errors import BadData, ConfigError, DataError, NotFound
from engine.market.price_level import CPI_JP, load_price_level
from engine.real import in_real_money, why_not_real
from engine.report.chart_data import sources
from engine.result import Result
from engine.run import run

CONFIGS = Path(engine.__file__).parents[1] / "configs"
RETIRED = CONFIGS / "retirement_withdrawals.yaml"


def told(name: Path = RETIRED, *overrides: str) -> Result:
    return run(load_config(name, overrides), source="sample", offline=True)


@pytest.fixture(scope="module")
def both() -> tuple[Result, Result]:
    result = told(RETIRED, "inflation=cpi_jp")
    return result, in_real_money(result)


def cpi() -> pd.Series:
    table = pd.read_csv(CPI_JP, comment="#")
    return pd.Series(table["index"].to_numpy(), index=pd.PeriodIndex(table["date"], freq="M"))


def frame(result: Result) -> pd.DataFrame:
    """The sessions of a result in yen of the day, with the factor to the yen of its last month."""
    found = pd.DataFrame({name: np.asarray(values) for name, values in result.equity.items()})
    found.index = pd.DatetimeIndex(found.pop("date"))
    level = cpi().reindex(found.index.to_period("M")).to_numpy()
    found["worth"] = level[-1] / level
    return found


def test_the_file_is_the_statistics_bureaus() -> None:
    level = load_price_level("cpi_jp")
    assert (str(level.months[0]), str(level.months[-1])) == ("1970-01", "2026-06")
    known = dict(zip(level.months.astype(str).tolist(), level.level.tolist()))
    assert (known["1970-01"], known["2026-06"]) == (30.3, 113.6)
    assert np.mean([known[f"2020-{month:02d}"] for month in range(1, 13)]) == pytest.approx(100.0, abs=0.05)


def test_amounts_are_deflated_from_their_own_day(both: tuple[Result, Result]) -> None:
    result, real = both
    table = frame(result)
    for name in ("contributed", "withdrawn"):
        own = (table[name].diff().fillna(table[name].iloc[0]) * table["worth"]).sum()
        assert real.metrics[name] == pytest.approx(own, rel=1e-12)
    assert real.metrics["final_value"] == result.metrics["final_value"]
    assert np.allclose(real.equity["value"], table["value"] * table["worth"], rtol=1e-12)
    moved = pd.DataFrame(dict(result.transactions.items()))
    worth = table["worth"].reindex(pd.DatetimeIndex(moved["date"])).to_numpy()
    taxes = moved["kind"].isin(["tax", "tax_refund"])
    assert real.metrics["tax_paid"] == pytest.approx(-(moved["amount"] * worth)[taxes].sum(), rel=1e-12)
    by_year = (-(moved["amount"] * worth)[taxes]).groupby(pd.DatetimeIndex(moved["date"]).year[taxes]).sum()
    for year, tax in zip(real.years["year"].tolist(), real.years["tax"].tolist()):
        assert tax == pytest.approx(by_year.get(year, 0.0), abs=1e-6)


def test_returns_and_drawdowns_are_of_the_deflated_path(both: tuple[Result, Result]) -> None:
    result, real = both
    table = frame(result)
    value, flow = table["value"] * table["worth"], table["flow"] * table["worth"]
    before = value.shift(1)
    r = ((value - flow) / before - 1.0).fillna(0.0)
    r.iloc[0] = value.iloc[0] / flow.iloc[0] - 1.0
    index = (1.0 + r).cumprod()
    assert np.allclose(real.equity["twr"], index, rtol=1e-10)
    deepest = (index / np.maximum(index.cummax(), 1.0) - 1.0).min()
    assert real.metrics["max_drawdown"] == pytest.approx(deepest, rel=1e-9)
    years = 25.0  # the period is 2001 to 2025 by its name
    assert real.metrics["twr_cagr"] == pytest.approx(index.iloc[-1] ** (1.0 / years) - 1.0, rel=1e-9)
    assert real.metrics["volatility"] == pytest.approx(r.std(ddof=1) * 252**0.5, rel=1e-6)
    principal = flow.cumsum()
    assert real.metrics["days_below_principal"] == int((value < principal * (1 - 1e-12)).sum())
    assert real.metrics["days_below_principal"] != result.metrics["days_below_principal"]
    days = (table.index[-1] - table.index).days / 365.0
    rate = float(real.metrics["xirr"] or 0.0)
    assert (flow * (1.0 + rate) ** days).sum() == pytest.approx(value.iloc[-1], rel=1e-9)
    whole = index.groupby(index.index.year).last().pct_change().iloc[1:]
    assert real.metrics["worst_year"] == pytest.approx(whole.min(), rel=1e-9)
    assert real.metrics["best_year"] == pytest.approx(
        max(whole.max(), index[index.index.year == 2001].iloc[-1] - 1), rel=1e-9
    )


def test_the_core_is_read_in_the_same_money(both: tuple[Result, Result]) -> None:
    result, real = both
    if result.benchmark is not None:
        assert real.benchmark == in_real_money(result.benchmark)


@pytest.mark.parametrize("name", ["satellite10.yaml", "nisa_monthly.yaml", "retirement_withdrawals.yaml"])
def test_without_inflation_both_readings_are_one(name: str) -> None:
    """Every figure of the kernel from the recorded path alone."""
    result = told(CONFIGS / name, "inflation=0")
    real = in_real_money(result)
    for each, other in zip((result, result.benchmark), (real, real.benchmark)):
        if each is None or other is None:
            continue
        for key, figure in each.metrics.items():
            assert other.metrics[key] == (
                pytest.approx(figure, rel=1e-9) if isinstance(figure, float) else figure
            ), key
        for key, column in each.years.items():
            assert np.allclose(
                other.years[key].astype(float), column.astype(float), rtol=1e-9, equal_nan=True
            )


def test_money_that_runs_out_is_told_in_today_s_yen() -> None:
    """Unpaid amounts, each from its own day."""
    result = told(RETIRED, "inflation=cpi_jp", "strategy.withdrawals.amount=400_000")
    real, table = in_real_money(result), frame(result)
    assert result.metrics["unpaid"]
    assert result.equity["unpaid"].sum() == pytest.approx(result.metrics["unpaid"])
    assert real.metrics["unpaid"] == pytest.approx(float((table["unpaid"] * table["worth"]).sum()))
    assert real.metrics["depleted_on"] == result.metrics["depleted_on"]
    assert real.metrics["years_lasted"] == pytest.approx(result.metrics["years_lasted"])
    assert real.metrics["xirr"] is not None


def test_the_manifest_names_the_index(both: tuple[Result, Result]) -> None:
    result, real = both
    kept = result.manifest["inflation"]
    assert kept["sha256"] == hashlib.sha256(CPI_JP.read_bytes()).hexdigest()
    assert (kept["name"], kept["last"]) == ("cpi_jp", "2026-06")
    assert real.manifest["real"] == {**kept, "money_of": "2025-12"}
    assert "Dec 2025" in real.manifest["assumptions"][0]["english"]


def test_a_month_without_a_figure_is_refused_and_named(tmp_path: Path) -> None:
    file = tmp_path / "cpi.csv"
    rows = [
        f"{month},{100 + n / 10}" for n, month in enumerate(pd.period_range("2000-01", "2020-06", freq="M"))
    ]
    file.write_text("\n".join(["date,index", *rows]) + "\n")
    result = told(RETIRED, f"inflation=csv:{file}")
    problem = why_not_real(result)
    assert isinstance(problem, DataError)
    assert "2020-07" in str(problem)
    with pytest.raises(DataError, match="2020-07"):
        in_real_money(result)
    short = told(RETIRED, f"inflation=csv:{file}", "period.end=2020-06-30")
    assert in_real_money(short).manifest["real"]["money_of"] == "2020-06"


def test_no_inflation_no_reading() -> None:
    with pytest.raises(ConfigError, match="inflation=cpi_jp"):
        in_real_money(told(CONFIGS / "core100.yaml"))


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("date,cpi\n2001-01,100\n", 1, "allowed the columns date,index"),
        ("date,index\n2001-01,100\n2001-03,101\n", 3, "allowed the next month, 2001-02"),
        ("# a note\ndate,index\n2001-01,-1\n", 3, "a number above 0"),
        ("date,index\n2001/01,1\n", 2, "a month such as 2001-01"),
        ("date,index\n2001-01,nan\n", 2, "a number above 0"),
    ],
)
def test_a_broken_file_is_told_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    file = tmp_path / "cpi.csv"
    file.write_text(text)
    with pytest.raises(BadData, match=what) as caught:
        load_price_level(f"csv:{file}")
    assert f"cpi.csv:{line}:" in str(caught.value)


def test_no_file() -> None:
    with pytest.raises(NotFound, match="no such file of consumer prices"):
        load_price_level("csv:nowhere.csv")


@pytest.mark.parametrize("came", ["cpi", "csv:", "3 %", "-0.9"])
def test_what_inflation_may_be(came: str) -> None:
    with pytest.raises(ConfigError, match="inflation"):
        load_config(RETIRED, [f"inflation={came}"])


# --- amounts that rise with prices


def growing(key: str, group: dict[str, Any], *, inflation: Any = "cpi_jp") -> Result:
    base = load_config(CONFIGS / "core100.yaml", ["period={start: 2015-03-10, end: 2020-12-31}"])
    config = override(base, {"inflation": inflation, f"strategy.{key}": group})
    return run(config, source="sample", offline=True)


def test_contributions_rise_with_the_prices_known_on_each_anniversary() -> None:
    """The first in March 2015 knows the figure of January; a year later that of January 2016, and so on."""
    result = growing("contributions", {"type": "monthly", "amount": 100_000, "day": 15, "growth": "prices"})
    paid = pd.DataFrame({name: result.transactions[name] for name in ("date", "kind", "amount")})
    paid = paid[paid["kind"] == "deposit"]
    level, months = cpi(), pd.DatetimeIndex(paid["date"]).to_period("M")
    for month, amount in zip(months, paid["amount"]):
        years = (month - pd.Period("2015-03")).n // 12
        known = pd.Period("2015-01") + 12 * years
        assert amount == np.floor(100_000 * level[known] / level[pd.Period("2015-01")] + 1e-7)
    assert paid["amount"].nunique() > 3


def test_withdrawals_rise_with_prices() -> None:
    linked = {"type": "inflation_linked", "amount": 10_000, "inflation": "prices", "start": "2015-06-01"}
    taken = growing("withdrawals", linked).transactions
    amounts = -taken["amount"][taken["kind"] == "withdrawal"]
    level = cpi()
    expected = [
        np.floor(10_000 * level[pd.Period("2015-04") + 12 * (n // 12)] / level[pd.Period("2015-04")] + 1e-7)
        for n in range(len(amounts))
    ]
    assert amounts.tolist() == expected


def test_a_rate_as_prices_is_the_rate() -> None:
    by_prices = {"type": "monthly", "amount": 100_000, "growth": "prices"}
    one = growing("contributions", by_prices, inflation=0.03)
    other = growing("contributions", {**by_prices, "growth": 0.03}, inflation=0.03)
    assert one.metrics == other.metrics


def test_prices_need_inflation() -> None:
    text = (CONFIGS / "core100.yaml").read_text()
    for key in ("strategy.contributions.growth=prices",):
        with pytest.raises(ConfigError, match="a rate a year, or prices with inflation"):
            parse_config(text, overrides=[key])


def test_a_plan_that_begins_before_the_prices_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cpi.csv"
    file.write_text(
        "date,index\n" + "".join(f"{m},100\n" for m in pd.period_range("2015-03", "2021-01", freq="M"))
    )
    with pytest.raises(DataError, match="no figure for 2015-02"):
        growing(
            "contributions", {"type": "monthly", "amount": 1, "growth": "prices"}, inflation=f"csv:{file}"
        )


def test_where_the_profit_came_from_adds_up_in_todays_money(both: tuple[Result, Result]) -> None:
    """The parts of each day in that day's money, and what prices took from what was held."""
    result, real = both
    parts, nominal, table = sources(real), sources(result), frame(result)
    whole = parts.market + parts.currency + parts.cross + parts.dividends + parts.prices
    assert whole - parts.dividend_tax - parts.tax - parts.cost == pytest.approx(
        real.metrics["profit"], rel=1e-9
    )
    value, worth = table["value"] * table["worth"], table["worth"]
    lost = (value.shift(1) * (worth / worth.shift(1) - 1.0)).sum()
    assert parts.prices == pytest.approx(lost, rel=1e-9)
    assert nominal.prices == 0.0
    assert sources(in_real_money(told(RETIRED, "inflation=0"))).market == pytest.approx(
        nominal.market, rel=1e-9
    )
