"""Mutation testing of the ledger, quickly: every mutant lives stored lives in a fork, as plain Python.

    pip install cosmic-ray
    python -m tests.mutation.ledger --out somewhere           # every mutant of every module
    python -m tests.mutation.ledger --out somewhere --module rates --again   # the survivors once more

cosmic-ray makes the mutants. A mutant is dead when the life it makes differs from what the oracle and the
path say (tests/kernel_checks.py: the same checks as in tests/property), when a test of the uncompiled
functions fails, or when it raises or hangs. Lives that do not reach a mutant's line are not lived for it.
Results go to ``--out`` line by line; a run that was broken off goes on where it stopped. Left out: what no
test could notice, decorators and annotations.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import json
import os
import pickle
import random
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import parso
from cosmic_ray.ast import ast_nodes
from cosmic_ray.plugins import get_operator, operator_names
from hypothesis import HealthCheck, Phase, given, settings

from engine.plan import Policy
from tests import kernel_checks, lives, oracle
from tests.corners import CORNERS
from tests.mutation.mutate import unnoticed
from tests.uncompiled import HERE, uncompiled
from tests.unit import test_ledger_inside

MODULES = (
    "amounts", "lookup", "journal", "rates", "daily", "plain_account", "trading", "withdrawals", "purchases",
    "sales", "quota", "tax_years", "kernel", "inputs", "invariants", "simulation",
)  # fmt: skip
NEEDS_NAMES = ("VariableReplacer", "VariableInserter", "NoOp")
SECONDS = 3.0  # of processor time that a mutant has for one life; the slowest takes a tenth of it
LANED = 12


class Stored(NamedTuple):
    """A life, what it must come to, the lines it runs through, and what it costs to live."""

    life: lives.Life
    expected: oracle.OracleResult
    lines: frozenset[tuple[str, int]]
    seconds: float


class Mutant(NamedTuple):
    """The ``index``-th change of an operator to a node of a module's syntax tree."""

    module: str
    operator: str
    node: int
    index: int
    line: int

    @property
    def name(self) -> str:
        """What it is known by in the results."""
        return f"{self.module}:{self.line} {self.operator} {self.node} {self.index}"


# --- the lives --------------------------------------------------------------------------------------------


def draw(count: int, longest: int) -> list[lives.Life]:
    """The same ``count`` random lives each time."""
    found: dict[bytes, lives.Life] = {}

    @settings(
        max_examples=4 * count, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(lives.lives(longest=longest))
    def collect(life: lives.Life) -> None:
        found[life.panel.price.tobytes() + str(life).encode()] = life

    collect()
    chosen = list(found.values())
    random.Random(1).shuffle(chosen)
    return chosen[:count]


def store(count: int, longest: int, folder: Path) -> list[Stored]:
    """The lives with what they must come to; kept in ``folder`` while no source that decides it changes."""
    state = hashlib.sha256(f"{count} {longest}".encode())
    tests = Path(__file__).parents[1]
    decide = ("lives", "corners", "oracle", "kernel_checks")
    for path in (*sorted(HERE.glob("*.py")), *(tests / f"{name}.py" for name in decide)):
        state.update(path.read_bytes())
    kept = folder / f"lives-{state.hexdigest()[:16]}.pickle"
    if kept.exists():
        return list(pickle.loads(kept.read_bytes()))
    made = []
    with uncompiled() as ledger:
        for life in (*(make() for make in CORNERS.values()), *draw(count, longest)):
            expected = oracle.live(*life)
            lines: set[tuple[str, int]] = set()
            begin = time.process_time()
            with traced(lines):
                live_one(ledger, life, expected)
                weights = kernel_checks.other_weights(life, 6)
                ledger.simulation.simulate(kernel_checks.market_data_of(ledger, life), life.plan, weights)
            made.append(Stored(life, expected, frozenset(lines), time.process_time() - begin))
    kept.write_bytes(pickle.dumps(made))
    return made


class traced:
    """Collects the lines of the ledger that are run."""

    def __init__(self, lines: set[tuple[str, int]]) -> None:
        self.lines = lines

    def __enter__(self) -> None:
        sys.settrace(self.call)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def call(self, frame: Any, event: str, _: object) -> Any:
        """Follow only functions of the ledger."""
        path = Path(frame.f_code.co_filename)
        if path.parent != HERE:
            return None
        lines, module = self.lines, path.stem

        def line(frame: Any, event: str, _: object) -> Any:
            lines.add((module, frame.f_lineno))
            return line

        return line(frame, event, None)


def live_one(ledger: Any, life: lives.Life, expected: oracle.OracleResult) -> None:
    """A life alone."""
    written = kernel_checks.record(ledger, life)
    kernel_checks.check_against_oracle(life, expected, written)
    kernel_checks.check_figures(life, written)


def live_aside(ledger: Any, life: lives.Life) -> None:
    """A life beside others, and seen before its end."""
    written = kernel_checks.record(ledger, life)
    kernel_checks.check_lanes(ledger, life, written)
    kernel_checks.check_ends(ledger, life, written)


# --- the mutants ------------------------------------------------------------------------------------------


class Source:
    """A module's text, its tree, and which lines belong together."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.text = (HERE / f"{module}.py").read_text(encoding="utf-8")
        self.tree = parso.parse(self.text)
        self.nodes = list(ast_nodes(self.tree))
        self.rows = self.text.splitlines()
        self.silent = list(unnoticed(ast.parse(self.text)))
        self.statement: dict[int, range] = {}
        for node in ast.walk(ast.parse(self.text)):
            if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.ClassDef):
                body = getattr(node, "body", None)
                stop = body[0].lineno if body else (node.end_lineno or node.lineno) + 1
                for line in range(node.lineno, max(stop, node.lineno + 1)):
                    self.statement[line] = range(node.lineno, max(stop, node.lineno + 1))
        inside = [n for n in ast.walk(ast.parse(self.text)) if isinstance(n, ast.FunctionDef)]
        self.in_function = {
            line for n in inside for line in range(n.body[0].lineno, (n.end_lineno or n.lineno) + 1)
        }

    def mutants(self) -> Iterator[Mutant]:
        """All mutants that a test could notice."""
        for name in sorted(operator_names()):
            short = name.split("/")[-1]
            if short in NEEDS_NAMES or short.startswith("RemoveDecorator"):
                continue
            operator = get_operator(name)()
            for number, node in enumerate(self.nodes):
                for index, (start, _) in enumerate(operator.mutation_positions(node)):
                    if not any(first <= start < last for first, last in self.silent):
                        yield Mutant(self.module, name, number, index, start[0])

    def changed(self, mutant: Mutant) -> str:
        """The module's text with the change made. The tree is spent: for a fork."""
        node = self.nodes[mutant.node]
        parent = node.parent
        new = get_operator(mutant.operator)().mutate(node, mutant.index)
        if new is not node:
            if parent is None:
                return str(new.get_code())
            at = next(i for i, child in enumerate(parent.children) if child is node)
            parent.children[at : at + 1] = [] if new is None else [new]
        return str(self.tree.get_code())

    def reached(self, mutant: Mutant, one: Stored) -> bool:
        """Whether a life runs through the mutant's statement."""
        if mutant.line not in self.in_function:
            return True
        around = self.statement.get(mutant.line, range(mutant.line, mutant.line + 1))
        return any((self.module, line) in one.lines for line in around)


def judge(source: Source, mutant: Mutant | None, order: list[int], stored: list[Stored]) -> dict[str, Any]:
    """What becomes of a mutant (None: of the source as it is): in a fork."""
    text = source.changed(mutant) if mutant else source.text
    diff = [
        row
        for row in difflib.unified_diff(source.rows, text.splitlines(), n=0, lineterm="")
        if not row.startswith(("---", "+++", "@@"))
    ]
    found: dict[str, Any] = {"outcome": "alive", "diff": diff}
    at = "import"
    try:
        with uncompiled({source.module: text}) as ledger:
            for number in order:
                at = str(number)
                signal.setitimer(signal.ITIMER_PROF, SECONDS)
                live_one(ledger, stored[number].life, stored[number].expected)
            for test in inner_tests():
                at = test.__name__
                signal.setitimer(signal.ITIMER_PROF, SECONDS)
                test(ledger)  # raises at the first thing that is wrong
            several = [number for number in order if len(stored[number].life.panel.symbols) > 1]
            several.sort(key=lambda n: (stored[n].life.plan.policy != Policy.BAND, n >= len(CORNERS)))
            for number in (*several[: 3 * LANED], *order[:LANED]):
                at = f"{number} aside"
                signal.setitimer(signal.ITIMER_PROF, SECONDS)
                live_aside(ledger, stored[number].life)
            signal.setitimer(signal.ITIMER_PROF, 0.0)
    except BaseException as why:
        found |= {"outcome": "killed", "by": at, "why": f"{type(why).__name__}: {why}"[:120]}
    return found


def inner_tests() -> list[Callable[[Any], None]]:
    """The tests of the ledger's inner functions: each takes the uncompiled ledger."""
    return [test for name, test in vars(test_ledger_inside).items() if name.startswith("test_")]


def in_fork(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``work`` returns in a process of its own; a process that dies has killed the mutant."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
            signal.signal(signal.SIGPROF, timed_out)
            warnings.simplefilter("ignore")
            np.seterr(all="ignore")
            os.write(writing, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return json.loads(told) if told else {"outcome": "killed", "by": "crash", "why": "the process died"}


def timed_out(*_: object) -> None:
    """A mutant hangs."""
    raise TimeoutError


# --- the run ----------------------------------------------------------------------------------------------


def main() -> None:
    """Make, live and count the mutants."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--module", action="append", choices=MODULES, help="default: all of them")
    parser.add_argument("--sample", type=int, help="random mutants a module; default: every one")
    parser.add_argument(
        "--lives", type=int, default=100, help="random lives, besides those of tests/corners.py"
    )
    parser.add_argument("--longest", type=int, default=80, help="their most sessions")
    parser.add_argument("--most", type=int, default=20, help="lives that a mutant lives")
    parser.add_argument("--out", type=Path, help="folder of the results; default: a new temporary one")
    parser.add_argument("--again", action="store_true", help="judge those that were alive once more")
    given = parser.parse_args()
    folder = given.out or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.time()
    stored = store(given.lives, given.longest, folder)
    print(f"{len(stored)} lives after {time.time() - begin:.0f} s; results in {folder}", flush=True)
    total: Counter[str] = Counter()
    for module in given.module or MODULES:
        total += run_module(module, stored, folder / f"{module}.jsonl", given)
    count = sum(total.values())
    print(f"all: {count} mutants, {total['alive']} alive ({total['alive'] / max(count, 1):.2%}), "
          f"{time.time() - begin:.0f} s")  # fmt: skip


def run_module(module: str, stored: list[Stored], path: Path, given: argparse.Namespace) -> Counter[str]:
    """Judge a module's mutants, print its survivors."""
    source = Source(module)
    text = hashlib.sha256(source.text.encode()).hexdigest()[:16]
    known: dict[str, dict[str, Any]] = {}
    if path.exists():
        rows = [json.loads(row) for row in path.read_text().splitlines()]
        known = {row["name"]: row for row in rows if row["text"] == text}
    if given.again:
        known = {name: row for name, row in known.items() if row["outcome"] == "killed"}
    mutants = list(source.mutants())
    if given.sample is not None:
        mutants = random.Random(1).sample(mutants, min(given.sample, len(mutants)))
    with uncompiled():  # its code is in memory when the forks are made
        pass
    as_it_is = in_fork(lambda: judge(source, None, list(range(len(stored))), stored))
    if as_it_is["outcome"] != "alive":
        raise SystemExit(f"{module} as it is does not pass: {as_it_is['by']}: {as_it_is['why']}")
    telling = Counter(row["by"] for row in known.values() if row["outcome"] == "killed")
    with path.open("a") as results:
        for mutant in sorted(mutants, key=lambda one: one.line):
            if mutant.name in known:
                continue
            reaching = [number for number, one in enumerate(stored) if source.reached(mutant, one)]
            order = sorted(reaching, key=lambda n: (-telling[str(n)] / stored[n].seconds, n))
            order = order[: given.most] + [n for n in order[given.most :] if n < len(CORNERS)]
            begin = time.time()
            row = in_fork(lambda: judge(source, mutant, order, stored))  # noqa: B023  (used at once)
            row |= {"name": mutant.name, "line": mutant.line, "text": text, "reached": len(reaching)}
            row["seconds"] = round(time.time() - begin, 2)
            telling[row.get("by", "")] += 1
            known[mutant.name] = row
            results.write(json.dumps(row) + "\n")
            results.flush()
    found = Counter(known[mutant.name]["outcome"] for mutant in mutants)
    for mutant in sorted(mutants, key=lambda one: (one.line, one.name)):
        row = known[mutant.name]
        if row["outcome"] == "alive":
            print(f"  alive: engine/ledger/{module}.py:{mutant.line} {mutant.operator.split('/')[-1]}"
                  f" ({row['reached']} lives)")  # fmt: skip
            print("".join(f"    {line}\n" for line in row["diff"]), end="")
    print(f"{module}: {len(mutants)} mutants, {found['alive']} alive", flush=True)
    return found


if __name__ == "__main__":
    main()
