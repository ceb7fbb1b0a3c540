"""The word that was probably meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from engine.messages import Message, message

LONGEST = 100  # characters of a word; comparing takes their square
_MARKS = "\"'`“”„‘’「」『』（）()［］[]、，,。・"

# What people call a word or a key of a file. Where one list has two of them, neither is suggested.
_CALLED: Mapping[str, tuple[str, ...]] = {
    "monthly": ("毎月", "月次", "月々", "月1回", "つみたて", "積立"),
    "quarterly": ("四半期", "毎四半期", "四半期ごと"),
    "yearly": ("毎年", "年次", "年1回", "年に1回"),
    "annual": ("毎年", "年次", "年1回", "年に1回", "yearly"),
    "calendar": ("毎年", "年次", "年1回", "年に1回", "yearly", "annual"),
    "daily": ("毎日", "日次"),
    "lump_sum": ("一括", "一括投資"),
    "fill_quota": ("枠を埋める", "満額"),
    "january": ("毎年1月", "1月", "年初", "年初一括"),
    "lump": ("一括", "一括投資"),
    "nisa": ("新nisa", "ニーサ", "nisa口座", "少額投資非課税制度"),
    "taxable": ("特定", "特定口座", "課税", "課税口座"),
    "nisa_taxable": ("nisaと特定口座", "nisaと特定"),
    "sbi": ("sbi証券",),
    "rakuten": ("楽天", "楽天証券"),
    "monex": ("マネックス", "マネックス証券"),
    "none": ("なし", "無し", "無", "手数料なし"),
    "yahoo": ("ヤフー", "yahooファイナンス", "yahoo!ファイナンス"),
    "sample": ("サンプル", "見本"),
    "auto": ("自動",),
    "month": ("毎月", "月", "monthly"),
    "quarter": ("四半期", "quarterly"),
    "year": ("毎年", "年", "yearly", "annual"),
    "jp_fund": ("投信", "投資信託", "日本の投信"),
    "us_etf": ("米国etf",),
    "index": ("指数",),
    "JPY": ("円", "日本円", "yen", "¥"),
    "USD": ("ドル", "米ドル", "dollar", "$"),
    "name": ("名前", "名称"),
    "description": ("説明",),
    "currency": ("通貨",),
    "period": ("期間",),
    "start": ("開始", "開始日", "始まり", "始め"),
    "end": ("終了", "終了日", "終わり"),
    "strategy": ("戦略", "プラン", "方針"),
    "allocation": ("配分", "資産配分"),
    "contributions": ("入金", "積立", "拠出"),
    "withdrawals": ("取り崩し", "取崩し", "引き出し"),
    "rebalancing": ("リバランス",),
    "accounts": ("口座",),
    "costs": ("手数料", "コスト"),
    "broker": ("証券会社",),
    "dividends": ("配当", "分配金"),
    "data": ("データ",),
    "amount": ("金額", "積立額", "積立金額"),
    "day": ("日", "積立日"),
    "type": ("種類", "方法"),
    "core": ("コア",),
    "satellite": ("サテライト",),
    "satellite_weight": ("サテライト比率", "サテライトの比率"),
    "weights": ("比率", "割合"),
}


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of ``words`` that is spelt most alike, whatever its case or width, or is called so in Japanese.

    None where none is alike.
    """
    import difflib

    by_lower = {item.lower(): item for item in words}
    text = unicodedata.normalize("NFKC", word[:LONGEST]).lower().strip().strip(_MARKS).strip()
    called = [item for item in by_lower.values() if text in _CALLED.get(item, ())]
    if len(called) == 1 and text not in by_lower:
        return called[0]
    found = difflib.get_close_matches(text, by_lower, n=1)
    return by_lower[found[0]] if found else None


def did_you_mean(word: object, words: Iterable[str]) -> Message | None:
    """The suggestion of the nearest of ``words``; None where none is near, or ``word`` is no text."""
    near = nearest(word, words) if isinstance(word, str) else None
    return None if near is None else message("did you mean {word}?", word=near)
