"""The house's own measures, which grow unseen: a file is a few screens, a function less than one."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = [*ROOT.glob("engine/**/*.py"), *ROOT.glob("strategies/**/*.py")]


def test_no_file_has_more_than_500_lines() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert len(lines) > 100
    assert {name: count for name, count in lines.items() if count > 500} == {}


def test_the_median_function_has_at_most_nine_lines() -> None:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    found = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, kinds)
    ]
    assert statistics.median(found) <= 9


def modules() -> dict[str, Path]:
    names = {path: path.relative_to(ROOT).with_suffix("").parts for path in FILES}
    return {".".join(parts[:-1] if parts[-1] == "__init__" else parts): path for path, parts in names.items()}


def imported(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules that a file takes names from, inside functions and for type checkers too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (item.name for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = name.split(".")[: -node.level] if path.stem != "__init__" else name.split(".")
            module = ".".join([*(above if node.level else ()), *filter(None, [node.module])])
            for item in node.names:
                yield f"{module}.{item.name}" if f"{module}.{item.name}" in known else module


def test_no_two_files_import_each_other() -> None:
    known = modules()
    # The package gives its notebook functions when asked, and is where everybody begins.
    asked = {
        name: {*imported(name, path, known)} & {*known} - {name}
        for name, path in known.items()
        if name != "engine"
    }
    assert sum(map(len, asked.values())) > 1000
    try:
        TopologicalSorter(asked).prepare()
    except CycleError as circle:
        raise AssertionError(" -> ".join(circle.args[1])) from None
