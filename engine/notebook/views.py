"""Results that show themselves in a notebook: a table, and below it a chart."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.locale import Locale
from engine.report.answer import Answer, texts
from engine.report.chart_specs import Figure
from engine.report.compare_answer import compare_answer
from engine.report.models import Table
from engine.report.page_locale import PageLocale
from engine.report.run_answer import run_answer
from engine.report.summary import (
    compare_table,
    currency_of,
    flag_texts,
    warning_lines,
)
from engine.result import Result

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from engine.studies.compare import Comparison as Compared

CHARTS = ("value", "growth", "falls", "assets", "accounts")


class Shown(ABC):
    """What shows itself: ``_repr_html_`` is a table; where IPython displays it, a chart follows."""

    @abstractmethod
    def _repr_html_(self) -> str: ...

    @abstractmethod
    def plot(self) -> go.Figure:
        """The chart that belongs to the table, as a plotly figure."""

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        display(HTML(self._repr_html_()))
        display(self.plot())


@dataclass(frozen=True, repr=False)
class View(Shown):
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
        from engine.report import charts

        made = {
            "value": charts.value_figure,
            "growth": charts.growth_figure,
            "falls": charts.drawdown_figure,
            "assets": lambda result, locale: charts.holdings_figure(result, locale, "asset"),
            "accounts": lambda result, locale: charts.holdings_figure(result, locale, "bucket"),
        }
        return drawn(chosen(made, chart)(self.result, self._locale()), charts.run_columns(self.result))

    def to_vectorbt(self) -> Any:
        """The result as a ``vectorbt.Portfolio``: see :func:`engine.audit.to_vectorbt`."""
        from engine.audit import to_vectorbt

        return to_vectorbt(self.result)

    def save(self, out: str | Path = "results") -> Path:
        """Write the result and its page to ``out/<name>/``; the folder. Raises StoreError."""
        from engine import store
        from engine.report.run_page import run_page

        page = {"report.html": run_page(self.result, self.lang).encode()}
        return store.save(self.result, Path(out), page, locale=Locale(self.lang))

    def _locale(self) -> PageLocale:
        return PageLocale(self.lang, currency_of(self.result))

    def _repr_html_(self) -> str:
        both = [item for item in (self.result, self.result.benchmark) if item is not None]
        told = banners([self.result.manifest], self.lang)
        told += answer_html(run_answer(self.result), self._locale())
        return told + table_html(compare_table(both, self.lang), self.lang)

    def __repr__(self) -> str:
        from engine.report.terminal import run_table

        return run_table([self.result], self.lang)


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
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
        """A ``vectorbt.Portfolio`` for each strategy, by its name."""
        return {view.name: view.to_vectorbt() for view in self.views}

    def _repr_html_(self) -> str:
        results = self.result.results
        locale = PageLocale(self.lang, currency_of(results[0]))
        told = banners([result.manifest for result in results], self.lang)
        told += answer_html(compare_answer(results), locale)
        told += "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return told + table_html(compare_table(results, self.lang), self.lang)

    def __repr__(self) -> str:
        from engine.report.tables import table_text

        table = compare_table(self.result.results, self.lang)
        return table_text(table.columns, table.rows, lang=self.lang, currency=table.currency)


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
