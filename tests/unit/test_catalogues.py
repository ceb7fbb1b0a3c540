"""What the program says is in every catalogue, with the same places, and the catalogues hold nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import engine
from engine.cli import cli
from engine.cli.declare import Group, paragraphs
from engine.headings import files
from engine.locale import FOLDER, NAMED, languages
from engine.market.assets import all_assets
from engine.studies.schemas import PLACES, schema_of
from scripts.make_catalogues import compiled

ROOT = Path(engine.__file__).parents[1]
MADE = (
    "engine/errors.py",
    "engine/messages.py",
    "engine/headings.py",
)  # may make messages of what they are given
OTHERS = [lang for lang in languages() if lang != "en"]


def texts(lang: str) -> Catalog:
    with (FOLDER / f"{lang}.po").open("rb") as file:
        return read_po(file, locale=lang)


def places(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def literals(node: ast.expr) -> Iterator[str | None]:
    """The texts an expression may be; None for one that is no text written here."""
    if isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    else:
        yield node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def calls() -> Iterator[tuple[str, str | None, str]]:
    """Every message that is made: where, its id (None: not written there), its context."""
    for path in sorted([*ROOT.glob("engine/**/*.py"), *ROOT.glob("strategies/**/*.py")]):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = getattr(getattr(node, "func", None), "id", "")
            if called == "Field":  # what a key means
                for item in node.keywords:
                    if item.arg == "description":
                        yield f"{name}:{node.lineno}", next(literals(item.value)), "key"
            if called not in ("message", "Message"):
                continue
            keywords = {item.arg: item.value for item in node.keywords}
            context = "".join(filter(None, literals(keywords.get("context", ast.Constant("")))))
            for text in literals(node.args[0]):
                if text is not None or name not in MADE:
                    yield f"{name}:{node.lineno}", text, context
            if "plural" in keywords:
                for text in literals(keywords["plural"]):
                    yield f"{name}:{node.lineno}", text, "plural"


def helps(command: click.Command) -> Iterator[tuple[str, str | None, str]]:
    """Every help text: of a command, its options, its commands."""
    texts = [*paragraphs(command.help), *(getattr(param, "help", None) or "" for param in command.params)]
    if isinstance(command, Group):
        ctx = click.Context(command)
        texts += [line for _, line in command.lines(ctx)]
        for name in command.list_commands(ctx):
            yield from helps(command.get_command(ctx, name))
    yield from ((f"--help of {command.name}", " ".join(text.split()), "") for text in texts if text)


def meanings(schema: object, *, names: bool = False) -> Iterator[str]:
    """What the parts of a schema mean; ``names`` where the keys are those of a file."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "description" and not names:
                yield value
            yield from meanings(value, names=not names and key in ("properties", "$defs"))
    elif isinstance(schema, list):
        for item in schema:
            yield from meanings(item)


CALLS = [
    *calls(),
    *((f"schema of {kind}", text, "key") for kind in PLACES for text in meanings(schema_of(kind))),
    *((f"note of {item.symbol}", item.note, "") for item in all_assets() if item.note),
    *(
        (f"{column.name.id} of {file}", text.id, text.context)
        for file, columns in files().items()
        for column in columns
        for text in (column.name, column.meaning)
    ),
    *helps(cli),
    ("--help", "Show this message and exit.", ""),
]


def test_a_message_is_written_where_it_is_made():
    assert [where for where, text, _ in CALLS if text is None] == []


@pytest.mark.parametrize("lang", OTHERS)
def test_every_message_is_in_every_language(lang):
    catalogue = texts(lang)
    missing = []
    for where, text, context in CALLS:
        if text is None or context == "plural":
            continue
        found = catalogue.get(text, context or None)
        if found is None or not found.string:
            missing.append(f"{where}: {text}")
    assert missing == []


@pytest.mark.parametrize("lang", OTHERS)
def test_places_are_those_of_the_english(lang):
    for entry in texts(lang):
        if entry.id and entry.context not in NAMED:
            english = entry.id if isinstance(entry.id, str) else entry.id[0]
            said = entry.string if isinstance(entry.string, str) else entry.string[0]
            assert places(said) == places(english), english


@pytest.mark.parametrize("lang", OTHERS)
def test_no_text_is_left_over(lang):
    said = {(text, context) for _, text, context in CALLS}
    left = []
    for entry in texts(lang):
        if entry.id and entry.context not in NAMED:
            english = entry.id if isinstance(entry.id, str) else entry.id[0]
            left += [] if (english, entry.context or "") in said else [english]
    assert left == []


@pytest.mark.parametrize("lang", languages())
def test_what_is_read_is_made_of_what_people_edit(lang):
    assert (FOLDER / f"{lang}.mo").read_bytes() == compiled(FOLDER / f"{lang}.po"), "make catalogues"


def test_no_code_asks_which_language_it_is():
    """What differs between languages is a form or a text of the catalogues."""
    asks = re.compile(r"\blang(uage)?\b *(==|!=)|[!=]= *[\"'](ja|en)[\"']")
    found = [
        f"{path.name}:{number}"
        for path in ROOT.glob("engine/**/*")
        if path.suffix in (".py", ".js", ".html") and path.parent.name != "locale"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if asks.search(line)
    ]
    assert found == []
