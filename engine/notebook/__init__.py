"""For a notebook or a script: the steps of the command line as functions, whose values show themselves.

``run`` and ``load_result`` give a :class:`View` of a result, ``compare`` a :class:`Comparison`, the studies a view
of theirs. A view adds tables, charts and frames to the plain value it holds (``.result``); nothing below this
package knows of it. The names are exported by the package: ``from engine import run``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from engine.config import Config, load_config
from engine.config.arguments import a_path, checked, closed, configuration, one_kind, one_word, texts
from engine.config.leaves import number
from engine.locale import Locale, languages
from engine.market.sources import Access, Source
from engine.messages import message
from engine.notebook.studies import BootstrapView, FlowsView, SweepView, WindowsView
from engine.notebook.views import CHARTS, Comparison, View
from engine.result import Result
from engine.studies.grid.study import StudyOptions

if TYPE_CHECKING:
    from engine.audit import Audit
    from engine.studies.executor import Executor
    from engine.studies.grid.documents import Sweep
    from engine.studies.grid.study import Progress
    from engine.studies.grid.sweep import AnyObjective
    from engine.studies.grid.windows import Documents

__all__ = [
    "CHARTS",
    "BootstrapView",
    "Comparison",
    "FlowsView",
    "SweepView",
    "View",
    "WindowsView",
    "audit",
    "bootstrap",
    "compare",
    "flows",
    "load_config",
    "load_result",
    "run",
    "sweep",
    "windows",
]


@closed(Access)
def run(
    config: Config | str | Path,
    *,
    overrides: Sequence[str] = (),
    source: str | Source | None = None,
    lang: str = "en",
    **access: Unpack[Access],
) -> View:
    """Run a configuration, or the one in a file with ``overrides`` as ``--set`` takes them.

    ``source`` takes the place of the configuration's own: ``auto``, ``yahoo``, ``sample``, ``csv:DIR`` or a
    Source. ``lang`` is ``en`` or ``ja``. ``access``: ``offline``, ``refresh``, ``max_age`` (seconds) and
    ``lock``. The other functions take them alike. Raises ConfigError, DataError; TypeError for an argument
    that is not there.
    """
    from engine.run import run as run_config

    taken = configuration(config, overrides)
    _check(source, lang, access)
    return View(run_config(taken, source=source, **access), lang)


@closed()
def load_result(folder: str | Path, lang: str = "en") -> View:
    """The result in a folder that ``backtest run`` wrote. Raises StoreError."""
    from engine import store

    _check(None, lang, {})
    return View(store.load(a_path("folder", folder)), lang)


@closed(Access)
def compare(
    configs: Sequence[Config | str | Path],
    *,
    overrides: Sequence[str] = (),
    source: str | Source | None = None,
    lang: str = "en",
    **access: Unpack[Access],
) -> Comparison:
    """Several configurations, each with a name of its own, on their common period.

    Raises ConfigError, DataError.
    """
    from engine.studies.compare import compare as side_by_side

    _check(source, lang, access)
    found = side_by_side(_several(configs, overrides), source=source, **access)
    return Comparison(found, lang)


@closed(StudyOptions)
def sweep(
    document: str | Path | Sweep,
    *,
    objective: AnyObjective | None = None,
    lang: str = "en",
    **options: Unpack[StudyOptions],
) -> SweepView:
    """Every combination of a sweep's axes in every window, written to ``out/<name>/``.

    ``objective``  a metric, or a mapping such as ``{"measure": "xirr", "horizon": 10}``, for the file's own
    ``options``    see :class:`engine.studies.grid.study.StudyOptions`

    Raises ConfigError, DataError, StoreError.
    """
    from engine.report.study_tables import page_file
    from engine.report.sweep_page import sweep_page
    from engine.studies.grid.sweep import sweep as simulate

    _check(options.get("source"), lang, options)
    pages = page_file(sweep_page, lang)
    result = simulate(document, objective=objective, pages=pages, locale=Locale(lang), **options)
    return SweepView(result, lang, partial(_again, lang, options))


@closed(StudyOptions)
def windows(
    documents: Documents,
    *,
    horizons: Sequence[int] = (),
    every: str | None = None,
    lang: str = "en",
    **options: Unpack[StudyOptions],
) -> WindowsView:
    """Strategies from every start month, compared window by window, written to ``out/<name>/``.

    ``documents``  a windows study's file, or configurations, the first of which the others are compared with
    ``horizons``, ``every``  years, and ``month``, ``quarter`` or ``year``, in place of the file's
    ``options``    see :class:`engine.studies.grid.study.StudyOptions`

    Raises ConfigError, DataError, StoreError.
    """
    from engine.report.study_tables import page_file
    from engine.report.windows_page import windows_page
    from engine.studies.grid.windows import windows as simulate

    _check(options.get("source"), lang, options)
    pages = page_file(windows_page, lang)
    result = simulate(documents, horizons=horizons, every=every, pages=pages, locale=Locale(lang), **options)
    return WindowsView(result, lang, partial(_again, lang, options))


@closed(Access)
def bootstrap(
    configs: Sequence[Config | str | Path] | Config | str | Path,
    *,
    overrides: Sequence[str] = (),
    source: str | Source | None = None,
    paths: int = 10_000,
    years: int = 30,
    seed: int = 1,
    block: float | None = None,
    fan_paths: int = 2_000,
    executor: Executor | None = None,
    progress: Progress | None = None,
    lang: str = "en",
    **access: Unpack[Access],
) -> BootstrapView:
    """Drawn futures of one plan beside its core alone, or of several; writes nothing.

    ``paths``, ``years``, ``seed``  how many futures, how long, and their numbers' beginning
    ``block``      mean block in sessions; None chooses it from the data
    ``fan_paths``  on how many of the futures the value is followed through time

    Raises ConfigError, DataError.
    """
    from engine.studies.bootstrap.study import bootstrap as draw

    _check(source, lang, access)
    several = [configs] if isinstance(configs, Config | str | Path) else configs
    result = draw(
        _several(several, overrides), source=source, paths=paths, years=years, seed=seed, block=block,
        fan_paths=fan_paths, executor=executor, progress=progress, **access,
    )  # fmt: skip
    return BootstrapView(result, lang)


@closed(Access)
def flows(
    symbols: Sequence[str] | str,
    *,
    source: str | Source | None = None,
    flows: str | Path | None = None,
    base: str | None = None,
    relative_to: str | None = None,
    seed: int = 1,
    lang: str = "en",
    **access: Unpack[Access],
) -> FlowsView:
    """Whether flows of funds lead their returns or follow them; writes nothing.

    ``flows``  a folder with ``SYMBOL_FLOWS_MONTHLY.csv`` (or ``_WEEKLY``), or the file of one fund; None: the
               folder of ``csv:DIR``
    ``base``   currency of the returns; None: the fund's own
    ``relative_to``  ``assets`` or ``volatility``: what a flow is held against; None: assets where known

    Raises ConfigError, DataError.
    """
    from engine.studies.flows.study import flow_study

    _check(source, lang, access)
    several = texts("symbols", [symbols] if isinstance(symbols, str) else symbols)
    place = None if flows is None else a_path("flows", flows)
    result = flow_study(
        several, source=source or "auto", flows=place, base=base, relative_to=relative_to, seed=seed, **access
    )
    return FlowsView(result, lang)


@closed()
def audit(result: View | Result) -> Audit:
    """Replay a result through vectorbt and compare: see :func:`engine.audit.audit`."""
    from engine.audit import audit as replay

    one_kind("result", result, (View, Result), message("a result, such as run() gives"))
    return replay(result.result if isinstance(result, View) else result)


def _several(configs: Sequence[Config | str | Path], overrides: Sequence[str]) -> list[Config]:
    """Configurations, or those of files. Raises ConfigError."""
    one_kind("configs", configs, (list, tuple), message("a list of configurations or files"))
    return [configuration(item, overrides) for item in configs]


def _check(source: str | Source | None, lang: str, access: Access) -> None:
    """Raise ConfigError for a source, a language or an option of the cache that cannot be."""
    for name in ("offline", "refresh", "lock"):
        one_kind(name, access.get(name), (bool, type(None)), message("True or False"))
    if access.get("max_age") is not None:
        checked("max_age", access["max_age"], number(0, 1e12))
    one_kind(
        "source",
        source,
        (str, Source, type(None)),
        message("auto, yahoo, sample, century, french, csv:DIR or a Source"),
    )
    one_word("lang", lang, languages())


def _again(lang: str, options: StudyOptions, config: Config) -> View:
    """Run one of a study's configurations on its own, with the prices that the study took."""
    access: Any = {name: value for name, value in options.items() if name in Access.__annotations__}
    return run(config, source=options.get("source"), lang=lang, **access)
