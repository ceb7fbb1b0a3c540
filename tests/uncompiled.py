"""The ledger as plain Python: its inner functions can be called, and its lines can be other ones.

The compiled kernel has one way in. Here the same sources are run as they are written, in blocks of three
lanes (wide enough that no two rows of a block can be mistaken for each other), with the text of a module
replaced where a test of the tests asks for it.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace

import engine.ledger.compile

HERE = Path(engine.ledger.__file__).parent
LANES = 3
ORDER = (
    "layout", "lookup", "amounts", "journal", "rates", "plain_account", "quota", "purchases", "sales",
    "minimum_tax", "tax_years", "deposit", "trading", "two_clocks", "transfers", "withdrawals", "daily", "kernel",
    "inputs", "opening", "invariants", "simulation",
)  # fmt: skip
COMPILERS = ("compile.jit", "compile.native")


@contextmanager
def uncompiled(changed: Mapping[str, str] | None = None) -> Iterator[SimpleNamespace]:
    """The modules of ``engine.ledger`` by name, uncompiled; ``changed`` holds other texts, by module.

    While it is open, whoever imports the ledger gets this one.
    """
    before = {name: sys.modules.pop(f"engine.ledger.{name}", None) for name in (*COMPILERS, *ORDER)}
    try:
        jit, native = (module(name) for name in COMPILERS)
        jit.inner = jit.inlined = lambda function: function  # type: ignore[attr-defined]
        for name in ORDER:
            made = module(name)
            exec(code(name, (changed or {}).get(name)), made.__dict__)
        native.simulate_lanes = sys.modules["engine.ledger.kernel"].simulate_lanes  # type: ignore[attr-defined]
        yield SimpleNamespace(native=native, **{name: sys.modules[f"engine.ledger.{name}"] for name in ORDER})
    finally:
        for name, old in before.items():
            place(name, old)


@functools.cache
def code(name: str, text: str | None) -> CodeType:
    """A module's text, or another in its place, ready to be run."""
    path = HERE / f"{name}.py"
    given = path.read_text(encoding="utf-8") if text is None else text
    return compile(re.sub(r"^LANES = \d+", f"LANES = {LANES}", given, flags=re.MULTILINE), str(path), "exec")


def module(name: str) -> ModuleType:
    """An empty module of the ledger, known to whoever imports it."""
    made = ModuleType(f"engine.ledger.{name}")
    place(name, made)
    return made


def place(name: str, what: ModuleType | None) -> None:
    """Make a module of the ledger known, or unknown, to whoever imports it."""
    package, _, last = f"engine.ledger.{name}".rpartition(".")
    if what is None:
        sys.modules.pop(f"engine.ledger.{name}", None)
        vars(sys.modules[package]).pop(last, None)
    else:
        sys.modules[f"engine.ledger.{name}"] = what
        setattr(sys.modules[package], last, what)
