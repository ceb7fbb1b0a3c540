"""The one way from the program to the terminal."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from engine.cli.streams import is_unicode, write_bytes
from engine.formats import BOM, plain
from engine.printable import printable, printable_json


def say(text: str, *, styled: bool = False, end: str = "\n", err: bool = False) -> None:
    """Print ``text``; what is no visible character is spelt out.

    ``styled``: the text comes from engine.report.terminal, which has spelt it out before it added its colours.
    """
    click.echo((text if styled else printable(text)) + end, nl=False, err=err)


def say_json(value: Any) -> None:
    """Print plain values as readable JSON: dates as ISO text, what is no number as null.

    What is not ASCII is escaped where the output is not UTF-8: programs read JSON as that.
    """
    text = json.dumps(plain(value), ensure_ascii=not is_unicode(sys.stdout), indent=2, allow_nan=False)
    say(printable_json(text), styled=True)


def say_csv(text: str) -> None:
    """Print a CSV: into a file or a pipe the bytes that Excel reads in Japan too (UTF-8 with its mark, CRLF).

    On a terminal the text alone.
    """
    if sys.stdout.isatty():
        say(text.removeprefix(BOM).replace("\r\n", "\n"), end="")
    else:
        write_bytes(text.encode())


def say_html(text: str) -> None:
    """Print HTML: what the output's encoding lacks as numeric references."""
    say(text if is_unicode(sys.stdout) else text.encode("ascii", "xmlcharrefreplace").decode(), end="")
