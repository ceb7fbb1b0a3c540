"""Writes the golden results: what every shipped configuration comes to on the sample, in ``tests/golden``.

``make golden`` runs it; ``git diff tests/golden`` then shows what a change did to which figure. Figures are
rounded to what a person can see (yen, hundredths of a percent); the hashes pin every transaction, with units
and prices rounded to nine digits, so that the same arithmetic on another processor gives the same hash.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
sys.path.insert(0, str(ROOT))

from engine.config import load_config  # noqa: E402
from engine.result import Result  # noqa: E402
from engine.run import run  # noqa: E402
from tests.shipped import CONFIGS, needs  # noqa: E402

MONEY = {
    "contributed", "withdrawn", "final_value", "liquidation_value", "profit", "cost_paid", "tax_paid",
    "dividend_tax_paid", "idle_cash_average",
}  # fmt: skip


def golden_of(path: Path) -> dict[str, Any]:
    """What is pinned of one configuration."""
    result = run(load_config(path, needs(path)), source="sample", offline=True)
    kinds = result.transactions["kind"].tolist()
    pinned = {
        "metrics": {name: rounded(name, value) for name, value in sorted(result.metrics.items())},
        "transactions": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "transactions_sha256": transactions_hash(result),
        "year_end_values": {
            str(int(year)): round(float(value))
            for year, value in zip(result.years["year"], result.years["value"])
        },
        "data": {item["symbol"]: item["sha256"][:16] for item in result.manifest["data"]},
    }
    if result.benchmark is not None:
        pinned["core_alone"] = {
            name: rounded(name, result.benchmark.metrics[name])
            for name in ("final_value", "xirr", "max_drawdown")
        }
    return pinned


def rounded(name: str, value: Any) -> Any:
    """A figure as a person reads it: whole money, rates to a hundredth of a percent."""
    if not isinstance(value, float):
        return value
    return round(value) if name in MONEY else round(value, 4)


def transactions_hash(result: Result) -> str:
    """SHA-256 of the transactions as text."""
    lines = [
        ",".join(f"{cell:.9g}" if isinstance(cell, float) else str(cell) for cell in row)
        for row in zip(*result.transactions.values())
    ]
    return hashlib.sha256("\n".join([",".join(result.transactions), *lines]).encode()).hexdigest()


def main() -> None:
    """Write one file a configuration, and take away those of configurations that are gone."""
    wanted = {path.stem: path for path in CONFIGS}
    for old in HERE.glob("*.json"):
        if old.stem not in wanted:
            old.unlink()
    for name, path in wanted.items():
        text = json.dumps(golden_of(path), indent=1, ensure_ascii=False) + "\n"
        (HERE / f"{name}.json").write_text(text, encoding="utf-8")
    print(f"{len(wanted)} golden results in {HERE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
