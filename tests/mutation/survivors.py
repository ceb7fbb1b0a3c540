"""The mutants of the ledger that stayed alive, sorted by why no test can tell them from the original.

    python -m tests.mutation.ledger --out FOLDER
    python -m tests.mutation.survivors FOLDER            # writes tests/mutation/SURVIVORS.md

A survivor that no reason fits is printed, and the command fails: somebody has to look at it, and then writes
a test, simplifies the line, or adds a reason here. Reasons are patterns, some of them wide: they sort survivors,
and prove nothing of a new one.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.mutation.ledger import MODULES, Source

PAGE = Path(__file__).with_name("SURVIVORS.md")
LIMIT = 0.05


class Survivor(NamedTuple):
    """A mutant that no test noticed: a line, and what became of it."""

    module: str
    line: int
    operator: str
    old: str
    new: str


class Fit(NamedTuple):
    """Regular expressions that all must be found in a survivor's parts."""

    module: str = ""
    operator: str = ""
    old: str = ""
    new: str = ""

    def finds(self, one: Survivor) -> bool:
        """Whether they are."""
        parts = (one.module, one.operator, one.old, one.new)
        return all(re.search(pattern, part) for pattern, part in zip(self, parts))


class Reason(NamedTuple):
    """Why mutants live that one of ``fits`` finds."""

    title: str
    why: str
    fits: tuple[Fit, ...]


FLAGS = (
    r"WHOLE|FREE|SHARED|RESTORES|OFFSET|REINVEST|KIND|\bkind\b|OVERFLOW|POLICY|policy|TERM|\bterm\b|MONEY_FIRST|"
    r"RELATIVE|free"
)
GATES = (
    r"\bbusy\b|\bgoing\b|\bcount\b|journal\.shape|\bwriting\b|if flag|if new_year|t \+ 4 <=|idle_yield|again|"
    r"^break$|withdraws|scratch\[SCRATCH\.ORDER, j\] > 0|return (False|True)|looking|threads|one\.shape|any\(\)|"
    r"0\.999|^continue$"
)
REASONS: tuple[Reason, ...] = (
    Reason(
        "A binary digit for a plus",
        "The two numbers have no binary digit in common, so that `+`, `|` and `^` are the same: rows begin at "
        "multiples of the width of a block, flags are different digits, rows of accounts stand where the terms "
        "that are asked is the same for both. Or only lives would differ that nobody reads.",
        (Fit(operator=r"^(Add_BitOr|Add_BitXor|BitOr_Add|BitOr_BitXor|Sub_BitXor|BitAnd_Mod)$"),),
    ),
    Reason(
        "Nought times anything",
        "The name stands for row or column 0, and 0 times, over, modulo or to the power of a number is 0; plus, "
        "minus or shifted by 0 is nothing.",
        (
            Fit(operator="^Mul_", old=r"column \* context\.assets"),
            Fit(operator="^(Add|Sub)_", old=r"BOUGHT|SOLD|ANNUAL_LIMIT"),
        ),
    ),
    Reason(
        "The first guess of a search",
        "What is guessed is corrected until it fits: another guess, another limit of what is believed, or a step "
        "more or less ends at the same number, or takes the slower and surer way to it.",
        (
            Fit("amounts", old=r"0\.999|math\.floor\(gross_for|while "),
            Fit(
                "rates",
                old=r"known|guess|MOVED|settled|5040|range\((8|200)\)|low|gap|moved|x = 0|back = |least = ",
            ),
            Fit("rates", old=r"RATES\.LOG_RATE"),
            Fit("kernel", old="guess, final = "),
        ),
    ),
    Reason(
        "A gate that only saves time",
        "The line decides whether something is looked at, and what is looked at for nothing comes to nothing.",
        (Fit(old=GATES), Fit("simulation", old=r"flags\[inputs\.first\]")),
    ),
    Reason(
        "Both ways come to the same where they meet",
        "The original and the mutant differ only where two numbers are equal or almost, and there both branches "
        "give the same: nothing is added, nothing is sold, the cap is the rate.",
        (
            Fit(operator=r"^(Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt)$"),
            Fit("sales|tax_years", "^Number", r"^if net < 0\.0:$"),
        ),
    ),
    Reason(
        "What is never below nought",
        "Money, units, prices, limits and the gains that are looked at are not negative here, so that `> 0` is "
        "`!= 0`, `<= 0` is `== 0`, and a bound of -1 binds no more than one of 0.",
        (
            Fit(operator=r"^(Gt_NotEq|LtE_Eq|NotEq_Gt|Eq_LtE|Eq_GtE|Lt_NotEq|NotEq_GtE|NotEq_Lt|Eq_Lt)$"),
            Fit(operator="^Number", new=r"(max|min)\(.*-\s*1\.0\)|[<>=]=? ?-\s*1(\.0)?\b|else -\s*1"),
            Fit("purchases", "^Number", r"Fee\(0\.0, 0\.0, 0\.0\)"),
        ),
    ),
    Reason(
        "A number that is one of a few",
        "Flags are 0 or 1, kinds 0, 1 or 2, modes and policies a handful of names, purchase years a ring of 21: "
        "numbers between them, or other orders of asking, tell the same ones apart.",
        (
            Fit(old=FLAGS, operator="^(Number|Eq_|NotEq_|Gt_|Add_|Sub_)"),
            Fit(old=r"WAIT, WEIGHTS, SHORTFALL|ARRIVED|MARKED|range\(COHORTS"),
            Fit("lookup", "Sub_Mod", "FIRST_YEAR"),
        ),
    ),
    Reason(
        "What is too small to be seen",
        "A tolerance, a mark for nothing, or a number beyond all others: what lies between it and the mutant's "
        "would have to be a rounding error of just that size.",
        (
            Fit(old=r"NOTHING|EVERYTHING|DUST|NEAR|1e-\d+"),
            Fit("trading", old="money = min"),
            Fit("invariants", old=r"scale = max|most = max"),
        ),
    ),
    Reason(
        "What nobody reads",
        "The value goes nowhere: rows that only a life alone writes down, a record's unused columns, what the "
        "first session overwrites, more room than is needed.",
        (
            Fit(old=r"PROCEEDS|FEES|record\(|SCRATCH\.NEED, j\] = paid|DAILY\.VALUE, 0\]"),
            Fit("daily", old=r"DAILY\.DEEPEST, j\] = 1\.0|index / v"),
            Fit("simulation|inputs", old=r"np\.(empty|zeros)\(|aligned\("),
        ),
    ),
    Reason(
        "The end of a life",
        "When everything is sold at the last close, a gain is taxed at the same rates in this tax year or the "
        "next, years after that are empty, and what is worth less than a yen is worth nothing.",
        (Fit("sales|tax_years", old=r"settlement_year|range\(year, year \+ 2\)|taxed = "),),
    ),
    Reason(
        "The same thing said otherwise",
        "`is` for `==` between small numbers, `*` or `//` for `&` between truths, a remainder for a difference of "
        "days, the last row of one for the first, how an argument may be named.",
        (
            Fit("kernel", old=r"shape\[0\]"),
            Fit(operator="_Is$|_IsNot$|^BitAnd_(Mul|FloorDiv)$|^Sub_Mod$"),
            Fit("simulation", old=r"^def |begin: int|size = at|journal\[0, 0\]|out\[0\]"),
        ),
    ),
)


def survivor(module: str, row: dict[str, Any]) -> Survivor:
    """A result as what was changed."""
    old, new = (" ".join(line[1:].strip() for line in row["diff"] if line[0] == sign) for sign in "-+")
    operator = row["name"].split()[1].split("/")[1]
    for word in ("Replace", "Operator", "Binary_", "Comparison_"):
        operator = operator.replace(word, "")
    return Survivor(module, row["line"], operator, old, new)


def results(folder: Path, module: str) -> list[dict[str, Any]]:
    """What became of each mutant of a module as it is now; its last result counts."""
    text = hashlib.sha256(Source(module).text.encode()).hexdigest()[:16]
    path = folder / f"{module}.jsonl"
    rows = [json.loads(row) for row in path.read_text().splitlines()] if path.exists() else []
    return list({row["name"]: row for row in rows if row["text"] == text}.values())


def change(old: str, new: str) -> str:
    """What differs between two lines, in as few words as it takes."""
    before, after = (re.findall(r"[\w.]+|//|\*\*|<<|>>|[<>=!]=|\S", text) for text in (old, new))
    parts = [
        f"{' '.join(before[a:b])} → {' '.join(after[c:d])}".strip()
        for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if kind != "equal"
    ]
    return ", ".join(parts)


def page(counts: dict[str, tuple[int, int]], found: dict[Reason, list[Survivor]]) -> str:
    """tests/mutation/SURVIVORS.md."""
    total, alive = (sum(numbers) for numbers in zip(*counts.values()))
    rows = [
        "# Mutants of the ledger that stayed alive",
        "",
        "`python -m tests.mutation.ledger --out FOLDER` changes one operator, number, condition or loop of the "
        "ledger at a time, with every operator of cosmic-ray, and lives stored lives with it; `python -m "
        "tests.mutation.survivors FOLDER` writes this page. A survivor without a reason below makes it fail. The "
        "reasons are given by patterns over the kind of change and the line, so that a new survivor may stand "
        "under a wrong one: when the page changes, read what is new. A result counts as long as the text of its "
        "own module is the same.",
        "",
        "| module | mutants | alive | |",
        "|---|---:|---:|---:|",
        *(f"| `{name}.py` | {n:,} | {left} | {left / n:.1%} |" for name, (n, left) in counts.items() if n),
        f"| **all** | **{total:,}** | **{alive}** | **{alive / total:.1%}** |",
    ]
    for reason, survivors in found.items():
        rows += ["", f"## {reason.title} ({len(survivors)})", "", reason.why, ""]
        lines: dict[tuple[str, int, str], list[str]] = defaultdict(list)
        for one in survivors:
            lines[one.module, one.line, one.old].append(change(one.old, one.new))
        for (module, line, old), changes in sorted(lines.items()):
            code = re.sub(r"\s+#.*", "", old)
            rows.append(f"- {module}.py:{line} `{code}`: {' · '.join(f'`{one}`' for one in changes)}")
    return "\n".join(rows) + "\n"


def main(given: Sequence[str] | None = None) -> None:
    """Sort the survivors and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="the results of tests.mutation.ledger")
    folder = parser.parse_args(given).folder
    counts: dict[str, tuple[int, int]] = {}
    found: dict[Reason, list[Survivor]] = {reason: [] for reason in REASONS}
    open_ones: list[Survivor] = []
    missing: Counter[str] = Counter()
    for module in MODULES:
        rows = results(folder, module)
        alive = [survivor(module, row) for row in rows if row["outcome"] == "alive"]
        counts[module] = (len(rows), len(alive))
        missing[module] = sum(1 for _ in Source(module).mutants()) - len(rows)
        for one in alive:
            reason = next((r for r in REASONS if any(fit.finds(one) for fit in r.fits)), None)
            (found[reason] if reason else open_ones).append(one)
    for one in open_ones:
        print(
            f"engine/ledger/{one.module}.py:{one.line} {one.operator}: {one.old}   {change(one.old, one.new)}"
        )
    share = sum(left for _, left in counts.values()) / max(1, sum(n for n, _ in counts.values()))
    print(f"{len(open_ones)} without a reason; not judged: {dict(+missing)}; alive {share:.2%}")
    if open_ones or +missing or share >= LIMIT:
        sys.exit(1)
    PAGE.write_text(page(counts, found), encoding="utf-8")


if __name__ == "__main__":
    main()
