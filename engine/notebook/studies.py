"""Studies that show themselves in a notebook: what a terminal prints as a table, what a page draws as a chart."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np

from engine.config import Config
from engine.locale import OwnText
from engine.notebook.views import Charted, Shown, View, answer_html, banners, chosen, drawn, table_html
from engine.report.models import Table
from engine.report.page_locale import PageLocale, basis, clean
from engine.report.terminal import Screen
from engine.result import ByValue

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from engine.market.verify_series import Verified
    from engine.studies.bootstrap.results import Bootstrap
    from engine.studies.claims.results import ClaimsResult
    from engine.studies.flows.results import FlowStudy
    from engine.studies.grid.results import SweepResult, WindowsResult


Result = TypeVar("Result", "SweepResult", "WindowsResult")


@dataclass(frozen=True, repr=False)
class StudyView(Charted, Generic[Result]):
    """A study that shows itself: ``result`` is its own value, ``again`` runs one of its configurations."""

    result: Result
    lang: str
    again: Callable[[Config], View] = field(compare=False)
    most: ClassVar[int | None] = None  # of its findings, below the table

    @abstractmethod
    def _table(self, locale: PageLocale) -> Table: ...

    def _locale(self) -> PageLocale:
        from engine.report.study_tables import study_locale

        return study_locale(self.result, self.lang)

    def _repr_html_(self) -> str:
        locale, plan = self._locale(), self.result.plan
        found = [locale.sentence(item) for item in self.result.findings[: self.most]]
        table, manifest = self._table(locale), self.result.manifest
        return _titled(plan.name, plan.description, table, manifest, found, locale, self._first(locale))

    def _first(self, locale: PageLocale) -> str:
        """What stands before the table, as HTML."""
        return ""


@dataclass(frozen=True, repr=False)
class SweepView(StudyView["SweepResult"]):
    """A sweep."""

    most: ClassVar[int | None] = 3

    @property
    def frame(self) -> pd.DataFrame:
        """A row a point and horizon: every measure's median, spread and worst."""
        return self.result.frame()

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """``summary``, the same, and ``windows``, a row for every simulation."""
        return {"summary": self.frame, "windows": self.result.study.frame()}

    def plot(self, chart: str = "weights", *, measure: str = "xirr", **point: Any) -> go.Figure:
        """A plotly figure of ``measure``: ``weights``, its spread along the weight, ``heat`` or ``frontier``.

        ``point`` says where the axes stand (``satellite="IJR", horizon=10``); left out, where the best is.
        Raises ValueError for a chart, a measure or a value that is not there.
        """
        from engine.report.sweep_charts import figure_at, sweep_charts
        from engine.studies.grid.statistics import MEASURES

        _one_of("measure", measure, MEASURES)
        locale = self._locale()
        charts = sweep_charts(self.result, locale, reward=measure)
        place = self._place(point)
        ids = {"weights": "fan", "heat": "heat", "frontier": "frontier"}
        found = {
            name: partial(figure_at, self.result, charts, id_)
            for name, id_ in ids.items()
            if id_ in charts.figures
        }
        return drawn(chosen(found, chart)(measure, place, locale), {})

    def life(self, **point: Any) -> View:
        """The configuration of a point, over the whole period: ``life(satellite_weight=0.1).plot()``."""
        points = self.result.plan.points
        place = self._place(point)[: len(points.axes)]
        return self.again(points.config(int(np.ravel_multi_index(place, points.shape))))

    def _place(self, point: dict[str, Any]) -> tuple[int, ...]:
        """An index for each axis: the value that was asked for, else the best point's."""
        from engine.report.sweep_tables import first_place

        place = list(first_place(self.result))
        axes = {axis.name: (number, axis) for number, axis in enumerate(self.result.summary.axes)}
        for name, value in point.items():
            _one_of("axis", name, axes)
            number, axis = axes[name]
            _one_of(name, value, axis.plain)
            place[number] = axis.plain.index(value)
        return tuple(place)

    def _first(self, locale: PageLocale) -> str:
        from engine.report.sweep_answer import sweep_answer

        return answer_html(sweep_answer(self.result), locale)

    def _table(self, locale: PageLocale) -> Table:
        from engine.report.sweep_tables import ranking_table

        return ranking_table(self.result, locale)

    def _text(self, screen: Screen) -> str:
        from engine.report.sweep_tables import sweep_text

        return sweep_text(self.result, self.lang, screen)


@dataclass(frozen=True, repr=False)
class WindowsView(StudyView["WindowsResult"]):
    """Every start month."""

    @property
    def frame(self) -> pd.DataFrame:
        """A row a window and strategy."""
        return self.result.study.frame()

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """``windows``, the same, and ``pairs``, a row a strategy beside the first one and horizon."""
        import pandas as pd

        from engine.studies.grid.results import paired_columns

        return {"windows": self.frame, "pairs": pd.DataFrame(paired_columns(self.result))}

    def plot(
        self, chart: str = "timeline", *, measure: str = "value_to_contributed", horizon: int | None = None
    ) -> go.Figure:
        """A plotly figure: ``timeline``, the outcome by start month, ``spread``, or ``paired`` with the first.

        ``horizon`` in years, the longest if left out. Raises ValueError for what is not there.
        """
        from engine.report import windows_charts

        charts = {
            "timeline": windows_charts.timeline_figure,
            "spread": windows_charts.spread_figure,
            "paired": lambda *given: windows_charts.paired_figure(given[0], 1, *given[1:]),
        }
        years = self.result.horizons
        _one_of("measure", measure, self.result.measures)
        if horizon is not None:
            _one_of("horizon", horizon, years)
        at = years.index(horizon) if horizon is not None else len(years) - 1
        figure = chosen(charts, chart)(self.result, measure, at, self._locale())
        return drawn(figure, windows_charts.windows_columns(self.result))

    def life(self, strategy: str) -> View:
        """A strategy over the whole period. Raises ValueError for a name that is not there."""
        _one_of("strategy", strategy, self.result.names)
        return self.again(self.result.plan.points.config(self.result.names.index(strategy)))

    def _first(self, locale: PageLocale) -> str:
        from engine.report.windows_answer import windows_answer
        from engine.report.windows_tables import same_windows_table

        paired = table_html(same_windows_table(self.result, locale), self.lang) if self.result.pairs else ""
        return answer_html(windows_answer(self.result), locale) + paired

    def _table(self, locale: PageLocale) -> Table:
        from engine.report.windows_tables import final_values_table

        return final_values_table(self.result, locale)

    def _text(self, screen: Screen) -> str:
        from engine.report.windows_tables import windows_text

        return windows_text(self.result, self.lang, screen)


def _one_of(what: str, value: Any, allowed: Collection[Any]) -> None:
    """Raise ValueError for a value that is not there."""
    if value not in allowed:
        raise ValueError(f"{what} {value!r}; allowed: {', '.join(map(str, allowed))}")


@dataclass(frozen=True, repr=False)
class BootstrapView(Charted):
    """Drawn futures. ``result`` is the study's own value."""

    result: Bootstrap
    lang: str

    @property
    def frame(self) -> pd.DataFrame:
        """A row a strategy: how often its money ran out (where any is taken out), when, and what was not paid;
        its chance of ending below the principal, and what is missing then.
        """
        import pandas as pd

        from engine.studies.depletion import DRY_COLUMNS

        dry = [
            {column: getattr(item, name) for column, name in DRY_COLUMNS.items()}
            for item in self.result.ran_out
        ]
        chances = enumerate(self.result.loss_probabilities)
        rows = [{**(dry[s] if dry else {}), **asdict(chance)} for s, chance in chances]
        return pd.DataFrame(rows).set_index("strategy")

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """``odds``, the same; ``futures``, a row each; ``fan``, percentiles of the value by year."""
        import pandas as pd

        from engine.studies.bootstrap.results import PERCENTILES

        found = self.result
        columns = [f"p{p:g}" for p in PERCENTILES]
        fan = [
            {"strategy": name, "year": year, **dict(zip(columns, values))}
            for name, bands in zip(found.strategies, found.fan)
            for year, values in zip(found.years, bands.T.tolist())
        ]
        return {
            "odds": self.frame,
            "futures": pd.DataFrame(found.ends()),
            "fan": pd.DataFrame(fan).set_index(["strategy", "year"]),
        }

    def plot(self, chart: str = "fan", *, strategy: int = 0) -> go.Figure:
        """A plotly figure: ``fan``, the value of a ``strategy`` through the years, or ``ends``, all at the end."""
        from engine.report import bootstrap_page as page

        found, locale = self.result, self._locale()
        unit = page.unit_of(found, locale)
        charts = {
            "fan": lambda: page.fan_figure(found, strategy, unit, locale),
            "ends": lambda: page.ends_figure(found, unit, locale),
        }
        return drawn(chosen(charts, chart)(), page.bootstrap_columns(found))

    def _locale(self) -> PageLocale:
        return PageLocale(self.lang, self.result.currency, per_year=basis([self.result.manifest]))

    def _repr_html_(self) -> str:
        from engine.report.bootstrap_answer import bootstrap_answer
        from engine.report.bootstrap_text import ends_table, statements

        locale, found = self._locale(), self.result
        table, lines = ends_table(found, locale), statements(found, locale)[:2]
        first = answer_html(bootstrap_answer(found), locale)
        return _titled(found.name, found.description, table, found.manifest, lines, locale, first)

    def _text(self, screen: Screen) -> str:
        from engine.report.bootstrap_text import bootstrap_text

        return bootstrap_text(self.result, None, self.lang, screen)


@dataclass(frozen=True, repr=False)
class FlowsView(Charted):
    """Flows beside returns. ``result`` is the study's own value."""

    result: FlowStudy
    lang: str

    @property
    def frame(self) -> pd.DataFrame:
        """A row a fund, group of months and window: returns, and their difference from all months."""
        return self.frames["events"]

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """``months`` (flow, assets, price), ``lags`` (a correlation each) and ``events``, a row each and fund."""
        import pandas as pd

        return {name: pd.DataFrame(columns) for name, columns in self.result.tables.items()}

    def plot(self, chart: str = "price", *, symbol: str | None = None) -> go.Figure:
        """A plotly figure: ``price``, with the flows below it, or ``lags``, the correlations.

        ``symbol``  of which fund, the first if left out. Raises ValueError for what is not there.
        """
        from engine.report import flows_page as page

        funds = {fund.symbol: fund for fund in self.result.funds}
        if symbol is not None:
            _one_of("symbol", symbol, funds)
        fund = self.result.funds[0] if symbol is None else funds[symbol]
        charts = {"price": page.price_figure, "lags": page.lags_figure}
        return drawn(chosen(charts, chart)(fund, 0, PageLocale(self.lang)), page.flow_columns(fund))

    def _repr_html_(self) -> str:
        from engine.report.flows_text import events_table, flow_answer, group_title
        from engine.studies.flows.results import INFLOW, OUTFLOW

        locale = PageLocale(self.lang)
        parts = [banners([self.result.manifest], self.lang), answer_html(flow_answer(self.result), locale)]
        for fund in self.result.funds:
            parts.append(f"<p><strong>{escape(clean(fund.symbol))}</strong></p>")
            for group in (INFLOW, OUTFLOW):
                title = escape(locale.sentence(group_title(fund, group)))
                parts.append(f"<p>{title}</p>{table_html(events_table(fund, group, locale), self.lang)}")
        return "".join(parts)

    def _text(self, screen: Screen) -> str:
        from engine.report.flows_text import flows_text

        return flows_text(self.result, None, self.lang, screen)


@dataclass(frozen=True, repr=False)
class ClaimsView(Shown):
    """Statements and what the data say of them. ``result`` is the check's own value."""

    result: ClaimsResult
    lang: str

    @property
    def frame(self) -> pd.DataFrame:
        """A row a claim: its judgement, what was stated and measured, in plain values."""
        import pandas as pd

        return pd.DataFrame([item.plain() for item in self.result.verdicts])

    @property
    def holds(self) -> bool:
        """Whether no claim was found wrong."""
        return not self.result.failed

    def _repr_html_(self) -> str:
        from engine.report.claims_answer import claims_answer
        from engine.report.claims_text import GROUPS, claims_table, group_heading

        locale = PageLocale(self.lang, "USD")
        told = banners([self.result.manifest], self.lang) + answer_html(claims_answer(self.result), locale)
        for judgement in GROUPS:
            alike = tuple(item for item in self.result.verdicts if item.judgement is judgement)
            if alike:
                told += f"<p><strong>{escape(group_heading(judgement, len(alike), locale))}</strong></p>"
                told += table_html(claims_table(replace(self.result, verdicts=alike), locale), self.lang)
        rules = "".join(f"<li>{escape(locale.sentence(rule))}</li>" for rule in self.result.rules)
        return f"{told}<p>{escape(locale('claims_rules'))}</p><ul>{rules}</ul>"

    def _text(self, screen: Screen) -> str:
        from engine.report.claims_text import claims_text

        return claims_text(self.result, self.lang, screen)


@dataclass(frozen=True, eq=False, repr=False)
class Verification(ByValue, Shown):
    """What the checks say of each series: ``result``, a value a series."""

    result: tuple[Verified, ...]
    lang: str

    @property
    def holds(self) -> bool:
        """Whether a run would take all of them."""
        return not any(found.is_fatal for item in self.result for found in item.findings)

    @property
    def frame(self) -> pd.DataFrame:
        """A row a finding: ``series``, ``rule``, ``severity`` and what it says."""
        import pandas as pd

        columns = [column.label for column in self._table().columns]
        return pd.DataFrame([[cell.value for cell in row] for row in self._table().rows], columns=columns)

    def _table(self) -> Table:
        from engine.locale import Locale
        from engine.report.models import Cell, Column, Table

        locale = Locale(self.lang)
        rows = [
            (item.name, found.rule, found.severity, found.what.translate(locale))
            for item in self.result
            for found in item.findings
        ]
        columns = tuple(Column(name, name) for name in ("series", "rule", "severity", "finding"))
        return Table(columns, tuple(tuple(map(Cell, row)) for row in rows))

    def _repr_html_(self) -> str:
        return table_html(self._table(), self.lang)

    def _text(self, screen: Screen) -> str:
        from engine.report.terminal import table_blocks

        return table_blocks(self._table(), PageLocale(self.lang), screen)


def _titled(
    name: str,
    description: OwnText,
    table: Table,
    manifest: Mapping[str, Any],
    lines: Sequence[str],
    locale: PageLocale,
    first: str = "",
) -> str:
    """Warnings, name, what comes ``first`` (HTML), table, and lines below it."""
    title = f"<p><strong>{escape(clean(name))}</strong> {escape(locale.text(description))}</p>"
    said = "".join(f"<li>{escape(text)}</li>" for text in lines)
    return (
        banners([manifest], locale.lang) + title + first + table_html(table, locale.lang) + f"<ul>{said}</ul>"
    )
