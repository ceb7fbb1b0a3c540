"""Mutation testing of the ledger, the rules and the metrics: does a test fail when the code is wrong?

    pip install cosmic-ray
    python tests/mutation/mutate.py --sample 100          # 100 random mutants a module
    python tests/mutation/mutate.py --module ledger/decide  # every mutant of one module

It works on a copy of the committed project. The kernel's code is plain Python under NUMBA_DISABLE_JIT=1, and
a block of lives is one life wide there (the width changes nothing but the speed), so that a mutant takes
seconds. cosmic-ray makes the mutants; those that no test could notice are left out: decorators that only
compile, and operators that numbers do not have. The survivors are printed with their lines.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = (
    *("ledger/amounts", "ledger/accounts", "ledger/decide", "ledger/kernel", "ledger/rates", "ledger/lives"),
    *("rules/build", "rules/limits", "rules/costs", "rules/calendar", "rules/tables", "rules/sentences"),
    "metrics",
)
# The quickest and most telling first: a mutant is dead at the first failure.
LEDGER = (
    "tests/unit/test_rules_examples_yaml.py tests/property/test_kernel_oracle.py"
    " tests/property/test_metamorphic.py tests/property/test_ledger_machine.py tests/property/test_cuts.py"
    " tests/golden"
)
TESTS = {
    "ledger": LEDGER,
    "rules": "tests/unit/test_rules_tables.py tests/unit/test_rules_terms.py tests/unit/test_rules_calendar.py"
    " tests/unit/test_rules_examples_yaml.py tests/golden",
    "metrics": "tests/unit/test_metrics.py tests/golden",
}
PYTEST = (
    "{python} -m pytest -x -q -p tests.mutation.quick -p no:randomly -p no:cacheprovider -W ignore::RuntimeWarning"
    " {tests}"
)
NO_NUMBERS = ("RShift", "LShift", "BitAnd", "BitOr", "BitXor", "Pow", "Mod", "FloorDiv")


def main() -> None:
    """Make, run and count the mutants."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--module", action="append", choices=MODULES, help="default: all of them")
    parser.add_argument("--sample", type=int, help="random mutants a module; default: every one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--python", default=sys.executable, help="the Python that has the test extras")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        subprocess.run(["git", "clone", "-q", ROOT, copy], check=True)
        layout = copy / "engine" / "ledger" / "layout.py"
        layout.write_text(layout.read_text().replace("LANES = 32", "LANES = 1"))
        total: Counter[str] = Counter()
        for module in given.module or MODULES:
            total += mutate(copy, module, given)
    alive = total["SURVIVED"]
    count = sum(total.values())
    print(f"all: {count} mutants, {alive} alive ({alive / max(count, 1):.1%})")


def mutate(copy: Path, module: str, given: argparse.Namespace) -> Counter[str]:
    """Run the mutants of one module and print what became of them."""
    tests = TESTS[module.split("/")[0]]
    config, session = copy / "cosmic-ray.toml", copy / "session.sqlite"
    session.unlink(missing_ok=True)
    command = PYTEST.format(python=given.python, tests=tests)
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "engine/{module}.py"\ntimeout = 120.0\nexcluded-modules = []\n'
        f'test-command = "{command}"\n[cosmic-ray.distributor]\nname = "local"\n'
    )
    cosmic_ray(copy, "init", config, session)
    choose(copy, session, given)
    cosmic_ray(copy, "exec", config, session)
    found: Counter[str] = Counter()
    lines = cosmic_ray(copy, "dump", session).splitlines()
    for line in lines:
        item, result = json.loads(line)
        if result is None:
            continue
        outcome = result["test_outcome"].split(".")[-1].upper()
        found[outcome] += 1
        if outcome == "SURVIVED":
            spec = item["mutations"][0]
            print(f"  alive: engine/{module}.py:{spec['start_pos'][0]} {spec['operator_name']}")
            print("".join(f"    {row}\n" for row in changed(result["diff"])), end="")
    print(f"{module}: " + ", ".join(f"{count} {name.lower()}" for name, count in found.items()), flush=True)
    return found


def choose(copy: Path, session: Path, given: argparse.Namespace) -> None:
    """Leave out the mutants that mean nothing, and keep a sample of the others."""
    database = sqlite3.connect(session)
    rows = database.execute("select job_id, operator_name, module_path, start_pos_row from mutation_specs")
    keep, drop = [], []
    for job, operator, path, row in rows.fetchall():
        text = (copy / path).read_text().splitlines()[row - 1]
        typed = text.lstrip().startswith(("def ", "from ", "import ", "@")) or ") -> " in text
        senseless = operator.split("/")[-1].startswith("RemoveDecorator") or (
            "ReplaceBinaryOperator" in operator and operator.endswith(NO_NUMBERS)
        )
        (drop if typed or senseless else keep).append(job)
    keep.sort()
    chosen = (
        keep if given.sample is None else random.Random(given.seed).sample(keep, min(given.sample, len(keep)))
    )
    kept = set(chosen)
    gone = [(job,) for job in [*drop, *keep] if job not in kept]
    for table in ("mutation_specs", "work_results", "work_items"):
        database.executemany(f"delete from {table} where job_id = ?", gone)
    database.commit()
    database.close()


def changed(diff: str) -> list[str]:
    """The lines that a mutant changed."""
    rows = diff.splitlines()
    return [row.strip() for row in rows if row[:1] in "+-" and not row.startswith(("+++", "---"))]


def cosmic_ray(copy: Path, *arguments: object) -> str:
    """Run cosmic-ray in the copy."""
    environment = {
        **os.environ, "NUMBA_DISABLE_JIT": "1", "BACKTEST_LIVES": "60", "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(copy), "HYPOTHESIS_STORAGE_DIRECTORY": str(copy / ".hypothesis"),
    }  # fmt: skip
    command = [Path(sys.executable).parent / "cosmic-ray", *arguments]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


if __name__ == "__main__":
    main()
