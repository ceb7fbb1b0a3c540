"""Files that come with the program: tables beside its code, known to be whole, and those of packages it needs."""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path


def table_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table, each its cells by heading."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def file_of_package(package: str, name: str) -> Path | None:
    """A file inside an installed package, which is not imported; None where it is not there."""
    spec = find_spec(package)
    folders = () if spec is None else spec.submodule_search_locations or ()
    return next((path for path in (Path(folder, name) for folder in folders) if path.is_file()), None)
