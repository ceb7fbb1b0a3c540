"""``data.frequency: monthly``: daily prices at month ends, beside monthly ones; and where the rate comes from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.config import parse_config
from engine.errors import ConfigError, DataError, Offline
from engine.market.exchanges import nyse_sessions
from engine.market.frequency import MONTHLY, at_month_ends, frequency_of
from engine.market.panel_builder import build_panel
from engine.market.providers import yen_history
from engine.market.series import of_monthly_returns
from engine.market.sources import Source, open_source
from engine.run import run
from tests.market_helpers import made, market_folder, source_of, walk, yen
from tests.said import texts

PLAN = """
name: months
currency: {currency}
period: {{start: 2016-01-01, end: 2019-12-31}}
strategy:
  allocation: {{type: fixed_mix, weights: {{VOO: 0.6, FF_LO30: 0.4}}}}
  contributions: {{type: monthly, amount: 1000, day: 15}}
  rebalancing: {{type: calendar, every: yearly}}
accounts: [plain]
execution: {{whole_shares: false}}
dividends: total_return
data: {{frequency: monthly}}
"""


def monthly(symbol="FF_LO30", first="2015-01", months=60, seed=3):
    returns = np.random.default_rng(seed).normal(0.008, 0.05, months)
    return of_monthly_returns(symbol, np.datetime64(first, "M") + np.arange(months), returns, "made")


def by_month(days, values):
    """The last value of each month, by pandas."""
    return pd.Series(values, pd.DatetimeIndex(days)).groupby(lambda day: (day.year, day.month)).last()


def test_daily_prices_stand_beside_monthly_ones_at_month_ends():
    voo, small = walk("VOO"), monthly()
    panel = build_panel(
        ["VOO", "FF_LO30"],
        currency="USD",
        source=source_of(voo, small),
        total_return=True,
        frequency="monthly",
    )
    assert (panel.per_year, panel.sessions.size) == (12, 60)
    assert np.array_equal(panel.sessions, small.dates[1:])
    np.testing.assert_array_equal(panel.price[:, 0], by_month(voo.dates, voo.adj_close))
    np.testing.assert_array_equal(panel.price[:, 1], small.adj_close[1:])


def test_without_the_key_one_line_says_what_to_write():
    with pytest.raises(DataError, match="FF_LO30 has monthly prices and VOO has not") as caught:
        build_panel(
            ["VOO", "FF_LO30"], currency="USD", source=source_of(walk("VOO"), monthly()), total_return=True
        )
    assert "data.frequency: monthly" in str(caught.value.hint)


def test_the_payouts_of_a_month_come_with_its_end():
    dates = nyse_sessions(np.datetime64("2020-01-01"), np.datetime64("2020-04-30"))
    paid = np.zeros(dates.size)
    paid[[3, 30, 31]] = 1.0, 2.0, 0.5  # in January, and twice in February
    fund = made("VOO", dates, 100 + np.arange(dates.size), paid)
    panel = build_panel(["VOO"], currency="USD", source=source_of(fund), frequency="monthly")
    assert list(panel.sessions.astype(str)) == ["2020-01-31", "2020-02-29", "2020-03-31", "2020-04-30"]
    # What was paid before the first month's end belongs to no holding that this panel knows.
    assert panel.dividend[:, 0].tolist() == [0.0, 2.5, 0.0, 0.0]
    assert panel.price[:, 0].tolist() == [
        100.0 + n for n in np.searchsorted(dates, panel.sessions, "right") - 1
    ]


def test_a_month_that_goes_on_has_no_end():
    part = walk("VOO", end="2019-12-30")
    assert str(at_month_ends(part, in_new_york=True).dates[-1]) == "2019-11-30"
    whole = walk("VOO", end="2019-12-31")
    assert str(at_month_ends(whole, in_new_york=True).dates[-1]) == "2019-12-31"
    assert frequency_of(at_month_ends(whole, in_new_york=True).dates) is MONTHLY


def test_weekly_prices_have_no_month_ends():
    daily = walk("VOO")
    week = (daily.dates.astype(int) + 3) // 7
    ends = daily.rows(np.append(week[1:] != week[:-1], True))
    weekly = made("VOO", ends.dates, ends.close)
    with pytest.raises(DataError, match="weekly prices, which have none of a month's end"):
        build_panel(["VOO"], currency="USD", source=source_of(weekly), frequency="monthly")


def test_a_plan_of_both_is_a_plain_loop():
    """Money of the 15th is invested at the month's end; back to the weights each January; in yen at month ends."""
    voo, small = walk("VOO"), monthly()
    fx = yen(voo.dates, np.linspace(100, 150, voo.dates.size))
    result = run(parse_config(PLAN.format(currency="JPY"), "x.yaml"), source=source_of(voo, small, fx=fx))
    prices = np.column_stack([by_month(voo.dates, voo.adj_close), small.adj_close[1:]])
    rate = by_month(fx.dates, fx.close).to_numpy()
    worth = (prices * rate[:, None])[12:]
    weights, held, value = np.array([0.6, 0.4]), np.zeros(2), []
    for t, price in enumerate(worth):
        held = held + 1000 * weights / price
        held = (held @ price) * weights / price if t and t % 12 == 0 else held
        value.append(held @ price)
    np.testing.assert_allclose(result.equity["value"], value, rtol=1e-9)
    said = " ".join(texts(result.manifest["assumptions"]))
    assert "Daily prices are taken at each month's end" in said
    assert "Prices are monthly" in said


def test_real_prices_at_month_ends_are_the_months_total_returns():
    """Of IJR and SPY beside the smallest companies: what pandas makes of the files."""
    folder = market_folder()
    panel = build_panel(
        ["IJR", "SPY", "FF_LO30"],
        currency="USD",
        source=f"csv:{folder}",
        end="2022-12-31",
        total_return=True,
        frequency="monthly",
    )
    assert (str(panel.sessions[0]), str(panel.sessions[-1])) == ("2000-05-31", "2022-12-31")
    for column, symbol in enumerate(["IJR", "SPY"]):
        file = pd.read_csv(folder / f"{symbol}.csv", parse_dates=["date"]).set_index("date")
        own = file["adj_close"]["2000-05":"2022-12"].groupby(lambda day: (day.year, day.month)).last()
        np.testing.assert_allclose(np.diff(np.log(panel.price[:, column])), np.diff(np.log(own)), atol=1e-12)
    table = pd.read_csv(folder / "FF_SIZE_PORTFOLIOS_VW_MONTHLY.csv").set_index("date")["Lo30"]
    np.testing.assert_allclose(
        panel.price[1:, 2] / panel.price[:-1, 2] - 1, table["2000-06":"2022-12-31"] / 100, atol=1e-9
    )


# ---- the rate


def dollars(symbol="VOO", first="1985-01-01", end="2004-12-31"):
    return walk(symbol, first, end)


def test_months_before_the_fixings_have_the_averages():
    """Monthly prices of a folder in yen: from 1949, whatever rate the folder has."""
    small = monthly(first="1949-06", months=12 * 55)
    opened = Source("made", lambda symbol: small, open_source("sample").fx)
    panel = build_panel(["FF_LO30"], source=opened, total_return=True)
    known = pd.Series(yen_history.load().close, pd.DatetimeIndex(yen_history.load().dates))
    at = pd.Series(panel.usdjpy, pd.DatetimeIndex(panel.sessions))
    assert at["1949-06-30"] == at["1970-12-31"] == 360
    assert at["1985-03-31"] == known["1985-03-31"]
    assert at["2001-03-31"] == known[:"2001-03-31"].iloc[-1]
    rate = panel.provenance[-1]
    assert rate.source == "ecb+averages"
    assert "averages of each month from 1971 to 1998" in str(rate.notes[-1])
    # A period with fixings throughout takes nothing else.
    panel = build_panel(["FF_LO30"], source=opened, start="2000-01-01", end="2003-12-31", total_return=True)
    assert panel.provenance[-1].source == "ecb"


def test_a_rate_of_ones_own_goes_on_before_its_first_day():
    small = monthly(first="1990-01", months=12 * 20)
    fixings = open_source("sample").fx(None)
    own = fixings.between(np.datetime64("2003-01-02"), np.datetime64("2009-12-31")).replace(source="made")
    panel = build_panel(["FF_LO30"], source=source_of(small, fx=own), end="2003-06-30", total_return=True)
    at = pd.Series(panel.usdjpy, pd.DatetimeIndex(panel.sessions))
    assert at["2003-01-31"] == own.close[own.dates == np.datetime64("2003-01-31")][0]
    assert (
        at["1995-04-30"] == yen_history.load().close[yen_history.load().dates == np.datetime64("1995-04-30")]
    )
    assert panel.provenance[-1].source == "made+averages"
    assert "the rates of made from 2003-01-02" in str(panel.provenance[-1].notes[-1])


def test_rates_of_a_file(tmp_path):
    path = tmp_path / "mine.csv"
    days = nyse_sessions(np.datetime64("1990-01-01"), np.datetime64("2004-12-31"))
    path.write_text("date,close\n" + "".join(f"{day},200.5\n" for day in days))
    fund = dollars()
    panel = build_panel(
        ["VOO"], source=source_of(fund, fx=yen(fund.dates)), start="1991-01-02", end="1997-12-31",
        usdjpy=f"csv:{path}",
    )  # fmt: skip
    assert set(panel.usdjpy) == {200.5}
    assert panel.provenance[-1].source == "csv:mine.csv"
    with pytest.raises(DataError, match=r"none\.csv: no such file"):
        build_panel(["VOO"], source=source_of(fund), usdjpy=f"csv:{tmp_path / 'none.csv'}")


def test_rates_of_no_source_are_refused():
    with pytest.raises(ConfigError, match="exchange rates 'boj' are not one of ecb, fred"):
        build_panel(["VOO"], source=source_of(dollars()), usdjpy="boj")
    with pytest.raises(ConfigError, match="allowed auto, ecb, fred or csv:FILE"):
        parse_config(PLAN.format(currency="JPY").replace("frequency: monthly", "usdjpy: frde"), "x.yaml")


def test_freds_rates_serve_a_run_before_the_fixings(tmp_path, monkeypatch):
    """SPY in yen from its first day, at the rates that the cache has of FRED; offline without them: one line."""
    from engine.market.providers import fred

    folder = market_folder()
    plan = """
name: fred
period: {start: 1993-01-29, end: 2005-12-30}
strategy: {allocation: {type: fixed_mix, weights: {SPY: 1}}, contributions: {type: lump_sum, amount: 1000000}}
execution: {whole_shares: false}
data: {source: "csv:FOLDER", usdjpy: fred}
""".replace("FOLDER", str(folder))
    config = parse_config(plan, "x.yaml")
    monkeypatch.setenv("BACKTEST_CACHE", str(tmp_path))
    with pytest.raises(Offline, match="USDJPY from fred is not in the cache") as caught:
        run(config, offline=True)
    assert "backtest data fetch USDJPY --from fred" in str(caught.value.hint)
    known = pd.read_csv(folder / "USDJPY_FRED.csv")
    fixings = open_source("sample").fx(None)
    early = [(day, 123.45) for day in nyse_sessions(np.datetime64("1990-01-02"), np.datetime64("1998-12-31"))]
    early += [(d, r) for d, r in zip(fixings.dates, fixings.close) if str(d) < known["date"][0]]
    text = "observation_date,DEXJPUS\n" + "".join(f"{day},{rate}\n" for day, rate in early)
    text += "".join(f"{day},{rate}\n" for day, rate in zip(known["date"], known["close"]))
    monkeypatch.setattr(fred, "fetch", lambda symbol, **more: fred.parse(text))
    result = run(config)
    assert result.transactions["fx"][1] == 123.45
    said = " ".join(texts(result.manifest["assumptions"]))
    assert "Money is exchanged at the last rate of fred:DEXJPUS" in said
