"""Every word is there in both languages, every word is used, and every number is said as people say it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

import engine
from engine.locale import FOLDER, language_of, languages
from engine.metrics import METRICS
from engine.report.html import TEMPLATES
from engine.report.page_locale import PageLocale, clean

SOURCES = list(Path(engine.__file__).parent.rglob("*.py"))
PAGES = [Environment().parse(path.read_text("utf-8")) for path in TEMPLATES.glob("*.html")]


def words(lang: str) -> dict[str, str]:
    """Every word of a language by its key."""
    with (FOLDER / f"{lang}.po").open("rb") as file:
        return {str(text.id): str(text.string) for text in read_po(file) if text.context == "word"}


ENGLISH, JAPANESE = words("en"), words("ja")
WORDS = {key: (text, JAPANESE[key]) for key, text in ENGLISH.items()}


def places(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def strings(tree: ast.AST) -> tuple[set[str], list[re.Pattern[str]]]:
    """Every text of a module, and its f-strings as patterns."""
    texts, patterns = set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [
                re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in node.values
            ]
            if len("".join(part for part in parts if part != r"\w+")) >= 5:
                patterns.append(re.compile("".join(parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.add(node.value)
    return texts, patterns


def asked(tree: ast.AST) -> set[str]:
    """The words a module asks a locale for by name."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in ("locale", "word"):
                found.add(node.args[0].value)
    return found


def shown(page: nodes.Template) -> tuple[set[str], list[re.Pattern[str]]]:
    """Every text in a template's expressions, and what it joins as patterns."""
    texts = {node.value for node in page.find_all(nodes.Const) if isinstance(node.value, str)}
    joined = [[getattr(part, "value", "") for part in node.nodes] for node in page.find_all(nodes.Concat)]
    return texts, [
        re.compile(r"\w+".join(map(re.escape, parts))) for parts in joined if len("".join(parts)) >= 5
    ]


def shown_by_name(page: nodes.Template) -> set[str]:
    """The words a template asks for by name."""
    calls = [call for call in page.find_all(nodes.Call) if getattr(call.node, "name", "") == "t"]
    return {call.args[0].value for call in calls if isinstance(call.args[0], nodes.Const)}


def test_every_word_is_written_in_every_language():
    for lang in languages():
        assert set(words(lang)) == set(WORDS), lang
    for key, texts in WORDS.items():
        assert all(text.strip() for text in texts), key
        assert places(texts[0]) == places(texts[1]), key


def test_every_word_asked_for_exists():
    wanted = set().union(*(asked(ast.parse(path.read_text("utf-8"))) for path in SOURCES))
    wanted |= set().union(*map(shown_by_name, PAGES))
    assert len(wanted) > 100
    assert wanted <= set(WORDS)
    assert set(METRICS) <= set(WORDS)


def test_no_word_is_unused():
    texts: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for more, shapes in [
        *(strings(ast.parse(path.read_text("utf-8"))) for path in SOURCES),
        *map(shown, PAGES),
    ]:
        texts |= more
        patterns += shapes
    for path in [*Path(engine.__file__).parent.rglob("*.j2"), *Path(engine.__file__).parent.rglob("*.html")]:
        texts |= set(re.findall(r"[\"'](\w+)[\"']", path.read_text("utf-8")))
    # The answers of a question of ``new`` are asked for behind the prefix of their kind.
    patterns += [re.compile(rf"{text}_\w+") for text in texts if re.fullmatch(r"choice(_\w+)?", text)]
    unused = [key for key in WORDS if key not in texts and not any(p.fullmatch(key) for p in patterns)]
    assert unused == []


def test_japanese_is_japanese():
    """Only numbers, names and formulas have no kana or kanji."""
    bare = {key for key, (_, text) in WORDS.items() if not re.search(r"[ぁ-んァ-ヶ一-龠]", text)}
    assert bare == {
        "series_sha256",
        "half_gap",
        "interval_of",
        "pair_names",
        "ran_out_none",
        "p5",
        "p25",
        "p75",
        "p95",
        "percentile",
        "name_value",
        "from_to",
        "study_account_nisa",
    }


def test_a_word_that_is_in_no_catalogue_is_a_mistake():
    with pytest.raises(KeyError, match="nonsense"):
        PageLocale("ja")("nonsense")
    assert PageLocale("ja").has("profit")
    assert not PageLocale("ja").has("nonsense")


def test_an_unknown_language_is_refused():
    with pytest.raises(KeyError, match="en, ja"):
        PageLocale("de")("profit")


@pytest.mark.parametrize(
    ("environ", "system", "lang"),
    [
        ({"LANG": "ja_JP.UTF-8"}, "", "ja"),
        ({"LANG": "en_US.UTF-8"}, "Japanese_Japan", "en"),
        ({"LC_ALL": "ja_JP.UTF-8", "LANG": "en_US.UTF-8"}, "", "ja"),
        ({"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}, "", "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "ja", "LANG": "C"}, "", "ja"),
        ({}, "Japanese_Japan", "ja"),
        ({}, "ja_JP", "ja"),
        ({}, "C", "en"),
    ],
)
def test_the_language_follows_the_locale(environ, system, lang):
    assert language_of(environ, system) == lang


@pytest.mark.parametrize(
    ("yen", "english", "japanese"),
    [
        (0, "¥0", "0円"),
        (0.4, "¥0", "0円"),
        (-0.4, "¥0", "0円"),
        (1, "¥1", "1円"),
        (9_999, "¥9,999", "9,999円"),
        (10_000, "¥10,000", "1万円"),
        (45_678, "¥45,678", "4.6万円"),
        (999_499, "¥999,499", "99.9万円"),
        (999_500, "¥999,500", "100万円"),
        (12_340_000, "¥12,340,000", "1,234万円"),
        (12_345_678, "¥12,345,678", "1,235万円"),
        (99_994_999, "¥99,994,999", "9,999万円"),
        (99_995_000, "¥99,995,000", "1億円"),
        (123_450_000, "¥123,450,000", "1億2,345万円"),
        (200_030_000, "¥200,030,000", "2億3万円"),
        (1_000_000_000_000, "¥1,000,000,000,000", "1兆円"),
        (1_234_500_000_000, "¥1,234,500,000,000", "1兆2,345億円"),
        (-7_201_487, "-¥7,201,487", "-720万円"),
        (None, "-", "-"),
        (float("nan"), "-", "-"),
        (float("inf"), "-", "-"),
    ],
)
def test_yen(yen, english, japanese):
    assert PageLocale("en").money(yen) == english
    assert PageLocale("ja").money(yen) == japanese


def test_yen_to_the_last_one():
    assert PageLocale("ja").money(12_345_678, exact=True) == "12,345,678円"
    assert PageLocale("ja").money(-5_678, exact=True, sign=True) == "-5,678円"


def test_other_currencies():
    assert PageLocale("en", "USD").money(1234.5) == "$1,234"
    assert (
        PageLocale("en", "USD").money(12.345) == "$12.35" or PageLocale("en", "USD").money(12.345) == "$12.34"
    )
    assert PageLocale("ja", "USD").money(-0.5, sign=True) == "-$0.50"
    assert PageLocale("en", "CHF").money(7) == "CHF 7.00"


def test_differences_carry_their_sign():
    locale = PageLocale("en", minus="−")
    assert locale.percent(0.06155, 2) == "6.16%" or locale.percent(0.06155, 2) == "6.15%"
    assert locale.percent(0.05, sign=True) == "+5.0%"
    assert locale.percent(-0.05) == "−5.0%"
    assert locale.percent(-0.0001) == "0.0%"
    assert locale.points(0.0031) == "+0.31pt"
    assert locale.money(500, sign=True) == "+¥500"
    assert locale.times(3.2) == "3.20×"
    assert locale.days(-84, sign=True) == "−84"
    assert PageLocale("ja").days(1543) == "1,543日"


def test_dates_and_spans():
    english, japanese = PageLocale("en"), PageLocale("ja")
    assert english.long_date("2008-12-17") == "17 December 2008"
    assert japanese.long_date("2008-12-17") == "2008年12月17日"
    assert english.year_month("2008-12-17") == "Dec 2008"
    assert japanese.year_month("2008-02") == "2008年2月"
    assert english.span(2_082) == "5.7 years"
    assert japanese.span(2_082) == "5.7年"
    assert english.span(244) == "8 months"
    assert english.span(12) == "12 days"
    assert english.span(None) == "-"


def test_sentences_made_elsewhere_may_know_both_languages():
    both = {"en": "In whole shares.", "ja": "整数株で取引します。"}
    assert PageLocale("ja").sentence(both) == "整数株で取引します。"
    assert PageLocale("en").sentence(both) == "In whole shares."
    assert PageLocale("ja").sentence({"en": "Only\nEnglish."}) == "Only English."
    assert PageLocale("ja").sentence("Plain.") == "Plain."


def test_weights():
    assert [PageLocale().weight(x) for x in (0.1, 0.125, 0.0, 1.0, 0.29)] == [
        "10%",
        "12.5%",
        "0%",
        "100%",
        "29%",
    ]


def test_what_is_not_seen_is_taken_out():
    assert clean("a\x1b[31mb\r\nc\x00\u202ed\u2066e\ufeff\u2028f\x85g") == "a [31mb c de f g"
    assert clean("  日本　株 ") == "日本 株"
