"""What the shipped plans and studies call themselves, in Japanese: patterns as in ``japanese.py``."""

from __future__ import annotations

PLANS = {
    # strategies of the shipped studies
    "At once": "一括",
    "January": "毎年1月",
    "Monthly": "毎月",
    "{n:n} parts": "{n}回に分割",
    "{n:n} months": "{n}か月に分割",
    "{n:n} years": "{n}年かけて",
    # plans
    "S&P 500 alone, ¥{money:yen} a month in NISA": "S&P500だけを毎月{money}、NISA優先",
    "{core:n} % S&P 500 core, {part:n} % US small caps, ¥{money:yen} a month in NISA": (
        "S&P500のコア{core}％と米国小型株{part}％を毎月{money}、NISA優先"
    ),
    "{core:n} % S&P 500 core, {part:n} % Russell 2000, ¥{money:yen} a month in NISA": (
        "S&P500のコア{core}％とラッセル2000 {part}％を毎月{money}、NISA優先"
    ),
    "{core:n} % S&P 500 core, {part:n} % US small caps, ¥{money:yen} a month in a taxable account": (
        "S&P500のコア{core}％と米国小型株{part}％を毎月{money}、特定口座"
    ),
    "80 % S&P 500, 10 % S&P 600, 10 % Russell 2000, back to weights each January": (
        "S&P500 80％、S&P600 10％、ラッセル2000 10％、毎年1月に元の比率へ"
    ),
    "90 % S&P 500, 10 % US small caps, a band of three points looked at each month": (
        "S&P500 90％と米国小型株10％、毎月見て3ポイントずれたら調整"
    ),
    "90 % S&P 500, 10 % US small caps, back to weights each year": (
        "S&P500 90％と米国小型株10％、毎年元の比率へ"
    ),
    "90 % S&P 500, 10 % US small caps, never rebalanced": "S&P500 90％と米国小型株10％、リバランスなし",
    "90 % S&P 500, 10 % US small caps, new money where it is missing": (
        "S&P500 90％と米国小型株10％、売らずに新しいお金で調整"
    ),
    "90 % modelled yen S&P 500 fund, 10 % US small-cap ETF, ¥{money:yen} a month in NISA": (
        "S&P500の投資信託(モデル)90％と米国小型株ETF 10％を毎月{money}、NISA"
    ),
    "Four contributions on their own dates": "自分で決めた4回の日程で入金",
    "NISA filled in five years, each January, modelled S&P 500 fund and small caps": (
        "NISAを5年、毎年1月に埋める。S&P500の投資信託(モデル)と小型株"
    ),
    "NISA filled in twenty years, month by month, modelled S&P 500 fund and small caps": (
        "NISAを20年、毎月少しずつ埋める。S&P500の投資信託(モデル)と小型株"
    ),
    "One NISA year followed yen by yen, ¥{money:yen} a month, more than the limits take": (
        "NISAの1年を1円単位でたどる。毎月{money}で、枠に収まらない額"
    ),
    "Small caps 5 to 15 %, by the distance from their 200-session average": (
        "小型株を5～15％。200日移動平均からの乖離で決める"
    ),
    "Small caps 5 to 15 %, by the net flows of IWM over twelve months": (
        "小型株を5～15％。IWMへの12か月の資金流入で決める"
    ),
    "Small caps 5 to 15 %, by their twelve-month return against the core": (
        "小型株を5～15％。コアに対する12か月のリターンで決める"
    ),
    "Small caps from 20 % down to 0 %, a step each year": "小型株を20％から0％まで、毎年少しずつ減らす",
    "¥{money:yen} each January in NISA, 90 % S&P 500, 10 % US small caps": (
        "毎年1月に{money}をNISAで、S&P500 90％と米国小型株10％"
    ),
    "¥{money:yen} a month in NISA, 90 % S&P 500, 10 % US small caps": (
        "毎月{money}をNISAで、S&P500 90％と米国小型株10％"
    ),
    "¥{money:yen} invested at once, 90 % S&P 500, 10 % US small caps": (
        "{money}を一括で、S&P500 90％と米国小型株10％"
    ),
    "¥{money:yen} invested over twelve months, 90 % S&P 500, 10 % US small caps": (
        "{money}を12か月に分けて、S&P500 90％と米国小型株10％"
    ),
    "¥{money:yen}, ¥{out:yen} a month taken out, rising 2 % a year": (
        "{money}から毎月{out}を取り崩し、毎年2％ずつ増やす"
    ),
    "¥{money:yen} a month growing 2 % a year, ¥{bonus:yen} more in June and December": (
        "毎月{money}を年2％ずつ増やし、6月と12月に{bonus}を上乗せ"
    ),
    # studies
    "0 to 30 % small caps, Russell 2000 or S&P 600, every start month": (
        "小型株0～30％、ラッセル2000かS&P600、すべての開始月"
    ),
    "31 weights, 2 satellites, January or monthly, 4 ways of rebalancing, NISA or taxable, all starts": (
        "31の比率、2つのサテライト、毎年1月か毎月、4つのリバランス、NISAか特定口座、すべての開始月"
    ),
    "A lump sum against three monthly parts after one year, S&P 500 in {money:say}": (
        "一括と3か月の分割を1年後に比較、{money}建てのS&P500"
    ),
    "A lump sum against twelve monthly parts over ten years, S&P 500 in {money:say}": (
        "一括と12か月の分割を10年後に比較、{money}建てのS&P500"
    ),
    "A year's money in January against a twelfth each month, S&P 500 in {money:say}": (
        "1年分のお金を1月に一括か、毎月12分の1ずつか、{money}建てのS&P500"
    ),
    "dollars": "ドル",
    "yen": "円",
    "¥{money:yen} a year in NISA, invested each January or in twelve parts": (
        "年{money}をNISAで、毎年1月に一括か12回に分割"
    ),
    "¥{money:yen} at once, or spread over 6, 12 and 24 months, 90 % S&P 500, 10 % US small caps": (
        "{money}を一括か、6・12・24か月に分割。S&P500 90％と米国小型株10％"
    ),
    "¥{money:yen} into NISA in 5, 7.5 or 10 years, modelled yen S&P 500 fund": (
        "{money}を5・7.5・10年でNISAへ。S&P500の投資信託(モデル)"
    ),
}
