"""What the documents show of a command's output is what the command prints."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from docs.make_docs import (
    ROOT,
    Block,
    arguments_of,
    blocks,
    command_of,
    documents,
    excerpt,
    lang_of,
    run_here,
)
from engine.studies.withdraw.results import Payout
from engine.studies.withdraw.study import withdraw

SHOWN = [
    pytest.param(path, block, id=f"{path.name}-{number}")
    for path in documents()
    if path.exists()
    for number, block in enumerate(blocks(path.read_text(encoding="utf-8")), 1)
    if block.shown is not None
]


@pytest.fixture(scope="module")
def printed_by(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], str]]:
    out, now, found = tmp_path_factory.mktemp("results"), [""], dict[str, Payout]()

    @cache
    def printed(command: str, lang: str) -> str:
        now[0] = command
        code, text, error = run_here(arguments_of(command, out), lang)
        assert code == 0, error
        return text

    def looked(*given: Any, **options: Any) -> Payout:
        """The longest of the studies, made once for a document and its twin in the other language."""
        if now[0] not in found:
            found[now[0]] = withdraw(*given, **options)
        return found[now[0]]

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr("engine.studies.withdraw.study.withdraw", looked)
        yield printed


@pytest.mark.parametrize(("path", "block"), SHOWN)
def test_a_shown_output_is_the_output(
    path: Path, block: Block, printed_by: Callable[[str, str], str]
) -> None:
    (command,) = block.commands
    assert block.paragraphs is not None, f"{path.name}: {command}: say which paragraphs are shown"
    try:
        command_of(command.split()[1:])
    except ImportError:
        pytest.skip(f"this version has no {command.split()[1]}")
    told = excerpt(printed_by(command, lang_of(path)), block.paragraphs)
    assert block.shown == told, f"{path.name} is not what the program prints: make docs"


def test_each_readme_shows_the_main_table() -> None:
    for name in ("README.md", "README.ja.md"):
        shown = [block for block in blocks((ROOT / name).read_text(encoding="utf-8")) if block.shown]
        assert shown[0].commands == ("backtest run configs/satellite10.yaml --data sample",)


def test_an_excerpt_is_whole_paragraphs() -> None:
    assert excerpt("a\nb  \n\n\nc\n\nd\n", (1, 2)) == "a\nb\n\nc"
    assert excerpt("\na\n\nb\n", (2, 2)) == "b"


def test_the_licence_of_the_second_engine_is_told() -> None:
    for name in ("README.md", "README.ja.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "Commons Clause" in text
        assert "MIT" in text
