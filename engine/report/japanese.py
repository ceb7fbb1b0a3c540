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
    # where prices come from
    "source chosen: {why:say}": "この出所を選んだ理由: {why}",
    "every symbol is in the local cache": "全銘柄が手元に保存されています",
    "the network is not allowed, and {what:say}": "通信が許可されておらず、{what}",
    "Yahoo cannot be reached, and {what:say}": "Yahooに接続できず、{what}",
    "Yahoo gives no prices now ({why})": "Yahooから価格を取得できません ({why})",
    "the local cache was not asked": "保存済みの価格は使わない設定です",
    "the local cache does not hold every symbol": "手元の保存分に足りない銘柄があります",
    "{symbol:w} from {source:w} was fetched {age:say} ago, older than the {limit:say} allowed, and offline": (
        "{symbol}({source})は{age}前の取得で、許された{limit}より古く、通信もできません"
    ),
    "{symbol:w} from {source:w} was fetched {age:say} ago": "{symbol}({source})は{age}前に取得した価格です",
    "{n:n} days": "{n}日",
    "{n:n} day": "{n}日",
    "{n:n} hours": "{n}時間",
    "{n:n} hour": "{n}時間",
    "{n:n} minutes": "{n}分",
    "{n:n} minute": "{n}分",
    "{n:n} seconds": "{n}秒",
    "{why}; used instead: the copy of {age:say} ago": "{why}。代わりに{age}前の保存分を使いました",
    "USDJPY: the bundled fixings are used, newer ones cannot be had: {why}": (
        "USDJPY: 内蔵の参照レートを使用。新しいレートを取得できません: {why}"
    ),
    "sample: real at each month's end and each year's high and low, simulated in between": (
        "サンプル: 各月末と各年の高値・安値は実際の値、その間は模擬データ"
    ),
    "sample: {symbol:w} is {base:w} plus {gap:n} % a year (expense ratios {a:n} % and {b:n} %), at the price "
    "level of {_:w}, from {day:d} whenever the fund itself began": (
        "サンプル: {symbol}は{base}に年{gap}%を加えた系列(経費率{a}%と{b}%の差)。価格水準は{base}と同じで、"
        "実際の設定日にかかわらず{day}から"
    ),
    "capital gain of {paid:n} on {day:d} added to the dividend": (
        "{day}のキャピタルゲイン分配{paid}を配当に加えました"
    ),
    "capital gain of {paid:n} on {day:d} taken as part of the dividend": (
        "{day}のキャピタルゲイン分配{paid}は配当に含まれるとみなしました"
    ),
    # what happened to a stored history
    "first fetch": "最初の取得",
    "fetched again after damage": "破損のため再取得",
    "{symbol:w}: fetched again from {source:w}: {why:parts}": "{symbol}: {source}から取り直しました: {why}",
    "history now begins on {day:d}": "開始日が{day}になりました",
    "new dividend of {paid:n} on {day:d}": "{day}に新しい配当{paid}",
    "new split {ratio} on {day:d}": "{day}に新しい分割{ratio}",
    "split {ratio} on {day:d} withdrawn": "{day}の分割{ratio}は取り消し",
    "{n:n} sessions added: {days:days}": "{n}営業日が追加: {days}",
    "{n:n} session added: {days:days}": "{n}営業日が追加: {days}",
    "{n:n} sessions removed: {days:days}": "{n}営業日が削除: {days}",
    "{n:n} session removed: {days:days}": "{n}営業日が削除: {days}",
    "close changed on {n:say}, most on {day:d}: {was:n} -> {now:n}": "終値が{n}分変更、最大は{day}: {was} → {now}",
    "dividend changed on {n:say}, most on {day:d}: {was:n} -> {now:n}": (
        "配当が{n}分変更、最大は{day}: {was} → {now}"
    ),
    "adjusted close changed on {n:say}, first on {day:d}": "調整後終値が{n}分変更、最初は{day}",
    "adjusted close multiplied by {factor:n}, as a dividend or split does": (
        "調整後終値が{factor}倍(配当や分割による通常の変更)"
    ),
    # findings
    # the registry
    # importing a file
    "date": "日付",
    "price": "価格",
    "price with distributions reinvested": "分配金再投資後の価格",
    "distribution": "分配金",
    "latest distribution (used on its closing date only)": "直近の分配金(その決算日にだけ使用)",
    "closing date of the latest distribution": "直近の決算日",
    "net assets (not used)": "純資産総額(不使用)",
    "not used": "不使用",
    "capital gains distribution": "キャピタルゲイン分配",
    "share splits": "株式分割",
    "as said": "指定",
    "by the registry": "登録データ",
    "by its headings": "見出しから判断",
    "oldest first": "古い順",
    "newest first": "新しい順",
    "in no order (sorted)": "順不同(並べ替え済み)",
    "without a date": "日付なし",
    "without a price": "価格なし",
    "repeated": "重複",
    "no column of distributions: they are unknown, and no run can use it until they are known (--no-payouts: it "
    "never made one)": (
        "分配金の列がないため分配は不明で、計算に使えません（一度も分配がなければ --no-payouts）"
    ),
    "{heading} knows no distributions: they are unknown, and no run can use it until they are known "
    "(--no-payouts: it never made one)": (
        "{heading}は分配を含まないため分配は不明で、計算に使えません（一度も分配がなければ --no-payouts）"
    ),
    "only prices with distributions reinvested: for dividends: total_return only": (
        "分配金再投資後の価格しかないため、dividends: total_return でのみ使えます"
    ),
    "its closes are adjusted for dividends, as yfinance does by default: for dividends: total_return only "
    "(auto_adjust=False exports the closes as well)": (
        "終値は配当調整後（yfinanceの既定）のため、dividends: total_return でのみ使えます"
        "（auto_adjust=False なら終値も出力されます）"
    ),
    "only adjusted closes know its {n:n} distributions: for dividends: total_return only (--payouts-from-adjusted "
    "rebuilds them)": (
        "{n}回の分配は調整後の価格にしか含まれないため、dividends: total_return でのみ使えます"
        "（--payouts-from-adjusted で計算できます）"
    ),
    "its {n:n} distributions are rebuilt from adjusted closes, which show none below {least:n} %": (
        "{n}回の分配を調整後の価格から計算しました（価格の{least}％未満の分配は見えません）"
    ),
    "adjusted closes know no distribution": "調整後の価格に分配はありません",
    "as said, it never made a distribution": "指定により、分配は一度もなかったものとします",
    "an index pays nothing beside its level": "指数に分配はありません",
    "prices with distributions reinvested are made from the distributions": (
        "分配金再投資後の価格は、分配金から計算しました"
    ),
    # comparisons
    "The common period begins on {day:d}: {name}, {why:say}.": "共通の期間は{day}から: {name}は{why}。",
    "The common period ends on {day:d}: {name}, {why:say}.": "共通の期間は{day}まで: {name}は{why}。",
    "{symbol:w} has no earlier prices": "{symbol}にそれより前の価格がありません",
    "{symbol:w} has no later prices": "{symbol}にそれより後の価格がありません",
    "its period begins then": "設定した期間がその日に始まります",
    "its period ends then": "設定した期間がその日に終わります",
    "the embedded sample has no {symbol}": "内蔵サンプルに{symbol}はありません",
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
