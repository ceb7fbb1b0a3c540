"""How sure a sweep's answer is, said in words."""

from __future__ import annotations

import math

import numpy as np

from engine.metrics import METRICS
from engine.report.voice import Voice
from engine.studies.grid.axis_words import axis_kind, axis_label, cell_label, value_label
from engine.studies.grid.documents import Objective
from engine.studies.grid.points import Cells
from engine.studies.grid.tuning import Fold, Neighbour, Tuning
from engine.studies.grid.window_grid import Grid

NO_DIFFERENCE = 1e-12


def findings(tuning: Tuning, objective: Objective, cells: Cells, grid: Grid, voice: Voice) -> list[str]:
    """Sentences: what best means, plateau, neighbours, walk-forward, resamples, luck."""
    speak = _Speaker(tuning, objective, cells, grid, voice)
    said = [speak.objective(), speak.plateau()]
    if tuning.independent > 1:
        said += [speak.stable(), *speak.stable_axes(), *speak.luck()]
    said += [speak.neighbour(item) for item in tuning.neighbours]
    return [*said, *speak.forward()]


class _Speaker:
    """The figures of one tuning with the words they are said in."""

    def __init__(self, tuning: Tuning, objective: Objective, cells: Cells, grid: Grid, voice: Voice) -> None:
        self.tuning, self.aim, self.cells, self.grid, self.voice = tuning, objective, cells, grid, voice
        self.kind = METRICS[objective.measure].kind

    def measure(self) -> str:
        return self.voice(self.aim.measure)

    def figure(self, value: float) -> str:
        """A score of the tuning as its measure is shown."""
        natural = value * self.aim.sign
        return self.voice.value(natural if math.isfinite(natural) else None, self.kind)

    def difference(self, value: float, *, sign: bool = True) -> str:
        natural = value * self.aim.sign
        if self.kind == "percent":
            shown = self.voice.points(natural)
            return shown if sign else shown.removeprefix("+").removeprefix(self.voice.minus)
        return self.voice.value(abs(natural) if not sign else natural, self.kind, sign=sign)

    def share(self, value: float) -> str:
        return self.voice.percent(value, 0)

    def objective(self) -> str:
        where = ""
        if self.grid.horizons:
            years = self.grid.horizons[self.tuning.horizon]
            where = self.voice("study_objective_horizon", years=years)
        key = "objective" if self.aim.sign > 0 else "objective_low"
        key = "objective_small" if METRICS[self.aim.measure].negative else key
        statistic = self.voice(f"study_{self.aim.statistic}")
        return self.voice(f"study_{key}", statistic=statistic, measure=self.measure(), where=where)

    def plateau(self) -> str:
        n, m = len(self.tuning.scores) - 1, int(self.tuning.plateau.sum()) - 1  # the best itself is no other
        k = self.tuning.independent
        if k < 2:
            return self.voice("study_one_window")
        if m == n == 1:
            return self.voice("study_plateau_one", k=k)
        if m == n:
            return self.voice("study_plateau_all", n=f"{n:,}", k=k)
        if m == 0:
            return self.voice("study_plateau_none", n=f"{n:,}", k=k)
        return self.voice("study_plateau_some", n=f"{n:,}", m=f"{m:,}", k=k)

    def neighbour(self, item: Neighbour) -> str:
        one = cell_label(self.cells, self.tuning.best, self.voice, (item.axis,))
        other = cell_label(self.cells, item.cell, self.voice, (item.axis,))
        gap = item.gap
        if abs(gap.mean) < NO_DIFFERENCE and not gap.half > NO_DIFFERENCE:
            return self.voice("study_neighbour_same", one=one, other=other)
        mean = self.difference(gap.mean)
        if not math.isfinite(gap.half):
            return self.voice("study_neighbour_unknown", one=one, other=other, mean=mean)
        key = "neighbour_noise" if gap.is_noise else "neighbour_differs"
        half = self.difference(gap.half, sign=False)
        return self.voice(f"study_{key}", one=one, other=other, mean=mean, half=half)

    def stable(self) -> str:
        drawn = self.tuning.resampled
        same = float((drawn == self.tuning.best).mean())
        near = float(self.tuning.plateau[drawn].mean())
        shares = {"same": self.share(same), "near": self.share(near)}
        return self.voice("study_stable", draws=len(drawn), **shares)

    def stable_axes(self) -> list[str]:
        """Which values of each axis the best cells of the resamples have."""
        said = []
        for number, (key, values) in enumerate(self.cells.axes.items()):
            if len(values) < 2:
                continue
            places = self.cells.places[self.tuning.resampled, number]
            label = axis_label(key, self.voice)
            if axis_kind(key, values) != "text" and len(values) > 4:
                low, high = (int(np.quantile(places, q, method="nearest")) for q in (0.05, 0.95))
                ends = {
                    "low": value_label(key, values, low, self.voice),
                    "high": value_label(key, values, high, self.voice),
                }
                said.append(
                    self.voice(
                        "study_stable_axis", label=label, values=self.voice("study_axis_range", **ends)
                    )
                )
                continue
            counts = np.bincount(places, minlength=len(values)) / len(places)
            most = [place for place in np.argsort(-counts, kind="stable").tolist() if counts[place] > 0][:4]
            parts = [
                self.voice(
                    "study_axis_share",
                    value=value_label(key, values, place, self.voice),
                    share=self.share(float(counts[place])),
                )
                for place in most
            ]
            said.append(self.voice("study_stable_axis", label=label, values=self.voice.listed(parts)))
        return said

    def luck(self) -> list[str]:
        if math.isnan(self.tuning.luck):
            return []
        n = f"{len(self.tuning.scores):,}"
        return [self.voice("study_luck", n=n, share=self.share(self.tuning.luck))]

    def start(self, window: int) -> str:
        numbers = self.tuning.windows
        return self.voice.year_month(self.grid.windows[int(numbers[window])].start)

    def forward(self) -> list[str]:
        folds = self.tuning.folds
        if not folds:
            return [self.voice("study_no_forward")]
        said = [self.fold(fold, last=fold is folds[-1]) for fold in folds]
        x, core = self.tuning.x, self.tuning.core
        judged = [(fold.chosen, fold.judged) for fold in folds]
        own = np.concatenate([x[cell, windows] for cell, windows in judged])
        beside = np.concatenate([core[cell, windows] for cell, windows in judged])
        hindsight = np.concatenate(
            [x[int(x[:, windows].mean(axis=1).argmax()), windows] for _, windows in judged]
        )
        figures = {"own": own, "hindsight": hindsight}
        known = not np.isnan(beside).any()
        if known:
            figures["core"] = beside
        shown = {name: self.figure(float(values.mean())) for name, values in figures.items()}
        key = "forward" if known else "forward_alone"
        counts = {"folds": len(folds), "windows": len(own)}
        said.append(self.voice(f"study_{key}", measure=self.measure(), **counts, **shown))
        if known:
            share = self.share(float((own > beside).mean()))
            said.append(self.voice("study_forward_beats", share=share))
        return said

    def fold(self, fold: Fold, *, last: bool) -> str:
        until = ""
        if not last:
            until = self.voice("study_fold_until", until=self.start(int(fold.judged[-1]) + 1))
        return self.voice(
            "study_fold",
            split=self.start(fold.split),
            until=until,
            cell=cell_label(self.cells, fold.chosen, self.voice),
            before=self.figure(fold.before),
            after=self.figure(fold.after),
            rank=fold.rank,
            n=f"{len(self.tuning.scores):,}",
        )
