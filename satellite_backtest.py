"""The way into the program under a name of its own: the package is ``engine``, as a file of a user's may be.

``import satellite_backtest`` beside an ``engine.py`` says in one line which file is in the way.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

OWN = Path(__file__).resolve().parent / "engine" / "__init__.py"


def in_the_way() -> str:
    """The file or folder that is taken for the package ``engine``; '' where it is the package itself."""
    try:
        spec = importlib.util.find_spec("engine")
    except ValueError:  # a module without a spec
        return "engine"
    if spec is None:
        return "engine"
    place = spec.origin or next(iter(spec.submodule_search_locations or ()), "engine")
    return "" if Path(place).resolve() == OWN else place


def explained() -> str:
    """What is in the way, in one line; '' where nothing is."""
    place = in_the_way()
    rest = "hides the package engine of this program: rename it, or start from another folder"
    return f"{place} {rest}" if place else ""


def main() -> None:
    """Run the command line."""
    if line := explained():
        sys.stderr.write(f"backtest: {line}\n")
        sys.exit(2)
    from engine.__main__ import main as command

    command()


if __name__ == "__main__":
    main()
elif _line := explained():
    raise ImportError(_line)
