from pathlib import Path

import numpy as np
import pytest

from engine.errors import ConfigError
from engine.market.exchanges import nyse_sessions
from engine.market.sources import open_source
from engine.studies.claims.check import Judgement, check_claims
from engine.studies.claims.claim_documents import load_claims
from tests.market_helpers import made, market_folder, source_of, walk, yen

ARTICLE = Path(__file__).parents[2] / "configs" / "claims" / "small_cap_article.yaml"
HOLDS, CLOSE = Judgement.HOLDS, Judgement.CLOSE
FALSE, OPEN = Judgement.DOES_NOT_HOLD, Judgement.CANNOT_BE_CHECKED

DATES = nyse_sessions(np.datetime64("2014-12-31"), np.datetime64("2019-12-31"))


def steady(symbol, yearly):
    """A price that grows by ``yearly`` in each of the five years of ``DATES``."""
    days = (DATES - DATES[0]).astype(float)
    years = 5 * days / days[-1]
    return made(symbol, DATES, 100 * (1 + yearly) ** years)


def checked(tmp_path, claims, *series, **more):
    path = tmp_path / "claims.yaml"
    path.write_text("name: some\nclaims:\n" + "".join(f"  - {{text: x, {line}}}\n" for line in claims))
    return check_claims(path, source_of(*series), **more)


def judged(tmp_path, claim, *series, **more):
    (verdict,) = checked(tmp_path, [claim], *series, **more).verdicts
    return verdict


@pytest.mark.parametrize(
    ("stated", "judgement"),
    [
        ("per_year: 0.10", HOLDS),
        ("per_year: 0.105", HOLDS),
        ("per_year: 0.095", HOLDS),
        ("per_year: 0.106", CLOSE),
        ("per_year: 0.115", CLOSE),
        ("per_year: 0.117", FALSE),
        ("total: 0.61", HOLDS),
        ("total: 0.30", FALSE),
        ("total: 0.61, per_year: 0.05", FALSE),
    ],
)
def test_a_return(tmp_path, stated, judgement):
    claim = f"type: return, symbol: AAA, start: 2014-12-31, end: 2019-12-31, {stated}"
    verdict = judged(tmp_path, claim, steady("AAA", 0.10))
    assert verdict.judgement is judgement
    assert verdict.figures["per_year"] == pytest.approx(0.10)
    assert (verdict.first, verdict.last, verdict.source) == ("2014-12-31", "2019-12-31", "made")


def test_a_return_counts_from_the_last_close_on_or_before_its_start(tmp_path):
    claim = "type: return, symbol: AAA, start: 2016-01-01, end: 2016-12-31, per_year: 0.1"
    verdict = judged(tmp_path, claim, steady("AAA", 0.10))
    assert (verdict.first, verdict.last) == ("2015-12-31", "2016-12-30")


def test_a_claim_from_before_the_first_close_cannot_be_checked(tmp_path):
    claim = "type: return, symbol: AAA, start: 2015-01-01, end: 2019-12-31, per_year: 0.1"
    verdict = judged(tmp_path, claim, steady("AAA", 0.10).between(DATES[1], DATES[-1]))
    assert verdict.judgement is OPEN
    assert str(verdict.why) == "prices begin on 2015-01-02, after 2015-01-01, from which it counts"
    assert not verdict.figures


@pytest.mark.market
def test_a_year_counts_from_the_close_before_it(tmp_path):
    """VOO in 2019, dividends reinvested: +31.37 % from the close of 2018-12-31."""
    claim = "type: return, symbol: VOO, start: 2019-01-01, end: 2019-12-31, total: 0.3137"
    whole = open_source(f"csv:{market_folder()}", ["VOO"]).load("VOO")
    verdict = judged(tmp_path, claim, whole)
    assert (verdict.first, verdict.judgement) == ("2018-12-31", HOLDS)
    assert verdict.figures["total"] == pytest.approx(0.3137, abs=5e-5)
    late = whole.between(np.datetime64("2019-01-02"), np.datetime64("2019-12-31"))
    assert judged(tmp_path, claim, late).judgement is OPEN


@pytest.mark.parametrize(("above", "judgement"), [(0.20, HOLDS), (0.31, CLOSE), (0.40, FALSE)])
def test_a_peak(tmp_path, above, judgement):
    close = np.full(DATES.size, 100.0)
    close[50:60] = 115
    close[55] = 130
    claim = f"type: peak, symbol: AAA, start: 2014-12-31, end: 2015-06-30, above: {above}"
    verdict = judged(tmp_path, claim, made("AAA", DATES, close, is_sample=True))
    assert verdict.judgement is judgement
    assert verdict.figures["highest"] == pytest.approx(0.30)
    assert verdict.figures["date"] == str(DATES[55])


FLOWS = "date,flow_usd\n2021-12-31,5\n2022-01-31,-60\n2022-02-28,-40\n2022-03-31,10\n"


@pytest.mark.parametrize(
    ("stated", "judgement"),
    [
        ("amount: -90", HOLDS),
        ("amount: -110", CLOSE),
        ("amount: -200", FALSE),
        ("amount: 90", FALSE),
        ("direction: out", HOLDS),
        ("direction: in", FALSE),
        ("at_least: 100", FALSE),
    ],
)
def test_a_flow(tmp_path, stated, judgement):
    (tmp_path / "AAA_FLOWS_MONTHLY.csv").write_text(FLOWS)
    claim = f"type: flow, symbol: AAA, start: 2022-01-01, end: 2022-03-31, {stated}"
    verdict = judged(tmp_path, claim, flows=tmp_path)
    assert verdict.judgement is judgement
    assert verdict.figures["net_flow"] == -90
    assert (verdict.first, verdict.last) == ("2022-01-31", "2022-03-31")
    assert verdict.source == "csv:AAA_FLOWS_MONTHLY.csv"


@pytest.mark.parametrize(
    ("flows", "direction", "judgement", "words"),
    [
        ((5, 1, 3, -2), "in", CLOSE, "net inflow of $7.00 billion; in 2016 a net inflow of $5.00 billion,"),
        ((5, 1, 3, -2), "in", CLOSE, "in 2019 a net outflow of $2.00 billion"),
        ((5, 1, 3, 2), "in", HOLDS, "in 2019 a net inflow of $2.00 billion"),
        ((5, 1, 3, -2), "out", FALSE, "in 2019 a net outflow of $2.00 billion"),
        ((-5, 1, -3, -2), "out", CLOSE, "net outflow of $9.00 billion; in 2016 a net outflow"),
    ],
)
def test_a_direction_of_several_years_is_that_of_each(tmp_path, flows, direction, judgement, words):
    rows = [f"{year}-12-31,{flow}e9" for year, flow in zip(range(2016, 2020), flows)]
    (tmp_path / "AAA_FLOWS_MONTHLY.csv").write_text("\n".join(["date,flow_usd", "2016-01-31,0", *rows, ""]))
    claim = f"type: flow, symbol: AAA, start: 2016-01-01, end: 2019-12-31, direction: {direction}"
    verdict = judged(tmp_path, claim, flows=tmp_path)
    assert verdict.judgement is judgement
    assert words in str(verdict.why)
    assert [verdict.figures[f"net_flow_{year}"] for year in range(2016, 2020)] == [
        1e9 * flow for flow in flows
    ]


def test_parts_of_years_are_not_years(tmp_path):
    rows = ("2016-01-31,0", "2016-12-31,1", "2017-12-31,1", "2018-06-30,-9")
    (tmp_path / "AAA_FLOWS_MONTHLY.csv").write_text("\n".join(["date,flow_usd", *rows, ""]))
    for first, end, years in (("2016-01-01", ", end: 2018-06-30", {2016, 2017}), ("2016-02-01", "", set())):
        claim = f"type: flow, symbol: AAA, start: {first}{end}, direction: out"
        figures = judged(tmp_path, claim, flows=tmp_path).figures
        assert {f"net_flow_{year}" for year in years} == set(figures) - {"net_flow"}


@pytest.mark.parametrize(
    ("folder", "end", "words"),
    [(False, "2022-03-31", "no fund flows"), (True, "2023-12-31", "not the whole period")],
)
def test_a_flow_without_data_cannot_be_checked_and_says_why(tmp_path, folder, end, words):
    (tmp_path / "AAA_FLOWS_MONTHLY.csv").write_text(FLOWS)
    claim = f"type: flow, symbol: AAA, start: 2022-01-01, end: {end}, direction: out"
    verdict = judged(tmp_path, claim, flows=tmp_path if folder else None)
    assert verdict.judgement is OPEN
    assert words in str(verdict.why)


def fallen(symbol, *falls):
    """A price that rises, and falls by each share in turn within 20 sessions."""
    close = np.full(DATES.size, 100.0)
    for number, fall in enumerate(falls):
        at = 100 + 300 * number
        close[at:] *= 1.5
        close[at + 100 : at + 110] *= np.linspace(1, 1 - fall, 10)
        close[at + 110 : at + 120] *= np.linspace(1 - fall, 1, 10)
    return made(symbol, DATES, close, is_sample=True)


@pytest.mark.parametrize(
    ("falls", "judgement"),
    [((0.4, 0.4, 0.4, 0.1), HOLDS), ((0.4, 0.4, 0.1, 0.1), FALSE), ((0.1, 0.4, 0.1, 0.1), FALSE)],
)
def test_deeper_in_downturns(tmp_path, falls, judgement):
    core = fallen("CORE", 0.3, 0.3, 0.3, 0.3)
    claim = "type: downturn, core: CORE, symbols: [SAT], depth: 0.2, start: 2014-12-31"
    verdict = judged(tmp_path, claim, core, fallen("SAT", *falls))
    assert verdict.judgement is judgement
    assert verdict.figures["downturns"] == verdict.figures["cases"] == 4
    assert verdict.figures["deeper"] == sum(fall > 0.3 for fall in falls)


def test_two_symbols_in_a_downturn_are_one_downturn(tmp_path):
    core, falls = fallen("CORE", 0.3, 0.3, 0.3, 0.3), ((0.4, 0.4, 0.4, 0.4), (0.4, 0.4, 0.1, 0.1))
    claim = "type: downturn, core: CORE, symbols: [AAA, BBB], depth: 0.2, start: 2014-12-31"
    verdict = judged(tmp_path, claim, core, fallen("AAA", *falls[0]), fallen("BBB", *falls[1]))
    # 6 of 8 cases, but BBB fell more in two of four only.
    assert verdict.judgement is FALSE
    assert "4 downturns of CORE by 20% or more: AAA fell more in 4, BBB fell more in 2 (6 of 8" in str(
        verdict.why
    )
    assert (verdict.figures["downturns"], verdict.figures["cases"], verdict.figures["deeper"]) == (4, 8, 6)


def test_no_downturn_cannot_be_checked(tmp_path):
    claim = "type: downturn, core: CORE, symbols: [SAT], start: 2014-12-31"
    verdict = judged(tmp_path, claim, steady("CORE", 0.1), steady("SAT", 0.1))
    assert verdict.judgement is OPEN
    assert "no fall of 15%" in str(verdict.why)


def test_diversification(tmp_path):
    core = walk("CORE", start="2014-12-31")
    against = made("AAA", core.dates, 1e4 / core.close)
    with_it = made("BBB", core.dates, core.close**2)
    claim = "type: diversify, core: CORE, symbols: [{}], weight: 0.1, start: 2014-12-31"
    results = [
        judged(tmp_path, claim.format(names), core, against, with_it) for names in ("AAA", "BBB", "AAA, BBB")
    ]
    assert [item.judgement for item in results] == [HOLDS, FALSE, CLOSE]
    assert results[0].figures["AAA correlation"] < -0.9


def test_instalments(tmp_path):
    claim = "type: instalments, symbols: [{}], months: 12, start: 2014-12-31"
    rising, falling = steady("UP", 0.1), steady("DOWN", -0.1)
    results = [judged(tmp_path, claim.format(names), rising, falling) for names in ("UP", "DOWN", "UP, DOWN")]
    assert [item.judgement for item in results] == [FALSE, HOLDS, CLOSE]
    assert results[0].figures["starts"] == 49


def test_cheaper_and_better(tmp_path):
    claim = "type: cheaper_and_better, symbol: {}, than: {}, start: 2014-12-31, end: 2019-12-31"
    series = [steady("IJR", 0.10), steady("IWM", 0.08), steady("SPY", 0.09)]
    pairs = {("IJR", "IWM"): HOLDS, ("IWM", "IJR"): FALSE, ("SPY", "IJR"): FALSE, ("SPY", "IWM"): HOLDS}
    for pair, judgement in pairs.items():
        assert judged(tmp_path, claim.format(*pair), *series).judgement is judgement
    dear = [steady("IWM", 0.20), steady("IJR", 0.10)]
    assert judged(tmp_path, claim.format("IWM", "IJR"), *dear).judgement is CLOSE


@pytest.mark.parametrize(
    ("rate", "judgement"),
    [(lambda t: 110 * 1.02**t, HOLDS), (lambda t: 110 + 10 * (t > 4.5), CLOSE), (lambda t: 110 - t, FALSE)],
    ids=["always", "at the end", "never"],
)
def test_the_part_of_the_currency(tmp_path, rate, judgement):
    years = 5 * (DATES - DATES[0]).astype(float) / (DATES[-1] - DATES[0]).astype(float)
    levels = rate(years)
    source = source_of(steady("AAA", 0.10), steady("BBB", 0.05), fx=yen(DATES, levels))
    path = tmp_path / "claims.yaml"
    claim = "type: currency, symbols: [AAA, BBB], years: 1, start: 2014-12-31, end: 2019-12-31"
    path.write_text(f"name: some\nclaims:\n  - {{text: x, {claim}}}\n")
    (verdict,) = check_claims(path, source).verdicts
    told, change = verdict.figures, (levels[-1] / levels[0]) ** (1 / 5) - 1
    assert verdict.judgement is judgement
    assert told["currency_per_year"] == pytest.approx(change)
    assert told["AAA usd_per_year"] == pytest.approx(0.10)
    assert told["AAA jpy_per_year"] == pytest.approx(1.10 * (1 + change) - 1)
    assert told["BBB jpy_per_year"] == pytest.approx(1.05 * (1 + change) - 1)
    ends = [
        levels[end >= DATES][-1] for end in np.arange("2015-01", "2020-02", dtype="M8[M]").astype("M8[D]") - 1
    ]
    changes = [later / sooner - 1 for sooner, later in zip(ends, ends[12:])]
    assert told["periods"] == len(changes) == 49
    assert told["share_added"] == pytest.approx(sum(item > 0 for item in changes) / 49)
    assert (told["least_per_year"], told["most_per_year"]) == pytest.approx((min(changes), max(changes)))


@pytest.mark.parametrize(
    ("symbols", "years", "words"),
    [("[AAA]", 6, "fewer than 6 years"), ("[SPY, JP_SP500]", 1, "JP_SP500: allowed assets in dollars")],
)
def test_a_currency_that_cannot_be_told_says_why(tmp_path, symbols, years, words):
    path = tmp_path / "claims.yaml"
    claim = f"type: currency, symbols: {symbols}, years: {years}, start: 2014-12-31, end: 2019-12-31"
    path.write_text(f"name: some\nclaims:\n  - {{text: x, {claim}}}\n")
    source = source_of(steady("AAA", 0.1), steady("SPY", 0.1), fx=yen(DATES))
    (verdict,) = check_claims(path, source).verdicts
    assert verdict.judgement is OPEN
    assert words in str(verdict.why)


def test_a_guide_is_shown_and_not_judged(tmp_path):
    claim = "type: guide, core: CORE, symbols: [SAT], weights: [0.1], start: 2014-12-31, end: 2019-12-31"
    verdict = judged(tmp_path, claim, steady("CORE", 0.1), steady("SAT", 0.2))
    assert verdict.judgement is OPEN
    assert verdict.figures["SAT 0% per_year"] == pytest.approx(0.1, abs=1e-6)
    assert 0.10 < verdict.figures["SAT 10% per_year"] < 0.12


def test_what_fails_and_where_the_data_came_from(tmp_path):
    line = "type: return, symbol: {}, start: 2014-12-31, end: 2019-12-31, per_year: {}"
    lines = [line.format("AAA", 0.1), line.format("AAA", 0.3), line.format("NONE", 0.1)]
    result = checked(tmp_path, lines, steady("AAA", 0.1))
    assert [item.judgement for item in result.verdicts] == [HOLDS, FALSE, OPEN]
    assert "no NONE" in str(result.verdicts[2].why)
    assert result.failed == (result.verdicts[1],)
    assert [item.symbol for item in result.provenance] == ["AAA"]
    assert not result.is_sample


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("type: guess, start: 2020-01-01", "type"),
        ("type: return, symbol: AAA", "start"),
        ("type: return, symbol: AAA, start: 2020-01-01, sum: 3", "sum"),
        ("type: peak, symbol: AAA, start: 2020-01-01, above: much", "above"),
    ],
)
def test_a_wrong_document_names_its_line(tmp_path, line, words):
    with pytest.raises(ConfigError, match=rf"claims\.yaml:3.*{words}"):
        checked(tmp_path, [line])


def test_the_shipped_document_is_read():
    document = load_claims(ARTICLE)
    assert len(document.claims) == 20
    assert all(
        text["en"] and text["ja"] for text in (document.title, *(item.text for item in document.claims))
    )


def test_a_document_with_the_keys_of_old_files_is_read(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text(
        "name: some\ntitle: In a paper\ntitle_ja: 記事\nclaims:\n"
        "  - {type: return, text: It rose, text_ja: 上昇, symbol: AAA, start: 2014-12-31}\n"
        "  - {type: return, text: It fell, symbol: AAA, start: 2014-12-31}\n"
    )
    document = load_claims(path)
    assert document.title == {"en": "In a paper", "ja": "記事"}
    assert [item.text for item in document.claims] == [{"en": "It rose", "ja": "上昇"}, "It fell"]


def test_the_article_on_the_sample_is_judged_as_far_as_it_goes():
    result = check_claims(ARTICLE, "sample")
    assert result.is_sample
    flows = [item for item in result.verdicts if item.claim.type == "flow"]
    assert {item.judgement for item in flows} == {OPEN}
    assert sum(item.judgement is OPEN for item in result.verdicts) == 5


@pytest.mark.market
def test_the_article_against_real_prices():
    result = check_claims(ARTICLE, f"csv:{market_folder()}")
    assert [item.judgement for item in result.verdicts] == [
        FALSE,  # IWM 5 years: +60 % and not +18 %
        CLOSE,  # IWM 10 years
        FALSE,  # IJR 5 years
        HOLDS,  # IJR 10 years
        FALSE,  # VOO 5 years
        CLOSE,  # VOO 10 years
        FALSE,  # IWM 2016-2019: 11.6 % a year
        HOLDS,  # IWM 2020
        FALSE,  # IWM first half of 2021: +19.57 % since the end of 2020
        HOLDS,  # the same since the end of 2019: +43.52 %
        HOLDS,  # IWM 2022
        CLOSE,  # flows 2016-2019: +7.5 billion, but out in 2019
        FALSE,  # flows 2022: -2.2 billion
        FALSE,  # flows 2023: +6.9 billion
        FALSE,  # flows early 2024: -4.8 billion
        CLOSE,  # deeper in downturns: IWM in 5 of 6, IJR in 4
        FALSE,  # diversify
        FALSE,  # instalments
        HOLDS,  # IJR against IWM
        OPEN,  # advice
    ]
    totals = [item.figures["total"] for item in result.verdicts[:6]]
    np.testing.assert_allclose(totals, [0.6014, 0.9895, 0.6827, 1.2854, 1.0693, 2.1058], atol=2e-4)
    # As the funds' published figures a year, over five and ten whole years.
    yearly = [item.figures["per_year"] for item in result.verdicts[:6]]
    np.testing.assert_allclose(yearly, [0.0987, 0.0712, 0.1097, 0.0862, 0.1566, 0.1200], atol=6e-5)
    flows = next(item.figures for item in result.verdicts if "net_flow_2016" in item.figures)
    by_year = [flows[f"net_flow_{year}"] / 1e9 for year in range(2016, 2020)]
    np.testing.assert_allclose(by_year, [5.5, 0.1, 3.5, -1.7], atol=0.05)
    peaks = [item.figures["highest"] for item in result.verdicts if item.claim.type == "peak"]
    np.testing.assert_allclose(peaks, [0.1957, 0.4352], atol=5e-5)
    assert all(item.first and item.last and item.source for item in result.verdicts)
