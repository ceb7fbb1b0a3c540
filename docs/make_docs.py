"""Everything in the documents that the program itself can say: `make docs` writes it, the tests compare it.

Two things. ``docs/commands.md`` is made from the commands. And a block of a document that shows what a
command prints is printed by that command::

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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "commands.md"

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
INTRODUCTION = """# Commands

Made from the program by `make docs`; `backtest COMMAND --help` says the same.

Every command ends with an exit code: 0 done, 1 a check failed, 2 a mistake in a configuration or on the command
line, 3 data, 4 files, 130 interrupted. An error is one line that says what came, what is allowed, and what
was probably meant; `--debug` adds a traceback for a report.
"""


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


def reference() -> str:
    """The whole of ``docs/commands.md``."""
    from engine.cli import COMMANDS

    names = [name for name in COMMANDS if name not in missing()]
    table = "".join(f"| [`{name}`](#backtest-{name}) | {COMMANDS[name][1]} |\n" for name in names)
    shared = "".join(_row(option) for option in shared_options().values())
    parts = [
        INTRODUCTION,
        f"| command | what it does |\n|---|---|\n{table}",
        "## Options that many commands share\n\nEach command's list says which of them it takes.\n\n"
        f"| option | meaning |\n|---|---|\n{shared}",
        *(section(name) for name in names),
    ]
    return "\n".join(parts)


def shared_options() -> dict[str, click.Option]:
    """The options that ``run`` and ``compare`` both take: most commands take all of them, or some."""
    compare = {name for parameter in command_of(["compare"]).params for name in parameter.opts}
    mine = [option for option in command_of(["run"]).params if isinstance(option, click.Option)]
    return {option.opts[0]: option for option in mine if option.opts[0] in compare}


def section(name: str) -> str:
    """A command's part of the reference, with the commands of a group below it."""
    command = command_of([name])
    if not isinstance(command, click.Group):
        return _section(name, command, "##")
    below = [_section(f"{name} {sub}", command.commands[sub], "###") for sub in command.commands]
    return "\n".join([f"## backtest {name}\n\n{_prose(command)}\n", *below])


def _section(name: str, command: click.Command, level: str) -> str:
    places = " ".join(
        _place(parameter) for parameter in command.params if isinstance(parameter, click.Argument)
    )
    title = f"{level} backtest {name}\n\n`{' '.join(['backtest', name, '[OPTIONS]', places]).strip()}`\n\n"
    shared = shared_options()
    options = [option for option in command.params if isinstance(option, click.Option)]
    own = [option for option in options if option.opts[0] not in shared]
    also = [f"`{option.opts[0]}`" for option in options if option.opts[0] in shared]
    text = title + _prose(command) + "\n"
    if own:
        text += "\n| option | meaning |\n|---|---|\n" + "".join(_row(option) for option in own)
    if also:
        every = len(also) == len(shared)
        text += f"\nShared options: {'all' if every else ', '.join(also)}.\n"
    lines = examples(command)
    return text + ("\n```bash\n" + "".join(f"{line}\n" for line in lines) + "```\n" if lines else "")


def examples(command: click.Command) -> list[str]:
    """The command lines in a command's help."""
    return [line for line in getattr(command, "examples", ()) if line.startswith("backtest ")]


def _prose(command: click.Command) -> str:
    import inspect

    return inspect.cleandoc(command.help or "")


def _place(argument: click.Argument) -> str:
    if isinstance(argument.type, click.Choice):
        return "|".join(argument.type.choices)
    return argument.metavar or (argument.name or "").upper() + ("..." if argument.nargs == -1 else "")


def _row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if not option.is_flag:
        names += f" {_value(option)}"
    meaning = option.help or ("Folder of the results." if option.name == "out" else "")
    if option.show_default and option.default is not None:
        meaning = f"{meaning} Default: `{option.default}`.".strip()
    return f"| {names} | {meaning} |\n"


def _value(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return " \\| ".join(f"`{choice}`" for choice in option.type.choices)
    return (option.metavar or option.type.name).upper()


def main() -> None:
    """Write ``docs/commands.md`` and every block that a command prints."""
    os.chdir(ROOT)
    REFERENCE.write_text(reference(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for path in documents():
            if path.exists() and path != REFERENCE:
                old = path.read_text(encoding="utf-8")
                new = refreshed(old, lang_of(path), Path(folder))
                if new != old:
                    path.write_text(new, encoding="utf-8")
                    print(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
