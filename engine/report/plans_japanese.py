"""What the shipped plans and studies call themselves, in Japanese, word for word.

Names and descriptions belong to whoever wrote the file and are never translated: these are the project's own.
"""

from __future__ import annotations

from collections.abc import Mapping

PLANS = {
    "S&P 500 alone, ¥100,000 a month in NISA": "S&P500だけを毎月10万円、NISA優先",
    "80 % S&P 500, 10 % S&P 600, 10 % Russell 2000, back to weights each January": (
        "S&P500 80％、S&P600 10％、ラッセル2000 10％、毎年1月に元の比率へ"
    ),
    "Small caps 5 to 15 %, by the net flows of IWM over twelve months": (
        "小型株を5～15％。IWMへの12か月の資金流入で決める"
    ),
    "Small caps from 20 % down to 0 %, a step each year": "小型株を20％から0％まで、毎年少しずつ減らす",
    "90 % modelled yen S&P 500 fund, 10 % US small-cap ETF, ¥150,000 a month in NISA": (
        "S&P500の投資信託(モデル)90％と米国小型株ETF 10％を毎月15万円、NISA"
    ),
    "¥1,200,000 each January in NISA, 90 % S&P 500, 10 % US small caps": (
        "毎年1月に120万円をNISAで、S&P500 90％と米国小型株10％"
    ),
    "¥100,000 a month in NISA, 90 % S&P 500, 10 % US small caps": (
        "毎月10万円をNISAで、S&P500 90％と米国小型株10％"
    ),
    "One NISA year followed yen by yen, ¥350,000 a month, more than the limits take": (
        "NISAの1年を1円単位でたどる。毎月35万円で、枠に収まらない額"
    ),
    "NISA filled in five years, each January, modelled S&P 500 fund and small caps": (
        "NISAを5年、毎年1月に埋める。S&P500の投資信託(モデル)と小型株"
    ),
    "NISA filled in twenty years, month by month, modelled S&P 500 fund and small caps": (
        "NISAを20年、毎月少しずつ埋める。S&P500の投資信託(モデル)と小型株"
    ),
    "90 % S&P 500, 10 % US small caps, a band of three points looked at each month": (
        "S&P500 90％と米国小型株10％、毎月見て3ポイントずれたら調整"
    ),
    "90 % S&P 500, 10 % US small caps, new money where it is missing": (
        "S&P500 90％と米国小型株10％、売らずに新しいお金で調整"
    ),
    "90 % S&P 500, 10 % US small caps, never rebalanced": "S&P500 90％と米国小型株10％、リバランスなし",
    "90 % S&P 500, 10 % US small caps, back to weights each year": (
        "S&P500 90％と米国小型株10％、毎年元の比率へ"
    ),
    "¥30,000,000, ¥100,000 a month taken out, rising 2 % a year": (
        "3,000万円から毎月10万円を取り崩し、毎年2％ずつ増やす"
    ),
    "¥50,000 a month growing 2 % a year, ¥200,000 more in June and December": (
        "毎月5万円を年2％ずつ増やし、6月と12月に20万円を上乗せ"
    ),
    "95 % S&P 500 core, 5 % US small caps, ¥100,000 a month in NISA": (
        "S&P500のコア95％と米国小型株5％を毎月10万円、NISA優先"
    ),
    "90 % S&P 500 core, 10 % US small caps, ¥100,000 a month in NISA": (
        "S&P500のコア90％と米国小型株10％を毎月10万円、NISA優先"
    ),
    "90 % S&P 500 core, 10 % Russell 2000, ¥100,000 a month in NISA": (
        "S&P500のコア90％とラッセル2000 10％を毎月10万円、NISA優先"
    ),
    "85 % S&P 500 core, 15 % US small caps, ¥100,000 a month in NISA": (
        "S&P500のコア85％と米国小型株15％を毎月10万円、NISA優先"
    ),
    "Four contributions on their own dates": "自分で決めた4回の日程で入金",
    "0 to 30 % small caps, Russell 2000 or S&P 600, every start month": (
        "小型株0～30％、ラッセル2000かS&P600、すべての開始月"
    ),
    "31 weights, 2 satellites, January or monthly, 4 ways of rebalancing, NISA or taxable, all starts": (
        "31の比率、2つのサテライト、毎年1月か毎月、4つのリバランス、NISAか特定口座、すべての開始月"
    ),
    "90 % S&P 500 core, 10 % US small caps, ¥100,000 a month in a taxable account": (
        "S&P500のコア90％と米国小型株10％を毎月10万円、特定口座"
    ),
    "Small caps 5 to 15 %, by their twelve-month return against the core": (
        "小型株を5～15％。コアに対する12か月のリターンで決める"
    ),
    "Small caps 5 to 15 %, by the distance from their 200-session average": (
        "小型株を5～15％。200日移動平均からの乖離で決める"
    ),
    "¥12,000,000 invested at once, 90 % S&P 500, 10 % US small caps": (
        "1,200万円を一括で、S&P500 90％と米国小型株10％"
    ),
    "¥12,000,000 invested over twelve months, 90 % S&P 500, 10 % US small caps": (
        "1,200万円を12か月に分けて、S&P500 90％と米国小型株10％"
    ),
    "¥1,200,000 a year in NISA, invested each January or in twelve parts": (
        "年120万円をNISAで、毎年1月に一括か12回に分割"
    ),
    "A year's money in January against a twelfth each month, S&P 500 in yen": (
        "1年分のお金を1月に一括か、毎月12分の1ずつか、円建てのS&P500"
    ),
    "A year's money in January against a twelfth each month, S&P 500 in dollars": (
        "1年分のお金を1月に一括か、毎月12分の1ずつか、ドル建てのS&P500"
    ),
    "¥18,000,000 into NISA in 5, 7.5 or 10 years, modelled yen S&P 500 fund": (
        "1,800万円を5・7.5・10年でNISAへ。S&P500の投資信託(モデル)"
    ),
    "A lump sum against twelve monthly parts over ten years, S&P 500 in yen": (
        "一括と12か月の分割を10年後に比較、円建てのS&P500"
    ),
    "A lump sum against twelve monthly parts over ten years, S&P 500 in dollars": (
        "一括と12か月の分割を10年後に比較、ドル建てのS&P500"
    ),
    "A lump sum against three monthly parts after one year, S&P 500 in yen": (
        "一括と3か月の分割を1年後に比較、円建てのS&P500"
    ),
    "A lump sum against three monthly parts after one year, S&P 500 in dollars": (
        "一括と3か月の分割を1年後に比較、ドル建てのS&P500"
    ),
    "¥12,000,000 at once, or spread over 6, 12 and 24 months, 90 % S&P 500, 10 % US small caps": (
        "1,200万円を一括か、6・12・24か月に分割。S&P500 90％と米国小型株10％"
    ),
}

# The strategies of a study, by the study's own description.
STRATEGIES: Mapping[str, Mapping[str, str]] = {
    "¥1,200,000 a year in NISA, invested each January or in twelve parts": {
        "January": "毎年1月",
        "Monthly": "毎月",
    },
    "A year's money in January against a twelfth each month, S&P 500 in yen": {
        "January": "毎年1月",
        "Monthly": "毎月",
    },
    "A year's money in January against a twelfth each month, S&P 500 in dollars": {
        "January": "毎年1月",
        "Monthly": "毎月",
    },
    "¥18,000,000 into NISA in 5, 7.5 or 10 years, modelled yen S&P 500 fund": {
        "5 years": "5年かけて",
        "7.5 years": "7.5年かけて",
        "10 years": "10年かけて",
    },
    "A lump sum against twelve monthly parts over ten years, S&P 500 in yen": {
        "At once": "一括",
        "12 parts": "12回に分割",
    },
    "A lump sum against twelve monthly parts over ten years, S&P 500 in dollars": {
        "At once": "一括",
        "12 parts": "12回に分割",
    },
    "A lump sum against three monthly parts after one year, S&P 500 in yen": {
        "At once": "一括",
        "3 parts": "3回に分割",
    },
    "A lump sum against three monthly parts after one year, S&P 500 in dollars": {
        "At once": "一括",
        "3 parts": "3回に分割",
    },
    "¥12,000,000 at once, or spread over 6, 12 and 24 months, 90 % S&P 500, 10 % US small caps": {
        "At once": "一括",
        "6 months": "6か月に分割",
        "12 months": "12か月に分割",
        "24 months": "24か月に分割",
    },
}


def description(text: str, lang: str) -> str:
    """A plan's or a study's description: that of a shipped file in ``lang``, anybody else's as it is."""
    return PLANS.get(text, text) if lang == "ja" else text


def strategy(name: str, study: str, lang: str) -> str:
    """A strategy's name in the study of that description: a shipped one's in ``lang``, any other as it is."""
    return STRATEGIES.get(study, {}).get(name, name) if lang == "ja" else name
