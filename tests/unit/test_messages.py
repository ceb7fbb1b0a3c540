"""Messages: typed values in a text, said in a language, kept in a manifest."""

from __future__ import annotations

import json
from datetime import date

import pytest

from engine.locale import Locale
from engine.messages import (
    Billions,
    Day,
    Message,
    Money,
    Month,
    Number,
    Percent,
    Points,
    Quoted,
    Span,
    Text,
    from_plain,
    listed,
    message,
    quantity,
)

EVERY = message(
    "{a} {b} {c} {d} {e} {f} {g} {h} {i} {j} {k} {m} {o}",
    a="VOO", b=Quoted("price"), c=1234.5, d=Money(-1.0, "USD", sign=True), e=Percent(0.20315), f=Points(-0.01),
    g=Day(date(2020, 1, 2), long=True), h=Month(date(2020, 1, 2)),
    i=Span(730), j=listed(["x", date(2020, 1, 2)], "or"),
    k=listed(["a, b", "c"], ";"), m=Billions(2.22e9), o={"en": "small caps", "ja": "小型株"},
)  # fmt: skip


def test_each_kind_of_value_in_two_languages() -> None:
    assert (
        str(EVERY)
        == "VOO 'price' 1,234.5 -$1.00 20.315% -1.00pt 2 January 2020 Jan 2020 2.0 years x or 2020-01-02 "
        "a, b; c $2.22 billion small caps"
    )
    said = EVERY.translate(Locale("ja"))
    assert (
        said
        == "VOO 「price」 1,234.5 -$1.00 20.315% -1.00pt 2020年1月2日 2020年1月 2.0年 x、または2020-01-02 "
        "a, b、c 22.2億ドル 小型株"
    )


def test_a_name_is_never_translated_and_braces_in_it_are_text() -> None:
    assert str(message("{name}: gone", name="{name} T {0}")) == "{name} T {0}: gone"
    assert message("{name}", name="price").translate(Locale("ja")) == "price"


def test_a_message_inside_a_message_and_a_plural() -> None:
    def days(n: int) -> Message:
        return message("{n} day", plural="{n} days", n=n)

    assert [str(days(n)) for n in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    assert str(message("for {long}", long=days(3))) == "for 3 days"


@pytest.mark.parametrize(
    "one", [EVERY, message("plain"), message("{n} day", plural="{n} days", n=1, context="x")]
)
def test_a_manifest_gives_it_back(one: Message) -> None:
    kept = json.loads(json.dumps(one.plain()))
    assert kept["english"] == str(one)
    assert from_plain(kept) == one


@pytest.mark.parametrize(
    "kept",
    [
        "A sentence of an old manifest.", None, 5, [], {}, {"id": 5}, {"id": "x", "args": []},
        {"id": "x", "args": {"a": 1}}, {"id": "x", "args": {"a": {"Money": {"amount": 1, "evil": 2}}}},
        {"id": "x", "args": {"a": {"Day": {"day": "tomorrow"}}}}, {"id": "x", "args": {"a": {"os": {}}}},
        {"id": "x", "args": {"a": {"Listed": [1]}}}, {"id": "x", "args": {"a": {"Text": {}, "Number": {}}}},
        {"id": ""}, {"id": "x" * 5001}, {"id": "no such word", "context": "word"}, {"id": "x", "context": 5},
        {"id": "x", "args": {"a": {"Text": {"text": 5}}}}, {"id": "x", "args": {"a": {"Number": {"value": "5"}}}},
        {"id": "x", "args": {"a": {"Number": {"value": 1, "digits": 10**9}}}},
        {"id": "x", "args": {"a": {"Number": {"value": 10**400}}}},
        {"id": "x", "args": {"a": {"Month": {"day": 5}}}}, {"id": "x", "args": {"a": {"Day": {}}}},
        {"id": "{a}", "args": {"a": {"Listed": [{"Text": {"text": "x"}}] * 2, "last": "nor"}}},
    ],
)  # fmt: skip
def test_what_is_no_message_is_none(kept: object) -> None:
    assert from_plain(kept) is None


def test_a_small_file_makes_no_large_text() -> None:
    kept: dict[str, object] = {"id": "x" * 100}
    for _ in range(6):
        kept = {"id": "{a}" * 100, "args": {"a": {"Message": kept}}}
    assert from_plain(kept) is None


def test_a_figure_without_meaning_is_null_in_a_manifest() -> None:
    kept = message("{n}", n=float("inf")).plain()
    assert json.loads(json.dumps(kept, allow_nan=False))["args"] == {"n": {"Number": {"value": None}}}
    assert str(from_plain(kept)) == "-"


def test_equal_messages_are_equal_and_can_be_counted() -> None:
    assert message("{a} {b}", a=1, b="x") == message("{a} {b}", b="x", a=1)
    assert len({message("x"), message("x"), message("x", context="y")}) == 2
    assert Number(1.0) != Text("1")


@pytest.mark.parametrize(
    ("value", "kind", "sign", "english", "japanese"),
    [
        (12_345_678.0, "money", False, "¥12,345,678", "1,235万円"),
        (0.0615, "percent", False, "6.15%", "6.15%"),
        (-0.0031, "percent", True, "-0.31pt", "-0.31pt"),
        (0.125, "weight", False, "12.5%", "12.5%"),
        (3.2, "times", True, "+3.20×", "+3.20倍"),
        (6.52, "years", False, "6.5 years", "6.5年"),
        (1234.0, "count", False, "1,234", "1,234"),
        (0.5, "number", True, "+0.50", "+0.50"),
        ("VOO", "text", False, "VOO", "VOO"),
    ],
)
def test_a_figure_by_its_kind(value: object, kind: str, sign: bool, english: str, japanese: str) -> None:
    said = quantity(value, kind, "JPY", sign=sign)
    assert (said.translate(Locale("en")), said.translate(Locale("ja"))) == (english, japanese)
    assert str(message("± {half}", half=Points(-0.0031, unsigned=True))) == "± 0.31pt"
