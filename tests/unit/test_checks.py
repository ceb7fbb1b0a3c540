from dataclasses import replace

import numpy as np
import pytest

from engine.errors import BadData
from engine.market.assets import asset
from engine.market.check_rates import check_fx
from engine.market.check_series import check_peer, check_series
from engine.market.check_shift import check_shift
from engine.market.exchanges import nyse_sessions
from engine.market.faults import known_faults
from engine.market.panel_builder import build_panel
from tests.market_helpers import days, made, source_of, walk, yen

IJR = asset("IJR")
AT = 700  # a quiet session of the made-up walk, no payout near


def rules(findings, severity=None):
    return {item.rule for item in findings if severity is None or item.severity == severity}


def changed(column, at, value, base=None):
    base = base or walk("IJR")
    values = getattr(base, column).copy()
    values[at] = value
    return base.replace(**{column: values})


def one(findings, rule):
    (found,) = [item for item in findings if item.rule == rule]
    return found


def test_a_clean_series_has_no_finding():
    assert check_series(walk("IJR"), IJR) == []


def test_dates_that_repeat_or_fall():
    base = walk("IJR")
    for at, day in ((10, base.dates[9]), (10, base.dates[5])):
        found = one(check_series(changed("dates", at, day), IJR), "order")
        assert found.is_fatal
        assert found.dates[0] == str(day)


@pytest.mark.parametrize("column", ["close", "adj_close"])
@pytest.mark.parametrize("value", [0.0, -1.0, np.inf])
def test_a_price_that_is_none(column, value):
    found = one(check_series(changed(column, AT, value), IJR), "positive")
    assert found.is_fatal
    assert found.dates == (str(walk("IJR").dates[AT]),)
    assert found.values == (value,)


@pytest.mark.parametrize(
    ("column", "value"), [("close", 9e-7), ("adj_close", 1e-15), ("close", 1.1e9), ("dividend", 1e14)]
)
def test_a_figure_that_no_fund_has(column, value):
    found = one(check_series(changed(column, AT, value), IJR), "bounds")
    assert found.is_fatal
    assert found.values == (value,)


def test_a_dividend_below_zero():
    assert one(check_series(changed("dividend", AT, -0.1), IJR), "positive").is_fatal


def test_the_declared_currency():
    assert one(check_series(walk("IJR", currency="JPY"), IJR), "currency").is_fatal


def test_one_missing_session_is_a_note_and_many_are_fatal():
    base = walk("IJR")

    def without(count):
        keep = np.ones(base.dates.size, dtype=bool)
        keep[AT : AT + 2 * count : 2] = False
        cut = {name: getattr(base, name)[keep] for name in ("dates", "close", "adj_close", "dividend")}
        return one(check_series(base.replace(**cut), IJR), "gap")

    assert without(1).severity == "note"
    assert without(1).dates == (str(base.dates[AT]),)
    assert without(5).severity == "note"
    assert without(6).is_fatal
    assert len(without(6).dates) == 6


@pytest.mark.parametrize("symbol", ["IJR", "JP_SP500"])
def test_a_year_that_was_mistyped_is_a_hole(symbol):
    base = walk(symbol, start="2018-01-02", end="2018-03-01", currency=asset(symbol).currency)
    for year in ("0018", "1918"):
        dates = base.dates.copy()
        dates[0] = np.datetime64(f"{year}-01-02")
        found = one(check_series(base.replace(dates=dates), asset(symbol)), "gap")
        assert (found.severity, found.dates[0]) == ("fatal" if symbol == "IJR" else "warning", "2018-01-03")


def test_a_day_that_is_no_session_is_a_note():
    base = walk("IJR", start="2018-01-02", end="2018-03-01")
    weekend = days("2018-02-03")
    where = int(np.searchsorted(base.dates, weekend[0]))
    series = made(
        "IJR", np.insert(base.dates, where, weekend), np.insert(base.close, where, base.close[where - 1])
    )
    found = one(check_series(series, IJR), "not_a_session")
    assert (found.severity, found.dates) == ("note", ("2018-02-03",))


def test_another_calendar_may_be_given_and_a_fund_has_none():
    base = walk("IJR", start="2018-01-02", end="2018-03-01")
    calendar = nyse_sessions(base.dates[0], base.dates[-1])
    found = one(check_series(base, IJR, calendar=np.delete(calendar, 3)), "not_a_session")
    assert found.dates == (str(calendar[3]),)
    fund = walk("JP_SP500", start="2018-01-02", end="2018-03-01", currency="JPY")
    shifted = fund.replace(dates=fund.dates[0] + np.arange(fund.dates.size).astype("timedelta64[D]"))
    assert not rules(check_series(shifted, asset("JP_SP500"))) & {"gap", "not_a_session"}


@pytest.mark.parametrize(
    ("factor", "rule", "words"),
    [
        (1.3, "jump", "over 25%"),
        (0.7, "jump", "over 25%"),
        (0.5, "jump", "like an unadjusted 2:1 split"),
        (3.0, "jump", "like an unadjusted 1:3 split"),
        (0.01, "hundredfold", "cents or pence"),
        (100.0, "hundredfold", "100 times"),
        (1e5, "jump", "over 25%"),
    ],
)
def test_a_jump_that_stays(factor, rule, words):
    base = walk("IJR")
    scale = np.where(np.arange(base.dates.size) >= AT, factor, 1.0)
    series = made("IJR", base.dates, base.close * scale)
    found = one(check_series(series, IJR), rule)
    assert found.is_fatal
    assert found.dates == (str(base.dates[AT]),)
    assert words in str(found.message)


def test_a_single_share_may_jump():
    base = walk("NVDA")
    scale = np.where(np.arange(base.dates.size) >= AT, 1.3, 1.0)
    found = check_series(made("NVDA", base.dates, base.close * scale), asset("NVDA"))
    assert one(found, "jump").severity == "warning"


@pytest.mark.parametrize(("size", "severity"), [(1.12, "fatal"), (0.87, "fatal"), (1.06, "note")])
def test_a_bad_print(size, severity):
    # A walk with a tenth of the usual daily move, so that the print stands out whatever its neighbours do.
    base = walk("IJR")
    calm = 100 * np.exp(np.diff(np.log(base.close), prepend=np.log(base.close[0])).cumsum() * 0.1)
    calm[AT] *= size
    found = one(check_series(made("IJR", base.dates, calm), IJR), "reversal")
    assert found.severity == severity
    assert found.dates == (str(base.dates[AT]),)
    assert found.values[0] == pytest.approx(100 * (size - 1), abs=1)


def test_wild_weeks_are_not_bad_prints():
    base = walk("IJR")
    swing = np.where(np.arange(base.dates.size) >= AT, 0.09 * (-1.0) ** np.arange(base.dates.size), 0.0)
    wild = made("IJR", base.dates[: AT + 60], (100 * np.exp(np.cumsum(swing * 0.5)))[: AT + 60])
    late = [item for item in check_series(wild, IJR) if item.rule == "reversal"]
    # The first swing after calm may look like a print; once swings are usual, none does.
    assert all(day <= str(base.dates[AT + 21]) for item in late for day in item.dates)


@pytest.mark.parametrize(("length", "severity"), [(4, None), (5, "note"), (9, "note"), (10, "fatal")])
def test_stale_closes(length, severity):
    base = walk("IJR")
    close = base.close.copy()
    close[AT : AT + length] = close[AT]
    found = [item for item in check_series(made("IJR", base.dates, close), IJR) if item.rule == "stale"]
    assert [item.severity for item in found] == ([severity] if severity else [])
    if found:
        assert (found[0].dates, found[0].values) == ((str(base.dates[AT]),), (length,))


def test_a_dividend_taken_out_is_found_three_ways():
    base = walk("IJR")
    paid = np.flatnonzero(base.dividend)
    at = paid[8]
    found = check_series(changed("dividend", at, 0.0), IJR)
    missing = one(found, "dividend_missing")
    assert missing.dates == (str(base.dates[at]),)
    assert missing.values[0] == pytest.approx(base.dividend[at], rel=0.02)
    assert one(found, "payout_missing").dates == (str(base.dates[paid[9]]),)
    assert rules(found, "fatal") == set()


def test_a_dividend_taken_out_of_closes_and_adjusted_closes_is_found_by_its_rhythm():
    base = walk("IJR")
    paid = np.flatnonzero(base.dividend)
    dividend = base.dividend.copy()
    dividend[paid[8]] = 0
    found = check_series(made("IJR", base.dates, base.close, dividend), IJR)
    assert rules(found) == {"payout_missing"}


def test_a_phantom_dividend():
    base = walk("IJR")
    at = np.flatnonzero(base.dividend)[8] + 3
    found = check_series(changed("dividend", at, 0.6), IJR)
    assert one(found, "dividend_phantom").values == (0.6,)
    assert one(found, "payout_extra").dates == (str(base.dates[at]),)


def test_a_payout_beyond_reason():
    assert one(check_series(changed("dividend", AT, 20.0), IJR), "payout_large").is_fatal
    assert (
        one(check_series(changed("dividend", AT, 20.0), asset("NVDA")), "payout_large").severity == "warning"
    )
    assert "payout_large" not in rules(check_series(changed("dividend", AT, 10.0), IJR))


def test_noise_in_adjusted_closes_is_no_dividend():
    base = walk("IJR")
    found = check_series(changed("adj_close", AT, base.adj_close[AT] * 1.004), IJR)
    assert rules(found) == {"adjusted"}
    assert len(one(found, "adjusted").dates) == 2


def test_both_ways_of_adjusting_are_right():
    base = walk("IJR")
    factor = np.append(1 - base.dividend[1:] / base.close[:-1], 1.0)
    yahoo = base.close * np.cumprod(factor[::-1])[::-1]
    assert check_series(base.replace(adj_close=yahoo), IJR) == []


def test_lineage_notes():
    spsm = walk("SPSM", end="2022-12-30")
    blank = np.full(spsm.dates.size, np.nan)
    found = check_series(spsm.replace(close=blank, dividend=blank), asset("SPSM"))
    assert rules(found) == {"no_raw_close", "other_index"}
    assert one(found, "other_index").dates == ("2015-01-02", "2020-01-23")
    # The registry's note of SLY is about its end: that is no evidence of what it followed.
    sly = one(check_series(walk("SLY", start="2008-01-02"), asset("SLY")), "other_index")
    assert str(sly.message) == (
        "SLY: followed another index than S&P SmallCap 600 from 2008-01-02 to 2009-12-31 (505 days)"
    )
    early = replace(IJR, first=np.datetime64("2016-01-04").item())
    assert "before_inception" in rules(check_series(walk("IJR"), early))
    absorbed = replace(IJR, absorbed_by="SPSM", absorbed_on=np.datetime64("2019-01-04").item())
    assert "after_absorption" in rules(check_series(walk("IJR"), absorbed))
    assert "dividend_unknown" in rules(check_series(changed("dividend", AT, np.nan), IJR))


def test_a_lagging_close_is_seen_against_a_peer():
    base = walk("IJR")
    close = base.close * np.exp(0.02 * (np.arange(base.dates.size) >= AT))  # the market moves 2 % ...
    late = close.copy()
    late[AT] *= np.exp(-0.02)  # ... and the last trade of the day was before it
    found = check_peer(made("VIOO", base.dates, late), made("IJR", base.dates, close))
    assert one(found, "stale_against_peer").dates == (str(base.dates[AT]),)
    assert check_peer(made("VIOO", base.dates, close), made("IJR", base.dates, close)) == []


def _moved(series, sessions, since=0):
    """A series dated so many sessions later from a session on."""
    at = np.r_[0:since, since + sessions : series.dates.size]
    to = np.r_[0:since, since : series.dates.size - sessions]
    return made(series.symbol, series.dates[at], series.close[to])


@pytest.mark.parametrize("since", [0, 600])
def test_a_series_dated_a_session_off_is_seen_beside_another(since):
    base = walk("IJR")
    own = base.close * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.004, base.dates.size)))
    peer, fund = made("IJR", base.dates, base.close), made("VOO", base.dates, own)
    assert list(check_shift(fund, peer)) == []
    late = _moved(fund, 1, since)
    (found,) = check_shift(late, peer)
    assert (found.rule, found.severity) == ("shifted", "fatal")
    assert "VOO: moves a session after IJR: one of the two is dated wrongly" in str(found.message)
    assert found.dates[0] > str(base.dates[since])
    assert "moves a session before VOO" in str(next(iter(check_shift(peer, late))).message)
    with pytest.raises(BadData, match=r"VOO: moves a session after IJR.*rule shifted"):
        build_panel(["VOO", "IJR"], currency="USD", source=source_of(late, peer))
    own_row = {"VOO": replace(asset("VOO"), accept=("shifted",))}
    panel = build_panel(["VOO", "IJR"], currency="USD", source=source_of(late, peer, assets=own_row))
    assert "accepted as true" in " ".join(map(str, panel.provenance[0].notes))


def test_funds_that_do_not_move_together_say_nothing_of_their_days():
    assert list(check_shift(walk("AGG", seed=1), walk("IJR", seed=2))) == []
    months = walk("IJR")
    short = months.rows(months.dates < np.datetime64("2015-06-01"))
    assert list(check_shift(_moved(short, 1), short)) == []


FX_DAYS = nyse_sessions(np.datetime64("2015-01-02"), np.datetime64("2016-12-30"))


def rate(at=None, factor=1.0):
    steps = np.random.default_rng(3).normal(0, 0.005, FX_DAYS.size)
    close = 110 * np.exp(np.cumsum(steps))
    if at is not None:
        close[at] *= factor
    return yen(FX_DAYS, close)


def test_a_rate_against_a_second_source():
    assert check_fx(rate(), rate()) == []
    found = one(check_fx(rate(300, 1.035), rate()), "second_source")
    assert found.is_fatal
    assert found.dates == (str(FX_DAYS[300]),)
    assert found.values[0] == pytest.approx(3.5)


def test_a_rate_dated_a_day_late_is_no_error():
    good = rate()
    late = good.replace(close=np.append(good.close[0], good.close[:-1]))
    assert check_fx(late, good) == []


def test_a_rate_of_ones_own_stands_in_the_banner_and_another_unit_is_refused():
    found = one(check_fx(yen(FX_DAYS, 105.0), rate()), "another_rate")
    assert found.severity == "warning"
    assert "not the market's rate" in str(found.message)
    assert one(check_fx(yen(FX_DAYS, 300.0), rate()), "another_rate").severity == "warning"
    for own in (1.1, 11_000.0):
        assert one(check_fx(yen(FX_DAYS, own), rate()), "second_source").is_fatal
    found = one(check_fx(rate().replace(close=1.0 / rate().close), rate()), "second_source")
    assert found.is_fatal
    assert "dollars for a yen, not yen for a dollar" in str(found.message)


@pytest.mark.parametrize("days_wrong", [1, 30, 250, 440])
@pytest.mark.parametrize("how", ["frozen", "times 100", "a tenth up"])
def test_the_more_a_rate_is_wrong_the_harder_it_is_refused(days_wrong, how):
    fixings = rate()
    close = fixings.close.copy()
    part = slice(10, 10 + days_wrong)
    close[part] = {
        "frozen": 0.93 * close[9],
        "times 100": 100 * close[part],
        "a tenth up": 1.1 * close[part],
    }[how]
    assert any(item.is_fatal for item in check_fx(fixings.replace(close=close), fixings))


def test_a_rates_own_checks():
    for day in (1, 10, 300):  # also before there is a usual day to measure it by
        assert one(check_fx(rate(day, 1.08)), "reversal").is_fatal
    assert one(check_fx(rate(300, -1.0)), "positive").is_fatal
    gap = yen(days("2024-01-04", "2024-01-10", "2024-01-11", "2024-01-12"))
    assert one(check_fx(gap), "fx_gap").dates == ("2024-01-10",)


def test_a_fatal_finding_stops_a_panel_and_one_before_the_period_is_a_note():
    base = walk("IJR")
    close = base.close.copy()
    close[AT] *= 1.4
    source = source_of(made("IJR", base.dates, close))
    with pytest.raises(BadData, match=r"IJR: .*bad print|IJR: moves by over 25%"):
        build_panel(["IJR"], source=source, currency="USD")
    panel = build_panel(["IJR"], source=source, currency="USD", start=base.dates[AT + 5])
    assert any("25%" in str(note) for note in panel.provenance[0].notes)


def test_a_bad_rate_stops_a_panel():
    from engine.market.providers import ecb

    fixings = ecb.load().between(np.datetime64("2015-01-01"), np.datetime64("2020-01-10"))
    close = fixings.close.copy()
    close[500] *= 1.05
    source = source_of(walk("IJR"), fx=fixings.replace(close=close, source="made"))
    with pytest.raises(BadData, match="more than 2% away from ecb"):
        build_panel(["IJR"], source=source)


def test_simulated_prices_are_not_checked():
    base = walk("IJR")
    close = base.close.copy()
    close[AT] *= 1.4
    source = source_of(made("IJR", base.dates, close, is_sample=True))
    assert build_panel(["IJR"], source=source, currency="USD").provenance[0].notes == ()


def test_every_rule_is_documented():
    import re
    from pathlib import Path

    root = Path(__file__).parents[2]
    files = [*(root / "engine" / "market").glob("check*.py"), root / "engine" / "market" / "verify.py"]
    code = "".join(file.read_text("utf-8") for file in files)
    makers = r"(?:where|finding|Finding|_span|_of_columns|_broken)"
    used = set(re.findall(makers + r'\(\s*"([a-z_]+)"', code))
    used |= {f"known_{fault.fault}" for fault in known_faults()}
    documented = set(re.findall(r"`([a-z_]+)`", (root / "docs" / "data.md").read_text("utf-8")))
    assert len(used) >= 24
    assert used <= documented


def test_a_us_etf_in_yen_is_told():
    base = walk("IJR")
    yen = base.replace(close=base.close * 150, adj_close=base.adj_close * 150, dividend=base.dividend * 150)
    found = one(check_series(yen, IJR), "level")
    assert found.severity == "warning"
    assert "are they yen?" in str(found.message)
