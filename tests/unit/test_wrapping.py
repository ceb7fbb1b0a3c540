"""Lines break where a reader of Japanese expects it, and never inside a number."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.wrapping import NOT_FIRST, NOT_LAST, breaks, longest, pieces, width, wrapped

TEXTS = (
    "同じお金をVOOだけに入れていれば2億3,332万円で、686万円多い結果でした（277期間のうち−5.4 %）。",
    "期間は重なり合っています。10年の16期間から、1日も重ならないように選べるのは2期間までです。",
    "「core100」：毎月10万円、入金と同時に投資。待機資金の利回りは年0.00%、口座はNISA、特定口座です。",
    "2001年1月から1年ごとに始めた16期間です。最後の期間は2025年12月31日に終わります。",
    "最終評価額の差は中央値で+0.20%、期間の9割で-2.9%～+1.8%、平均では-0.12% ± 19.93%です。",
    "シャープレシオとソルティノレシオは、ポートフォリオの年率リターンからキャッシュの利回りを引いた比です。",
    "Windows overlap: of the 289 of 10 years, no more than 2 share no day; −5.4 % a year, ¥12,345,678 in all.",
)
NUMBERS = (
    *("2億3,332万円", "686万円", "277期間", "−5.4 %", "10年", "16期間", "1日", "2期間", "10万円", "0.00%"),
    *("2001年1月", "1年", "2025年12月31日", "+0.20%", "-2.9%～+1.8%", "-0.12%", "± 19.93%", "10 years"),
    *("¥12,345,678",),
)


@pytest.mark.parametrize("most", [16, 20, 27, 40, 60, 80, 120])
@pytest.mark.parametrize("text", TEXTS)
def test_kinsoku(text, most):
    lines = wrapped(text, most)
    assert re.sub(" ", "", "".join(lines)) == text.replace(" ", "")
    for line in lines:
        assert width(line) <= most
    for before, after in pairwise(lines):
        assert after[0] not in NOT_FIRST, (before, after)
        assert before[-1] not in NOT_LAST, (before, after)
    for number in NUMBERS:
        if number in text:
            assert any(number in line for line in lines), (number, lines)


def test_words_stay_whole_in_english():
    assert wrapped("The money ran out in twelve windows of two hundred.", 20) == [
        "The money ran out in",
        "twelve windows of",
        "two hundred.",
    ]


def test_what_fits_nowhere_is_broken_anywhere():
    assert wrapped("sha256:0123456789abcdef", 10) == ["sha256:012", "3456789abc", "def"]
    assert wrapped("ab sha256:0123456789abcdef cd", 10) == ["ab", "sha256:012", "3456789abc", "def cd"]
    assert wrapped("株", 1) == ["株"]


def test_east_asian_width_is_counted():
    assert [width(text) for text in ("VOO", "株式", "１", "ｶ", "が", "−", "±", "が")] == [
        3,
        4,
        2,
        1,
        2,
        1,
        1,
        2,
    ]
    assert longest("同じ277期間の") == 7
    assert longest("") == 0


@given(st.text(alphabet="あっ、。（）「」ー1,.万円%％ aB-±～年", max_size=60), st.integers(1, 30))
def test_nothing_is_lost_and_lines_fit(text, most):
    assert "".join(pieces(text)) == text
    cuts = breaks(text, most)
    assert cuts == sorted(set(cuts))
    assert all(0 < cut < len(text) for cut in cuts)
    for line in wrapped(text, max(most, 2)):
        assert width(line) <= max(most, 2)
