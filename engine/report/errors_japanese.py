"""What goes wrong most often, in Japanese: patterns as in :mod:`engine.report.japanese`.

An error line is said in Japanese only as a whole: without a pattern for the message, or for its suggestion, it
stays English. The rarer errors (YAML syntax, the contents of data files, damaged results) have none.
"""

from __future__ import annotations

ERRORS = {
    # a configuration
    "{place}: came {came}, allowed {what:say}": "{place}: {came} は使えません。書けるもの: {what}",
    # what is allowed
    "{words:words}": "{words}",
    # suggestions
    "did you mean {word}?": "{word} のことですか?",
    "did you mean {word}? it has {names}": "{word} のことですか? あるのは {names}",
    "did you mean {word}? known: {names}": "{word} のことですか? 使えるのは {names}",
    "it has {names}": "あるのは {names}",
    "make one with: backtest run": "backtest run で作れます",
    "make it again with: backtest run": "backtest run で作り直せます",
    "fetch it once: {command}": "一度だけ取得してください: {command}",
    "fetch it: {command}": "取得するには: {command}",
    "use --data sample or --data csv:DIR, or try again later": (
        "--data sample か --data csv:フォルダー を使うか、時間をおいて試してください"
    ),
    "csv:DIR needs a folder with one CSV file a symbol": (
        "csv: には、1銘柄1ファイルのCSVを入れたフォルダーを指定します"
    ),
    "backtest assets lists them all": "backtest assets で一覧が出ます",
    "--set currency=JPY makes them one": "--set currency=JPY でそろえられます",
    # files
    "{place}: No such file or directory": "{place}: ファイルがありません",
    "{place}: Permission denied": "{place}: 権限がありません",
    "{place}: No space left on device": "{place}: ディスクに空きがありません",
    "{place}: no such folder": "{place}: フォルダーがありません",
    "{place}: cannot be read: {why:say}": "{place}: 読めません({why})",
    "compiled code is made anew in each run, since others can write to {place}, or nobody can "
    "(BACKTEST_CODE_CACHE names a folder of your own)": (
        "コンパイル済みのコードを保存できないため、実行のたびにコンパイルします"
        "({place} は他のユーザーが書き込めるか、だれも書き込めません。"
        "自分だけのフォルダーを BACKTEST_CODE_CACHE に指定してください)"
    ),
    "{place}: holds no result (manifest.json is missing)": (
        "{place}: 結果のフォルダーではありません(manifest.json がありません)"
    ),
    "{place}: has changed since it was written": "{place}: 書き出されたあとに変更されています",
    "Permission denied": "権限がありません",
    "No space left on device": "ディスクに空きがありません",
    "Read-only file system": "書き込めない場所です",
    "Is a directory": "フォルダーです",
    "Not a directory": "フォルダーではありません",
    "No such file or directory": "ファイルやフォルダーがありません",
    # importing a file
    "{file}: what is {symbol:w}? {why:say}": "{file}: {symbol}が何か分かりません。{why}",
    "the registry does not know it, and the file does not say": "登録になく、ファイルからも判断できません",
    "dollars or adjusted closes are no yen fund's, and the registry does not know it": (
        "ドルの価格や調整後終値は円の投資信託のものではなく、登録にもありません"
    ),
    "{file}: in which currency is {symbol:w}?": "{file}: {symbol}の通貨が分かりません",
    "{file}: are its closes prices, or adjusted for dividends as yfinance does by default?": (
        "{file}: 終値が実際の価格か、配当調整後（yfinanceの既定）か判断できません"
    ),
    "say which: --{option:w} {choices}": "--{option} で指定してください（{choices}）",
    "{symbol:w} is {one:say} in the registry, not {other:say}": "{symbol}の登録は{one}で、{other}ではありません",
    "a yen fund": "円の投資信託",
    "a US ETF in dollars": "ドルの米国ETF",
    "an index": "指数",
    "give the file another name with --as": "--as で別の名前を付けてください",
    "choose another: --as": "--as で別の名前を付けてください",
    "{name}: the folder's own table of assets has that name": "{name}: 銘柄一覧のファイルと同じ名前です",
    "{place}: {n:n} columns could be the {what}: {names}": "{place}: {names} のどれを使うか判断できません",
    'say which: --column "{text}"': '--column で指定してください（例 --column "{text}"）',
    "{place}: {n:n} cells under {all:n} headings: {text}": "{place}: 見出しは{all}列ですが、{n}列あります: {text}",
    'a number with a thousands comma needs quotes: "9,921"': '桁区切りのある数は "9,921" と囲んでください',
    "{file}: the comma in {text} may mark thousands or decimals": (
        "{file}: {text} のコンマが桁区切りか小数点か判断できません"
    ),
    "{file}: the point in {text} may mark thousands or decimals": (
        "{file}: {text} の点が桁区切りか小数点か判断できません"
    ),
    "write the numbers with a decimal point and without thousands": (
        "数は小数点で、桁区切りなしで書いてください"
    ),
    "{file}: {new} would change it: {what}": "{file}: {new} を取り込むと保存済みの内容が変わります（{what}）",
    "--replace takes the file as it is": "--replace を付けると置き換えます",
    # prices
    "the embedded sample has no {symbol}": "内蔵サンプルに {symbol} はありません",
    "data source {name} is not one of auto, yahoo, sample, csv:DIR": (
        "価格の出所 {name} は使えません。使えるのは auto、yahoo、sample、csv:フォルダー"
    ),
    "{symbol:w} from {source:w} is not in the cache and the network is not allowed": (
        "{symbol}({source})は手元に保存されておらず、通信も許可されていません"
    ),
    "{n:n} of {all:n} histories could not be fetched: {why:parts}": "{all}件のうち{n}件を取得できません: {why}",
    "{host:w} cannot be reached: {why}": "{host} に接続できません({why})",
    "no asset has {text} in its name": "名前に {text} を含む銘柄はありません",
    "compare: there is no common period: {start:d} is not before {end:d}": (
        "比較: 共通する期間がありません(開始{start}、終了{end})"
    ),
    "compare: the currencies differ ({listed})": "比較: 通貨が違います({listed})",
    # the command line
    "{option}: allowed whole years from 1 to 100, such as 5,10,20": (
        "{option}: 1から100までの年数を 5,10,20 のように書いてください"
    ),
    "there is no command {name}; did you mean {word}?": (
        "{name} というコマンドはありません。{word} のことですか?"
    ),
    "there is no command {name}; commands: {names}": "{name} というコマンドはありません。使えるのは {names}",
    "No such option {name}. Did you mean {word}?": "{name} というオプションはありません。{word} のことですか?",
    "No such option {name}. (Possible options: {names})": (
        "{name} というオプションはありません。使えるのは {names}"
    ),
    "No such option {name}. (Did you mean one of: {names}?)": (
        "{name} というオプションはありません。近いのは {names}"
    ),
    "No such option {name}.": "{name} というオプションはありません",
    "No such option: {name} Did you mean {word}?": "{name} というオプションはありません。{word} のことですか?",
    "No such option: {name} (Possible options: {names})": (
        "{name} というオプションはありません。使えるのは {names}"
    ),
    "No such option: {name}": "{name} というオプションはありません",
    "Missing argument '{name}'.": "{name} を指定してください",
    "Option '{name}' requires an argument.": "{name} には値が必要です",
    "Invalid value for '{name}': {value} is not in the range {range}.": "{name}: {value} は範囲外です({range})",
    "Invalid value for '{name}': '{value}' is not a valid {kind}.": "{name}: '{value}' は使えません",
    "Invalid value for '{name}': '{value}' is not one of {words}.": (
        "{name}: '{value}' は使えません。使えるのは {words}"
    ),
    "interrupted": "中断しました",
    "defect in this program: {what} (run again with --debug and report it)": (
        "プログラムの不具合です: {what}(--debug を付けてもう一度実行し、その表示を知らせてください)"
    ),
}
