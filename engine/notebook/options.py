"""The options of the package's functions: each stands here once, with its meaning, for all of them.

A function says ``**options: Unpack[Options]``: type checkers know every keyword, ``help()`` and a notebook show
them one by one, and ``closed`` refuses any other. ``Taken`` is what they come to, checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from engine.config import Config
from engine.config.arguments import (
    a_flag,
    a_path,
    checked,
    configuration,
    in_period,
    one_kind,
    one_word,
    texts,
)
from engine.config.leaves import number
from engine.errors import ConfigError
from engine.locale import Locale, languages
from engine.market.own_prices import Asset, own_source
from engine.market.sources import Access, Source
from engine.messages import message
from engine.studies.executor import Executor

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np
    import pandas as pd

    from engine.market.own_prices import Table

    Day: TypeAlias = str | dt.date | np.datetime64
    Progress: TypeAlias = Callable[[int, int], None]

Document: TypeAlias = Config | str | Path  # a configuration, or its file
DEFAULTS: Mapping[str, Any] = {
    "offline": False, "refresh": False, "lock": False, "assets": (), "overrides": (), "lang": "en",
    "allow_python": False,
}  # fmt: skip
SOURCES = message("auto, yahoo, stooq, sample, century, french, shiller:FILE, csv:DIR or a Source")


class Prices(Access, total=False):
    """Where prices come from, and the language.

    ``source``     ``auto``, ``yahoo``, ``sample``, ``century``, ``french``, ``shiller:FILE``, ``csv:DIR`` or a
                   Source, in place of the configuration's own
    ``prices``     closes at hand instead, a column a symbol; with ``dividends``, ``fx`` and ``assets``:
                   see :func:`engine.market.own_prices.own_source`
    ``offline``, ``refresh``, ``max_age`` (seconds), ``lock``  what the cache may do
    ``out``        write the files to ``out/<name>/`` as the command does; None writes nothing
    ``lang``       ``en`` or ``ja``: of what is shown, and of files for people
    """

    source: str | Source | None
    prices: Table | None
    dividends: Table | None
    fx: pd.Series | None
    assets: Mapping[str, Asset] | Sequence[Asset]
    out: str | Path | None
    lang: str


class Options(Prices, total=False):
    """Of what is made from configurations: those of :class:`Prices`, and

    ``overrides``  keys of the files, as ``--set`` takes them: ``["risk_free=0.01"]``
    ``period``     (first day, last day), each a date, ISO text or None, in place of the configuration's
    ``allow_python``  a file may name functions of yours, which are then asked; else it is refused
    """

    allow_python: bool
    overrides: Sequence[str]
    period: tuple[Day | None, Day | None] | None


class WorkOptions(Options, total=False):
    """Of studies: those of :class:`Options`, and who works, on which the figures do not depend.

    ``threads``    of this process; None: all processors
    ``workers``    processes of this machine instead
    ``scheduler``  a Dask cluster instead: ``tcp://host:8786``
    ``progress``   is called with how many simulations are done, and how many there are
    """

    threads: int | None
    workers: int | None
    scheduler: str | None
    progress: Progress | None


@dataclass(frozen=True)
class Taken:
    """Options that can be, defaults in place. ``source`` None: what each configuration says."""

    source: str | Source | None
    overrides: tuple[str, ...]
    period: tuple[Any, Any] | None
    allow_python: bool
    out: Path | None
    lang: str
    executor: Executor
    progress: Progress | None
    access: Access

    @property
    def locale(self) -> Locale:
        """The language."""
        return Locale(self.lang)

    def config(self, item: Document, *, to_come: bool = False) -> Config:
        """A configuration, or that of a file, as the options change it. Raises ConfigError."""
        own = configuration(item, self.overrides, allow_python=self.allow_python, to_come=to_come)
        return in_period(own, self.period, to_come=to_come)

    def configs(self, items: Any, *, to_come: bool = False) -> list[Config]:
        """Several. Raises ConfigError."""
        one_kind("configs", items, (list, tuple), message("a list of configurations or files"))
        return [self.config(item, to_come=to_come) for item in items]


def taken(given: Any) -> Taken:
    """The options of a call, each checked. Raises ConfigError naming the first that cannot be."""
    options = {**DEFAULTS, **given}
    for name in ("offline", "refresh", "lock", "allow_python"):
        a_flag(name, options[name])
    if options.get("max_age") is not None:
        checked("max_age", options["max_age"], number(0, 1e12))
    one_word("lang", options["lang"], languages())
    progress = options.get("progress")
    if progress is not None and not callable(progress):
        one_kind("progress", progress, (type(None),), message("a function of two numbers, or None"))
    return Taken(
        source=_source(options),
        overrides=texts("overrides", options["overrides"]),
        period=options.get("period"),
        allow_python=options["allow_python"],
        out=None if options.get("out") is None else a_path("out", options["out"]),
        lang=options["lang"],
        executor=_executor(options),
        progress=progress,
        access=cast(Access, {name: given[name] for name in Access.__annotations__ if name in given}),
    )


def _source(options: Mapping[str, Any]) -> str | Source | None:
    """The source that was named, or that of prices at hand."""
    source, prices = options.get("source"), options.get("prices")
    one_kind("source", source, (str, Source, type(None)), SOURCES)
    if prices is None:
        alone = next((name for name in ("dividends", "fx", "assets") if options.get(name) is not None), "")
        if alone and options[alone] is not DEFAULTS.get(alone):
            raise ConfigError(message("{name} belong to prices: came no prices", name=alone))
        return source
    if source is not None:
        raise ConfigError(message("source and prices: allowed one of the two"))
    return own_source(prices, options.get("dividends"), options.get("fx"), options["assets"])


def _executor(options: Mapping[str, Any]) -> Executor:
    for name, kinds, allowed in (
        ("threads", (int, type(None)), message("a whole number or None")),
        ("workers", (int, type(None)), message("a whole number or None")),
        ("scheduler", (str, type(None)), message("an address such as {example}", example="tcp://host:8786")),
    ):
        one_kind(name, options.get(name), kinds, allowed)
    return Executor(options.get("threads"), options.get("workers"), options.get("scheduler"))
