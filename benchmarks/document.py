"""Putting what a benchmark printed into docs/benchmarks.md, between its marks."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def write_block(name: str, text: str, target: Path = DOCS / "benchmarks.md") -> None:
    """Replace what stands between the marks of ``name``. Raises ValueError where the marks are missing."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    before, found, rest = target.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{target.name}: has no marks for {name!r}")
    target.write_text(f"{before}{begin}\n```\n{text}\n```\n\n{end}{after}", encoding="utf-8")
