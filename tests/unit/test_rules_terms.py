"""The arrays made from the tables, the sentences that go with them, and every combination that is refused."""

from __future__ import annotations

import dataclasses
import sys
import time
from typing import Any

import numpy as np
import pytest

from engine.errors import ConfigError
from engine.market.panel import Panel
from engine.rules import tables
from engine.rules.terms import BucketKind, Overflow, Terms
from tests.lives import tiny_panel, tiny_quota, tiny_terms

SESSIONS = np.array(["2012-06-29", "2015-12-30", "2023-12-27", "2024-12-27"], dtype="datetime64[D]")
FRAMES = {"VOO": ("G", "old_general"), "FUND": ("T", "G", "old_general", "old_tsumitate"), "INDEX": ()}
KIND = {"VOO": "us_etf", "FUND": "jp_fund", "INDEX": "index"}


def panel_of(sessions: np.ndarray = SESSIONS, **changes: Any) -> Panel:
    """VOO, a yen fund and an index; ``changes`` of the fields of a panel."""
    made = tiny_panel(sessions, dict.fromkeys(KIND, np.ones(len(sessions))), kind=KIND, frames=FRAMES)
    return dataclasses.replace(made, **changes)


def terms(*accounts: str, panel: Panel | None = None, **options: Any) -> Terms:
    return tiny_terms(panel or panel_of(), *(accounts or ("nisa", "taxable")), **options)


def routes(made: Terms, *, once: bool = False) -> list[list[str]]:
    table = made.route_once if once else made.route
    return [[made.buckets[b] for b in row if b >= 0] for row in table]


def test_today_law():
    made = terms()
    assert made.buckets == ("nisa.T", "nisa.G", "taxable")
    assert made.kind.tolist() == [BucketKind.NISA, BucketKind.NISA, BucketKind.TAXABLE]
    assert routes(made) == [["nisa.G", "taxable"], ["nisa.T", "nisa.G", "taxable"], ["taxable"]]
    assert made.route[2].tolist() == [2, -1, -1]
    assert routes(made, once=True) == [["nisa.G", "taxable"], ["nisa.G", "taxable"], ["taxable"]]
    assert [made.buckets[b] for b in made.sell_order] == ["taxable", "nisa.G", "nisa.T"]
    assert made.first_year == 2012
    assert made.annual_limit.shape == (3, 14)  # 2012 to 2025, the year in which the last orders settle
    assert made.annual_limit[:, 0].tolist() == [1_200_000, 2_400_000, np.inf]
    assert made.lifetime_limit.tolist() == [np.inf, 12_000_000, np.inf]
    assert made.shared_lifetime == 18_000_000
    assert made.shares_lifetime.tolist() == [True, True, False]
    assert made.restores.tolist() == [True, True, False]
    assert made.commission_free.tolist() == [True, True, False]
    assert made.national.tolist() == [0.15315] * 14
    assert made.local.tolist() == [0.05] * 14
    assert made.lot.tolist() == [1.0, 0.0, 0.0]
    assert made.source_tax.tolist() == [0.10, 0, 0]
    assert made.year.tolist() == [2012, 2015, 2023, 2024]
    assert made.settle_year.tolist() == [[2012] * 3, [2016] * 3, [2024] * 3, [2025] * 3]
    assert (made.overflow, made.offset_dividends) == (Overflow.SPLIT, True)


def test_the_law_of_each_year():
    made = terms("taxable", "nisa", rules="historical_general", sell_from="nisa_first")
    assert made.buckets == ("taxable", "nisa.old_general", "nisa.T", "nisa.G")
    assert routes(made)[0] == ["taxable", "nisa.old_general", "nisa.G"]
    assert routes(made, once=True)[1] == ["taxable", "nisa.old_general", "nisa.G"]
    assert [made.buckets[b] for b in made.sell_order] == ["nisa.G", "nisa.T", "nisa.old_general", "taxable"]
    by_year = dict(zip(range(2012, 2026), made.annual_limit[1].tolist(), strict=True))
    assert [by_year[year] for year in (2012, 2013, 2014, 2016, 2023, 2024)] == [0, 0, 1e6, 1.2e6, 1.2e6, 0]
    assert made.annual_limit[3, 11:13].tolist() == [0, 2_400_000]
    assert made.term.tolist() == [0, 5, 0, 0]
    assert made.restores.tolist() == [False, False, True, True]
    assert made.national[:3].tolist() == [0.07, 0.07147, 0.15315]
    assert made.local[:3].tolist() == [0.03, 0.03, 0.05]
    assert made.counterfactual == ()
    tsumitate = terms(rules="historical_tsumitate")
    assert routes(tsumitate)[0] == ["nisa.G", "taxable"]
    assert routes(tsumitate)[1] == ["nisa.old_tsumitate", "nisa.T", "nisa.G", "taxable"]
    assert routes(tsumitate, once=True)[1] == ["nisa.G", "taxable"]


def test_plain_knows_no_law():
    made = terms("plain", panel=tiny_panel(SESSIONS, {"VOO": [1.0] * 4}, frames={"VOO": ()}, currency="USD"))
    assert made.buckets == ("plain",)
    assert made.kind.tolist() == [BucketKind.PLAIN]
    assert made.sell_order.tolist() == [0]
    assert np.isinf(made.annual_limit).all()
    assert made.source_tax.tolist() == [0.10]
    assert made.counterfactual == ()
    assert made.tax_spread.tolist() == [0.0]


def test_a_run_under_rules_that_did_not_exist_says_so():
    assert [(rule.since, str(rule.message)) for rule in terms().counterfactual] == [
        (2024, "The NISA of 2024 is applied to years before 2024."),
        (2014, "The tax rate of 2014 (20.315%) is applied to years before 2014."),
    ]
    early = panel_of(np.array(["2001-01-04", "2005-01-04"], dtype="datetime64[D]"))

    def since(*accounts: str, **options: Any) -> list[int]:
        return [rule.since for rule in terms(*accounts, panel=early, **options).counterfactual]

    assert since() == [2024, 2014, 2009]
    assert since(offset_dividends=False) == [2024, 2014]
    assert since("taxable") == [2014, 2009]
    assert since(rules="historical_general") == [2003, 2009]
    late = panel_of(np.array(["2024-01-04", "2025-01-06"], dtype="datetime64[D]"))
    assert terms(panel=late).counterfactual == ()


def test_broker_and_own_costs():
    sbi = terms(broker="sbi")
    assert sbi.commission_rate.tolist() == [0.00495, 0, 0.00495]
    assert sbi.commission_min.tolist() == [0, 0, 0]
    assert sbi.commission_cap.tolist() == [22, np.inf, 22]
    assert sbi.fx_spread.tolist() == [0, 0, 0]
    monex = terms(broker="monex", tax_amounts="tts_ttb")
    assert monex.fx_spread.tolist() == [0.25, 0, 0.25]
    assert monex.tax_spread.tolist() == [1, 0, 1]
    own = terms(broker="monex", commission_rate=0.001, commission_min=1, commission_cap=5, fx_spread=0.1)
    assert own.commission_rate.tolist() == [0.001] * 3
    assert own.commission_min.tolist() == [1] * 3
    assert own.commission_cap.tolist() == [5] * 3
    assert own.fx_spread.tolist() == [0.1, 0, 0.1]
    assert any("monex as of 2024-01-01" in text and "own numbers" in text for text in said(own))
    free = "Trades cost nothing: no commission, no currency spread."
    assert free in said(terms())
    assert not any(free in said(made) for made in (sbi, terms(fx_spread=0.1)))
    assert terms(commission_min=3.0, commission_cap=3.0).commission_cap.tolist() == [3] * 3
    assert sbi.commission_free.dtype == np.bool_
    at_home = panel_of(currency="USD", asset_currency=("USD",) * 3)
    assert terms("plain", panel=at_home, broker="monex").fx_spread.tolist() == [0, 0, 0]


def test_the_price_list_is_that_of_the_last_session(monkeypatch):
    old = tables.broker("sbi", np.datetime64("2024-12-27"))
    new = dataclasses.replace(old, valid_from=np.datetime64("2024-06-03"), commission_cap=10.0)
    monkeypatch.setattr(tables, "_broker_rows", lambda: (old, new))
    assert terms(broker="sbi").commission_cap[0] == 10
    assert terms(broker="sbi", panel=panel_of(SESSIONS[:3])).commission_cap[0] == 22


def test_own_limits_and_source_tax():
    made = terms(annual_limits={"G": 1_000_000}, lifetime={"G": 5_000_000, "total": 6_000_000})
    assert made.annual_limit[1].tolist() == [1_000_000] * 14
    assert made.lifetime_limit.tolist() == [np.inf, 5_000_000, np.inf]
    assert made.shared_lifetime == 6_000_000
    assert terms(annual_limits={"G": 0}).annual_limit[1].tolist() == [0] * 14
    assert terms(annual_limits={"G": 0.5}).annual_limit[1].tolist() == [0.5] * 14
    assert terms(source_tax=0.0).source_tax.tolist() == [0, 0, 0]
    assert terms(source_tax=1.0).source_tax.tolist() == [1, 1, 1]
    assert terms(panel=panel_of(source_tax=(0.1, 0.1, 0.0))).source_tax.tolist() == [0.1, 0.1, 0]
    assert terms(whole_shares=False).lot.tolist() == [0.0] * 3


def said(made: Terms) -> tuple[str, ...]:
    return tuple(map(str, made.assumptions))


SETTLED = "The quota year and tax year of an order are those of its settlement date."
WHOLE = "US ETFs trade in whole shares; what is left over waits as cash."


@pytest.mark.parametrize(
    ("options", "sentences"),
    [
        (
            {"broker": "monex"},
            (
                "NISA rules nisa_2024 (one law in every year). An order larger than the quota left is split: what "
                "fits goes into NISA, the rest to the next account.",
                "Accounts are filled in the order nisa, taxable; sales come from the taxable account first.",
                "Taxable account with withholding; exchange rate of tax amounts: mid.",
                "A year's net losses are first set against its dividends; losses carry forward three years, "
                "against later gains and then dividends.",
                SETTLED,
                WHOLE,
                "Costs of broker monex as of 2024-01-01, in every year: index: commission 0.495% of "
                "an order, at most 22 USD; yen fund: no commission; US ETF: commission 0.495% of an order, at "
                "most 22 USD; currency spread 0.25 JPY per USD each way; NISA orders pay no commission.",
            ),
        ),
        (
            {"accounts": ("taxable",), "offset_dividends": False, "tax_amounts": "tts_ttb", "broker": "sbi"},
            (
                "Taxable account with withholding; exchange rate of tax amounts: TTS (mid + 1 yen) to "
                "buy, TTB (mid - 1 yen) to sell.",
                "A year's net losses are not set against dividends; losses carry forward three years, against "
                "later gains alone.",
                SETTLED,
                WHOLE,
                "Costs of broker sbi as of 2024-01-01, in every year: index: commission 0.495% of "
                "an order, at most 22 USD; yen fund: no commission; US ETF: commission 0.495% of an order, at "
                "most 22 USD; no currency spread on USD.",
            ),
        ),
        (
            {"accounts": ("plain",), "commission_rate": 0.001, "whole_shares": False},
            (
                "Plain account: no Japanese tax, no limits, no rounding; dividends net of source tax.",
                "Costs of broker none, with own numbers: index: commission 0.1% of an order; yen fund: commission "
                "0.1% of an order; US ETF: commission 0.1% of an order; no currency spread on USD.",
            ),
        ),
    ],
)
def test_the_assumptions_of_a_run(options, sentences):
    assert said(terms(*options.pop("accounts", ()), **options)) == sentences


def test_assumptions_name_what_was_chosen():
    every = " ".join(said(terms(overflow="skip", sell_from="nisa_first", tax_amounts="tts_ttb")))
    for words in ("nisa_2024 (one law in every year)", "is dropped", "from NISA first", "TTS", "three years"):
        assert words in every
    plain = said(terms("plain"))
    assert plain[0].startswith("Plain account")
    assert not any(
        "Plain" in text or "sales come from" in text for text in (*plain[1:], *said(terms("taxable")))
    )
    limits = said(terms(annual_limits={"G": 1_000_000}, lifetime={"total": 6_000_000}))[1]
    assert limits == "Own NISA limits: annual G ¥1,000,000, lifetime total ¥6,000,000."
    assert "(the law of each year)" in said(terms(rules="historical_general"))[0]
    outside = panel_of(np.array(["1995-01-04", "1995-02-01"], dtype="datetime64[D]"))
    assert any("weekday" in text for text in said(terms(panel=outside)))
    assert not any("weekday" in text for text in said(terms()))


@pytest.mark.parametrize(
    ("accounts", "changes", "options", "message"),
    [
        (("nisa",), {}, {}, "accounts: [nisa] cannot hold INDEX: its frames are [], the rules have [T, G]"),
        (
            (),
            {},
            {"broker": "sbi", "commission_min": 30.0},
            "commission_cap: 22 must not be below the minimum of 30",
        ),
        (
            (),
            {"asset_currency": ("ZAR", "JPY", "USD")},
            {"broker": "sbi"},
            "broker: sbi is a price list for ETFs in USD, VOO is in ZAR (broker: none with own numbers)",
        ),
        (
            ("plain",),
            {"currency": "USD"},
            {"broker": "monex"},
            "broker: monex has its currency spread in yen, currency is USD (set fx_spread)",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(accounts, changes, options, message):
    with pytest.raises(ConfigError) as caught:
        terms(*accounts, panel=panel_of(**changes), **options)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("frames", "years", "parts"),
    [
        (("T", "G"), 1, [3_600_000] * 5),
        (("T", "G"), 5, [3_600_000] * 5),
        (("T", "G"), 6, [3_000_000] * 6),
        (("T", "G"), 10, [1_800_000] * 10),
        (("T", "G"), 20, [900_000] * 20),
        (("G",), 5, [2_400_000] * 5),
        (("G",), 10, [1_200_000] * 10),
        (("G",), 7, [1_714_286] * 6 + [1_714_284]),
        (("T",), 5, [1_200_000] * 15),
        (("T",), 20, [900_000] * 20),
        ((), 5, []),
    ],
)
def test_filling_the_quota(frames, years, parts):
    calendar = range(2001, 2031)
    assert tiny_quota(years, *frames)(calendar) == parts + [0] * (30 - len(parts))
    for length in (1, 3, 12):
        shorter = tiny_quota(years, *frames)(calendar[:length])
        assert shorter == (parts + [0] * length)[:length]


@pytest.mark.parametrize(
    ("frames", "years", "limits", "parts"),
    [
        (("G",), 5, {"annual_limits": {"G": 100_000}}, [100_000] * 8),
        (("G",), 5, {"lifetime": {"G": 1_000_000}}, [200_000] * 5 + [0] * 3),
        # A frame that is closed fills nothing, however large its lifetime limit; a yen is a limit like any other.
        (("T", "G"), 10, {"annual_limits": {"T": 0}}, [1_200_000] * 8),
        (("T", "G"), 1, {"annual_limits": {"T": 1, "G": 0}}, [1] * 8),
        # A small growth frame is full after two years; the rest of the limit goes into T, 1,200,000 a year.
        (("T", "G"), 5, {"lifetime": {"G": 3_000_000}}, [3_600_000, 1_800_000] + [1_200_000] * 6),
    ],
)
def test_filling_own_limits(frames, years, limits, parts):
    assert tiny_quota(years, *frames, **limits)(range(2024, 2032)) == parts


def test_filling_the_quota_of_each_year():
    """The old general frame has no lifetime limit; the two frames of 2024 begin with theirs."""
    found = tiny_quota(6, "G", "old_general", rules="historical_general")(range(2013, 2031))
    assert found == [0, *[1_000_000] * 2, *[1_200_000] * 8, *[2_000_000] * 6, 0]


def test_a_sweep_can_afford_it():
    sessions = np.arange("2001-01-01", "2026-01-01", dtype="datetime64[D]")
    panel, times = panel_of(sessions[np.is_busday(sessions)]), []
    for _ in range(20):
        start = time.process_time()
        terms(panel=panel)
        times.append(time.process_time() - start)
    # Ten times what an idle machine takes; who watches every line (coverage) takes a share of it.
    assert min(times) < (5e-3 if sys.gettrace() is None else 2e-2)
