"""For a notebook or a script: the steps of the command line as functions, whose values show themselves.

``run`` and ``load_result`` give a :class:`View` of a result, ``compare`` a :class:`Comparison`, the studies a view
of theirs. A view adds tables, charts and frames to the plain value it holds (``.result``); nothing below this
package knows of it. The names are exported by the package: ``from engine import run``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from engine.config import Config, load_config
from engine.market.sources import Access, Source
from engine.notebook.studies import BootstrapView, SweepView, WindowsView
from engine.notebook.views import CHARTS, Comparison, View
from engine.result import Result

if TYPE_CHECKING:
    from engine.audit import Audit

__all__ = [
    "CHARTS",
    "BootstrapView",
    "Comparison",
    "SweepView",
    "View",
    "WindowsView",
    "audit",
    "bootstrap",
    "compare",
    "load_config",
    "load_result",
    "run",
    "sweep",
    "windows",
]


def run(
    config: Config | str | Path,
    *,
    overrides: Sequence[str] = (),
    source: str | Source | None = None,
    lang: str = "en",
    **access: Unpack[Access],
) -> View:
    """Run a configuration, or the one in a file with ``overrides`` as ``--set`` takes them.

    Raises ConfigError, DataError.
    """
    from engine.run import run as run_config

    return View(run_config(_config(config, overrides), source=source, **access), lang)


def load_result(folder: str | Path, lang: str = "en") -> View:
    """The result in a folder that ``backtest run`` wrote. Raises StoreError."""
    from engine import store

    return View(store.load(Path(folder)), lang)


def compare(
    configs: Sequence[Config | str | Path],
    *,
    overrides: Sequence[str] = (),
    source: str | Source | None = None,
    lang: str = "en",
    **access: Unpack[Access],
) -> Comparison:
    """Several configurations on their common period. Raises ConfigError, DataError."""
    from engine.report.sentences import sentence
    from engine.studies.compare import compare as side_by_side

    found = side_by_side([_config(item, overrides) for item in configs], source=source, **access)
    views = tuple(View(result, lang) for result in found.results)
    return Comparison(views, tuple(sentence(note, lang) for note in found.notes), lang)


def sweep(document: str | Path, *, lang: str = "en", **options: Any) -> SweepView:
    """Every combination of a sweep's axes; ``options`` as :func:`engine.studies.sweep.sweep` takes them."""
    from engine.studies.shown import sweep_model
    from engine.studies.sweep import sweep as run_sweep

    result = run_sweep(document, lang=lang, **options)
    return SweepView(result, sweep_model(result, lang), lang, _again(lang, options))


def windows(documents: Any, *, lang: str = "en", **options: Any) -> WindowsView:
    """Every start month; ``options`` as :func:`engine.studies.windows.windows` takes them."""
    from engine.studies.shown import windows_model
    from engine.studies.windows import windows as run_windows

    result = run_windows(documents, lang=lang, **options)
    return WindowsView(result, windows_model(result, lang), lang, _again(lang, options))


def bootstrap(
    configs: Sequence[Config | str | Path] | Config | str | Path, *, lang: str = "en", **options: Any
) -> BootstrapView:
    """Drawn futures; ``options`` as :func:`engine.studies.bootstrap.bootstrap` takes them. Writes nothing."""
    from engine.studies.bootstrap import bootstrap as draw
    from engine.studies.odds import study_of

    several = [configs] if isinstance(configs, Config | str | Path) else configs
    result = draw([_config(item, ()) for item in several], **options)
    return BootstrapView(result, study_of(result, lang), lang)


def audit(result: View | Result) -> Audit:
    """Replay a result through vectorbt and compare: see :func:`engine.audit.audit`."""
    from engine.audit import audit as replay

    return replay(result.result if isinstance(result, View) else result)


def _config(config: Config | str | Path, overrides: Sequence[str]) -> Config:
    """The configuration, overrides applied. Raises ConfigError."""
    if not isinstance(config, Config):
        return load_config(config, overrides)
    if overrides:
        from engine.errors import ConfigError

        raise ConfigError("overrides belong to a file", hint="engine.config.override changes a configuration")
    return config


def _again(lang: str, options: Mapping[str, Any]) -> Callable[[Config], View]:
    """What lives one of a study's configurations on its own, with the prices that the study took."""
    taken = {
        name: options[name] for name in ("source", "offline", "refresh", "max_age", "lock") if name in options
    }
    return lambda config: run(config, lang=lang, **taken)
