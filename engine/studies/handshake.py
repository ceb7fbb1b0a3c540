"""What a worker must have in common with who asks it: the same program and the same libraries.

A worker with other code gives other numbers, and nothing in a number shows it. So every worker is asked who it is
before work begins, asks itself before each chunk, and what it makes says which program made it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.errors import ConfigError
from engine.messages import Message, listed, message

LIBRARIES = ("numpy", "numba", "llvmlite", "pyarrow")
SHOWN = 12  # digits of a hash, for people
SAME_VERSIONS = message("install the same versions on every worker")


@cache
def program() -> str:
    """SHA-256 of the source and the tables of ``engine`` and ``strategies``, as they were when first asked."""
    import engine
    from engine.builtin import OWN

    total = hashlib.sha256()
    for root in (Path(engine.__file__).parent, OWN.parent):
        for path in sorted(path for kind in ("*.py", "*.csv") for path in root.rglob(kind)):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{root.name}/{path.relative_to(root).as_posix()} {content}\n".encode())
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


def refuse_stranger(theirs: Mapping[str, str], mine: Mapping[str, str], who: Message) -> None:
    """Raise ConfigError where a worker is not what asks it."""
    found = [
        message("{name} {there} there, {here} here", name=name, there=there[:SHOWN], here=here[:SHOWN])
        for name, here in mine.items()
        if (there := str(theirs.get(name, "none"))) != here
    ]
    if found:
        raise ConfigError(
            message("{who} has another program: {differences}", who=who, differences=listed(found)),
            hint=SAME_VERSIONS,
        )
