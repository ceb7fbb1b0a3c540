"""Every word, label and sentence that a person reads, in English and Japanese: one list.

A text may have places in braces, filled by :class:`engine.report.voice.Voice`. Metrics have the word of their
name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

LANGUAGES = ("en", "ja")


def word(key: str, lang: str) -> str:
    """The text ``key`` in ``lang``. Raises KeyError for a key or a language that is not there."""
    if lang not in LANGUAGES:
        raise KeyError(f"language {lang!r}; allowed: {', '.join(LANGUAGES)}")
    return WORDS[key][LANGUAGES.index(lang)]


def lang_from_locale(environ: Mapping[str, str] | None = None, system: str | None = None) -> str:
    """``ja`` where the person's locale is Japanese, else ``en``.

    LC_ALL, LC_MESSAGES and LANG decide, in this order (POSIX); where none is set, ``system``, or what
    ``locale.getlocale()`` names (``Japanese_Japan`` on Windows).
    """
    environ = os.environ if environ is None else environ
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return _language(environ[name])
    if system is None:
        import locale

        system = locale.getlocale()[0] or ""
    return _language(system)


def _language(name: str) -> str:
    return "ja" if name.lower().startswith("ja") else "en"


WORDS: dict[str, tuple[str, str]] = {
    # metrics
    "contributed": ("Paid in", "入金額の合計"),
    "withdrawn": ("Taken out", "引き出した額"),
    "final_value": ("Final value", "最終評価額"),
    "liquidation_value": ("After tax, if sold", "売却・税引後の額"),
    "profit": ("Profit", "損益"),
    "value_to_contributed": ("Value / paid in", "評価額÷入金額"),
    "xirr": ("Annual return on the money (XIRR)", "お金の年率リターン (XIRR)"),
    "twr_cagr": ("Annual return of the strategy (TWR)", "運用の年率リターン (TWR)"),
    "twr_local": ("Return in the assets' currency (TWR)", "現地通貨でのリターン (TWR)"),
    "twr_fx": ("Return from the currency", "為替によるリターン"),
    "volatility_12": ("Annual volatility (12 months)", "ボラティリティ (年率・12か月)"),
    "volatility_52": ("Annual volatility (52 weeks)", "ボラティリティ (年率・52週)"),
    "volatility_365": ("Annual volatility (365 days)", "ボラティリティ (年率・365日)"),
    "sharpe_12": ("Sharpe ratio (12 months)", "シャープレシオ (12か月)"),
    "sharpe_52": ("Sharpe ratio (52 weeks)", "シャープレシオ (52週)"),
    "sharpe_365": ("Sharpe ratio (365 days)", "シャープレシオ (365日)"),
    "sortino_12": ("Sortino ratio (12 months)", "ソルティノレシオ (12か月)"),
    "sortino_52": ("Sortino ratio (52 weeks)", "ソルティノレシオ (52週)"),
    "sortino_365": ("Sortino ratio (365 days)", "ソルティノレシオ (365日)"),
    "volatility": ("Annual volatility (252 days)", "ボラティリティ (年率・252日)"),
    "sharpe": ("Sharpe ratio (252 days)", "シャープレシオ (252日)"),
    "sortino": ("Sortino ratio (252 days)", "ソルティノレシオ (252日)"),
    "max_drawdown": ("Maximum drawdown", "最大ドローダウン"),
    "max_drawdown_peak": ("Maximum drawdown: peak", "最大ドローダウンの高値"),
    "max_drawdown_trough": ("Maximum drawdown: trough", "最大ドローダウンの底"),
    "max_drawdown_recovery": ("Maximum drawdown: recovered", "最大ドローダウンからの回復"),
    "calmar": ("Calmar ratio", "カルマーレシオ"),
    "ulcer_index": ("Ulcer index", "アルサー指数"),
    "var_95": ("Value at risk, a day (95%)", "VaR (1日・95%)"),
    "cvar_95": ("Expected shortfall, a day (95%)", "期待ショートフォール (1日・95%)"),
    "best_year": ("Best year", "最良の年"),
    "worst_year": ("Worst year", "最悪の年"),
    "days_below_principal": ("Days below the money paid in", "元本割れの日数"),
    "turnover": ("Turnover, a year", "売買回転率 (年)"),
    "cost_paid": ("Costs paid", "支払った手数料"),
    "tax_paid": ("Tax on gains", "譲渡益の税金"),
    "dividend_tax_paid": ("Tax on dividends", "配当の税金"),
    "idle_cash_average": ("Idle cash, on average", "待機資金の平均"),
    "depleted_on": ("Money ran out on", "資金が尽きた日"),
    "unpaid": ("Not paid out", "引き出せなかった額"),
    "years_lasted": ("Years the money lasted", "資金が続いた年数"),
    # the same in a narrow heading
    "xirr_short": ("XIRR", "XIRR (年率)"),
    "twr_cagr_short": ("TWR a year", "TWR (年率)"),
    "liquidation_value_short": ("After tax", "税引後"),
    "max_drawdown_short": ("Max drawdown", "最大下落"),
    "days_below_principal_short": ("Days below", "元本割れ"),
    "contributed_short": ("Paid in", "入金額"),
    "final_value_short": ("Final value", "最終評価額"),
    "cost_paid_short": ("Costs", "手数料"),
    "tax_paid_short": ("Tax", "税金"),
    # warnings
    "sample_banner": ("SAMPLE", "サンプル"),
    "sample_word": ("sample, partly simulated", "サンプル(一部は模擬データ)"),
    "sample_text": (
        "These prices are the built-in sample: real at each month's end and each year's high and low; the days "
        "between are simulated, and with them VaR, days below the principal and the dates of drawdowns. "
        "Do not decide on them.",
        "価格は内蔵サンプルです。各月末と各年の高値・安値は実際の値ですが、その間の日々は模擬データで、"
        "VaR、元本割れの日数、下落の日付も模擬です。投資判断には使わないでください。",
    ),
    "data_banner": ("DATA", "データ"),
    "found_is_warning": ("WARN", "警告"),
    "counterfactual_banner": ("COUNTERFACTUAL", "仮定の計算"),
    "disclaimer": (
        "A calculation on past prices under the assumptions stated above. "
        "It is neither advice nor a promise of future results.",
        "上に記した前提のもとで、過去の価格により計算したものです。投資の助言ではなく、将来の成果を約束するものでもありません。",
    ),
    # tables
    "strategy": ("Strategy", "戦略"),
    "core_alone": ("Core alone ({core})", "コアのみ ({core})"),
    "difference": ("Difference", "差"),
    "best": ("best", "最良"),
    "results_title": ("Results", "結果"),
    "assumptions_title": ("Assumptions", "前提"),
    "data_title": ("Data", "使ったデータ"),
    "files_title": ("Files", "保存先"),
    "quota_title": ("NISA quota", "NISAの枠"),
    "period_text": ("{first} to {last}, {n} sessions", "{first}から{last}まで、{n}営業日"),
    "data_line": (
        "{symbol}: {source}, {first} to {last}, SHA-256 {hash}",
        "{symbol}: {source}、{first} から {last}、SHA-256 {hash}",
    ),
    "year": ("Year", "年"),
    "frame": ("Frame", "枠"),
    "quota_limit": ("Limit", "年間上限"),
    "quota_used": ("Used", "使った額"),
    "quota_given_back": ("Given back", "復活した額"),
    "quota_lifetime_left": ("Lifetime left", "生涯枠の残り"),
    "quota_lapsed": ("Lapsed", "使わずに消えた額"),
    "dd_from": ("Peak", "高値"),
    "dd_to": ("Trough", "底"),
    "dd_recovered": ("Recovered", "回復"),
    "dd_not_yet": ("not yet", "未回復"),
    "dd_never": ("never: it ran out", "回復前に資金が尽きた"),
    "dry_mark": ("ran out", "資金が尽きた日"),
    "value_dry": ("The money ran out on {date}.", "{date}に資金が尽きました。"),
    "bucket_plain": ("Plain account", "口座"),
    "bucket_taxable": ("Taxable account", "特定口座"),
    "bucket_T": ("NISA, tsumitate", "NISA つみたて投資枠"),
    "bucket_G": ("NISA, growth", "NISA 成長投資枠"),
    "bucket_old_general": ("Old NISA, general", "旧NISA 一般"),
    "bucket_old_tsumitate": ("Old NISA, tsumitate", "旧NISA つみたて"),
    "cash": ("Cash", "現金"),
    # the headline
    "headline_result": (
        "{contributed} paid in became {final}, or {after_tax} after tax.",
        "入金した{contributed}は{final}になりました(売却・税引後は{after_tax})。",
    ),
    "headline_dry": (
        "The money ran out on {date}, {span} after the first deposit: {unpaid} of the withdrawals was not paid.",
        "{date}に資金が尽きました(最初の入金から{span})。引き出しのうち{unpaid}は支払えていません。",
    ),
    "headline_dry_result": (
        "{contributed} was paid in and {withdrawn} was taken out.",
        "入金は{contributed}、引き出せたのは{withdrawn}です。",
    ),
    "headline_dry_later": (
        "What was paid in after that ended at {final}.",
        "その後の入金は最後に{final}になりました。",
    ),
    "headline_unpaid": (
        "{unpaid} of the withdrawals could not be paid.",
        "引き出しのうち{unpaid}は支払えませんでした。",
    ),
    "headline_core_dry": (
        "The same money in {core} alone would have run out on {date}, with {unpaid} not paid.",
        "同じお金を{core}だけに入れていれば、{date}に尽き、{unpaid}は支払えませんでした。",
    ),
    "headline_core_lasts": (
        "The same money in {core} alone would not have run out: {final} would be left.",
        "同じお金を{core}だけに入れていれば尽きず、{final}が残っていました。",
    ),
    "headline_withdrawn": ("{withdrawn} was taken out on the way.", "途中で{withdrawn}を引き出しています。"),
    "headline_rate": ("That is {rate} a year on the money.", "入金の時期も考えた年率リターンは{rate}です。"),
    "headline_core_less": (
        "The same money in {core} alone would have become {final}: {gap} less.",
        "同じお金を{core}だけに入れていれば{final}で、{gap}少ない結果でした。",
    ),
    "headline_core_more": (
        "The same money in {core} alone would have become {final}: {gap} more.",
        "同じお金を{core}だけに入れていれば{final}で、{gap}多い結果でした。",
    ),
    "headline_core_same": (
        "The same money in {core} alone would have become exactly as much.",
        "同じお金を{core}だけに入れていても、同じ結果でした。",
    ),
    "tile_core": ("core alone {value}", "コアのみ {value}"),
    # lengths of time
    "span_years": ("{n} years", "{n}年"),
    "span_months": ("{n} months", "{n}か月"),
    "span_days": ("{n} days", "{n}日"),
    # the page
    "skip": ("To the content", "本文へ"),
    "contents": ("Contents", "目次"),
    "theme_dark": ("Dark", "ダーク表示"),
    "theme_light": ("Light", "ライト表示"),
    "no_charts": (
        "This browser cannot draw the charts; the tables hold the same figures.",
        "お使いのブラウザではグラフを表示できません。同じ数値が表にあります。",
    ),
    "report_kind": ("Backtest report", "バックテスト報告書"),
    "figure_word": ("Figure", "項目"),
    "figures_title": ("Figures", "主な数値"),
    "more_figures": ("More figures", "その他の数値"),
    "value_title": ("Value", "評価額"),
    "value_chart": ("Value against the money paid in", "評価額と入金額"),
    "value_summary": (
        "{paid} was paid in; it ended at {value}.",
        "入金額{paid}に対し、最後の評価額は{value}です。",
    ),
    "never_below": (
        "The value was never below the money paid in at a session's close.",
        "終値で元本を下回ったことはありません。",
    ),
    "lowest_below": (
        "At worst, on {date}, it stood {share} below the money paid in.",
        "最も悪かった{date}には、入金額を{share}下回っていました。",
    ),
    "paid_in": ("Paid in", "入金額"),
    "paid_in_net": ("Paid in, less what was taken out", "入金額から引出額を引いた額"),
    "growth_title": ("Growth", "運用の成長"),
    "growth_note": (
        "Time-weighted: what 1 became, whatever the deposits. Logarithmic scale.",
        "時間加重。入金の影響を除き、1がいくらになったかを対数目盛で示します。",
    ),
    "growth_chart": ("What 1 became", "はじめを1としたときの伸び"),
    "growth_summary": (
        "The strategy made {mine} of 1, the core alone {core}: in the end {ahead} against the core.",
        "1は戦略で{mine}、コアのみで{core}になり、最後の差はコアに対して{ahead}です。",
    ),
    "growth_summary_one": ("The strategy made {mine} of 1.", "1は{mine}になりました。"),
    "ahead_of_core": ("Ahead of the core (below: behind)", "コアとの差(下は劣後)"),
    "falls_title": ("Drawdowns", "ドローダウン"),
    "falls_note": (
        "From the highest level so far to the close of each day; the numbers are the table's.",
        "それまでの最高値から各日の終値までの下落。番号は表の順位です。",
    ),
    "falls_chart": ("Below the highest level so far", "最高値からの下落率"),
    "falls_none": (
        "The index never closed below its highest level.",
        "終値で最高値を下回ったことはありません。",
    ),
    "falls_summary": (
        "The deepest drawdown was {depth}, reached on {date} after {span}; {back}.",
        "最大の下落は{depth}で、{span}かけて{date}に底をつけ、{back}。",
    ),
    "falls_back": ("the way back took {span}", "回復には{span}かかりました"),
    "falls_open": ("it has not recovered yet", "まだ回復していません"),
    "falls_never": ("the money ran out before it recovered", "回復する前に資金が尽きました"),
    "rank": ("No.", "順位"),
    "fall_depth": ("Drawdown", "下落率"),
    "fall_down": ("Down", "下落期間"),
    "fall_back": ("Back", "回復期間"),
    "from_the_start": ("the start", "開始時"),
    "returns_title": ("Years and months", "年と月のリターン"),
    "returns_note": (
        "Time-weighted returns in percent. Blue is a gain, orange a loss; the deeper, the larger.",
        "時間加重リターン(%)。青は利益、橙は損失で、濃いほど大きい値です。",
    ),
    "returns_share": ("{share} of the months ended with a gain.", "プラスで終わった月は{share}です。"),
    "returns_extremes": (
        "Best full year {best} ({best_return}), worst {worst} ({worst_return}).",
        "通年で最良は{best}年({best_return})、最悪は{worst}年({worst_return})です。",
    ),
    "year_whole": ("Year", "年間"),
    "sources_title": ("Where it came from", "損益の内訳"),
    "sources_note": (
        "Prices at the exchange rate of the day before, the rate on what was held, both at once; "
        "then dividends, tax and costs. The parts add up to the profit.",
        "日ごとに、前日の為替で測った価格の変化、保有分にかかる為替の変化、両者が重なる部分に分け、"
        "配当・税金・手数料を加えたものです。合計は損益に一致します。",
    ),
    "sources_chart": ("The way to the profit", "損益ができるまで"),
    "sources_summary": (
        "The profit of {profit} came most of all from: {name} ({amount}).",
        "損益{profit}のうち、最も大きいのは「{name}」({amount})です。",
    ),
    "src_market": ("Prices", "価格"),
    "src_currency": ("Currency", "為替"),
    "src_cross": ("Prices × currency", "価格×為替"),
    "src_dividends": ("Dividends", "配当"),
    "src_dividend_tax": ("Tax on dividends", "配当の税金"),
    "src_tax": ("Tax on gains", "譲渡益の税金"),
    "src_cost": ("Costs", "手数料"),
    "source_word": ("Source", "内訳"),
    "source_share": ("Of the profit", "損益に対する割合"),
    "amount": ("Amount", "金額"),
    "twr_split": (
        "Time-weighted over the whole period: {whole} = {local} in the assets' currency, {fx} from the "
        "exchange rate, and {cross} from both together.",
        "全期間の時間加重リターン{whole}の内訳は、現地通貨で{local}、為替で{fx}、両者の掛け合わせで{cross}です。",
    ),
    "flows_title": ("Fund flows", "資金フロー"),
    "flows_note": (
        "Money that went into the fund and out of it, and from when on the plan could know.",
        "ファンドに入ったお金と出たお金、それをプランがいつから知り得たか。",
    ),
    "flows_chart": (
        "Price of {symbol}, and the net flow of {fund} {period}",
        "{symbol}の価格と、{fund}の{period}の純流入額",
    ),
    "flows_monthly": ("by month", "月ごと"),
    "flows_weekly": ("by week", "週ごと"),
    "flows_price": ("Price of {symbol}", "{symbol}の価格"),
    "flows_in": ("Flowed in", "流入"),
    "flows_out": ("Flowed out", "流出"),
    "flows_summary": (
        "Net flow of {fund}, {first} to {last}: {net}. Highest {most} (to {most_at}), lowest {least} (to "
        "{least_at}).",
        "{first}から{last}までの{fund}の純流入額は{net}。最大は{most}({most_at}まで)、最小は{least}"
        "({least_at}まで)。",
    ),
    "flows_lag": (
        "The plan looks on the first session of each month. It does not know a bar before {n} sessions after "
        "the bar's date, and then weighs the newest {months} months it knows: what came less what left, as a "
        "share of both.",
        "プランが資金フローを見るのは毎月の最初の営業日です。棒の日付から{n}営業日たつまで、その値はまだ知らない"
        "ものとし、知り得た直近{months}か月の流入と流出の差を、両者の合計に対する割合で測ります。",
    ),
    "flows_example": (
        "The bar of {date} ({amount}) first counted on {seen}.",
        "例えば{date}の棒({amount})が初めて判断に入ったのは{seen}です。",
    ),
    "flows_on_off": (
        "Above zero {satellite} gets {above} of the money, below zero {below}; where nothing is known, {base}.",
        "プラスなら{satellite}の比率は{above}、マイナスなら{below}、何もわからないうちは{base}です。",
    ),
    "flows_proportional": (
        "The further above zero, the nearer {satellite} is to {above} of the money, the further below, to "
        "{below}; where nothing is known, {base}.",
        "プラスが大きいほど{satellite}の比率は{above}に、マイナスが大きいほど{below}に近づき、"
        "何もわからないうちは{base}です。",
    ),
    "holdings_title": ("Holdings", "保有"),
    "holdings_summary": (
        "Month-end values. At the end, the largest: {name}, {share}.",
        "月末の値。最後に最も大きいのは{name}({share})。",
    ),
    "by_asset": ("By asset", "資産別"),
    "by_account": ("By account", "口座別"),
    "value": ("Value", "評価額"),
    "share": ("Share", "割合"),
    "quota_note": (
        "At acquisition cost. What is sold comes back to the lifetime limit in the next year; "
        "a year's unused room lapses.",
        "簿価(取得価額)ベース。売った分の簿価は翌年に生涯枠へ戻り、その年に使わなかった枠は消えます。",
    ),
    "quota_chart": ("Used by year, and what was left", "年ごとに使った枠と残り"),
    "quota_summary": (
        "{used} of quota was used and {back} given back; "
        "at the end of {year}, {left} of the lifetime limit was left.",
        "使った枠は合計{used}、復活した枠は{back}、{year}年末に残る生涯枠は{left}です。",
    ),
    "frame_given_back": ("{frame}: given back", "{frame}: 復活"),
    "frame_left": ("{frame}: lifetime left", "{frame}: 生涯枠の残り"),
    "years_title": ("Year by year", "年ごとの記録"),
    "years_contributed": ("Paid in", "入金"),
    "years_withdrawn": ("Taken out", "引出"),
    "years_dividends": ("Dividends", "配当"),
    "years_dividend_tax": ("Tax on dividends", "配当の税"),
    "years_tax": ("Tax on gains", "譲渡の税"),
    "years_cost": ("Costs", "手数料"),
    "years_value": ("Value at the end", "年末評価額"),
    "year_return": ("Return (TWR)", "リターン (TWR)"),
    "assumptions_note": ("Everything the figures rest on.", "すべての数値の土台になる決めごとです。"),
    "series_symbol": ("Series", "系列"),
    "series_source": ("Source", "出所"),
    "series_first": ("From", "開始"),
    "series_last": ("To", "終了"),
    "series_sha256": ("SHA-256", "SHA-256"),
    "series_notes": ("Notes", "備考"),
    "config_hash": ("Configuration (SHA-256)", "設定 (SHA-256)"),
    "seed": ("Seed", "乱数の種"),
    "versions": ("Versions", "バージョン"),
    "downloads_title": ("Downloads", "ダウンロード"),
    "csv_link": ("{file} ({n} rows)", "{file} ({n}行)"),
    "csv_too_large": (
        "{file} has {n} rows, too many for this page: it lies beside it in the result's folder.",
        "{file} は {n} 行あり、このページには収まりません。結果のフォルダーにあります。",
    ),
    # compare
    "compare_kind": ("Comparison", "比較"),
    "compare_title": ("Compared: {names}", "比較: {names}"),
    "compare_best": (
        "{name} ended highest after tax, at {amount}.",
        "売却・税引後に最も多く残ったのは{name}で、{amount}です。",
    ),
    "compare_calmest": (
        "{name} fell least: {depth} at worst.",
        "下落が最も小さかったのは{name}で、最大{depth}でした。",
    ),
    "compare_note": (
        "Below each figure its difference against the first column; the star marks the best.",
        "各数値の下は最初の列との差、星印は最良の値です。",
    ),
    "compare_growth_summary": (
        "At the end: {rest}. The lower part shows the lead over {first}.",
        "最後の値: {rest}。下段は{first}に対する差です。",
    ),
    "periods_differ": (
        "The periods differ: figures of different years cannot be compared. backtest compare takes the years "
        "that all of them share.",
        "期間が異なるため、数値どうしは比べられません。backtest compare なら共通の期間で比べます。",
    ),
    "contributed_differs": ("They pay in different amounts: {each}.", "入金額が異なります({each})。"),
    "withdrawn_differs": ("They take out different amounts: {each}.", "引き出した額が異なります({each})。"),
    "no_best": (
        "What is left cannot be compared, and nothing is marked as best.",
        "残った額では優劣を比べられないため、最良の印は付けません。",
    ),
    "against_first": ("{name} against {first}", "{name} ({first}との差)"),
    "finals_summary": ("At the end: {values}.", "最後の評価額: {values}。"),
    "name_value": ("{name} {value}", "{name} {value}"),
    "returns_by_year": ("Returns by year", "年ごとのリターン"),
    # data
    "span_hours": ("{n} hours", "{n}時間"),
    "span_minutes": ("{n} minutes", "{n}分"),
    "data_rows": ("Days", "日数"),
    "data_fetched": ("Fetched", "取得"),
    "data_ago": ("{age} ago", "{age}前"),
    "data_findings": ("Findings", "検査結果"),
    "data_events": ("What happened", "これまでの経過"),
    "data_nothing": (
        "Nothing is cached yet in {root}. Fetch prices with: backtest data fetch VOO IJR",
        "{root} にはまだ何も保存されていません。価格を取得するには: backtest data fetch VOO IJR",
    ),
    "data_verified": (
        "{n} series: {fatal} fatal findings, {warnings} warnings, {notes} notes.",
        "{n}系列: 致命的な問題{fatal}件、警告{warnings}件、注意{notes}件。",
    ),
    "found_fatal": ("fatal: {n}", "致命的 {n}件"),
    "found_warnings": ("warnings: {n}", "警告 {n}件"),
    "found_notes": ("notes: {n}", "注意 {n}件"),
    "found_none": ("none", "なし"),
    "found_is_fatal": ("FATAL", "致命的"),
    "found_is_note": ("note", "注意"),
    "import_file": ("File", "ファイル"),
    "import_fund": ("Above the headings", "見出しより上の行"),
    "import_kind": ("What it is", "種類"),
    "import_not_known": ("not known", "不明"),
    "import_would_change": ("Would change", "変更される内容"),
    "import_ask_adjusted": (
        "Only the adjusted closes know its distributions. Rebuild them from these?",
        "分配は調整後の価格にしか含まれていません。そこから分配を計算しますか？",
    ),
    "import_ask_unlisted": (
        "The file has no column of distributions. Has it never paid any?",
        "分配金の列がありません。これまで分配はなかったとしてよいですか？",
    ),
    "import_columns": ("Columns", "列"),
    "import_dates": ("Dates", "日付"),
    "import_days": ("Days", "日数"),
    "import_prices": ("Prices", "価格"),
    "import_payouts": ("Distributions (sum)", "分配金 (合計)"),
    "import_skipped": ("Left out", "読み飛ばした行"),
    "import_use": ("Use it with: --data csv:{folder}", "使うには: --data csv:{folder}"),
    "import_agree": ("Store it like this?", "この内容で保存しますか？"),
    "asset_symbol": ("Symbol", "銘柄"),
    "asset_name": ("Name", "名称"),
    "asset_kind": ("Kind", "種類"),
    "asset_fee": ("Fee a year", "経費率 (年)"),
    "asset_frames": ("NISA", "NISA枠"),
    "asset_stand_ins": ("Stand-in", "代わりの系列"),
    "kind_us_etf": ("US ETF", "米国ETF"),
    "kind_jp_fund": ("yen fund", "投資信託"),
    "kind_index": ("index", "指数"),
    "frame_T": ("tsumitate", "つみたて"),
    "frame_G": ("growth", "成長"),
    # a new configuration
    "question_core": ("Core, the asset that holds most of the money", "コア(資金の大半を入れる銘柄)"),
    "question_satellite": ("Satellite beside it (or none)", "サテライト(なければ none)"),
    "question_weight": ("The satellite's share, such as 0.10 or 10%", "サテライトの割合 (0.10、10% など)"),
    "question_every": (
        "When money comes (monthly; january: once a year; lump: all at once; quota: as NISA allows)",
        "入金のしかた (monthly 毎月、january 毎年1月、lump 一括、quota NISA枠)",
    ),
    "question_amount": ("Yen each time", "1回の入金額 (100000、10万円 など)"),
    "question_account": (
        "Account (nisa_taxable: NISA first, then taxable; nisa; taxable; plain: no tax)",
        "口座 (nisa_taxable NISAと特定口座、nisa、taxable 特定口座、plain 税なし)",
    ),
    "question_rebalancing": (
        "Rebalancing (no_sell: new money only; none; yearly; band: when 5 points off)",
        "リバランス (no_sell 入金だけで調整、none しない、yearly 毎年、band 5ポイントずれたら)",
    ),
    "question_start": ("First day", "開始日 (2001-01-31 など)"),
    "no_japanese": (
        "this output ({encoding}) has no Japanese characters: what is printed is English, files are Japanese "
        "(PYTHONUTF8=1 makes the output UTF-8)",
        "この出力({encoding})では日本語を表示できないため、画面は英語、ファイルは日本語にします"
        "(PYTHONUTF8=1 で UTF-8 になります)",
    ),
    "waits_for": (
        "waiting for another writer of {target} ({holder}); Ctrl-C ends the wait",
        "{target} は別の処理が書き込み中のため、終わるのを待っています({holder})。Ctrl-C でやめられます",
    ),
    "waits_for_file": (
        "; if that process is gone, delete {file}",
        "。その処理がもうない場合は {file} を削除してください",
    ),
    "new_written": (
        "{file} is written. Run it with: backtest run {file}",
        "{file} を書きました。実行するには: backtest run {file}",
    ),
    "new_about": (
        "{core} and {satellite}, the satellite's share {weight}",
        "{core}と{satellite}、サテライトの割合 {weight}",
    ),
    "new_about_core": ("{core} alone", "{core}のみ"),
    "new_note_run": ("Run it with: backtest run {file}", "実行するには: backtest run {file}"),
    "new_note_period": (
        "Without an end: as far as the prices reach. Give one with: end: 2025-12-31",
        "終わりを書かなければ価格のある最後の日まで。指定するなら end: 2025-12-31",
    ),
    "new_note_allocation": (
        "Other types: fixed_mix, glide_path, tilt",
        "ほかの種類: fixed_mix (固定比率)、glide_path (徐々に変える)、tilt (信号で傾ける)",
    ),
    "new_note_contributions": (
        "Other types: monthly, annual, lump_sum, fill_quota, schedule; growth: 0.02 adds 2% a year",
        "ほかの種類: monthly、annual、lump_sum、fill_quota、schedule。growth: 0.02 で毎年2%増やす",
    ),
    "new_note_rebalancing": (
        "no_sell: new money alone keeps the weights; others: none, calendar, band",
        "no_sell: 売らずに新しいお金だけで比率を保つ。ほかに none、calendar、band",
    ),
    "new_note_accounts": (
        "Filled in this order. plain: no tax, no limits",
        "この順に使う。plain は税も枠もない口座",
    ),
    "new_note_costs": (
        "A broker's fees: sbi, rakuten, monex; or own numbers",
        "証券会社の手数料: sbi、rakuten、monex。独自の数値も可",
    ),
    "new_note_whole": (
        "US ETFs in whole shares; false: fractions of every asset",
        "米国ETFは1株単位。false なら端数まで買う",
    ),
    "new_note_data": (
        "auto: the cache, then Yahoo, then the built-in sample; or yahoo, sample, csv:DIR",
        "auto: 保存済み、Yahoo、内蔵サンプルの順。ほかに yahoo、sample、csv:DIR",
    ),
    # claims
    "claims_kind": ("Claims check", "主張の検証"),
    "claims_title": ("Statements", "主張"),
    "claims_note": ("What was published, and what the data say.", "記事の主張とデータの照合。"),
    "claims_rules": ("What is measured, and when a statement holds", "測り方と判定の決まり"),
    "claims_basis": (
        "Returns are in {currency}, with dividends reinvested, before tax and costs. They count from the last "
        "close on or before the first day; month ends are whole twelfths of a year apart.",
        "リターンは{currency}建て、配当再投資後、税・費用の控除前です。初日以前の最後の終値から数え、月末から月末までは"
        "1か月を12分の1年とします。",
    ),
    "claims_usd": ("US dollars", "米ドル"),
    "claims_jpy": ("yen at the ECB's fixing", "円（ECBの参照レート）"),
    "claim_rule_return": (
        "A return holds within {holds} points a year of the figure stated, and is close within {close}. Of a "
        "total and a rate that are both stated the one farther off counts.",
        "リターンの主張は、年率の差が{holds}ポイント以内なら「正しい」、{close}ポイント以内なら「ほぼ正しい」。"
        "累計と年率の両方があれば、差の大きいほうで判定します。",
    ),
    "claim_rule_peak": (
        "A gain at one point holds if a close reached it, and is close if it was missed by at most {close} "
        "points. A sentence that can be read in two ways is judged in both.",
        "「一時」の値上がりは、終値が届けば「正しい」、不足が{close}ポイント以内なら「ほぼ正しい」。"
        "二通りに読める文は、両方の読み方で判定します。",
    ),
    "claim_rule_flow": (
        "An amount of net flow, in dollars, holds within {holds_flow} % of the one stated, and is close within "
        "{close_flow} %; a least amount holds if it is reached; a direction holds if it is the one measured.",
        "資金フローの金額（ドル）は、差が{holds_flow}％以内なら「正しい」、{close_flow}％以内なら「ほぼ正しい」。"
        "「〜以上」は届けば、流入・流出は向きが合えば「正しい」とします。",
    ),
    "claim_rule_downturn": (
        "Falling more holds if each symbol fell more than the core in at least {deeper} % of the downturns, and "
        "on average; it is close if each did in most of them. Two symbols make two cases of one downturn.",
        "「大きく下がる」は、どの銘柄も下落局面の{deeper}％以上と平均でコアより大きく下落していれば「正しい」、"
        "過半数なら「ほぼ正しい」。1回の下落は、銘柄が2つなら2件と数えます。",
    ),
    "claim_rule_diversify": (
        "Diversifying holds if the core with each symbol was less volatile than alone (monthly returns), and is "
        "close if it was with one of them.",
        "「分散になる」は、どの銘柄を加えてもコアだけより変動（月次リターン）が小さければ「正しい」、"
        "一部の銘柄だけなら「ほぼ正しい」。",
    ),
    "claim_rule_instalments": (
        "Instalments hold if for each symbol they ended higher from most start months and in the median, and are "
        "close if they did for one of them.",
        "「積立が効果的」は、どの銘柄でも過半数の開始月と中央値で積立が上回れば「正しい」、一部の銘柄だけなら"
        "「ほぼ正しい」。",
    ),
    "claim_rule_cheaper_and_better": (
        "Cheaper and better holds if both are so, and is close if one is.",
        "「低コストでリターンも良い」は、両方なら「正しい」、片方なら「ほぼ正しい」。",
    ),
    "claim_rule_guide": (
        "Advice is neither true nor false: its figures are shown, and it is not judged.",
        "目安には真偽がないため、数値だけを示し、判定しません。",
    ),
    "claims_summary": (
        "{n} statements: holds {holds}, close {close}, does not hold {fails}, cannot be checked here {unknown}.",
        "{n}件の主張のうち、正しい{holds}件、ほぼ正しい{close}件、正しくない{fails}件、ここでは確認できない{unknown}件。",
    ),
    "verdict_holds": ("holds", "正しい"),
    "verdict_close": ("close", "ほぼ正しい"),
    "verdict_fails": ("does not hold", "正しくない"),
    "verdict_unknown": ("cannot be checked", "確認できない"),
    "claim_subject": ("Subject", "対象"),
    "claim_text": ("Statement", "主張"),
    "claim_verdict": ("Verdict", "判定"),
    "claim_claimed": ("Claimed", "主張の値"),
    "claim_measured": ("Measured", "実測値"),
    "claim_source": ("Source and dates", "出所と期間"),
    "claim_a_year": ("{rate} a year", "年率{rate}"),
    "claim_over": ("over {figure}", "{figure}超"),
    "claim_inflow": ("inflow", "流入"),
    "claim_outflow": ("outflow", "流出"),
    "claim_billions": ("{sign}${n} billion", "{sign}{n}億ドル"),
    "claim_billions_in": ("net inflow ${n} billion", "{n}億ドルの純流入"),
    "claim_billions_out": ("net outflow ${n} billion", "{n}億ドルの純流出"),
    "from_to": ("{first} to {last}", "{first}～{last}"),
    # statistics
    "median": ("Median", "中央値"),
    "median_word": ("median", "中央値"),
    "p5": ("5%", "5%"),
    "p25": ("25%", "25%"),
    "p75": ("75%", "75%"),
    "p95": ("95%", "95%"),
    "worst": ("Worst", "最悪"),
    "percentile": ("{p}%", "{p}%"),
    "band": ("{low} to {high}%", "{low}～{high}%"),
    "band_middle": ("25 to 75% (pale: 5 to 95%)", "25～75% (薄い帯は5～95%)"),
    "band_wide": ("5 to 95%", "5～95%"),
    "beat_core": ("Beat the core alone", "コアのみを上回った割合"),
    "below_principal": ("Ended below the money paid in", "元本割れで終わった割合"),
    "windows_word": ("Windows", "期間の数"),
    "independent": ("not overlapping", "重ならない数"),
    "no_windows": ("No window of this length fits into the data.", "この長さの期間はデータに収まりません。"),
    "as_table": ("As a table", "表で見る"),
    "choose_measure": ("Figure", "指標"),
    "choose_horizon": ("Horizon", "運用期間"),
    # bootstrap
    "bootstrap_kind": ("Bootstrap study", "ブートストラップ分析"),
    "bootstrap_headline": ("{n} drawn futures of {years} years.", "{years}年間の将来を{n}通り描きました。"),
    "bootstrap_odds": (
        "{name}: median {median}, and {odds} of them end below the money paid in.",
        "{name}は中央値{median}、元本割れで終わる割合は{odds}です。",
    ),
    "fan_title": ("The fan of outcomes", "結果の広がり"),
    "fan_note": (
        "Bands hold the share of futures named; all fans share one scale.",
        "帯は示した割合の将来を含みます。目盛はすべて共通です。",
    ),
    "fan_summary": (
        "At the end: median {median}; the lowest {low}% of futures hold {bottom} or less, the highest {low}% "
        "{top} or more.",
        "最後の中央値は{median}。下位{low}%は{bottom}以下、上位{low}%は{top}以上です。",
    ),
    "years_suffix": (" y", "年"),
    "ends_title": ("The ends", "最後の結果"),
    "ends_chart": ("End value by share of futures", "将来の割合ごとの最終額"),
    "ends_summary": (
        "Read: at 25%, a quarter of the futures end below the line. Logarithmic scale.",
        "見方: 25%の位置の値は、将来の4分の1がそれを下回ることを示します。対数目盛。",
    ),
    "share_of_paths": ("Share of futures that end below", "この値を下回る将来の割合"),
    "chance_below": ("Chance below the money paid in", "元本割れの確率"),
    "shortfall": ("Missing then, on average", "そのときの平均不足率"),
    "paired_title": ("Paired", "同じ条件での比較"),
    "ran_out": ("Ran out", "資金が尽きた割合"),
    "ran_out_title": ("Money that ran out", "資金が尽きた割合"),
    "ran_out_note": (
        "Withdrawals could not be paid in full and nothing was left. Years and amounts are medians of those; the "
        "interval is Wilson's at 95%. Every simulation counts in every figure: what ran out ended with nothing.",
        "取り崩しを全額は払えず、残高がなくなった場合です。年数と金額はその場合の中央値、区間は95%のウィルソン区間です。"
        "資金が尽きた場合も、残高0としてすべての数値に含めています。",
    ),
    "ran_out_of": ("{count} of {n}", "{n}のうち{count}"),
    "interval95": ("95% interval", "95%区間"),
    "interval_of": ("{low} to {high}", "{low}～{high}"),
    "lasted_median": ("Lasted, median", "尽きるまで(中央値)"),
    "lasted_shortest": ("Shortest", "最短"),
    "unpaid_median": ("Not paid, median", "払えなかった額(中央値)"),
    "ran_out_sentence": (
        "The money ran out in this share of {n} {what}{by}: {each}.",
        "{n}通りの{what}{by}のうち、資金が尽きた割合: {each}。",
    ),
    "ran_out_each": (
        "{name} {share} ({interval}; after {years}, {unpaid} unpaid)",
        "{name} {share}({interval}、{years}後、不足{unpaid})",
    ),
    "ran_out_none": ("{name} {share} ({interval})", "{name} {share}({interval})"),
    "by_independent": (", {k} of which do not overlap", "(重ならないのは{k})"),
    "what_futures": ("drawn futures of {years} years", "{years}年間の将来"),
    "what_windows": ("windows of {horizon}", "{horizon}の期間"),
    "what_all_windows": ("windows", "期間"),
    "best_setting": ("best setting", "最良の設定"),
    "least_setting": ("setting with the fewest", "最も尽きにくい設定"),
    "most_setting": ("setting with the most", "最も尽きやすい設定"),
    "every_setting": ("every setting", "すべての設定"),
    "ran_out_on": (
        "{name} ran out of money on {date}: {unpaid} of withdrawals were not paid.",
        "{name}は{date}に資金が尽き、取り崩しのうち{unpaid}を払えませんでした。",
    ),
    "survival_chart": ("Share of futures that still have money", "資金が残っている将来の割合"),
    "survival_summary": (
        "After {years} years there is still money in: {shares}.",
        "{years}年後に資金が残っている割合: {shares}。",
    ),
    "same_windows_title": ("On the same windows", "同じ期間どうしの比較"),
    "same_windows_note": (
        "What each strategy ended with against {first}, window by window: the same years for both.",
        "同じ年に始めて同じ年に終えたとき、{first}より多く残ったかどうかです。",
    ),
    "same_windows_headline": (
        "Over {horizon}, on the same windows, more was left than with {first} in: {shares} of them.",
        "{horizon}の同じ期間どうしで、{first}より多く残った割合: {shares}。",
    ),
    "more_than": ("More than {first}", "{first}より多い割合"),
    "as_much": ("As much", "同じ額の割合"),
    "median_gap": ("Median difference", "差の中央値"),
    "mean_gap": ("Mean difference", "差の平均"),
    "half_gap": ("± (95%)", "±(95%)"),
    "of_all": ("of {known} of {of}", "{of}のうち{known}"),
    "medians_differ": (
        "A median is the middle of a strategy's own windows: two medians are of different years, and the higher "
        "one need not have left more. Which left more on the same years: see {title}.",
        "中央値は各プランの期間の真ん中の値で、プランごとに年が違います。高いほうが多く残ったとは限りません。"
        "同じ年で多く残ったのはどちらかは「{title}」を見てください。",
    ),
    "paired_note": (
        "Differences on the same futures, second minus first, with their confidence interval.",
        "同じ将来のうえでの差(後者−前者)とその信頼区間です。",
    ),
    "pair": ("Compared", "比較"),
    "pair_names": ("{second} against {first}", "{first}に対する{second}"),
    "mean_difference": ("Mean difference", "平均の差"),
    "interval_low": ("{level} interval, low", "{level}区間の下限"),
    "interval_high": ("{level} interval, high", "{level}区間の上限"),
    "share_second_better": ("Second better", "後者が上回る割合"),
    "paired_noise": (
        "{measure}: {second} and {first} cannot be told apart: the {level} interval holds zero.",
        "{measure}: {second}と{first}の差は区別できません({level}区間がゼロを含みます)。",
    ),
    "paired_real": (
        "{measure}: {second} and {first} differ: the {level} interval does not hold zero.",
        "{measure}: {second}と{first}には差があります({level}区間はゼロを含みません)。",
    ),
    "paths": ("Futures", "将来の数"),
    "block_length": ("Mean block", "ブロックの平均長"),
    # windows
    "windows_kind": ("Windows study", "開始月別の分析"),
    "windows_headline": (
        "Of {n} windows of {horizon}, so many ended below the money paid in: {shares}.",
        "{horizon}の{n}期間のうち、元本割れで終わった割合: {shares}。",
    ),
    "windows_caption": ("{measure} over {horizon}, by start month.", "{horizon}の{measure}(開始月ごと)。"),
    "spread_caption": (
        "{name}: 5% {low}, median {median}, 95% {high}.",
        "{name}: 5%点 {low}、中央値 {median}、95%点 {high}。",
    ),
    "starts_title": ("By start month", "開始月ごと"),
    "starts_chart": ("Outcome by start month", "開始月ごとの結果"),
    "starts_note": (
        "Windows overlap: neighbours share almost all their days.",
        "期間は重なり合っており、隣どうしはほとんど同じ日々を含みます。",
    ),
    "ended_below": ("Ended below the money paid in", "元本割れで終わった開始月"),
    "spread_title": ("Spread", "ばらつき"),
    "spread_chart": ("How many windows ended where", "結果ごとの期間の数"),
    "spread_note": ("All strategies on the same bins.", "すべての戦略を同じ区切りで数えています。"),
    "paired_windows_note": (
        "The same windows, month by month: second minus first.",
        "同じ期間どうしの差(後者−前者)を開始月ごとに示します。",
    ),
    "second_better": ("{name} better", "{name}が上回る"),
    "first_better": ("{name} better", "{name}が上回る"),
    "pair_caption": (
        "{second} did better than {first} in {share} of {n} windows. {measure}: median difference {median}, "
        "lowest {low} (start {low_start}), highest {high} (start {high_start}).",
        "{n}期間のうち{share}で{second}が{first}を上回りました。{measure}の差は中央値{median}、"
        "最小{low}({low_start}開始)、最大{high}({high_start}開始)。",
    ),
    "failures_title": ("Failures, by name", "失敗した開始月"),
    "failures_note": (
        "Start months whose window ended below the money paid in.",
        "元本割れで終わった開始月です。",
    ),
    "failures_of": ("Horizon {horizon}", "運用期間 {horizon}"),
    "failures_none": ("None.", "ありません。"),
    "failure_run": (
        "{first} to {last}: {n} starts, worst {worst}",
        "{first}～{last}: {n}か月分、最悪{worst}",
    ),
    "failure_one": ("{first}: {n} start, {worst}", "{first}: {n}か月分、{worst}"),
    "windows_table": ("All windows", "全期間のまとめ"),
    "worst_start": ("Worst start", "最悪の開始月"),
    "share_below": ("Below paid in", "元本割れ"),
    # sweep
    "sweep_kind": ("Sweep", "総当たり分析"),
    "sweep_cells": (
        "{cells} settings, {windows} lives.",
        "{cells}通りの設定で、{windows}通りの運用を計算しました。",
    ),
    "sweep_best": (
        "Best by the {statistic} of {measure}: {value}, with {where}.",
        "{measure}の{statistic}が最も良かったのは{where}で、{value}です。",
    ),
    "sweep_plateau_one": (
        "One other setting cannot be told from it.",
        "ただし、誤差の範囲で区別できない設定がほかに1通りあります。",
    ),
    "sweep_plateau": (
        "{n} other settings cannot be told from it.",
        "ただし、誤差の範囲で区別できない設定がほかに{n}通りあります。",
    ),
    "readout_title": ("At this setting", "この設定では"),
    "readout_note": ("Follows the slider and the lists above.", "上のスライダーと選択に応じて変わります。"),
    "by_weight_title": ("By weight", "割合ごと"),
    "fan_weight_chart": ("The chosen figure by weight", "選んだ指標と割合"),
    "fan_weight_summary": (
        "The median over all windows and the spread around it; the dotted line is the slider's place.",
        "全期間の中央値とその広がりです。点線はスライダーの位置を示します。",
    ),
    "frontier_title": ("Frontier", "リスクとリターン"),
    "frontier_chart": ("{reward} against {risk}", "{risk}と{reward}"),
    "frontier_summary": (
        "Medians, a point for each weight; the large points are the slider's.",
        "割合ごとの中央値です。大きな点がスライダーの位置を示します。",
    ),
    "median_of": ("Median {measure}", "{measure}の中央値"),
    "heat_title": ("Heat map", "ヒートマップ"),
    "heat_chart": ("Median of the chosen figure", "選んだ指標の中央値"),
    "heat_summary": (
        "The strongest colour is the best; the framed column is the slider's weight. "
        "The tables above hold the figures.",
        "色が強いほど良い値で、枠で囲んだ列がスライダーの割合です。数値は上の表にあります。",
    ),
    "choose_rows": ("Rows", "行に並べる項目"),
    "ranking_title": ("Ranking", "順位"),
    "ranking_note": (
        "A peak among equals is luck: look at the plateau, not at the first place.",
        "差のないなかの1位は偶然です。順位よりも、同等な範囲を見てください。",
    ),
    "ranking_by": ("By the {statistic} of {measure}", "{measure}の{statistic}による順位"),
    "plateau_summary": (
        "{n} other settings cannot be told from the best: {where}.",
        "最良と区別できない設定はほかに{n}通り: {where}。",
    ),
    "findings_title": ("How sure this is", "確かさ"),
}
