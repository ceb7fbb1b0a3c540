"""What the engine says, in Japanese: the patterns that :mod:`engine.report.sentences` reads, in their order."""

from __future__ import annotations

JAPANESE = {
    # notes on plans
    "Plan {name:w}: {note:say}": "プラン「{name}」: {note}",
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
    # how futures were drawn
    "{paths:n} futures, drawn from the sessions of {first:d} to {last:d} by the stationary block bootstrap (mean "
    "block {block:n} sessions, seed {seed:n}), jointly for all assets and the currency.": (
        "{first}から{last}までの営業日を、定常ブロックブートストラップ(ブロックの平均{block}営業日、乱数の種{seed})で"
        "引き直し、{paths}通りの将来を作りました。全資産と為替は同じ日のものを一緒に引きます。"
    ),
    "They repeat the returns, risks and dependence of that period; a future unlike it is not among them.": (
        "その期間のリターン・リスク・連動性の繰り返しです。それと似ていない将来は含まれません。"
    ),
    "Prices and the exchange rate go on from {day:d}; sessions are New York's.": (
        "価格と為替は{day}から続きます。営業日はニューヨーク市場のものです。"
    ),
    "Law, tax and costs are those of today, in every year to come.": (
        "制度・税金・費用は、将来のすべての年で今のままとします。"
    ),
    "The way through time is that of the first {n:n} futures; the end is that of all.": (
        "途中の推移は最初の{n}通り、最後の結果はすべての将来によるものです。"
    ),
    "Shares are never split, so that whole shares become dear and more cash waits for them.": (
        "株式分割はないものとするため、1株の値段が上がり、待機する現金が増えます。"
    ),
}
