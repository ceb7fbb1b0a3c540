"""Tables that come with the program: CSV files beside its code, known to be whole."""

from __future__ import annotations

import csv
from pathlib import Path


def table_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table, each its cells by heading."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
