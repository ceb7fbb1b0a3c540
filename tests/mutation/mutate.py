"""Mutation testing of the rules and the metrics: does a test fail when the code is wrong?

    pip install cosmic-ray
    python -m tests.mutation.mutate --sample 100             # 100 random mutants a module
    python -m tests.mutation.mutate --module rules/limits    # every mutant of one module

cosmic-ray's operators make the mutants: another number, operator, condition, loop or exception. They are made
in a copy of the committed project. Each lives in a fork of one process that has imported everything but the
project, so that it takes a second or two. The ledger has a quicker way: ``tests/mutation/ledger.py``.
Those that no test could notice are left out: annotations, decorators, operators that numbers do not have, and
``is`` for ``==``. The survivors are printed with their lines. POSIX only.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import importlib
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cosmic_ray.plugins
import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

ROOT = Path(__file__).parents[2]
MODULES = (
    *("rules/build", "rules/limits", "rules/costs", "rules/calendar", "rules/tables", "rules/assumptions"),
    "metrics",
)
# The quickest and most telling first: a mutant is dead at the first failure.
TESTS = {
    "rules": "unit/test_rules_tables unit/test_rules_terms unit/test_rules_calendar"
    " unit/test_rules_examples_yaml golden/test_golden",
    "metrics": "unit/test_metrics golden/test_golden",
}
PYTEST = (
    "-x -q -p tests.mutation.quick -p no:randomly -p no:xdist -p no:cov -p no:faulthandler"
    " -W ignore::pytest.PytestAssertRewriteWarning"
    " --deselect tests/unit/test_rules_terms.py::test_a_sweep_can_afford_it"
)
HEAVY = ("hypothesis", "numba", "pandas", "pyarrow.parquet", "pydantic", "ruamel.yaml", "exchange_calendars")
SECONDS = 300
ORDERED = ("Lt", "LtE", "Gt", "GtE")
NO_NUMBERS = ("RShift", "LShift", "BitAnd", "BitOr", "BitXor", "Pow", "Mod", "FloorDiv")


@dataclass(frozen=True)
class Mutant:
    """The ``occurrence``-th place where an operator can change a module, at a line and column."""

    operator: str
    occurrence: int
    line: int
    column: int


def main() -> None:
    """Make, run and count the mutants."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--module", action="append", choices=MODULES, help="default: all of them")
    parser.add_argument("--sample", type=int, help="random mutants a module; default: every one")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        subprocess.run(["git", "clone", "-q", ROOT, copy], check=True)
        os.chdir(copy)
        sys.path[:] = [str(copy), *(path for path in sys.path if Path(path).resolve() != ROOT)]
        for name in [name for name in sys.modules if name.split(".")[0] in ("engine", "strategies", "tests")]:
            del sys.modules[name]
        sys.dont_write_bytecode = True
        os.environ |= {"BACKTEST_LIVES": "60", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(copy)}
        for name in HEAVY:
            importlib.import_module(name)
        total = sum((mutate(module, given) for module in given.module or MODULES), Counter[str]())
        os.chdir(ROOT)
    count = sum(total.values())
    print(f"all: {count} mutants, {total['alive']} alive ({total['alive'] / max(count, 1):.1%})")


def mutate(module: str, given: argparse.Namespace) -> Counter[str]:
    """Run the mutants of one module and print what became of them."""
    path, room = Path(f"engine/{module}.py"), module.split("/")[0]
    arguments = [*PYTEST.split(), *(f"tests/{name}.py" for name in TESTS[room].split())]
    if tested(arguments) != "alive":
        sys.exit(f"{module}: its tests fail as it is: {' '.join(arguments)}")
    source = path.read_text(encoding="utf-8")
    mutants = sorted(places(source), key=lambda mutant: (mutant.line, mutant.column, mutant.operator))
    if given.sample is not None and given.sample < len(mutants):
        mutants = random.Random(given.seed).sample(mutants, given.sample)
    found: Counter[str] = Counter()
    began = time.monotonic()
    for mutant in mutants:
        changed = mutate_code(source, cosmic_ray.plugins.get_operator(mutant.operator)(), mutant.occurrence)
        path.write_text(changed, encoding="utf-8")
        outcome = tested(arguments)
        found[outcome] += 1
        if outcome == "alive":
            print(f"  alive: {path}:{mutant.line} {mutant.operator.split('/')[-1]}")
            for row in difflib.ndiff(source.splitlines(), changed.splitlines()):
                if row[0] in "+-":
                    print(f"    {row[0]} {row[1:].strip()}", flush=True)
    path.write_text(source, encoding="utf-8")
    told = ", ".join(f"{count} {name}" for name, count in found.items())
    print(f"{module}: {told or 'none'}, {time.monotonic() - began:.0f} s", flush=True)
    return found


def places(source: str) -> Iterator[Mutant]:
    """Every mutant of a module that a test could notice."""
    tree, silent = get_ast(source), list(unnoticed(ast.parse(source)))
    for name in cosmic_ray.plugins.operator_names():
        operator = cosmic_ray.plugins.get_operator(name)
        words = name.split("/")[-1].split("_")
        if operator.arguments() or words[0] == "RemoveDecorator":
            continue
        if words[0] == "ReplaceBinaryOperator" and words[-1] in NO_NUMBERS:
            continue
        if words[0] == "ReplaceComparisonOperator" and words[-1].startswith("Is") and words[1][:2] != "Is":
            continue
        spots = (start for node in ast_nodes(tree) for start, _ in operator().mutation_positions(node))
        rows = source.splitlines()
        for occurrence, (line, column) in enumerate(spots):
            before, rest = rows[line - 1][:column].rstrip(), rows[line - 1][column:]
            if words[0] == "ReplaceBinaryOperator" and before[-1:] in ("", *"([{,"):
                continue  # the star of a signature or of an unpacked argument
            if words[-1] in ORDERED and re.match(r"[!=]=\s*[\"']", rest):
                continue  # words have no order that matters
            if not any(first <= (line, column) < last for first, last in silent):
                yield Mutant(name, occurrence, line, column)


def unnoticed(tree: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations and decorators begin and end."""
    for node in ast.walk(tree):
        parts: Sequence[ast.expr | None] = [
            getattr(node, "annotation", None),
            getattr(node, "returns", None),
            *getattr(node, "decorator_list", ()),
        ]
        for part in parts:
            if part is not None and part.end_lineno is not None and part.end_col_offset is not None:
                yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)


def tested(arguments: Sequence[str]) -> str:
    """Run the tests in a fork: ``alive`` if they all pass, else ``dead``, or ``hung`` after minutes."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)  # nobody listens: it ends the process
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        code = 1
        try:
            code = int(pytest.main(list(arguments)))
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return "hung"
    return "alive" if status == 0 else "dead"


if __name__ == "__main__":
    main()
