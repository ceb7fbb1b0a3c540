"""What a plan may pay out, as a value that shows itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.notebook.views import Charted, answer_html, banners, drawn, table_html
from engine.report.page_locale import PageLocale
from engine.report.terminal import Screen

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from engine.studies.withdraw.results import Payout


@dataclass(frozen=True, repr=False)
class WithdrawView(Charted):
    """The limits of a plan; ``result`` is their own value."""

    result: Payout
    lang: str

    @property
    def frame(self) -> pd.DataFrame:
        """A row a limit: world, years, allowed share, the value, and what the next one does."""
        return self.frames["limits"]

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """``limits``; ``curve`` and ``rates``, the shares that last at other values."""
        import pandas as pd

        told = self.result.plain()
        return {name: pd.DataFrame(told[name]) for name in ("limits", "curve", "rates")}

    def plot(self) -> go.Figure:
        """The share of the futures whose money lasts, by the value; a line a horizon."""
        from engine.report.withdraw_page import curve_columns, curve_figure

        return drawn(curve_figure(self.result, self._locale()), curve_columns(self.result))

    def _locale(self) -> PageLocale:
        return PageLocale(self.lang, self.result.currency)

    def _repr_html_(self) -> str:
        from engine.report.withdraw_answer import withdraw_answer
        from engine.report.withdraw_page import limits_table

        locale = self._locale()
        answer = answer_html(withdraw_answer(self.result), locale)
        return (
            banners([self.result.manifest], self.lang)
            + answer
            + table_html(limits_table(self.result, locale), self.lang)
        )

    def _text(self, screen: Screen) -> str:
        from pathlib import Path

        from engine.report.withdraw_page import withdraw_text

        return withdraw_text(self.result, Path(), self.lang, screen)
