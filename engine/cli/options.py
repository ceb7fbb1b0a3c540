"""Options that many commands share, and the one value they become."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click


@dataclass(frozen=True)
class Common:
    """How a command was asked to work. ``source`` None: what the configuration says."""

    source: str | None
    offline: bool
    refresh: bool
    max_age: float | None
    out: Path
    lang: str
    as_json: bool
    quiet: bool
    overrides: tuple[str, ...]


def common(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the common options to a command; it receives one ``common`` argument."""

    @click.option("--data", "source", metavar="SOURCE", help="auto, yahoo, sample or csv:DIR; never mixed.")
    @click.option("--offline", is_flag=True, help="Use nothing from the network.")
    @click.option("--refresh", is_flag=True, help="Fetch again what is stored.")
    @click.option("--max-age", type=click.FloatRange(min=0), metavar="DAYS", help="Fetch what is older.")
    @click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
    @click.option("--lang", type=click.Choice(["en", "ja"]), help="Language (default: from the locale).")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
    @click.option("--quiet", is_flag=True, help="Print nothing but errors.")
    @click.option("--debug", is_flag=True, help="Show a traceback with an error.")
    @click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override any key.")
    @functools.wraps(function)
    def command(
        *args: Any,
        source: str | None,
        offline: bool,
        refresh: bool,
        max_age: float | None,
        out: Path,
        lang: str | None,
        as_json: bool,
        quiet: bool,
        debug: bool,
        overrides: tuple[str, ...],
        **kwargs: Any,
    ) -> Any:
        del debug  # main looks at it
        chosen = Common(
            source, offline, refresh, max_age, out, lang or _language(), as_json, quiet, overrides
        )
        return function(*args, common=chosen, **kwargs)

    return command


def _language() -> str:
    from engine.report.words import lang_from_locale

    return lang_from_locale()
