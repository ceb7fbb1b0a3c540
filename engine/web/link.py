"""A plan in an address: the whole configuration, so that a link opens to it whatever the defaults are by then.

``1.`` and base64url of the deflated YAML that ``backtest`` writes. Deflating begins with ``link_1.yaml``, words
that plans have in common; that file is part of version 1 and never changes. A browser keeps what stands behind the
``#`` to itself: the address of a page does not tell a server of the plan.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from engine.config import Config, dump_yaml, parse_config
from engine.config.document import MAX_BYTES
from engine.config.wording import refused
from engine.errors import ConfigError
from engine.messages import Message, message

VERSION = "1"
LONGEST = 200_000  # characters
_PLACE = "link"


def link_of(config: Config) -> str:
    """The text by which ``config_of`` finds an equal configuration."""
    made = zlib.compressobj(9, wbits=-zlib.MAX_WBITS, zdict=_common())
    packed = made.compress(dump_yaml(config).encode()) + made.flush()
    return f"{VERSION}.{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def fragment(plans: Sequence[Config]) -> str:
    """What stands behind the ``#`` of a page's address: its plan, then those that are pinned beside it."""
    first, *others = plans
    return urlencode([("plan", link_of(first)), *(("pin", link_of(each)) for each in others)])


def config_of(link: str) -> Config:
    """The configuration that a link holds, checked as a file's is. Raises ConfigError."""
    version, dot, packed = link.partition(".")
    if not dot or not version.isdecimal() or len(version) > 4:
        raise _refused(message("this is no link of a plan"))
    if version != VERSION:
        told = message(
            "the link is of version {came}, this program reads version {own}", came=version, own=VERSION
        )
        raise _refused(told)
    if len(link) > LONGEST:
        raise _refused(message("longer than {most} characters", most=LONGEST))
    try:
        text = _inflated(base64.b64decode(packed.encode("ascii") + b"=" * (-len(packed) % 4), b"-_", True))
    except (ValueError, binascii.Error, zlib.error):
        raise _refused(message("the link is damaged, or a part of it is missing")) from None
    return parse_config(text, _PLACE)


def _inflated(packed: bytes) -> str:
    """The text, no longer than a configuration may be. Raises zlib.error or ValueError for anything else."""
    found = zlib.decompressobj(wbits=-zlib.MAX_WBITS, zdict=_common())
    text = found.decompress(packed, MAX_BYTES)
    if not found.eof or found.unconsumed_tail or found.unused_data:
        raise ValueError("not all of it")
    return text.decode("utf-8")


@cache
def _common() -> bytes:
    return Path(__file__).with_name("link_1.yaml").read_bytes()


def _refused(told: Message) -> ConfigError:
    return refused(told, place=_PLACE)
