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
    "The signal is read on simulated days: the sample cannot say what this rule would have done.": (
        "シグナルは模擬データの日々から計算されています。このルールの成績はサンプルでは分かりません。"
    ),
    "The band is checked on simulated days: the sample cannot say when it would have been left.": (
        "許容幅は模擬データの日々で判定されています。いつ外れたかはサンプルでは分かりません。"
    ),
    "The days inside a month are simulated: the sample cannot say how high a price stood at one point.": (
        "月の途中の日々は模擬データです。一時的な高値はサンプルでは分かりません。"
    ),
    "Days inside a month are simulated: the sample cannot say which of them is a good one to invest on.": (
        "月の途中の日々は模擬データです。何日に投資するのがよいかはサンプルでは分かりません。"
    ),
    "sample: {symbol:w} is {base:w} plus {gap:n} % a year (expense ratios {a:n} % and {b:n} %), at the price "
    "level of {_:w}, from {day:d} whenever the fund itself began": (
        "サンプル: {symbol}は{base}に年{gap}%を加えた系列(経費率{a}%と{b}%の差)。価格水準は{base}と同じで、"
        "実際の設定日にかかわらず{day}から"
    ),
    "{fund:w} is modelled: {etf:w} of the session before in yen, {dividends:say}, trust fee {fee:n} % a year": (
        "{fund}はモデル: 前営業日の{etf}を円換算し、{dividends}、信託報酬は年{fee}%"
    ),
    "less 10 % US tax on dividends": "配当から米国の税10%を引き",
    "dividends untaxed (adjusted closes)": "配当は非課税(調整後終値)",
    "{symbol:w} before {day:d} from {other:w}, fee difference {fee:n} % a year": (
        "{symbol}の{day}より前は{other}で代用(経費率の差 年{fee}%を調整)"
    ),
    "{symbol:w} before {day:d} from {other:w}, fee difference {fee:n} % a year: all of this period, which ends on "
    "{end:d}": ("{symbol}は{day}より前のため、{end}までの全期間を{other}で代用(経費率の差 年{fee}%を調整)"),
    "{symbol:w} after {day:d} as {other:w}, which absorbed it": "{symbol}の{day}より後は、吸収合併した{other}",
    "{symbol:w}: bad rate left out on {day:d} (known fault)": "{symbol}: {day}の誤ったレートを除外(既知の誤り)",
    "{symbol:w}: missing dividend {paid:n} put in on {day:d} (known fault)": (
        "{symbol}: 抜けていた{day}の配当{paid}を補いました(既知の誤り)"
    ),
    "{symbol:w}: phantom dividend {paid:n} taken out on {day:d} (known fault)": (
        "{symbol}: 実際にはない{day}の配当{paid}を除きました(既知の誤り)"
    ),
    "capital gain of {paid:n} on {day:d} added to the dividend": (
        "{day}のキャピタルゲイン分配{paid}を配当に加えました"
    ),
    "capital gain of {paid:n} on {day:d} taken as part of the dividend": (
        "{day}のキャピタルゲイン分配{paid}は配当に含まれるとみなしました"
    ),
    "{symbol:w} is not in the registry: taken for a US-listed ETF in dollars that the growth frame may hold": (
        "{symbol}は登録にない銘柄です。成長投資枠で買える米国上場のドル建てETFとみなしています"
    ),
    "{symbol:w} is not in the registry: taken for a US-listed ETF in dollars; it {why:say}: not in the growth "
    "frame": (
        "{symbol}は登録にない銘柄で、米国上場のドル建てETFとみなしています。{why}のため、成長投資枠では買えません"
    ),
    "{symbol:w} {why:say}, which the growth frame excludes; assets.csv says that it may hold it": (
        "{symbol}は{why}で、成長投資枠の対象外のはずですが、assets.csvは対象としています"
    ),
    "is a leveraged product": "レバレッジ型の商品",
    "is an inverse product": "インバース型の商品",
    "distributes monthly": "毎月分配型",
    "{symbol:w}: no adjusted closes: payouts of the file are reinvested at the close of their ex-date": (
        "{symbol}: 調整後終値がないため、ファイルの分配金を権利落ち日の終値で再投資した系列を使います"
    ),
    "{symbol:w}: no price on the last sessions before {end:d}: the period ends on {day:d}": (
        "{symbol}: {end}までの最後の営業日に価格がないため、期間は{day}で終わります"
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
    "{symbol:w}: {what:say}: {days:days}": "{symbol}: {what}: {days}",
    "{symbol:w}: accepted as true in assets.csv: {what:say}: {days:days}": (
        "{symbol}: assets.csvで正しいと認められた値: {what}: {days}"
    ),
    "prices of days that have not been yet": "まだ来ていない日の価格",
    "rates of days that have not been yet": "まだ来ていない日のレート",
    "no price for more than {n:n} days before": "その前に{n}日を超えて価格がありません",
    "{n:n} months without a price, before": "その前に価格のない月が{n}か月",
    "{n:n} month without a price, before": "その前に価格のない月が{n}か月",
    "{n:n} weeks without a price, before": "その前に価格のない週が{n}週",
    "{n:n} week without a price, before": "その前に価格のない週が{n}週",
    "more than one price within a month: another frequency among monthly prices": (
        "月次の価格のなかに、同じ月の価格が2つ以上あります"
    ),
    "more than one price within a week: another frequency among weekly prices": (
        "週次の価格のなかに、同じ週の価格が2つ以上あります"
    ),
    "moves by over {limit:n}% in one week (like an unadjusted {split} split)": (
        "1週で{limit}%を超える変動(未調整の{split}分割のよう)"
    ),
    "moves by over {limit:n}% in one week": "1週で{limit}%を超える変動",
    "moves by over {limit:n}% in one month (like an unadjusted {split} split)": (
        "1か月で{limit}%を超える変動(未調整の{split}分割のよう)"
    ),
    "moves by over {limit:n}% in one month": "1か月で{limit}%を超える変動",
    "a step of over {n:n} usual moves between calm days, as a split or another unit makes": (
        "静かな日々のあいだに、ふだんの値動きの{n}倍を超える段差(分割や単位の違いのよう)"
    ),
    "the same close on all of {n:n} sessions, as of a money fund": (
        "{n}営業日すべて同じ終値(マネーファンドのよう)"
    ),
    "closes with payouts and adjusted closes are {n:n} % apart over the period": (
        "期間を通じて、分配込みの終値と調整後終値が{n}%食い違っています"
    ),
    "more than {n:n} payouts within a year, as no fund makes them": (
        "1年に{n}回を超える分配(そのような投信はありません)"
    ),
    "more than {share:n}% away from {source:w} on {n:n} of {all:n} days": (
        "{source}と{share}%を超える差が{all}日中{n}日"
    ),
    "{symbol:w}: {n:n} rows of days without trading repeat the day before: left out": (
        "{symbol}: 取引のない日の行({n}行、前日と同じ値)を除きました"
    ),
    "dates repeat or fall": "日付が重複しているか、前後しています",
    "close is not a positive number": "終値が正の数ではありません",
    "adjusted close is not a positive number": "調整後終値が正の数ではありません",
    "a dividend below 0": "配当がマイナスです",
    "close is not between 0.000001 and 1,000,000,000": "終値が0.000001～1,000,000,000の範囲にありません",
    "adjusted close is not between 0.000001 and 1,000,000,000": (
        "調整後終値が0.000001～1,000,000,000の範囲にありません"
    ),
    "a dividend above 1,000,000,000": "配当が1,000,000,000を超えています",
    "is in {came:w}, {wanted:w} was expected": "通貨が{came}です(想定は{wanted})",
    "{n:n} sessions without a price ({worst:n} of them within {span:n} sessions)": (
        "価格のない営業日が{n}日(うち{worst}日は{span}営業日のあいだ)"
    ),
    "{n:n} sessions without a price": "価格のない営業日が{n}日",
    "{n:n} session without a price": "価格のない営業日が{n}日",
    "prices on days without trading": "取引のない日の価格",
    "moves by about 100 times: cents or pence for whole units": "約100倍の変動: 通貨単位の取り違え",
    "moves by over {limit:n}% in one session (like an unadjusted {split} split)": (
        "1日で{limit}%を超える変動(未調整の{split}分割のよう)"
    ),
    "moves by over {limit:n}% in one session": "1日で{limit}%を超える変動",
    "moves and is back at once, as a bad print does": "大きく動いてすぐ戻る、誤った値の典型",
    "the same close for {n:n} sessions or more, from": "同じ終値が{n}営業日以上続く(開始日)",
    "adjusted closes know an unlisted payout": "調整後終値には、記載のない分配が織り込まれています",
    "adjusted closes do not know a listed payout": "記載された分配が調整後終値に織り込まれていません",
    "close and adjusted close disagree": "終値と調整後終値が食い違っています",
    "a payout of more than {share:n}% of the price": "価格の{share}%を超える分配",
    "a payout seems to be missing in the days before": "その前に分配の抜けがあるようです",
    "a payout too soon after another": "前の分配から間が短すぎる分配",
    "more than {n:n} days without a rate before": "その前に{n}日を超えてレートがありません",
    "more than {share:n}% away from {source:w} on {n:n} of {all:n} days: not the market's rate": (
        "{source}と{share}%を超える差が{all}日中{n}日: 市場のレートではありません"
    ),
    "more than {share:n}% away from {source:w}": "{source}と{share}%を超える差",
    "stale closes, which {peer:w} shows by the move they miss": "古い終値({peer}の値動きに遅れています)",
    "known fault, {fault:say} ({note:say}), on": "既知の誤り: {fault}({note})",
    "missing dividend": "配当の抜け",
    "phantom dividend": "実際にはない配当",
    "bad print": "誤った値",
    "Yahoo lacks this dividend": "Yahooにはこの配当がありません",
    "Yahoo lacks this dividend: without it the ten-year return to 2023 is {n:n} points too low": (
        "Yahooにはこの配当がなく、2023年までの10年リターンが{n}ポイント低くなります"
    ),
    "Yahoo shows a payout that was never made": "Yahooには実際にはない分配が載っています",
    "Yahoo's JPY=X: {n:n} % off": "YahooのJPY=Xが{n}%ずれています",
    "{symbol:w}: {what:say} from {first:d} to {last:d} ({n:n} days)": "{symbol}: {what}({first}～{last}、{n}日)",
    "only adjusted closes": "調整後終値のみ",
    "dividends are unknown": "配当が不明",
    "prices from before the fund existed": "ファンド設定前の価格",
    "followed another index than {index}": "{index}とは別の指数に連動",
    "prices after {other:w} took it over": "{other}に吸収された後の価格",
    "monthly rates": "月次のレート",
    "no asset of this name": "この名前の銘柄はありません",
    "fund flows": "資金フロー",
    # the registry
    "{symbol:w}: {note:say}": "{symbol}: {note}",
    "not in the registry: assumed to be a US-listed ETF in dollars that the growth frame may hold": (
        "登録のない銘柄: 成長投資枠で買えるドル建ての米国ETFとみなします"
    ),
    "tracked other broad US indices before 2013": "2013年より前は別の米国株指数に連動",
    "tracked the Russell 2000 until 2017-11 and another index until 2020-01-24": (
        "2017年11月まではラッセル2000、2020年1月24日までは別の指数に連動"
    ),
    "absorbed by {other:w} on {day:d} (not renamed)": "{day}に{other}へ吸収合併(改名ではありません)",
    "distributes monthly: not in the growth frame": "毎月分配のため成長投資枠の対象外",
    "a price index: no dividends": "価格指数(配当を含みません)",
    "dividends are inside": "配当込みの指数",
    "modelled from {etf:w} with the trust fee of eMAXIS Slim US Equity (S&P 500)": (
        "{etf}から、eMAXIS Slim 米国株式(S&P500)の信託報酬で計算"
    ),
    "modelled from {etf:w} with the trust fee of eMAXIS Slim All Country; VT's index is wider than the ACWI": (
        "{etf}から、eMAXIS Slim 全世界株式(オール・カントリー)の信託報酬で計算。VTの指数はACWIより広い範囲です"
    ),
    "imported from {file}": "{file}から取り込み",
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
    "month by name": "英語の月名",
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
    "{symbol:w} flows: one share became {ratio:n} up to {day:d}: a split is no flow": (
        "{symbol}の資金フロー: {day}までに1口が{ratio}口に分割。分割は流入とみなしません"
    ),
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
