"""What the engine says, in Japanese: the patterns that :mod:`engine.report.sentences` reads, in their order."""

from __future__ import annotations

JAPANESE = {
    # notes on plans
    "Monthly parts over {months:n} months reach past windows of {years:words} years: what is not invested by then "
    "waits as cash.": (
        "{months}か月の分割は、{years}年の期間より長くなります。期間内に投資されない分は現金のままです。"
    ),
    "A glide path keeps its dates in every window: before them its first weights hold, after them its last.": (
        "比率の移行の日付は、どの期間でも同じです。その前は移行前の比率、その後は移行後の比率です。"
    ),
    "{share:n} % of the money paid in still waits at the end: its monthly parts reach past the period.": (
        "入金の{share}%は、期間の終わりにもまだ投資されていません。毎月の分割が期間の先まで続くためです。"
    ),
    "The glide path ended on {day:d}, before the first session: its last weights hold throughout.": (
        "比率の移行は最初の営業日より前の{day}に終わっています。期間を通じて移行後の比率です。"
    ),
    "The glide path begins on {day:d}, after the last session: its first weights hold throughout.": (
        "比率の移行は最後の営業日より後の{day}に始まります。期間を通じて移行前の比率です。"
    ),
    "The glide path ends on {day:d}, after the last session: its last weights are not reached.": (
        "比率の移行は最後の営業日より後の{day}に終わります。移行後の比率には届きません。"
    ),
    "A yen fund's price holds the New York session before: its daily volatility is not that of an ETF's days. "
    "From month ends, a year: {listed}.": (
        "投信の基準価額は前のニューヨーク市場の値で決まるため、日次のボラティリティはETFの値とそのまま比べられません。"
        "月末どうしで見たボラティリティ(年率): {listed}。"
    ),
    # comparisons
    "The common period begins on {day:d}: {name}, {why:say}.": "共通の期間は{day}から: {name}は{why}。",
    "The common period ends on {day:d}: {name}, {why:say}.": "共通の期間は{day}まで: {name}は{why}。",
    "{symbol:w} has no earlier prices": "{symbol}にそれより前の価格がありません",
    "{symbol:w} has no later prices": "{symbol}にそれより後の価格がありません",
    "its period begins then": "設定した期間がその日に始まります",
    "its period ends then": "設定した期間がその日に終わります",
}
