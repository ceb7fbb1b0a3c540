"""Results that show themselves in a notebook: a table, and below it a chart."""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from engine.locale import Locale
from engine.market.series import Floats
from engine.metrics import Metrics, drawdowns
from engine.report.answer import Answer, texts
from engine.report.chart_specs import Figure
from engine.report.compare_answer import compare_answer
from engine.report.models import Table
from engine.report.page_locale import PageLocale, basis
from engine.report.run_answer import run_answer
from engine.report.run_text import compare_text, run_table
from engine.report.summary import (
    compare_table,
    currency_of,
    flag_texts,
    warning_lines,
)
from engine.report.terminal import Screen, screen_of
from engine.result import Result

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from engine.report.deliverables import Folder
    from engine.studies.compare import Comparison as Compared

Found = TypeVar("Found")
CHARTS = ("value", "growth", "falls", "assets", "accounts")


class Shown(ABC):
    """What shows itself as a table: HTML in a notebook, text elsewhere."""

    @abstractmethod
    def _repr_html_(self) -> str: ...

    @abstractmethod
    def _text(self, screen: Screen) -> str:
        """The table as text, as wide and as coloured as the screen."""

    def __repr__(self) -> str:
        return self._text(Screen())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """The table as HTML, and as text, coloured where standard output is a terminal."""
        screen = screen_of(sys.stdout, os.environ)
        return {"text/plain": self._text(screen).strip("\n"), "text/html": self._repr_html_()}


class Charted(Shown):
    """What shows a chart below its table, where IPython displays it outside a terminal."""

    @abstractmethod
    def plot(self) -> go.Figure:
        """The chart that belongs to the table, as a plotly figure."""

    def _ipython_display_(self) -> None:
        from IPython.core.getipython import get_ipython
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        if type(get_ipython()).__name__ != "TerminalInteractiveShell":
            display(self.plot())


@dataclass(frozen=True, repr=False)
class View(Charted):
    """A result that shows itself. ``lang`` is the language of its tables and charts."""

    result: Result
    lang: str = "en"

    @property
    def name(self) -> str:
        """The configuration's name."""
        return self.result.name

    @property
    def metrics(self) -> Metrics:
        """Every figure by name; fractions, not percent; None where it has no meaning (``result.reasons``)."""
        return cast("Metrics", dict(self.result.metrics))

    @property
    def value(self) -> pd.Series[float]:
        """What is held at each close, in the base currency; the series are named like the configuration."""
        return self._series(self.result.equity["value"])

    @property
    def returns(self) -> pd.Series[float]:
        """The time-weighted return of each session, a fraction; the first one's is its costs."""
        index = self.result.equity["twr"]
        return self._series(index / np.concatenate([[1.0], index[:-1]]) - 1.0)

    @property
    def drawdown(self) -> pd.Series[float]:
        """How far the time-weighted index is below its highest so far: a fraction, at or below zero."""
        return self._series(drawdowns(self.result.equity["twr"]))

    def stats(self) -> pd.Series[Any]:
        """Every figure by name, as a Series."""
        import pandas as pd

        return pd.Series(dict(self.result.metrics), name=self.name, dtype=object)

    def _series(self, values: Floats) -> pd.Series[float]:
        import pandas as pd

        dates = pd.DatetimeIndex(self.result.dates.astype("datetime64[ns]"), name="date")
        return pd.Series(values, index=dates, name=self.name)

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
        from engine.report import charts

        made = {
            "value": charts.value_figure,
            "growth": charts.growth_figure,
            "falls": charts.drawdown_figure,
            "assets": lambda result, locale: charts.holdings_figure(result, locale, "asset"),
            "accounts": lambda result, locale: charts.holdings_figure(result, locale, "bucket"),
        }
        return drawn(chosen(made, chart)(self.result, self._locale()), charts.run_columns(self.result))

    def to_quantstats(self) -> pd.Series[float]:
        """The daily returns as quantstats takes them: ``quantstats.stats.sharpe(view.to_quantstats())``."""
        return self.returns

    def to_empyrical(self) -> pd.Series[float]:
        """The daily returns as empyrical takes them: ``empyrical.max_drawdown(view.to_empyrical())``."""
        return self.returns

    def to_vectorbt(self) -> Any:
        """A ``vectorbt.Portfolio`` of the time-weighted index: see :func:`engine.audit.index_portfolio`."""
        from engine.audit import index_portfolio

        return index_portfolio(self.result)

    def audit_portfolio(self) -> Any:
        """Every order replayed, as a ``vectorbt.Portfolio``: see :func:`engine.audit.to_vectorbt`."""
        from engine.audit import to_vectorbt

        return to_vectorbt(self.result)

    def save(self, out: str | Path = "results") -> Path:
        """Write the result and its page to ``out/<name>/``; the folder. Raises StoreError."""
        from engine import store
        from engine.config.arguments import a_path
        from engine.report.run_page import run_page

        folder = a_path("out", out)
        page = {"report.html": run_page(self.result, self.lang).encode()}
        return store.save(self.result, folder, page, locale=Locale(self.lang))

    def _locale(self) -> PageLocale:
        return PageLocale(self.lang, currency_of(self.result), per_year=basis([self.result.manifest]))

    def _repr_html_(self) -> str:
        both = [item for item in (self.result, self.result.benchmark) if item is not None]
        told = banners([self.result.manifest], self.lang)
        told += answer_html(run_answer(self.result), self._locale())
        return told + table_html(compare_table(both, self.lang), self.lang)

    def _text(self, screen: Screen) -> str:
        return run_table([self.result], self.lang, screen=screen)


@dataclass(frozen=True, repr=False)
class Comparison(Charted):
    """Results on one common period, the first of them the reference. ``notes`` say what shortened it."""

    result: Compared
    lang: str = "en"

    @property
    def views(self) -> tuple[View, ...]:
        """Each result for itself."""
        return tuple(View(result, self.lang) for result in self.result.results)

    @property
    def notes(self) -> tuple[str, ...]:
        """What shortened the period."""
        return tuple(note.translate(Locale(self.lang)) for note in self.result.notes)

    @property
    def frame(self) -> pd.DataFrame:
        """Every metric, a row a strategy."""
        import pandas as pd

        return pd.DataFrame({view.name: dict(view.metrics) for view in self.views}).T

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """``metrics`` (a row a strategy), ``value`` and ``twr`` (by date, a column a strategy)."""
        import pandas as pd

        def daily(name: str) -> pd.DataFrame:
            series = {v.name: pd.Series(v.result.equity[name], index=v.result.dates) for v in self.views}
            return pd.DataFrame(series).rename_axis("date")

        return {"metrics": self.frame, "value": daily("value"), "twr": daily("twr")}

    def plot(self, chart: str = "growth") -> go.Figure:
        """A plotly figure: ``growth`` (what 1 became), ``value``, ``relative`` (value against the first's)."""
        from engine.report import compare_page

        charts = {
            "growth": compare_page.growth_figure,
            "value": compare_page.value_figure,
            "relative": compare_page.relative_figure,
        }
        results = self.result.results
        locale = PageLocale(self.lang, currency_of(results[0]))
        figure = chosen(charts, chart)(results, locale)
        return drawn(figure, compare_page.compare_columns(results))

    def to_vectorbt(self) -> dict[str, Any]:
        """A ``vectorbt.Portfolio`` of each strategy's time-weighted index, by its name."""
        return {view.name: view.to_vectorbt() for view in self.views}

    def _repr_html_(self) -> str:
        results = self.result.results
        locale = PageLocale(self.lang, currency_of(results[0]))
        told = banners([result.manifest for result in results], self.lang)
        told += answer_html(compare_answer(results), locale)
        told += "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return told + table_html(compare_table(results, self.lang), self.lang)

    def _text(self, screen: Screen) -> str:
        table = compare_table(self.result.results, self.lang)
        return compare_text(self.result, table, self.lang, screen=screen)


def written(of: Callable[[Found, str], Folder], found: Found, out: Path | None, lang: str) -> None:
    """Write what a command leaves to ``out``, where that was asked for. Raises StoreError."""
    from engine.folders import replace_folder

    if out is not None:
        name, files = of(found, lang)
        replace_folder(out / name, files)


def answer_html(found: Answer, locale: PageLocale) -> str:
    """The answer of a study, and how sure it is, as HTML."""
    said = texts(found, locale)
    return f"<p><strong>{escape(said['answer'])}</strong> {escape(said['sureness'])}</p>"


def banners(manifests: Sequence[Mapping[str, Any]], lang: str) -> str:
    """The warnings that every output carries, as HTML."""
    locale = PageLocale(lang)
    told = warning_lines(flag_texts(manifests, locale), locale)
    return "".join(f"<p><strong>{escape(text)}</strong></p>" for text in told)


def table_html(table: Table, lang: str) -> str:
    """A table of values as HTML."""
    from engine.report.html import component

    return component("grid", PageLocale(lang, table.currency), table)


def drawn(figure: Figure, columns: Mapping[str, Any]) -> go.Figure:
    """A chart of a page as a plotly figure."""
    import plotly.graph_objects as go

    from engine.report.chart_specs import as_plotly

    return go.Figure(as_plotly(figure, columns))


def chosen(charts: Mapping[str, Callable[..., Figure]], name: str) -> Callable[..., Figure]:
    """The chart of that name. Raises ValueError for another one."""
    if name not in charts:
        raise ValueError(f"chart {name!r}; allowed: {', '.join(charts)}")
    return charts[name]
