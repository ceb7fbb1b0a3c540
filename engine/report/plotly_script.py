"""plotly.js as a page carries it: deflated and in base64, and the hash by which the page's policy knows it.

Deflating takes a fifth as long as a warm run, so that it is done once and kept in the user's cache folder. What is
kept is used only where it inflates to the very script that the installed package brings: a damaged or planted file
costs time and nothing else.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.bundled import file_of_package
from engine.errors import StoreError
from engine.files import write_bytes
from engine.reading import MB, read_bounded

LEVEL = 6  # of zlib: 9 gains a thousandth and takes a third longer
LARGEST = 20 * MB  # that a kept script may be


@dataclass(frozen=True)
class Script:
    """``folded``: deflated (RFC 1951) and in base64; ``digest``: base64 of the SHA-256 of the script itself."""

    folded: str
    digest: str


@cache
def plotly() -> Script:
    """plotly.js as a page carries it."""
    script = source()
    name = digest(script)
    return Script(base64.b64encode(_kept(script, name)).decode(), name)


def source() -> bytes:
    """plotly.js as the plotly package carries it."""
    path = file_of_package("plotly", "package_data/plotly.min.js")
    assert path is not None, "plotly is a dependency"
    return path.read_bytes()


def digest(script: bytes) -> str:
    """How a content policy names a script."""
    return base64.b64encode(hashlib.sha256(script).digest()).decode()


def deflated(content: bytes) -> bytes:
    """Raw deflate, as ``DecompressionStream("deflate-raw")`` reads it."""
    made = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return made.compress(content) + made.flush()


def fold(text: str) -> str:
    """Text as ``page.js`` unfolds it."""
    return base64.b64encode(deflated(text.encode())).decode()


def _kept(script: bytes, name: str) -> bytes:
    """The deflated script: the one kept, if it is that of this script, else made anew and kept."""
    path = _place(name)
    if path is None:
        return deflated(script)
    with contextlib.suppress(OSError, zlib.error):
        found = read_bounded(path, LARGEST)
        if zlib.decompressobj(-zlib.MAX_WBITS).decompress(found, len(script) + 1) == script:
            return found
    made = deflated(script)
    with contextlib.suppress(StoreError):  # a disk that is full, a folder of others: made again next time
        write_bytes(path, made)
    return made


def _place(name: str) -> Path | None:
    from engine.market.cache import default_root

    try:
        return default_root().parent / "pages" / f"plotly-{base64.b64decode(name).hex()[:16]}.deflate"
    except StoreError:
        return None
