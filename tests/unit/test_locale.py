"""Languages: forms of numbers and dates, and catalogues that are whole, fresh and fit their ids."""

from __future__ import annotations

import io
import re
import string
from datetime import date

import pytest

from engine.locale import Locale, catalogue, languages
from scripts.make_catalogues import FOLDER, compiled

EN, JA = Locale("en"), Locale("ja")


def texts(lang: str) -> dict[object, str]:
    from babel.messages.pofile import read_po

    with (FOLDER / f"{lang}.po").open("rb") as file:
        return {(entry.context, entry.id): entry.string for entry in read_po(file) if entry.id}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("lang", languages())
def test_what_is_read_is_what_is_edited(lang: str) -> None:
    def read(content: bytes) -> list[tuple[object, object, object]]:
        found = [
            (entry.context, entry.id, entry.string) for entry in read_mo(io.BytesIO(content)) if entry.id
        ]
        return sorted(found, key=repr)

    from babel.messages.mofile import read_mo

    assert read((FOLDER / f"{lang}.mo").read_bytes()) == read(compiled(FOLDER / f"{lang}.po")), (
        "make catalogues"
    )


def test_japanese_has_every_text_that_english_has() -> None:
    assert set(texts("en")) <= set(texts("ja"))


@pytest.mark.parametrize("lang", languages())
def test_a_translation_has_the_places_of_its_text(lang: str) -> None:
    english = texts("en")
    for key, text in texts(lang).items():
        context, id = key
        if context != "form":  # a form may leave out what the language does not say
            said, whole = (
                each if isinstance(each, str) else each[0] for each in (text, english.get(key, id))
            )
            assert places(said) == places(whole), key
        assert text, key


def test_a_language_without_a_catalogue() -> None:
    with pytest.raises(KeyError, match=r"language 'fr'; allowed: en, ja"):
        catalogue("fr")


@pytest.mark.parametrize(
    ("yen", "english", "japanese"),
    [
        (0.4, "¥0", "0円"),
        (9_999, "¥9,999", "9,999円"),
        (45_600, "¥45,600", "4.6万円"),
        (999_499, "¥999,499", "99.9万円"),
        (999_950, "¥999,950", "100万円"),
        (12_345_678, "¥12,345,678", "1,235万円"),
        (123_450_000, "¥123,450,000", "1億2,345万円"),
        (200_000_000, "¥200,000,000", "2億円"),
        (1_000_100_000_000, "¥1,000,100,000,000", "1兆1億円"),
        (-12_340_000, "-¥12,340,000", "-1,234万円"),
    ],
)
def test_yen(yen: float, english: str, japanese: str) -> None:
    assert EN.money(yen) == english
    assert JA.money(yen) == japanese
    assert JA.money(abs(yen), exact=True) == f"{round(abs(yen)):,}円"


def test_other_money_has_cents_below_a_thousand() -> None:
    assert Locale("en", "USD").money(12.345) == "$12.35"
    assert Locale("ja", "USD").money(12_345.6, sign=True) == "+$12,346"
    assert EN.money(-0.001, "CHF") == "CHF 0.00"


def test_numbers() -> None:
    assert (EN.percent(0.0615), EN.percent(0.20315, None), EN.percent(-0.5, sign=True)) == (
        "6.2%",
        "20.315%",
        "-50.0%",
    )
    assert EN.points(0.0031) == "+0.31pt"
    assert (EN.number(1234567.5, None), EN.number(1e-7, None), EN.number(0.1 + 0.2, None)) == (
        "1,234,567.5",
        "0.0000001",
        "0.3",
    )
    assert (EN.times(3.2), JA.times(3.2), JA.days(1293), EN.days(1293)) == (
        "3.20×",
        "3.20倍",
        "1,293日",
        "1,293",
    )
    assert EN.money(None) == EN.percent(float("nan")) == JA.number(None) == "-"
    assert Locale("en", minus="−").percent(-0.01) == "−1.0%"


def test_dates_and_lists() -> None:
    day = date(2008, 12, 17)
    assert (EN.long_date(day), JA.long_date("2008-12-17")) == ("17 December 2008", "2008年12月17日")
    assert (EN.year_month(day), JA.year_month("2008-12")) == ("Dec 2008", "2008年12月")
    assert (EN.month(5), JA.month(12)) == ("May", "12月")
    assert [EN.span(d) for d in (2000, 100, 12)] == ["5.5 years", "3 months", "12 days"]
    assert [JA.span(d) for d in (2000, 100, 12)] == ["5.5年", "3か月", "12日"]
    assert (EN.listed(["a", "b", "c"], "or"), JA.listed(["a", "b", "c"])) == ("a, b or c", "a、b、c")
    assert (EN.quoted("x"), JA.quoted("x")) == ("'x'", "「x」")
    assert (EN.sentences(["A.", "B."]), JA.sentences(["あ。", "い。"])) == ("A. B.", "あ。い。")


def test_no_form_is_missing() -> None:
    from inspect import getsource

    import engine.locale

    used = set(re.findall(r'form\("(\w+)"\)', getsource(engine.locale))) | {"and", "or", "comma"}
    assert used == {id for context, id in texts("en") if context == "form"}
