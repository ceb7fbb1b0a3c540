"""Everything in the documents that the program itself can say: `make docs` writes it, the tests compare it.

Two things. ``docs/commands.md`` and its Japanese twin are made from the commands. And a block of a document that
shows what a command prints is printed by that command::

    <!-- paragraphs 2-4 -->
    ```console
    $ backtest run configs/satellite10.yaml --data sample

    ...what it printed...
    ```

The comment says which paragraphs of the output are shown, counted from 1 between blank lines. The language is
that of the document: Japanese in ``*.ja.md``, else English. A line that begins with ``backtest`` in a ``bash``
block is a command without output; the tests run it all the same.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from engine.locale import Locale

ROOT = Path(__file__).resolve().parents[1]

_FENCE = re.compile(
    r"(?:<!-- paragraphs (?P<first>\d+)(?:-(?P<last>\d+))? -->\n)?"
    r"```(?P<language>console|bash)\n(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


def documents() -> list[Path]:
    """Every document a person reads, README first."""
    return [*sorted(ROOT.glob("README*.md")), *sorted(ROOT.glob("docs/*.md")), ROOT / "CONTRIBUTING.md"]


_INLINE = re.compile(r"`(backtest [^`]*(?:configs|results)/[^`]*)`")


@dataclass(frozen=True)
class Block:
    """A fenced block with commands. ``shown``: what it says the command prints, None where it says nothing."""

    commands: tuple[str, ...]
    shown: str | None
    paragraphs: tuple[int, int] | None


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a document that hold commands of this program, in order."""
    for match in _FENCE.finditer(text):
        lines = match["body"].splitlines()
        commands = tuple(line.removeprefix("$ ") for line in lines if _is_command(line))
        if not commands:
            continue
        rest = "\n".join(line for line in lines if not _is_command(line)).strip("\n")
        shown = rest if match["language"] == "console" and rest else None
        yield Block(commands, shown, _paragraphs(match))


def command_lines(text: str) -> list[str]:
    """Every command line of a document: those of its blocks, and those in its sentences that name a file."""
    told = [command for block in blocks(text) for command in block.commands]
    return list(dict.fromkeys([*told, *_INLINE.findall(text)]))


def _is_command(line: str) -> bool:
    return line.removeprefix("$ ").startswith("backtest ")


def _paragraphs(match: re.Match[str]) -> tuple[int, int] | None:
    if match["first"] is None:
        return None
    return int(match["first"]), int(match["last"] or match["first"])


def lang_of(path: Path) -> str:
    """The language of a document, by its name."""
    return "ja" if path.name.endswith(".ja.md") else "en"


# ----------------------------------------------------------------------------------------- running commands
def arguments_of(command: str, out: Path) -> list[str]:
    """A command line as a document gives it, on the sample and with its results in ``out``.

    A source that the line names itself stays. Paths below ``results/`` become paths below ``out``.
    """
    words = shlex.split(command)[1:]
    words = [
        str(out / word.removeprefix("results/")) if word.startswith("results/") else word for word in words
    ]
    known = {name: parameter for parameter in command_of(words).params for name in (parameter.opts or [])}
    extra = []
    if "--data" in known and known["--data"].metavar == "SOURCE" and "--data" not in words:
        extra += ["--data", "sample"]
    if "--out" in known and "--out" not in words:
        extra += ["--out", str(out)]
    if "--to" in known and "--to" not in words:  # of new: where the configuration is written
        extra += ["--to", str(out / "new.yaml"), "--force"]
    return [*words, *extra]


def command_of(words: list[str]) -> click.Command:
    """The click command that these words name, a group's own command included. Imports its module."""
    from engine.cli import cli

    command: click.Command = cli
    for word in words:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(click.Context(command), word)
        if found is None:
            break
        command = found
    return command


def run_here(words: list[str], lang: str) -> tuple[int, str, str]:
    """Run a command in this process, as in a pipe. Returns its exit code and what it wrote."""
    from engine.cli import main

    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True)  # takes bytes too
    err = io.StringIO()
    before = {name: os.environ.pop(name, None) for name in ("LC_ALL", "LC_MESSAGES", "LANG")}
    os.environ["LC_ALL"] = "ja_JP.UTF-8" if lang == "ja" else "en_US.UTF-8"
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(words)
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    finally:
        del os.environ["LC_ALL"]
        os.environ.update({name: value for name, value in before.items() if value is not None})
    printed = out.buffer.getvalue().decode()
    return code, printed.replace("\r\n", "\n"), err.getvalue()


def excerpt(printed: str, paragraphs: tuple[int, int]) -> str:
    """Paragraphs ``first`` to ``last`` of what a command printed, without spaces at the ends of lines."""
    lines = "\n".join(line.rstrip() for line in printed.splitlines())
    parts = re.split(r"\n{2,}", lines.strip("\n"))
    first, last = paragraphs
    return "\n\n".join(parts[first - 1 : last])


def refreshed(text: str, lang: str, out: Path) -> str:
    """A document with each block's output printed again."""

    def again(match: re.Match[str]) -> str:
        found = next(blocks(match[0]), None)
        if found is None or found.paragraphs is None:
            return match[0]
        (command,) = found.commands
        code, printed, error = run_here(arguments_of(command, out), lang)
        if code:
            raise SystemExit(f"{command}: exit code {code}: {error.strip()}")
        head = match[0].partition("\n")[0]
        return f"{head}\n```console\n$ {command}\n\n{excerpt(printed, found.paragraphs)}\n```"

    return _FENCE.sub(again, text)


# ------------------------------------------------------------------------------------- the command reference
WORDS = {
    "en": {
        "introduction": """# Commands

*[日本語](commands.ja.md)*

Made from the program by `make docs`; `backtest COMMAND --help` says the same.

Every command ends with an exit code: 0 done, 1 a check failed, 2 a mistake in a configuration or on the command
line, 3 data, 4 files, 130 interrupted. An error is one line that says what came, what is allowed, and what
was probably meant; `--debug` adds a traceback for a report.
""",
        "commands": "| command | what it does |",
        "shared": """## Options that many commands share

Each command's list says which of them it takes.
""",
        "options": "| option | meaning |",
        "columns": """# Columns of result files

*[日本語](columns.ja.md)*

Made from the program by `make docs`; `backtest columns` prints the same, and
`backtest columns FILE.csv` the columns of one file.

A CSV is for people: with `--lang ja` its first line is in Japanese, so that a spreadsheet shows what is meant. Files for programs (parquet, JSON) have the same names in every language, and so has a CSV written with `--lang en`. Values are the same in all of them, to the last digit; text inside a column (kinds, accounts, symbols) is never translated. This program reads its CSV files whatever language their first line is in: `compare`, `audit`, `report` and the notebook take results of either. Two columns that would read alike keep their names, so that none is lost. A number never has an apostrophe before it; a text that a spreadsheet could take for a formula has one.

A statistic of a metric over the windows of a study is named METRIC_STATISTIC (`xirr_median`), the core alone has `core_` before the metric, and a study's own axes are the last part of their key. Losses (drawdown, VaR) are at or below zero. Beside `date` to `usdjpy`, `equity.parquet` has `asset:SYMBOL` and `bucket:ACCOUNT` (value held, in base currency) and `price:SYMBOL` (in base currency).
""",
        "out": "Folder of the results.",
        "default": "{text} Default: `{value}`.",
        "also": "Shared options: {names}.",
        "all": "all",
    },
    "ja": {
        "introduction": """# コマンド

*[English](commands.md)*

このページは `make docs` でプログラムから作ります。`backtest コマンド --help` でも同じ説明が出ます。

どのコマンドも終了コードを返します。0は正常終了、1は検査の不合格、2は設定ファイルやコマンドの書き間違い、
3はデータ、4はファイル、130は中断です。エラーは1行で、書かれていたもの、使えるもの、正しいと思われる
書き方を示します。不具合を報告するときは `--debug` を付けてください。トレースバックも表示されます。
""",
        "commands": "| コマンド | すること |",
        "shared": """## 多くのコマンドに共通するオプション

各コマンドの説明に、このうちどれを使えるかを示します。
""",
        "options": "| オプション | 意味 |",
        "columns": """# 結果のファイルの列

*[English](columns.md)*

このページは `make docs` でプログラムから作ります。`backtest columns` でも同じ一覧が出ます。`backtest columns FILE.csv` なら、そのファイルの列だけを示します。

CSVは人が読むためのファイルです。`--lang ja` では1行目の見出しが日本語になり、表計算ソフトで開けばそのまま読めます。プログラム向けのファイル（parquet、JSON）の列名は、どの言語でも同じです。`--lang en` で書いたCSVも同じ列名です。値は、どのファイルでも最後の桁まで同じです。列の中の文字（種類、口座、銘柄コード）は訳しません。このプログラムは、見出しがどの言語のCSVでも読み戻します。`compare`、`audit`、`report`、ノートブックは、どちらの結果も使えます。同じ見出しになってしまう列は元の列名のままにするので、列が失われることはありません。数の前にアポストロフィは付きません。表計算ソフトが数式と取り違えるおそれのある文字列にだけ付きます。

分析の期間についての統計は「指標_統計」（`xirr_median`）、コアのみの値は指標の前に `core_`、分析で変えた項目は設定の項目名の最後の部分が列名です。損失（下落、VaR）は0以下です。`equity.parquet` には、`date` から `usdjpy` のほかに、`asset:SYMBOL` と `bucket:ACCOUNT`（持っている額、基準通貨）、`price:SYMBOL`（基準通貨）があります。
""",
        "out": "結果を入れるフォルダー。",
        "default": "{text}既定は `{value}`。",
        "also": "共通のオプション：{names}。",
        "all": "すべて",
    },
}
REFERENCES = {lang: ROOT / "docs" / f"commands{'' if lang == 'en' else f'.{lang}'}.md" for lang in WORDS}
COLUMNS = {
    lang: path.with_name(path.name.replace("commands", "columns")) for lang, path in REFERENCES.items()
}


STUDIES = {
    lang: path.with_name(path.name.replace("commands", "studies")) for lang, path in REFERENCES.items()
}


def columns(lang: str) -> str:
    """The whole of ``docs/columns.md`` in a language."""
    from engine.report.column_tables import column_table, known_files
    from engine.report.page_locale import PageLocale
    from engine.report.tables import table_text

    tables = ((file, column_table(file, names, PageLocale(lang))) for file, names in known_files())
    parts = (
        f"## {file}\n\n{table_text(table.columns, table.rows, 'markdown', lang=lang)}"
        for file, table in tables
    )
    return "\n".join([WORDS[lang]["columns"], *parts])


def missing() -> list[str]:
    """Commands of the table whose module this version does not have."""
    from engine.cli import COMMANDS

    absent = []
    for name in COMMANDS:
        try:
            command_of([name])
        except (ImportError, AttributeError):
            absent.append(name)
    return absent


def reference(lang: str) -> str:
    """The whole of ``docs/commands.md`` in a language."""
    from engine.cli import COMMANDS
    from engine.locale import Locale

    locale, words = Locale(lang), WORDS[lang]
    names = [name for name in COMMANDS if name not in missing()]
    table = "".join(
        f"| [`{name}`](#backtest-{name}) | {locale.translate(COMMANDS[name][1])} |\n" for name in names
    )
    parts = [
        words["introduction"],
        f"{words['commands']}\n|---|---|\n{table}",
        words["shared"],
        _options(shared_options().values(), locale),
        *(section(name, lang) for name in names),
    ]
    return "\n".join(parts)


def shared_options() -> dict[str, click.Option]:
    """The options that ``run`` and ``compare`` both take: most commands take all of them, or some."""
    compare = {name for parameter in command_of(["compare"]).params for name in parameter.opts}
    mine = [option for option in command_of(["run"]).params if isinstance(option, click.Option)]
    return {option.opts[0]: option for option in mine if option.opts[0] in compare}


def section(name: str, lang: str) -> str:
    """A command's part of the reference, with the commands of a group below it."""
    from engine.locale import Locale

    command, locale = command_of([name]), Locale(lang)
    if not isinstance(command, click.Group):
        return _section(name, command, "##", locale)
    below = [_section(f"{name} {sub}", command.commands[sub], "###", locale) for sub in command.commands]
    return "\n".join([f"## backtest {name}\n\n{_prose(command, locale)}\n", *below])


def _section(name: str, command: click.Command, level: str, locale: Locale) -> str:
    places = " ".join(
        _place(parameter) for parameter in command.params if isinstance(parameter, click.Argument)
    )
    title = f"{level} backtest {name}\n\n`{' '.join(['backtest', name, '[OPTIONS]', places]).strip()}`\n\n"
    shared, words = shared_options(), WORDS[locale.lang]
    options = [option for option in command.params if isinstance(option, click.Option)]
    own = [option for option in options if option.opts[0] not in shared]
    also = [f"`{option.opts[0]}`" for option in options if option.opts[0] in shared]
    text = title + _prose(command, locale) + "\n"
    if own:
        text += "\n" + _options(own, locale)
    if also:
        names = words["all"] if len(also) == len(shared) else locale.listed(also)
        text += "\n" + words["also"].format(names=names) + "\n"
    lines = examples(command)
    return text + ("\n```bash\n" + "".join(f"{line}\n" for line in lines) + "```\n" if lines else "")


def examples(command: click.Command) -> list[str]:
    """The command lines in a command's help."""
    return [line for line in getattr(command, "examples", ()) if line.startswith("backtest ")]


def _prose(command: click.Command, locale: Locale) -> str:
    import inspect

    from engine.cli.declare import paragraphs

    if locale.lang == "en":
        return inspect.cleandoc(command.help or "")
    return "\n\n".join(map(locale.translate, paragraphs(command.help)))


def _place(argument: click.Argument) -> str:
    if isinstance(argument.type, click.Choice):
        return "|".join(argument.type.choices)
    return argument.metavar or (argument.name or "").upper() + ("..." if argument.nargs == -1 else "")


def _options(options: Iterable[click.Option], locale: Locale) -> str:
    rows = "".join(_row(option, locale) for option in options)
    return f"{WORDS[locale.lang]['options']}\n|---|---|\n{rows}"


def _row(option: click.Option, locale: Locale) -> str:
    words = WORDS[locale.lang]
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if not option.is_flag:
        names += f" {_value(option)}"
    meaning = locale.translate(" ".join(option.help.split())) if option.help else ""
    meaning = meaning or (words["out"] if option.name == "out" else "")
    if option.show_default and option.default is not None:
        meaning = words["default"].format(text=meaning, value=option.default).strip()
    return f"| {names} | {meaning} |\n"


def _value(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return " \\| ".join(f"`{choice}`" for choice in option.type.choices)
    return (option.metavar or option.type.name).upper()


def main() -> None:
    """Write the references of the commands and every block that a command prints."""
    from docs.study_keys import study_keys

    os.chdir(ROOT)
    for made, paths in ((reference, REFERENCES), (columns, COLUMNS), (study_keys, STUDIES)):
        for lang, path in paths.items():
            path.write_text(made(lang), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for path in documents():
            if path not in (*REFERENCES.values(), *COLUMNS.values(), *STUDIES.values()):
                old = path.read_text(encoding="utf-8")
                new = refreshed(old, lang_of(path), Path(folder))
                if new != old:
                    path.write_text(new, encoding="utf-8")
                    print(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
