"""What a check says first: verdict and figures of one statement, counts of several, and on how little it rests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.locale import Locale
from engine.market.exchanges import nyse_sessions
from engine.report.answer import Answer
from engine.report.claims_answer import claims_answer
from engine.report.claims_text import claims_text
from engine.report.terminal import Screen
from engine.studies.claims.check import check_claims
from tests.market_helpers import made, source_of, yen

DATES = nyse_sessions(np.datetime64("2014-12-31"), np.datetime64("2019-12-31"))
RETURN = "type: return, symbol: AAA, start: 2014-12-31, end: 2019-12-31, per_year: {}"


def said(tmp_path: Path, *claims: str) -> Answer:
    path = tmp_path / "claims.yaml"
    path.write_text("name: some\nclaims:\n" + "".join(f"  - {{text: It rose, {line}}}\n" for line in claims))
    years = 5 * (DATES - DATES[0]).astype(float) / (DATES[-1] - DATES[0]).astype(float)
    steady = made("AAA", DATES, 100 * 1.1**years)
    return claims_answer(check_claims(path, source_of(steady, fx=yen(DATES, 110 * 1.02**years))))


@pytest.mark.parametrize(
    ("stated", "english", "japanese"),
    [
        (
            0.10,
            "It rose (this holds): measured +61.05% (10.00% a year)",
            "「It rose」はデータと合います。実測は",
        ),
        (0.11, "It rose (this nearly holds): measured", "「It rose」はデータとほぼ合います。"),
        (0.30, "It rose (this does not hold): measured", "「It rose」は正しくありません。"),
    ],
)
def test_one_statement_comes_with_its_figures(
    tmp_path: Path, stated: float, english: str, japanese: str
) -> None:
    found = said(tmp_path, RETURN.format(stated))
    (first,) = found.answer
    assert str(first).startswith(english)
    assert str(first).endswith(".")
    assert first.translate(Locale("ja")).startswith(japanese)
    assert found.sureness == (), "a return is measured: chance plays no part"


def test_one_that_cannot_be_judged_says_why(tmp_path: Path) -> None:
    (first,) = said(tmp_path, "type: flow, symbol: AAA, start: 2015-01-01, direction: in").answer
    assert str(first).startswith(
        "It rose (this cannot be judged here): there are no fund flows in this source"
    )


def test_of_several_the_farthest_off_is_named(tmp_path: Path) -> None:
    found = said(tmp_path, RETURN.format(0.10), RETURN.format(0.30), RETURN.format(-0.20))
    counts, farthest = map(str, found.answer)
    assert counts == (
        "Of 3 published statements the data support 1, nearly support 0, contradict 2, and cannot tell of 0."
    )
    assert farthest.startswith("Of the returns the farthest off is It rose: measured +61.05%")
    assert "30.00 points a year" in farthest, "10 % measured against -20 %"
    assert len(said(tmp_path, RETURN.format(0.10), RETURN.format(0.10)).answer) == 1


def test_periods_that_overlap_are_counted_apart(tmp_path: Path) -> None:
    """60 months: 25 periods of three years begin in them, one after the other 1; 49 of a year, 5."""
    span = "symbols: [AAA], start: 2014-12-31, end: 2019-12-31"
    first, second = said(tmp_path, f"type: currency, {span}, years: 3", f"type: instalments, {span}").sureness
    assert str(first).startswith("Only 1 of 25 periods of 3 years do")
    assert str(second).startswith("Only 5 of 49 periods of 12 months do")


def test_figures_of_advice_and_several_sources_are_punctuated(tmp_path: Path) -> None:
    """Several sources as a list of the language; what advice would have returned, then why it is not judged."""
    path = tmp_path / "claims.yaml"
    path.write_text(
        "name: some\nclaims:\n  - {text: Keep a little, type: guide, core: AAA, symbols: [BBB], weights: [0.1],\n"
        "     start: 2014-12-31, end: 2019-12-31}\n"
    )
    years = 5 * (DATES - DATES[0]).astype(float) / (DATES[-1] - DATES[0]).astype(float)
    funds = [made(name, DATES, 100 * rate**years) for name, rate in (("AAA", 1.1), ("BBB", 1.05))]
    result = check_claims(path, source_of(*funds, fx=yen(DATES, 110 * 1.02**years)))
    result = replace(
        result, verdicts=tuple(replace(item, source="csv:AAA.csv, csv:BBB.csv") for item in result.verdicts)
    )
    text = claims_text(result, "ja", Screen(1_000))
    assert "%、目安そのものに" in text
    assert "csv:AAA.csv、csv:BBB.csv、" in text
