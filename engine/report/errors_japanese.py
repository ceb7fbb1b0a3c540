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
    "did you mean {word}? known: {names}": "{word} のことですか? 使えるのは {names}",
    "make one with: backtest run": "backtest run で作れます",
    "make it again with: backtest run": "backtest run で作り直せます",
    # files
    "{place}: No such file or directory": "{place}: ファイルがありません",
    "{place}: Permission denied": "{place}: 権限がありません",
    "{place}: No space left on device": "{place}: ディスクに空きがありません",
    "{place}: no such folder": "{place}: フォルダーがありません",
    "{place}: cannot be read: {why:say}": "{place}: 読めません({why})",
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
