"""``examples``: the files that come with the program, and how to get them."""

from __future__ import annotations

from pathlib import Path

from engine.cli.declare import argument, command, option
from engine.cli.options import PATH, SPEECH, Common, options
from engine.cli.output import say, say_json
from engine.errors import ConfigError, StoreError
from engine.messages import message
from engine.places import plans_folder as folder
from engine.shipped import Shipped, needed, shipped
from engine.words import nearest

EVERYTHING = "all"
ELSEWHERE = message("choose another folder with --into")


@command(examples=("backtest examples", "backtest examples satellite10"))
@argument("name", required=False, metavar="[NAME]")
@option("--into", type=PATH, default=Path("configs"), metavar="DIR", help="Where the copies go.")
@options(*SPEECH)
def examples(name: str | None, into: Path, common: Common) -> None:
    """The plans, studies and statements that come with the program, and what each asks.

    With a NAME: a copy of the file, and of those that it names. "all" copies every one. A file of yours that
    differs is never written over.
    """
    known = [*shipped()]
    if name is None:
        return _list(known, common)
    chosen = _chosen(name, known)
    files = sorted({path for item in chosen for path in needed(item.path)})
    written = _copied(files, into)
    if common.as_json:
        return say_json({"written": [path.as_posix() for path in written], "kept": len(files) - len(written)})
    if not common.quiet:
        for path in written:
            say(path.as_posix())
        for item in chosen if len(chosen) == 1 else ():
            say(message("Then: {command}", command=_line(item, into)).translate(common.locale))
    return None


def _list(known: list[Shipped], common: Common) -> None:
    """Every file with its command and its question."""
    from engine.report.terminal import hanging

    locale = common.locale
    if common.as_json:
        rows = [
            {
                "name": item.name,
                "file": item.path.as_posix(),
                "command": item.command,
                "question": item.question,
            }
            for item in known
        ]
        return say_json(rows)
    if not common.quiet:
        lines = [
            (item.path.with_suffix("").as_posix(), item.command, locale.own(item.question)) for item in known
        ]
        say(hanging(lines, common.screen).rstrip("\n"))
        say(message("backtest examples NAME copies one of them, with what it needs.").translate(locale))
    return None


def _line(item: Shipped, into: Path) -> str:
    return f"backtest {item.command} {(into / item.path).as_posix()}"


def _chosen(name: str, known: list[Shipped]) -> list[Shipped]:
    """The files that a name means. Raises ConfigError for one that means none."""
    if name == EVERYTHING:
        return known
    wanted = name.removeprefix("configs/").removesuffix(".yaml")
    found = [item for item in known if wanted in (item.name, item.path.with_suffix("").as_posix())]
    if len(found) == 1:
        return found
    if found:
        names = ", ".join(item.path.with_suffix("").as_posix() for item in found)
        raise ConfigError(message("{name} is the name of several: {names}", name=name, names=names))
    near = nearest(wanted, [item.name for item in known])
    raise ConfigError(
        message("there is no example {name}", name=name),
        hint=message("did you mean {word}?", word=near) if near else message("backtest examples lists them"),
    )


def _copied(files: list[Path], into: Path) -> list[Path]:
    """Copies of ``files`` below ``into``: the new ones. Raises StoreError where another file stands."""
    from engine.files import explained, write_bytes

    new = []
    for path in files:
        target, data = into / path, (folder() / path).read_bytes()
        with explained(target):
            if not target.exists():
                new.append((target, data))
            elif target.read_bytes() != data:
                raise StoreError(
                    message("{place}: another file is there already", place=target), hint=ELSEWHERE
                )
    for target, data in new:
        write_bytes(target, data, replace=False, hint=ELSEWHERE)
    return [target for target, _ in new]
