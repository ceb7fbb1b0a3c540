"""Studies that show themselves in a notebook: what a terminal prints as a table, what a page draws as a chart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.notebook.views import Shown, View, banners, chosen, drawn, table_html
from engine.report.models import BootstrapStudy, SweepStudy, WindowsStudy
from engine.report.voice import Voice, clean

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from engine.config import Config
    from engine.report.models import Sentence, Table
    from engine.studies.bootstrap.simulate import Bootstrap
    from engine.studies.grid.results import SweepResult, WindowsResult


@dataclass(frozen=True, repr=False)
class SweepView(Shown):
    """A sweep. ``result`` is the study's own value, ``model`` what its tables and charts are made from."""

    result: SweepResult
    model: SweepStudy
    lang: str
    again: Callable[[Config], View]

    @property
    def frame(self) -> pd.DataFrame:
        """A row a cell and horizon: every measure's median, spread and worst."""
        return self.result.frame()

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """``summary``, the same, and ``windows``, a row for every life that was lived."""
        return {"summary": self.frame, "windows": self.result.study.frame()}

    def plot(self, chart: str = "weights", *, measure: str = "xirr", **cell: Any) -> go.Figure:
        """A plotly figure of ``measure``: ``weights``, its spread along the weight, ``heat`` or ``frontier``.

        ``cell`` says where the other axes stand (``satellite="IJR", horizon=10``); left out, where the best is.
        Raises ValueError for a chart, a measure or a value that is not there.
        """
        from engine.report import sweep_charts

        charts = {
            "weights": sweep_charts.weights_figure,
            "heat": sweep_charts.heat_figure,
            "frontier": sweep_charts.frontier_figure,
        }
        names = [item.id for item in self.model.measures]
        if measure not in names:
            raise ValueError(f"measure {measure!r}; allowed: {', '.join(names)}")
        figure = chosen(charts, chart)(self.model, names.index(measure), self._place(cell), self._voice())
        return drawn(figure, {})

    def life(self, **cell: Any) -> View:
        """The configuration of a cell, lived over the whole period: ``life(satellite_weight=0.1).plot()``."""
        cells, place = self.result.plan.cells, self._place(cell)
        wanted = [self.model.axes[axis].values[at] for axis, at in enumerate(place)][: len(cells.axes)]
        texts = [str(value) for value in wanted]
        for number in range(len(cells.places)):
            values = cells.values_of(number).values()
            if all(value == mine or _text(value) == text for value, mine, text in zip(values, wanted, texts)):
                return self.again(cells.config(number))
        raise ValueError(f"there is no cell {cell}")  # pragma: no cover - every place is a cell

    def _place(self, cell: dict[str, Any]) -> tuple[int, ...]:
        """An index for each axis: the value that was asked for, else the best cell's."""
        from engine.report.sweep_page import first_cell

        place = list(first_cell(self.model))
        short = [axis.id.split(".")[-1] for axis in self.model.axes]
        for name, value in cell.items():
            if name not in short:
                raise ValueError(f"axis {name!r}; allowed: {', '.join(short)}")
            values = self.model.axes[short.index(name)].values
            if value not in values:
                raise ValueError(f"{name} {value!r}; allowed: {', '.join(map(str, values))}")
            place[short.index(name)] = values.index(value)
        return tuple(place)

    def _voice(self) -> Voice:
        return Voice(self.lang, self.model.currency)

    def _repr_html_(self) -> str:
        from engine.studies.grid.printed import ranking_table

        table = ranking_table(self.model, self._voice())
        return _html(self.model, table, self.model.findings[:3], self._voice())

    def __repr__(self) -> str:
        from engine.report.terminal import Screen
        from engine.studies.grid.printed import sweep_text

        return sweep_text(self.model, self.result.study.folder, self.lang, Screen())


@dataclass(frozen=True, repr=False)
class WindowsView(Shown):
    """Every start month. ``result`` is the study's own value, ``model`` what tables and charts are made from."""

    result: WindowsResult
    model: WindowsStudy
    lang: str
    again: Callable[[Config], View]

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
        from engine.report import windows_page

        charts = {
            "timeline": windows_page.timeline_figure,
            "spread": windows_page.spread_figure,
            "paired": lambda *given: windows_page.paired_figure(given[0], 0, *given[1:]),
        }
        names = [item.id for item in self.model.measures]
        years = [months // 12 for months in self.model.horizons]
        if measure not in names:
            raise ValueError(f"measure {measure!r}; allowed: {', '.join(names)}")
        if horizon is not None and horizon not in years:
            raise ValueError(f"horizon {horizon}; allowed: {', '.join(map(str, years))}")
        at = years.index(horizon) if horizon is not None else len(years) - 1
        figure = chosen(charts, chart)(self.model, names.index(measure), at, self._voice())
        return drawn(figure, windows_page.windows_columns(self.model))

    def life(self, strategy: str) -> View:
        """A strategy lived over the whole period. Raises ValueError for a name that is not there."""
        if strategy not in self.result.names:
            raise ValueError(f"strategy {strategy!r}; allowed: {', '.join(self.result.names)}")
        return self.again(self.result.plan.cells.config(self.result.names.index(strategy)))

    def _voice(self) -> Voice:
        return Voice(self.lang, self.model.currency)

    def _repr_html_(self) -> str:
        from engine.studies.grid.printed import outcomes_table
        from engine.studies.grid.shown import windows_findings

        table = outcomes_table(self.model, self._voice())
        return _html(self.model, table, windows_findings(self.result, self.lang), self._voice())

    def __repr__(self) -> str:
        from engine.report.terminal import Screen
        from engine.studies.grid.printed import windows_text

        return windows_text(self.result, self.lang, Screen())


@dataclass(frozen=True, repr=False)
class BootstrapView(Shown):
    """Drawn futures. ``result`` is the study's own value, ``model`` what its tables and charts are made from."""

    result: Bootstrap
    model: BootstrapStudy
    lang: str

    @property
    def frame(self) -> pd.DataFrame:
        """A row a strategy: how often its money ran out (where any is taken out), when, and what was not paid;
        its chance of ending below the principal, and what is missing then.
        """
        import pandas as pd

        from engine.studies.bootstrap.chances import odds_of, ran_out_of
        from engine.studies.grid.results import DRY_COLUMNS, plain_of

        dry = [
            {name: plain_of(item)[key] for key, name in DRY_COLUMNS.items()}
            for item in ran_out_of(self.result)
        ]
        rows = [{**(dry[s] if dry else {}), **asdict(item)} for s, item in enumerate(odds_of(self.result))]
        return pd.DataFrame(rows).set_index("strategy")

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """``odds``, the same; ``futures``, a row each; ``fan``, percentiles of the value by year."""
        import pandas as pd

        found, model = self.result, self.model
        names = np.array(found.strategies)
        ends = {name: np.ascontiguousarray(values.T).ravel() for name, values in found.outcomes.items()}
        futures = {
            "future": np.repeat(np.arange(found.paths), len(names)),
            "strategy": np.tile(names, found.paths),
        }
        fan = [
            {"strategy": name, "year": year, **dict(zip((f"p{p:g}" for p in model.percentiles), column))}
            for name, bands in zip(found.strategies, model.fan)
            for year, column in zip(found.years, bands.T.tolist())
        ]
        return {
            "odds": self.frame,
            "futures": pd.DataFrame(futures | ends),
            "fan": pd.DataFrame(fan).set_index(["strategy", "year"]),
        }

    def plot(self, chart: str = "fan", *, strategy: int = 0) -> go.Figure:
        """A plotly figure: ``fan``, the value of a ``strategy`` through the years, or ``ends``, all at the end."""
        from engine.report import bootstrap_page
        from engine.report.figures import money_unit

        unit = money_unit(float(np.nanmax(self.model.fan)), self._voice())
        charts = {
            "fan": lambda: bootstrap_page.fan_figure(self.model, strategy, unit, self._voice()),
            "ends": lambda: bootstrap_page.ends_figure(self.model, unit, self._voice()),
        }
        return drawn(chosen(charts, chart)(), bootstrap_page.bootstrap_columns(self.model))

    def _voice(self) -> Voice:
        return Voice(self.lang, self.model.currency)

    def _repr_html_(self) -> str:
        from engine.studies.bootstrap.text import ends_table

        voice = self._voice()
        return _html(
            self.model,
            ends_table(self.model, voice),
            [voice.said(item) for item in self.model.statements[:2]],
            voice,
        )

    def __repr__(self) -> str:
        from pathlib import Path

        from engine.report.terminal import Screen
        from engine.studies.bootstrap.text import bootstrap_text

        return bootstrap_text(self.model, Path(), self.lang, Screen())


def _html(
    study: SweepStudy | WindowsStudy | BootstrapStudy,
    table: Table,
    findings: Sequence[Sentence],
    voice: Voice,
) -> str:
    """Warnings, name, table, and how sure it is."""
    title = f"<p><strong>{escape(clean(study.name))}</strong> {escape(clean(study.description))}</p>"
    said = "".join(f"<li>{escape(voice.text(text))}</li>" for text in findings)
    return banners([study.manifest], voice.lang) + title + table_html(table, voice.lang) + f"<ul>{said}</ul>"


def _text(value: Any) -> str:
    from engine.studies.grid.documents import text_of

    return text_of(value)
