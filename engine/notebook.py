"""For a notebook or a script: the steps of the command line as functions, whose values show themselves.

``run`` and ``load_result`` give a :class:`View` of a result, ``compare`` a :class:`Comparison`, the studies a
:class:`Study`. A view adds tables, charts and frames to the plain value it holds (``.result``); nothing below
this module knows of it. The names are exported by the package: ``from engine import run``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from engine.config import Config, load_config
from engine.market.sources import Access, Source
from engine.result import Result

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from engine.audit import Audit

__all__ = [
    "Comparison",
    "Study",
    "View",
    "audit",
    "bootstrap",
    "compare",
    "load_config",
    "load_result",
    "run",
    "sweep",
    "windows",
]
CHARTS = ("value", "growth", "falls", "assets", "accounts")


@dataclass(frozen=True)
class View:
    """A result that shows itself. ``lang`` is the language of its tables and charts."""

    result: Result
    lang: str = "en"

    @property
    def name(self) -> str:
        """The configuration's name."""
        return self.result.name

    @property
    def metrics(self) -> Mapping[str, float | int | str | None]:
        """Every figure by name; fractions, not percent."""
        return self.result.metrics

    @property
    def benchmark(self) -> View | None:
        """The same money in the core alone, where there is a core and a satellite."""
        other = self.result.benchmark
        return None if other is None else View(other, self.lang)

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """``equity`` (by date), ``transactions``, ``years`` (by year) and ``quota`` as pandas frames."""
        return self.to_pandas()

    def to_pandas(self) -> dict[str, pd.DataFrame]:
        """The tables of the result as pandas frames; see :class:`engine.result.Result` for their columns."""
        import pandas as pd

        made = {
            name: pd.DataFrame(dict(getattr(self.result, name)))
            for name in ("equity", "transactions", "years", "quota")
        }
        return {**made, "equity": made["equity"].set_index("date"), "years": made["years"].set_index("year")}

    def plot(self, chart: str = "value") -> go.Figure:
        """A plotly figure: one of ``CHARTS``. Raises ValueError for another name."""
        import plotly.graph_objects as go

        from engine.report import charts
        from engine.report.digest import worst_falls
        from engine.report.figures import as_plotly

        result, voice = self.result, self._voice()
        match chart:
            case "value":
                figure = charts.value_figure(result, voice)
            case "growth":
                figure = charts.growth_figure(result, voice)
            case "falls":
                figure = charts.fall_figure(result, worst_falls(result.dates, result.equity["twr"]), voice)
            case "assets" | "accounts":
                figure = charts.holdings_figure(result, voice, "asset" if chart == "assets" else "bucket")
            case _:
                raise ValueError(f"chart {chart!r}; allowed: {', '.join(CHARTS)}")
        return go.Figure(as_plotly(figure, charts.run_columns(result)))

    def to_vectorbt(self) -> Any:
        """The result as a ``vectorbt.Portfolio``: see :func:`engine.audit.to_vectorbt`."""
        from engine.audit import to_vectorbt

        return to_vectorbt(self.result)

    def save(self, out: str | Path = "results") -> Path:
        """Write the result and its page to ``out/<name>/``; the folder. Raises StoreError."""
        from engine import store
        from engine.report.page import run_page

        return store.save(self.result, Path(out), {"report.html": run_page(self.result, self.lang).encode()})

    def _voice(self) -> Any:
        from engine.report.summary import currency_of
        from engine.report.voice import Voice

        return Voice(self.lang, currency_of(self.result))

    def _repr_html_(self) -> str:
        both = [self, *([self.benchmark] if self.benchmark else [])]
        return _banners([self.result], self.lang) + _figures_html([view.result for view in both], self.lang)

    def __repr__(self) -> str:
        from engine.report.terminal import run_table

        return run_table([self.result], self.lang)


@dataclass(frozen=True)
class Comparison:
    """Results on one common period, the first of them the reference. ``notes`` say what shortened it."""

    views: tuple[View, ...]
    notes: tuple[str, ...]
    lang: str = "en"

    @property
    def frame(self) -> pd.DataFrame:
        """Every metric, a row a strategy."""
        import pandas as pd

        return pd.DataFrame({view.name: dict(view.metrics) for view in self.views}).T

    def plot(self) -> go.Figure:
        """What 1 became in each, time-weighted, as a plotly figure."""
        import plotly.graph_objects as go

        figure = go.Figure(layout={"template": "plotly_white", "yaxis": {"type": "log"}})
        for view in self.views:
            figure.add_scatter(x=view.result.dates, y=view.result.equity["twr"], name=view.name)
        return figure

    def _repr_html_(self) -> str:
        results = [view.result for view in self.views]
        return _banners(results, self.lang) + _figures_html(results, self.lang)

    def __repr__(self) -> str:
        from engine.report.summary import compare_table
        from engine.report.tables import table_text

        table = compare_table([view.result for view in self.views], self.lang)
        return table_text(table.columns, table.rows, lang=self.lang, currency=table.currency)


@dataclass(frozen=True)
class Study:
    """A sweep, windows or a bootstrap: ``result`` is the study's own value, ``text`` what a terminal shows."""

    result: Any
    text: str

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.text)}</pre>"

    def __repr__(self) -> str:
        return self.text


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


def sweep(document: str | Path, *, lang: str = "en", **options: Any) -> Study:
    """Every combination of a sweep's axes; ``options`` as :func:`engine.studies.sweep.sweep` takes them."""
    from engine.report.terminal import Screen
    from engine.studies.printed import sweep_text
    from engine.studies.sweep import sweep as run_sweep

    result = run_sweep(document, lang=lang, **options)
    return Study(result, sweep_text(result.to_model(lang), result.study.folder, lang, Screen()))


def windows(documents: Any, *, lang: str = "en", **options: Any) -> Study:
    """Every start month; ``options`` as :func:`engine.studies.windows.windows` takes them."""
    from engine.report.terminal import Screen
    from engine.studies.printed import windows_text
    from engine.studies.windows import windows as run_windows

    result = run_windows(documents, lang=lang, **options)
    return Study(result, windows_text(result, lang, Screen()))


def bootstrap(configs: Sequence[Config | str | Path], *, lang: str = "en", **options: Any) -> Study:
    """Drawn futures; ``options`` as :func:`engine.studies.bootstrap.bootstrap` takes them. Writes nothing."""
    from engine.report.terminal import Screen
    from engine.studies.bootstrap import bootstrap as draw
    from engine.studies.odds import study_of
    from engine.studies.odds_printed import bootstrap_text

    result = draw([_config(item, ()) for item in configs], **options)
    return Study(result, bootstrap_text(study_of(result, lang), Path(), lang, Screen()))


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


def _banners(results: Sequence[Result], lang: str) -> str:
    """The warnings that every output carries, as HTML."""
    from html import escape

    from engine.report.summary import flag_sentences, warning_lines
    from engine.report.voice import Voice

    voice = Voice(lang)
    told = warning_lines(flag_sentences(results, voice), voice)
    return "".join(f"<p><strong>{escape(text)}</strong></p>" for text in told)


def _figures_html(results: Sequence[Result], lang: str) -> str:
    """Strategies side by side with their differences, as an HTML table."""
    from engine.report.summary import compare_table
    from engine.report.tables import table_text

    table = compare_table(results, lang)
    return table_text(table.columns, table.rows, "html", lang=lang, currency=table.currency)
