"""Japanese as people write about money: the rules of it that a machine can hold.

They are held in the catalogue, in the documents (outside code) and in the texts of the shipped plans.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from babel.messages.pofile import read_po

import engine
from engine.locale import FOLDER

ROOT = Path(engine.__file__).parents[1]
JAPANESE = "[ぁ-んァ-ヶー一-龠々、。「」（）：]"
# One term for one thing. What is not said, and what is said instead.
TERMS = {
    "総当たり": "スイープ",
    "戦略": "プラン",
    "ドローダウン": "最大下落、下落",
    "報告書": "レポート",
    "最終額": "最終評価額",
    "(サテライト|小型株|コア)の割合": "比率",
    "お金の年率|運用の年率": "入金時期を考えた年率（XIRR）、入金の影響を除いた年率（TWR）",
    "人生|高台": "一度きりの結果、なだらかに高い範囲",
    "後知恵": "結果を知っていた場合",
    "劣後|コア超え": "コアに負け、コアを上回った割合",
    "新しいお金": "追加の入金",
    "乱数の種|決めごと|悪い側": "乱数のシード、前提、下位5%",
    "信号": "シグナル",
    "譲渡の税|(譲渡益|配当)の税金": "譲渡益の税、配当の税",
    "引き?出[しさすせそ額]|(?<!入)出金": "取り崩し",
    "課税口座": "特定口座",
    "税引き[前後]|税引後の評価額": "税引前、税引後、売却・税引後の額",
    "(?<!低)コスト|取得金額": "費用、手数料、取得費",
    "お金が尽き|枯渇|資産額": "資金が尽き、評価額",
    "生涯の?枠|成長枠|つみたて枠": "生涯投資枠、成長投資枠、つみたて投資枠",
    "取引日|初期値|デフォルト|ティッカー": "営業日、既定、銘柄コード",
    "正しいといえ|「(ほぼ)?正しい」": "データと合う、ほぼ合う",
    "わか[らりるっ]": "分かる",
    "収益率|インフレ(?!率)": "リターン、物価",
    r"[-−]({\w+}|[\d.]+)\S{0,6}の純流入|マイナスの(純)?流入": "純流出",
    "フォルダ(?!ー)|ブラウザ(?!ー)|サーバ(?!ー)|ユーザ(?!ー)|ライブラリ(?!ー)": "長音を付ける",
}
MARKS = {
    f"{JAPANESE}[:;,!?()]|[,;!?()]{JAPANESE}": "full-width punctuation beside Japanese",
    f"}}[:;,] .*{JAPANESE}|{JAPANESE}.*}}[:;,] ": "full-width punctuation behind a place in Japanese",
    r"^\{\w+\}: ": "a full-width colon behind what a line is about",
    "[％０-９Ａ-Ｚａ-ｚ]": "digits, letters and % are half-width",
    "[ｱ-ﾝ｡｢｣､]": "no half-width kana",
    r"[、。] (?!\|)": "no space after 、 and 。",
}
PLAIN = (
    "(だ|である|だった|であった|(?<![まで])す|(?<!まし)(?<!でし)た|[るくむぬぐぶつ]|(?<!しょ)う|(?<!さ)い)。"
)


def catalogue() -> Iterator[tuple[str, str]]:
    """Every text of the catalogue: (id, Japanese)."""
    with (FOLDER / "ja.po").open("rb") as file:
        for entry in read_po(file, locale="ja"):
            if entry.id and entry.context != "form":
                said = entry.string if isinstance(entry.string, str) else entry.string[0]
                yield str(entry.id), said


def documents() -> Iterator[tuple[str, str]]:
    """Every line of the Japanese documents, without code, addresses and comments: (file and line, text)."""
    for path in [ROOT / "README.ja.md", *sorted(ROOT.glob("docs/*.ja.md"))]:
        fenced = False
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            fenced ^= line.startswith("```")
            if not fenced and not line.startswith(("```", "<!--")):
                yield f"{path.name}:{number}", line


def plans() -> Iterator[tuple[str, str]]:
    """The Japanese of the shipped configurations, in comments and values: (file, text)."""

    def japanese(value: object) -> Iterator[str]:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(item, dict | list):
                yield from japanese(item)
            elif key == "ja":
                yield item

    for path in sorted(ROOT.glob("configs/**/*.yaml")):
        text = path.read_text("utf-8")
        comments = [line for line in text.splitlines() if line.startswith("#") and re.search("[ぁ-ん]", line)]
        yield from ((path.name, part) for part in (*comments, *japanese(yaml.safe_load(text))))


TEXTS = [*catalogue(), *documents(), *plans()]


def prose(text: str) -> str:
    """A text without code (`...`, addresses, places of values) and without English titles in 「」."""
    text = re.sub(r"`[^`]*`|「[ -~]+」|\]\([^)]*\)|https?:\S+|<[^>]*>", "_", text)
    return re.sub(r"csv:フォルダー|\beval \"\S+ completion bash\)\"", "_", text)


def broken(rules: dict[str, str], said: str) -> list[str]:
    return [f"{found[0]!r}: {better}" for rule, better in rules.items() if (found := re.search(rule, said))]


@pytest.mark.parametrize("rules", [TERMS, MARKS], ids=["terms", "marks"])
def test_rules(rules):
    found = [(where, broken(rules, prose(text))) for where, text in TEXTS]
    assert [(where, faults) for where, faults in found if faults] == []


def test_sentences_are_polite():
    """です・ます wherever a full stop ends a sentence."""
    found = [(where, re.search(f".{{0,12}}{PLAIN}", prose(text))) for where, text in TEXTS]
    assert [(where, fault[0]) for where, fault in found if fault] == []


@pytest.mark.parametrize(
    "text",
    [
        "戦略を比べます",
        "最大ドローダウン",
        "価格 (円)",
        "前提:価格",
        "税は20％です",
        "比べ, 見ます",
        "１株",
        "フォルダに",
        "引き出した額",
        "税引き後",
        "{place}: 読めません",
        "{place}: {key}：{told}",
    ],
)
def test_a_breach_is_found(text):
    assert broken(TERMS | MARKS, prose(text))


@pytest.mark.parametrize("text", ["計算する。", "同じだ。", "正しい。", "上がった。", "買う。", "値である。"])
def test_a_plain_sentence_is_found(text):
    assert re.search(PLAIN, text)


@pytest.mark.parametrize(
    "text", ["計算します。", "同じです。", "上がりました。", "選んでください。", "ありません。", "でした。"]
)
def test_a_polite_sentence_is_not(text):
    assert not re.search(PLAIN, text)
