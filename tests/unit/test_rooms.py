"""The house's own measures, which grow unseen: a file is a few screens, a function less than one."""

from __future__ import annotations

import ast
import statistics
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
