import numpy as np
import pytest

from engine.errors import ConfigError, DataError
from engine.market.panel_builder import as_day, build_panel, life_range, needed_symbols
from tests.market_helpers import days, made, source_of, walk, yen

WEEK = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"]
FX = yen(WEEK, [140, 141, 142, 143, 144])


def test_sessions_are_the_days_on_which_every_asset_has_a_price():
    a = made("AAA", WEEK, [10, 11, 12, 13, 14])
    b = made("BBB", WEEK[:2] + WEEK[3:], [20, 21, np.nan, 23])
    panel = build_panel(["AAA", "BBB"], source=source_of(a, b, fx=FX))
    assert np.array_equal(panel.sessions, days(WEEK[0], WEEK[1], WEEK[4]))
    np.testing.assert_array_equal(panel.price, [[10, 20], [11, 21], [14, 23]])
    np.testing.assert_array_equal(panel.usdjpy, [140, 141, 144])
    np.testing.assert_array_equal(panel.base_price[:, 0], [1400, 1551, 2016])
    assert panel.kind == ("us_etf", "us_etf")
    assert panel.asset_currency == ("USD", "USD")


def test_a_dividend_on_a_dropped_day_moves_to_the_next_session():
    a = made("AAA", WEEK, [10, 11, 12, 13, 14], [9, 0.1, 0.2, 0.4, 0.8])
    b = made("BBB", [WEEK[1], WEEK[4]], [20, 21])
    panel = build_panel(["AAA", "BBB"], source=source_of(a, b, fx=FX))
    # 9 was paid before the panel begins; 0.2 and 0.4 fell on days that are no sessions.
    np.testing.assert_allclose(panel.dividend[:, 0], [0.1, 1.4])


def test_a_dividend_after_the_last_session_belongs_to_none():
    a = made("AAA", WEEK, [10, 11, 12, 13, 14], [0, 0, 0, 0, 5])
    b = made("BBB", WEEK[:4], [20, 20, 20, 20])
    assert build_panel(["AAA", "BBB"], source=source_of(a, b, fx=FX)).dividend.sum() == 0


def test_a_dividend_on_a_day_without_a_price_is_kept():
    a = made(
        "AAA",
        WEEK,
        [10, np.nan, 12, 13, 14],
        [0, 0.5, 0, 0, 0],
        adj_close=[10 / 1.25 * 1.2, np.nan, 12, 13, 14],
    )
    panel = build_panel(["AAA"], source=source_of(a), currency="USD")
    assert panel.sessions.size == 4
    np.testing.assert_array_equal(panel.dividend[:, 0], [0, 0.5, 0, 0])


def test_history_before_the_start_is_kept_and_the_end_cuts():
    panel = build_panel(
        ["AAA"], source=source_of(walk()), currency="USD", start="2018-01-01", end="2018-12-31"
    )
    s, e = life_range(panel, "2018-01-01", "2018-12-31")
    assert str(panel.sessions[0]) == "2015-01-02"
    assert (str(panel.sessions[s]), str(panel.sessions[e - 1])) == ("2018-01-02", "2018-12-31")
    assert e == panel.sessions.size
    assert life_range(panel) == (0, e)


def test_no_session_in_the_period():
    panel = build_panel(["AAA"], source=source_of(made("AAA", WEEK, [1, 1, 1, 1, 1])), currency="USD")
    with pytest.raises(DataError, match="no session from 2024-01-06 to 2024-01-07"):
        life_range(panel, "2024-01-06", "2024-01-07")


def test_total_return_uses_adjusted_closes_and_no_dividends():
    a = walk()
    panel = build_panel(["AAA"], source=source_of(a), currency="USD", total_return=True)
    np.testing.assert_array_equal(panel.price[:, 0], a.adj_close)
    assert panel.dividend.sum() == 0
    assert panel.total_return


def test_dollars_see_a_yen_fund_at_the_inverse_rate():
    fund = made("JP_OWN", WEEK, [10000, 10100, 10200, 10300, 10400], currency="JPY")
    row = {"JP_OWN": _declared("JP_OWN", "jp_fund", "JPY")}
    panel = build_panel(["JP_OWN"], source=source_of(fund, fx=FX, assets=row), currency="USD")
    np.testing.assert_allclose(panel.fx[:, 0], 1 / np.array([140, 141, 142, 143, 144]))
    assert panel.kind == ("jp_fund",)


def test_no_rate_is_loaded_where_none_isneeded_symbols():
    panel = build_panel(["AAA"], source=source_of(walk()), currency="USD")
    assert np.isnan(panel.usdjpy).all()
    assert [entry.symbol for entry in panel.provenance] == ["AAA"]


def test_provenance_has_every_series_with_its_hash_once():
    a = walk("VOO", start="2018-01-01")
    b = walk("SPY", seed=2)
    fx = yen(b.dates)
    source = source_of(a, b, fx=fx)
    panel = build_panel(["VOO", "SPY"], source=source, start="2016-01-01", splices={"VOO": "SPY"})
    entries = {entry.symbol: entry for entry in panel.provenance}
    assert list(entries) == ["VOO", "SPY", "USDJPY"]
    assert entries["SPY"].sha256 == b.sha256
    assert entries["VOO"].sha256 == a.sha256, "the hash is of the asset's own values, not of the splice"
    assert entries["VOO"].first == "2015-01-02"
    assert "2018-01-02 from SPY" in str(entries["VOO"].splices[0])
    assert entries["USDJPY"].sha256 == fx.sha256


def test_an_assumed_asset_says_so_in_its_provenance():
    panel = build_panel(["AAA"], source=source_of(walk()), currency="USD")
    assert "taken for a US-listed ETF" in str(panel.provenance[0].warnings)


def test_a_sample_makes_the_panel_a_sample():
    panel = build_panel(["AAA", "BBB"], source=source_of(walk(), walk("BBB", is_sample=True)), currency="USD")
    assert panel.is_sample


@pytest.mark.parametrize(
    ("symbol", "start", "end", "words"),
    [
        ("VOO", "2014-12-01", None, "VOO (made) begins on 2015-01-02; the period starts on 2014-12-01"),
        (
            "VOO",
            "2014-12-01",
            None,
            "`data.splice: {VOO: SPY}`, or `data.splice: {VOO: IVV}`, or a start of",
        ),
        (
            "SLY",
            "2016-01-01",
            "2020-06-30",
            "ends on 2019-12-31, absorbed by SPSM; the period ends on",
        ),
        ("SLY", "2016-01-01", "2020-06-30", "`data.splice: {SLY: SPSM}`, or an end of 2019-12-31 or earlier"),
        ("AAA", "2016-01-01", "2030-01-01", "AAA (made) ends on 2019-12-31; the period ends on 2030-01-01"),
        ("SPSM", "2016-01-01", None, "has no price from 2020-01-24"),
    ],
)
def test_a_period_without_data_says_what_to_do(symbol, start, end, words):
    with pytest.raises(DataError) as caught:
        build_panel([symbol], source=source_of(walk(symbol)), currency="USD", start=start, end=end)
    assert words in str(caught.value)


def test_spsm_before_2020_is_no_s_and_p_600_history():
    spsm, ijr = walk("SPSM", end="2022-12-30"), walk("IJR", end="2022-12-30", seed=3)
    source = source_of(spsm, ijr)
    with pytest.raises(
        DataError, match=r"is no S&P SmallCap 600 history before 2020-01-24, .*splice: \{SPSM: IJR\}"
    ):
        build_panel(["SPSM"], source=source, currency="USD", start="2018-01-01")
    panel = build_panel(["SPSM"], source=source, currency="USD", start="2018-01-01", splices={"SPSM": "IJR"})
    assert "SPSM before 2020-01-24 from IJR" in str(panel.provenance[0].splices[0])
    assert str(build_panel(["SPSM"], source=source, currency="USD").sessions[0]) == "2020-01-24"


def test_a_simulated_spsm_is_an_s_and_p_600_fund_from_its_start():
    source = source_of(walk("SPSM", end="2022-12-30", is_sample=True))
    assert str(build_panel(["SPSM"], source=source, currency="USD").sessions[0]) == "2015-01-02"


def test_a_splice_that_is_not_needed_is_not_made():
    panel = build_panel(
        ["VOO"], source=source_of(walk("VOO")), currency="USD", start="2016-01-01", splices={"VOO": "SPY"}
    )
    assert panel.provenance[0].splices == ()


def test_an_absorbed_fund_goes_on_as_its_successor():
    sly = walk("SLY", end="2018-06-29")
    spsm = walk("SPSM", seed=5)
    splices = {"SLY": "SPSM"}
    period = {"start": "2016-01-01", "end": "2019-12-31"}
    panel = build_panel(["SLY"], source=source_of(sly, spsm), currency="USD", splices=splices, **period)
    at = int(np.searchsorted(panel.sessions, np.datetime64("2018-06-29")))
    successor = np.searchsorted(spsm.dates, panel.sessions[at:])
    np.testing.assert_allclose(
        panel.price[at:, 0] / panel.price[at, 0], spsm.close[successor] / spsm.close[successor[0]], rtol=1e-12
    )
    assert "after 2018-06-29 as SPSM, which absorbed it" in str(panel.provenance[0].splices[0])


def test_a_series_without_raw_closes_needs_total_return():
    a = walk("VIOO")
    a = a.replace(close=np.where(np.arange(a.dates.size) < 500, a.close, np.nan))
    source = source_of(a)
    with pytest.raises(DataError, match=r"no raw closes from .* \(use `dividends: total_return`\)"):
        build_panel(["VIOO"], source=source, currency="USD")
    assert (
        build_panel(["VIOO"], source=source, currency="USD", total_return=True).sessions.size == a.dates.size
    )
    assert build_panel(["VIOO"], source=source, currency="USD", end=a.dates[499]).sessions.size == 500


def test_a_series_with_some_adjusted_closes_needs_cash():
    a = walk()
    a = a.replace(adj_close=np.where(np.arange(a.dates.size) < 500, a.adj_close, np.nan))
    with pytest.raises(DataError, match=r"no adjusted closes .* \(use `dividends: cash`\)"):
        build_panel(["AAA"], source=source_of(a), currency="USD", total_return=True)


def test_unknown_dividends_of_an_etf_are_refused_and_an_index_pays_none():
    a = walk()
    unknown = np.full(a.dates.size, np.nan)
    with pytest.raises(DataError, match="the dividend of 2015-01-02 is unknown"):
        build_panel(["AAA"], source=source_of(a.replace(dividend=unknown)), currency="USD")
    index = a.replace(symbol="^GSPC", dividend=unknown, adj_close=unknown)
    for total_return in (False, True):
        panel = build_panel(["^GSPC"], source=source_of(index), currency="USD", total_return=total_return)
        np.testing.assert_array_equal(panel.price[:, 0], a.close)
        assert panel.dividend.sum() == 0


def test_sessions_before_the_first_rate_are_left_out_unless_they_are_asked_for():
    a = walk()
    source = source_of(a, fx=yen(a.dates[100:]))
    assert build_panel(["AAA"], source=source).sessions[0] == a.dates[100]
    assert build_panel(["AAA"], source=source, start=a.dates[100]).sessions[0] == a.dates[100]
    with pytest.raises(DataError, match="no rate of "):
        build_panel(["AAA"], source=source, start=a.dates[99])


@pytest.mark.parametrize(
    ("symbols", "more", "kind"),
    [
        ([], {}, DataError),
        (["AAA", "AAA"], {}, DataError),
        (["AAA"], {"currency": "EUR"}, DataError),
        (["AAA"], {"end": "1990-01-01"}, DataError),
        (["AAA", "LATE"], {}, DataError),
        (["AAA"], {"source": "bloomberg"}, ConfigError),
        (["AAA"], {"source": "csv:"}, ConfigError),
    ],
)
def test_what_cannot_be_built(symbols, more, kind):
    late = walk("LATE", start="2021-01-01", end="2021-12-31")
    keys = {"source": source_of(walk(), late, fx=yen(walk().dates)), **more}
    with pytest.raises(kind) as caught:
        build_panel(symbols, **keys)
    assert "\n" not in str(caught.value)


def _declared(symbol, kind, currency):
    from dataclasses import replace

    from engine.market.assets import asset

    return replace(asset("JP_SP500"), symbol=symbol, kind=kind, currency=currency, underlying="")


def test_a_modelled_fund_is_refused_before_its_prices_begin_and_after_they_end():
    spy = walk("SPY")
    source = source_of(spy, fx=yen(spy.dates))
    period = {"start": "2015-01-01", "end": "2019-12-31"}
    assert build_panel(["JP_SP500"], source=source, **period).sessions[0] == spy.dates[1]
    with pytest.raises(DataError, match=r"JP_SP500 .* begins on 2015-01-05; the period starts on 2014-06-01"):
        build_panel(["JP_SP500"], source=source, start="2014-06-01")
    with pytest.raises(DataError, match=r"JP_SP500 .* ends on 2019-12-31; the period ends on 2020-06-30"):
        build_panel(["JP_SP500"], source=source, end="2020-06-30")


@pytest.mark.parametrize(
    ("symbol", "splices", "start", "end", "needed"),
    [
        ("VOO", "auto", "2001-01-01", None, ["VOO", "SPY"]),
        ("VOO", "auto", "2011-01-01", None, ["VOO"]),
        ("VOO", "auto", None, "2010-02-26", ["VOO", "SPY"]),
        ("VOO", "none", "2001-01-01", None, ["VOO"]),
        ("VOO", {"VOO": "IVV"}, "2001-01-01", None, ["VOO", "IVV"]),
        ("SLY", "auto", "2012-01-01", "2025-12-31", ["SLY", "SPSM"]),
        ("SLY", "auto", "2012-01-01", "2020-12-31", ["SLY"]),
        ("SPSM", "auto", "2015-01-01", None, ["SPSM", "IJR"]),
        ("JP_SP500", "auto", "2001-01-01", None, ["SPY"]),
    ],
)
def test_what_a_source_must_have(symbol, splices, start, end, needed):
    assert needed_symbols([symbol], splices, as_day(start), as_day(end)) == needed


def test_the_registrys_stand_in_is_used_when_asked_for_by_auto():
    voo, spy = walk("VOO", start="2018-01-02"), walk("SPY", seed=2)
    panel = build_panel(
        ["VOO"], source=source_of(voo, spy), currency="USD", start="2016-01-01", splices="auto"
    )
    assert "from SPY" in str(panel.provenance[0].splices[0])


@pytest.mark.parametrize("splices", ["auto", {"VOO": "SPY"}])
@pytest.mark.parametrize("start", ["2015-01-02", None])
def test_a_period_before_the_first_day_is_the_stand_in_throughout(splices, start):
    voo, spy = walk("VOO", start="2018-01-02"), walk("SPY", seed=2)
    source = source_of(voo, spy)
    panel = build_panel(
        ["VOO"], source=source, currency="USD", start=start, end="2017-06-30", splices=splices
    )
    longer = build_panel(
        ["VOO"], source=source, currency="USD", start="2015-01-02", end="2019-06-28", splices="auto"
    )
    n = panel.sessions.size
    assert (str(panel.sessions[0]), str(panel.sessions[-1])) == ("2015-01-02", "2017-06-30")
    # At the prices that a period which goes on into the fund's own life has: no other units are bought.
    np.testing.assert_array_equal(panel.price, longer.price[:n])
    np.testing.assert_array_equal(panel.dividend, longer.dividend[:n])
    gap = np.diff(panel.sessions).astype(float) * 0.0006 / 365
    held = np.searchsorted(spy.dates, panel.sessions)
    theirs = spy.close[held[1:]] / spy.close[held[:-1]]
    np.testing.assert_allclose(panel.price[1:, 0] / panel.price[:-1, 0], theirs * (1 + gap), rtol=1e-12)
    own, other = panel.provenance
    assert [str(note) for note in own.splices] == [
        "VOO before 2018-01-02 from SPY, fee difference +0.06% a year: all of this period, which ends on "
        "2017-06-30",
        "SPY beside VOO: fewer than 24 months in common: not graded",
    ]
    assert (own.first, own.last) == (other.first, other.last) == ("2015-01-02", "2017-06-30")
    assert other.symbol == "SPY"


def test_a_bad_print_after_the_period_does_not_stop_what_ends_before_it():
    voo, spy = walk("VOO", start="2018-01-02"), walk("SPY", seed=2)
    at = int(np.searchsorted(spy.dates, np.datetime64("2017-12-04")))
    bad = spy.replace(close=np.where(np.arange(spy.dates.size) == at, 1.4 * spy.close, spy.close))
    panel = build_panel(["VOO"], source=source_of(voo, bad), currency="USD", end="2017-06-30", splices="auto")
    assert str(panel.sessions[-1]) == "2017-06-30"


@pytest.mark.parametrize("end", ["2019-06-28", None])
def test_what_is_doubtful_of_a_stand_in_stands_in_the_banner(end):
    voo, spy = walk("VOO", start="2018-01-02"), walk("SPY", seed=2)
    noise = spy.replace(adj_close=np.where(np.arange(spy.dates.size) == 500, 1.02, 1.0) * spy.adj_close)
    panel = build_panel(
        ["VOO"], source=source_of(voo, noise), currency="USD", start="2016-01-04", end=end, splices="auto"
    )
    assert "SPY: close and adjusted close disagree" in str(panel.warnings[0])


def test_the_successor_alone_serves_a_period_after_the_takeover():
    sly, spsm = walk("SLY", end="2022-06-09"), walk("SPSM", start="2019-01-02", end="2024-12-31", seed=5)
    panel = build_panel(
        ["SLY"],
        source=source_of(sly, spsm),
        currency="USD",
        start="2023-01-03",
        end="2024-06-28",
        splices="auto",
    )
    life = panel.sessions >= np.datetime64("2023-01-03")
    theirs = spsm.close[np.searchsorted(spsm.dates, panel.sessions[life])]
    np.testing.assert_allclose(panel.price[life, 0] / panel.price[life, 0][0], theirs / theirs[0], rtol=1e-12)
    assert [str(note) for note in panel.provenance[0].splices] == [
        "SLY after 2022-06-09 as SPSM, which absorbed it"
    ]


@pytest.mark.parametrize(
    ("symbol", "splices", "start", "end", "message"),
    [
        (
            "AAA",
            "auto",
            "2015-01-02",
            "2016-06-30",
            "AAA (made) begins on 2018-01-02; the period starts on 2015-01-02 (a period from 2018-01-02 on)",
        ),
        (
            "VOO",
            "none",
            None,
            "2016-06-30",
            "VOO (made) begins on 2018-01-02; the period ends on 2016-06-30 (`data.splice: {VOO: SPY}`, or "
            "`data.splice: {VOO: IVV}`, or a period from 2018-01-02 on)",
        ),
        (
            "VOO",
            "auto",
            "2010-01-04",
            "2016-06-30",
            "VOO (made) begins on 2015-01-02 even with SPY before it; the period starts on 2010-01-04 "
            "(a start of 2015-01-02 or later)",
        ),
        (
            "VOO",
            "auto",
            "2010-01-04",
            "2012-06-29",
            "VOO (made) begins on 2015-01-02 even with SPY before it; the period starts on 2010-01-04 "
            "(a period from 2015-01-02 on)",
        ),
        (
            "SLY",
            "none",
            "2022-01-03",
            "2023-06-30",
            "SLY (made) ends on 2019-12-31, absorbed by SPSM; the period ends on 2023-06-30 "
            "(`data.splice: {SLY: SPSM}`, or a period up to 2019-12-31)",
        ),
        (
            "SLY",
            "auto",
            "2018-01-02",
            "2023-06-30",
            "SLY (made) ends on 2019-12-31 even with SPSM after it; the period ends on 2023-06-30 "
            "(an end of 2019-12-31 or earlier)",
        ),
        (
            "SLY",
            {"SLY": "SPSM"},
            "2016-01-04",
            "2019-06-28",
            "SLY (made) begins on 2018-01-02; the period starts on 2016-01-04 (`data.splice: {SLY: IJR}`, or "
            "a start of 2018-01-02 or later)",
        ),
    ],
)
def test_a_period_that_no_lineage_fills_is_refused_in_one_line(symbol, splices, start, end, message):
    source = source_of(walk(symbol, start="2018-01-02"), walk("SPY", seed=2), walk("SPSM", seed=3))
    with pytest.raises(DataError) as caught:
        build_panel([symbol], source=source, currency="USD", start=start, end=end, splices=splices)
    assert str(caught.value) == message


def test_a_stand_in_serves_only_from_where_it_follows_the_index():
    spsm, sly = (
        walk("SPSM", start="2020-01-24", end="2021-12-31"),
        walk("SLY", start="2008-01-02", end="2021-12-31"),
    )
    source = source_of(spsm, sly)
    with pytest.raises(DataError, match="begins on 2010-01-04 even with SLY before it"):
        build_panel(["SPSM"], source=source, currency="USD", start="2009-01-02", splices={"SPSM": "SLY"})


def test_rates_and_prices_that_are_not_there_at_all():
    spy = walk("SPY")
    empty = yen(spy.dates, np.nan)
    with pytest.raises(DataError, match=r"USDJPY .* has no rate up to"):
        build_panel(["SPY"], source=source_of(spy, fx=empty))
    with pytest.raises(DataError, match="JP_SP500: SPY has no price up to 2010-01-04"):
        build_panel(["JP_SP500"], source=source_of(spy, fx=yen(["2010-01-04"])), end="2010-01-04")
    with pytest.raises(DataError, match="a rate for the yen is known"):
        build_panel(["SPY"], source=source_of(spy, fx=yen(["2026-01-05"])))
    gone = np.full(spy.dates.size, np.nan)
    blank = spy.replace(symbol="AAA", close=gone, adj_close=gone)
    with pytest.raises(DataError, match="no day on which every asset has a price: AAA none"):
        build_panel(["AAA"], source=source_of(blank), currency="USD")
