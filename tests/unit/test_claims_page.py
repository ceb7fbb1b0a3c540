"""A page of claims: its counts again from the written file, and what stands with each statement."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from engine.cli import cli
from engine.report.claims_answer import claims_answer
from engine.report.claims_page import GROUPS, basis, claims_page
from engine.report.page_locale import PageLocale
from engine.studies.claims.check import check_claims
from engine.studies.claims.results import ClaimsResult, rule_of
from tests.fake_studies import fake_claims

ARTICLE = Path(__file__).parents[2] / "configs" / "claims" / "small_cap_article.yaml"
LANGUAGES = pytest.mark.parametrize("lang", ["en", "ja"])


@cache
def article() -> ClaimsResult:
    return check_claims(ARTICLE, "sample")


@LANGUAGES
def test_the_counts_are_those_of_the_file(tmp_path: Path, lang: str) -> None:
    command = ["check", str(ARTICLE), "--data", "sample", "--out", str(tmp_path), "--quiet"]
    assert CliRunner().invoke(cli, command).exit_code == 0
    (file,) = tmp_path.glob("*/claims.json")
    verdicts = pd.DataFrame(json.loads(file.read_text("utf-8"))["claims"])["verdict"].value_counts()
    locale = PageLocale(lang)
    said = locale.sentence(claims_answer(article()).answer[0])
    names = ["holds", "close", "does_not_hold", "cannot_be_checked"]
    assert [int(n) for n in re.findall(r"\d+", said)] == [
        int(verdicts.sum()),
        *(verdicts.get(n, 0) for n in names),
    ]
    for judgement in GROUPS:
        if count := int(verdicts.get(judgement.value, 0)):
            assert re.findall(r"\d+", locale(f"claims_group_{judgement}", count=count))[0] == str(count)


@LANGUAGES
def test_each_statement_stands_with_its_basis_and_rule(lang: str) -> None:
    from tests.unit.test_report_pages import Page

    locale, words = PageLocale(lang, "USD", "−"), Page(claims_page(article(), lang)).words
    for item in article().verdicts:
        assert locale.sentence(rule_of(item.claim.model_dump()["type"])) in words
        assert (said := locale.sentence(basis(item, "USD"))) in words
        if item.first:
            assert item.first in said
            assert item.last in said


def test_a_basis_names_its_currencies() -> None:
    measured, *_, nothing = fake_claims().verdicts
    assert str(basis(measured, "JPY")).startswith("In yen at the ECB's fixing, dividends reinvested")
    assert str(basis(nothing, "JPY")) == "Nothing could be measured."
    kinds = {
        item.claim.model_dump()["type"]: str(basis(item, "USD")) for item in article().verdicts if item.first
    }
    assert kinds["return"].startswith(
        "In US dollars, dividends reinvested, before tax and costs; from the close"
    )
