"""What a worker must have in common with who asks it: the same program and the same libraries.

A worker with other code gives other numbers, and nothing in a number shows it. So every worker is asked who it is
before work begins, asks itself before each unit, and what it makes says which program made it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.errors import ConfigError

LIBRARIES = ("numpy", "numba", "llvmlite", "pyarrow")
SHOWN = 12  # digits of a hash, for people


@cache
def program() -> str:
    """SHA-256 of the source and the tables of ``engine`` and ``strategies``, as they were when first asked."""
    import engine
    import strategies

    total = hashlib.sha256()
    for package in (engine, strategies):
        root = Path(str(package.__file__)).parent
        for path in sorted(path for kind in ("*.py", "*.csv") for path in root.rglob(kind)):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{package.__name__}/{path.relative_to(root).as_posix()} {content}\n".encode())
    return total.hexdigest()


@cache
def identity() -> Mapping[str, str]:
    """This process: its program, its libraries, its Python and the order of its bytes, by name."""
    import platform
    import sys
    from importlib.metadata import version

    import engine

    python = ".".join(platform.python_version_tuple()[:2])
    libraries = {name: version(name) for name in LIBRARIES}
    return {
        "program": program(),
        "backtest": engine.__version__,
        "python": python,
        **libraries,
        "byte order": sys.byteorder,
    }


def differences(theirs: Mapping[str, str], mine: Mapping[str, str]) -> str:
    """What differs, as one text; empty where nothing does."""
    found = []
    for name, here in mine.items():
        there = str(theirs.get(name, "none"))
        if there != here:
            found.append(f"{name} {there[:SHOWN]} there, {here[:SHOWN]} here")
    return ", ".join(found)


def refuse_stranger(theirs: Mapping[str, str], mine: Mapping[str, str], who: str) -> None:
    """Raise ConfigError where a worker is not what asks it."""
    found = differences(theirs, mine)
    if found:
        raise ConfigError(
            f"{who} has another program: {found}", hint="install the same versions on every worker"
        )
