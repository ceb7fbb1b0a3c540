"""What a long study has simulated so far, put aside every few seconds: when it is killed it goes on from there.

``results/<name>-bootstrap/parts/<study>/<hash>.part``. ``<study>`` is the identity of the study, and a file begins
with the SHA-256 of what follows, so that nothing but a whole part of the same study is ever taken for one. A study
that is over before the first few seconds are writes none, and a finished one keeps none.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np

from engine.files import explained, write_bytes
from engine.folders import DIGITS, HINT, PARTS
from engine.reading import MB, is_own, read_bounded

EVERY = 5.0  # seconds: as much is lost of a killed study, and what is written takes a thousandth of that
PART = rf"[0-9a-f]{{{DIGITS}}}\.part"
LARGEST = 4000 * MB
SUM = hashlib.sha256().digest_size


class Parts:
    """The parts of one study: numbered chunks of it, as the bytes that a job made of each."""

    def __init__(self, folder: Path, key: Callable[[], str]) -> None:
        """In the study's ``folder``; its identity is asked for only where it is needed."""
        self._parts, self._key = folder / PARTS, key
        self._waiting: dict[int, bytes] = {}
        self._written = time.monotonic()

    @cached_property
    def folder(self) -> Path:
        """Where they lie."""
        return self._parts / self._key()[:DIGITS]

    def read(self) -> dict[int, bytes]:
        """All that was put aside, by number. What is damaged, or another user's, is none."""
        found: dict[int, bytes] = {}
        with explained(self._parts, HINT):
            if self._parts.is_dir() and self.folder.is_dir():
                for path in sorted(filter(is_own, self.folder.iterdir())):
                    found |= _unpacked(read_bounded(path, LARGEST))
        return found

    def add(self, number: int, made: bytes) -> None:
        """A chunk is done. One thread at a time."""
        self._waiting[number] = made
        if time.monotonic() - self._written >= EVERY:
            self.write()

    def write(self) -> None:
        """Put aside what waits for it. Raises StoreError."""
        if self._waiting:
            content = _packed(self._waiting)
            write_bytes(self.folder / f"{content[:SUM].hex()[:DIGITS]}.part", content, hint=HINT)
        self._waiting, self._written = {}, time.monotonic()


def _packed(chunks: dict[int, bytes]) -> bytes:
    """A hash; how many there are; the number and the length of each; the chunks themselves."""
    heads = [len(chunks), *(n for number, made in chunks.items() for n in (number, len(made)))]
    body = np.array(heads, "<i8").tobytes() + b"".join(chunks.values())
    return hashlib.sha256(body).digest() + body


def _unpacked(content: bytes) -> dict[int, bytes]:
    """The chunks; none where the content is not whole."""
    body = content[SUM:]
    if hashlib.sha256(body).digest() != content[:SUM]:
        return {}
    count = int(np.frombuffer(body, "<i8", 1)[0])
    heads = np.frombuffer(body, "<i8", 2 * count, 8).reshape(count, 2)
    ends = 8 + heads.nbytes + heads[:, 1].cumsum()
    return {
        int(number): body[end - length : end] for (number, length), end in zip(heads.tolist(), ends.tolist())
    }
