"""The plans, studies and statements that come with the program: where they are, what each asks, what it needs.

In a checkout they stand in ``configs/`` beside the package; a built package has a copy inside itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.config.document import read_document
from engine.locale import OwnText
from engine.places import plans_folder as folder

# What only a file of its kind has -> the command that takes it; any other file is a configuration.
COMMANDS = {"axes": "sweep", "strategies": "windows", "claims": "check"}
_SCHEMA = re.compile(r"^# yaml-language-server: \$schema=(\S+)", re.MULTILINE)  # for editors


@dataclass(frozen=True)
class Shipped:
    """A file below ``configs``: its path from there, the command that takes it, and what it asks."""

    path: Path
    command: str
    question: OwnText

    @property
    def name(self) -> str:
        """By which it is called."""
        return self.path.stem


def shipped() -> Iterator[Shipped]:
    """Every file that a command takes, folder by folder. Raises ConfigError for one that is no YAML."""
    top = folder()
    for path in sorted(top.rglob("*.yaml"), key=lambda path: (path.parent, path.name)):
        plain = read_document(path).plain()
        command = next((command for key, command in COMMANDS.items() if key in plain), "run")
        question = plain.get("title" if command == "check" else "description", "")
        yield Shipped(path.relative_to(top), command, question)


def needed(path: Path) -> list[Path]:
    """A file with all that it names, and their schemas: paths from the folder, sorted."""
    found: set[Path] = set()
    waiting = [folder() / path]
    while waiting:
        file = waiting.pop().resolve()
        if file in found:
            continue
        found.add(file)
        if file.suffix == ".yaml":
            named = [*_texts(read_document(file).plain()), *_SCHEMA.findall(file.read_text("utf-8"))]
            waiting += [file.parent / text for text in named if _names(file, text)]
    return sorted(file.relative_to(folder().resolve()) for file in found)


def _names(file: Path, text: str) -> bool:
    """Whether a text names a file beside it that comes with the program."""
    other = (file.parent / text).resolve()
    return (
        text.endswith((".yaml", ".csv", ".json")) and other.is_file() and folder().resolve() in other.parents
    )


def _texts(value: Any) -> Iterator[str]:
    """Every text in a tree of plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
