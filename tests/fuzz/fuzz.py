"""Hundreds of thousands of inputs at a front door: ``python -m tests.fuzz.fuzz csv --inputs 200000``.

Where atheris is installed (``pip install atheris``) it chooses the inputs by the branches they reach; elsewhere
good files are torn apart at random. The first input that breaks a promise ends it: its bytes are kept in
``fuzz-KIND``, and exit code 1.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import time
from pathlib import Path

try:
    import atheris
except ImportError:
    atheris = None

# It learns which branches an input reaches from code that is imported under its eyes.
with (
    contextlib.nullcontext() if atheris is None else atheris.instrument_imports(include=["engine", "ruamel"])
):
    from tests.fuzz.doors import DOORS, SECONDS, WORDS, knock, seeds, torn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=DOORS)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--minutes", type=float, default=60.0, help="stop earlier than that many inputs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="without atheris")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        way = tear if given.plain or atheris is None else guide
        way(given, Path(folder))


def tear(given: argparse.Namespace, folder: Path) -> None:
    """Good files, torn apart at random."""
    chance, good = random.Random(given.seed), seeds(given.kind)
    until = time.monotonic() + 60 * given.minutes
    tried = 0
    while tried < given.inputs and time.monotonic() < until:
        attempt(given.kind, torn(chance.choice(good), chance, good), folder)
        tried += 1
    print(f"{given.kind}: {tried:,} inputs torn from {len(good)} good files, nothing found")


def guide(given: argparse.Namespace, folder: Path) -> None:
    """Inputs that atheris makes; it ends the process itself."""
    corpus, tokens = folder / "corpus", folder / "tokens"
    corpus.mkdir()
    for number, data in enumerate(seeds(given.kind)):
        (corpus / str(number)).write_bytes(data)
    words = ["".join(f"\\x{byte:02x}" for byte in word) for word in WORDS]
    tokens.write_text("".join(f'"{word}"\n' for word in words))
    options = {
        "runs": given.inputs,
        "max_total_time": round(60 * given.minutes),
        "seed": given.seed,
        "timeout": round(SECONDS),
        "max_len": 20_000,
        "dict": tokens,
        "print_final_stats": 1,
    }
    arguments = [f"-{name}={value}" for name, value in options.items()]
    atheris.Setup([sys.argv[0], *arguments, str(corpus)], lambda data: attempt(given.kind, data, folder))
    atheris.Fuzz()


def attempt(kind: str, data: bytes, folder: Path) -> None:
    """One input; kept if a promise is broken."""
    try:
        knock(kind, data, folder)
    except BaseException:
        Path(f"fuzz-{kind}").write_bytes(data)
        print(f"kept as fuzz-{kind}", file=sys.stderr)
        raise


if __name__ == "__main__":
    main()
