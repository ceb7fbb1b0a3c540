"""Everything the engine says to a person exists in Japanese: a new sentence without it fails here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import engine
from engine.config import load_config
from engine.market.assets import all_assets
from engine.market.importer import ROLES
from engine.market.verify import verify_folder
from engine.messages import Quoted, message
from engine.report.claims_text import claims_text
from engine.report.page_locale import PageLocale
from engine.report.run_text import run_table
from engine.report.terminal import Screen
from engine.run import run
from engine.studies.claims.check import check_claims
from tests.market_helpers import market_folder
from tests.shipped import CONFIGS, needs

ROOT = Path(engine.__file__).parent
ARTICLE = ROOT.parent / "configs" / "claims" / "small_cap_article.yaml"
KANA = re.compile(r"[ぁ-んァ-ヶ一-龠]")


def told(result) -> list[object]:
    """Every sentence of a result that a table or a page shows."""
    manifest = result.manifest
    notes = [text for item in manifest["data"] for text in (*item["splices"], *item["notes"])]
    flags = manifest["flags"]["counterfactual"]
    return [*manifest["assumptions"], *flags, *notes, *result.reasons.values()]


def untranslated(texts) -> list[str]:
    """Those of texts and messages that have no Japanese."""
    return [text for text in texts if PageLocale("ja").sentence(text) == PageLocale("en").sentence(text)]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_sentence_of_a_shipped_configuration_is_said_in_japanese(path):
    result = run(load_config(path, needs(path)), source="sample")
    sentences = told(result) + (told(result.benchmark) if result.benchmark else [])
    assert len(sentences) > 8
    assert untranslated(sentences) == []


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_a_result_rests_on_is_said_once(lang):
    """A model's and a stand-in's notes are assumptions: the line of its series does not repeat them."""
    config = load_config(ROOT.parent / "configs" / "own_and_monthly.yaml")
    result = run(config, source="sample")
    said = run_table([result], lang, screen=Screen(10_000))
    notes = {PageLocale(lang).sentence(text) for text in result.manifest["assumptions"]}
    assert sum("JP_SP500" in note for note in notes) >= 2
    assert {note: said.count(note) for note in notes} == dict.fromkeys(notes, 1)


def test_the_registry_and_the_importer_are_said_in_japanese():
    assert [item.symbol for item in all_assets() if item.note and not KANA.search(item.noted("ja"))] == []
    assert untranslated(ROLES.values()) == []


def test_the_article_is_answered_in_japanese_on_the_sample():
    text = claims_text(check_claims(ARTICLE, "sample"), "ja", Screen(100))
    answers, rules = text.split("測り方と判定の決まり")
    assert set(re.findall(r"[a-z]{3,}", answers)) <= {"small", "cap", "article", "sample", "csv"}
    assert KANA.search(rules)


@pytest.mark.market
def test_real_prices_are_spoken_of_in_japanese():
    folder = market_folder()
    findings = [
        PageLocale("ja").sentence(found.message) for item in verify_folder(folder) for found in item.findings
    ]
    assert len(findings) > 10
    assert [text for text in findings if not KANA.search(text)] == []


def test_a_sentence_of_an_old_result_stays_as_it_was():
    strange = "Something that nobody says any more: 5 % of it."
    assert PageLocale("ja").sentence(f"{strange}\x1b[31m\n") == f"{strange} [31m"


def documents(folder: Path):
    """Every shipped plan and study but claims, as plain mappings."""
    from ruamel.yaml import YAML

    for path in sorted(folder.rglob("*.yaml")):
        made = YAML(typ="safe").load(path.read_text("utf-8"))
        if "claims" not in made:
            yield made


def test_what_shipped_plans_and_studies_call_themselves_is_said_in_japanese():
    for made in documents(ROOT.parent / "configs"):
        texts = [made["description"], *(item["name"] for item in made.get("strategies", ()))]
        for text in (*texts, *filter(None, [made.get("reference")])):
            assert PageLocale("en").text(text) == " ".join(text["en"].split())
            assert KANA.search(PageLocale("ja").text(text))


USER = (
    "T", "G", "price", "At once", "none", "¥1.2.3", "¥inf a month", "¥1e999 a month", "x: " * 400 + "x", "x: x: x",
    "{x}", "NISA", "¥100,000 a month", "a, b, c; d",
)  # fmt: skip


@pytest.mark.parametrize("text", USER)
def test_a_persons_own_words_are_never_translated(text):
    assert PageLocale("ja").text(text) == PageLocale("ja").text({"fr": text}) == text


def test_a_message_is_said_as_it_is_or_as_a_manifest_keeps_it():
    found = message("{what} ({hint})", what=Quoted("price"), hint="x")
    assert PageLocale("ja").sentence(found) == PageLocale("ja").sentence(found.plain()) == "「price」。x"
    assert PageLocale("ja").sentence({"en": "At once", "ja": "すぐに"}) == "すぐに"


def test_the_case_of_a_users_words(tmp_path):
    from engine.notebook import windows

    made = tmp_path / "words.yaml"
    own = "{strategy.allocation.satellite_weight: 0.2}"
    made.write_text(
        "name: words\ndescription: 'x: x: x'\nwindows: {every: year, horizons: [5]}\n"
        f"base: {CONFIGS[0].parent / 'satellite10.yaml'}\n"
        f"strategies:\n  - {{name: T}}\n  - {{name: G, set: {own}}}\n  - {{name: price, set: {own}}}\n"
    )
    lived = windows(made, source="sample", out=tmp_path, lang="ja")
    assert lived.result.names == ("T", "G", "price")
    assert "つみたて投資枠" not in repr(lived).split("前提")[0]
    page = (tmp_path / "words" / "report.html").read_text("utf-8")
    assert "つみたて投資枠" not in page.split("assumptions")[0]
