"""Funds that the growth frame may not hold are kept out of it, and what is assumed stands in the banner."""

from dataclasses import replace

import numpy as np
import pytest

from engine.config import Config
from engine.market.assets import asset
from engine.market.eligibility import is_geared, leveraged, pays_monthly
from engine.market.panel_builder import build_panel
from engine.report.page_locale import PageLocale
from engine.report.run_page import run_page
from engine.report.summary import flag_sentences, warning_lines
from engine.run import run
from tests.market_helpers import made, source_of, walk, yen


def monthly(symbol):
    base = walk(symbol, start="2022-01-03", end="2023-12-29")
    paid = np.where(np.arange(base.dates.size) % 21 == 20, 0.2, 0.0)
    return made(symbol, base.dates, base.close, paid)


def test_monthly_payers_are_seen_in_their_payouts():
    assert pays_monthly(monthly("BND"))
    assert not pays_monthly(walk("BND"))
    assert not pays_monthly(walk("BND", end="2015-06-30"))


@pytest.mark.parametrize(
    ("series", "frames", "words"),
    [
        (monthly("BND"), ("old_general",), "it distributes monthly: not in the growth frame"),
        (walk("TQQQ"), ("old_general",), "it is a leveraged product: not in the growth frame"),
        (walk("SQQQ"), ("old_general",), "it is an inverse product: not in the growth frame"),
        (
            walk("SCHB"),
            ("G", "old_general"),
            "US-listed ETF in dollars that the growth frame may hold",
        ),
    ],
)
def test_what_is_assumed_of_an_unknown_ticker_stands_in_the_banner(series, frames, words):
    panel = build_panel([series.symbol], source=source_of(series), currency="USD")
    assert panel.frames == (frames,)
    assert words in str(panel.warnings[0])
    assert not any("taken for" in str(note) for note in panel.provenance[0].notes), "not in a note under Data"


def test_a_leveraged_fund_of_tokyo_is_kept_out_too():
    fund = made("1570.T", ["2024-01-04", "2024-01-05"], [100, 101], currency="JPY")
    panel = build_panel(["1570.T"], source=source_of(fund))
    assert "G" not in panel.frames[0]
    assert "it is a leveraged product: not in the growth frame" in str(panel.warnings[0])


@pytest.mark.parametrize(
    ("name", "geared"),
    [
        ("iFreeレバレッジ NASDAQ100", True),
        ("楽天日本株4.3倍ブル", True),
        ("日経平均インバース・インデックス", True),
        ("Direxion Daily 3x Bull", True),
        ("野村 日本ブル・ベアセレクト", True),
        ("ブルームバーグ世界債券", False),
        ("フレキシブル・インカム", False),
        ("サステナブル株式", False),
        ("eMAXIS Slim 米国株式（S&P500）", False),
    ],
)
def test_a_multiple_is_known_by_its_name(name, geared):
    assert is_geared(name) == geared


def test_the_page_has_the_banner_as_the_terminal_has():
    config = Config.model_validate(
        {
            "name": "x",
            "strategy": {
                "allocation": {"type": "fixed_mix", "weights": {"SCHB": 1.0}},
                "contributions": {"type": "monthly", "amount": 100_000},
            },
            "accounts": ["nisa", "taxable"],
        }
    )
    series = walk("SCHB", start="2022-01-03", end="2023-12-29")
    result = run(config, source=source_of(series, fx=yen(series.dates, 130.0)))
    for lang, words in (("en", "SCHB is not in the registry"), ("ja", "SCHBは登録されていない銘柄")):
        page = run_page(result, lang)
        banner = page[page.index('<aside class="banner warn"') :]
        assert words in banner[: banner.index("</aside>")]


def test_a_row_that_puts_a_monthly_payer_into_the_growth_frame_is_named():
    row = {"BND": replace(asset("VOO"), symbol="BND", first=None)}
    panel = build_panel(["BND"], source=source_of(monthly("BND"), assets=row), currency="USD")
    assert panel.frames == (("G", "old_general"),)
    assert "distributes monthly, which the growth frame excludes" in str(panel.warnings[0])
    assert build_panel(["VOO"], source=source_of(walk("VOO")), currency="USD").warnings == ()


def test_ineligible_funds_fill_no_growth_frame_and_every_output_says_so():
    config = Config.model_validate(
        {
            "name": "x",
            "strategy": {
                "allocation": {"type": "fixed_mix", "weights": {"BND": 0.5, "TQQQ": 0.5}},
                "contributions": {"type": "monthly", "amount": 100_000},
            },
            "accounts": ["nisa", "taxable"],
        }
    )
    tqqq = walk("TQQQ", start="2022-01-03", end="2023-12-29")
    result = run(config, source=source_of(monthly("BND"), tqqq, fx=yen(tqqq.dates, 130.0)))
    bought = result.transactions["account"][result.transactions["kind"] == "buy"]
    assert set(bought) == {"taxable"}
    for lang, word in (
        ("en", "DATA  BND is not in the registry"),
        ("ja", "データ  BNDは登録されていない銘柄"),
    ):
        locale = PageLocale(lang, "JPY")
        assert any(line.startswith(word) for line in warning_lines(flag_sentences([result], locale), locale))


def test_the_list_of_products():
    assert {"TQQQ", "SPXL", "SOXL", "TMF"} <= {
        name for name, kind in leveraged().items() if kind == "leveraged"
    }
    assert {"SQQQ", "SH", "SPXU"} <= {name for name, kind in leveraged().items() if kind == "inverse"}
