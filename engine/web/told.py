"""What the JSON API answers: plain values, and the types that describe them in ``/openapi.json``.

Money is in the plan's currency, rates and shares are fractions, a figure without a meaning is null. Sentences are
in the language that was asked for; they are those of the commands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

import numpy as np
from typing_extensions import TypedDict  # pydantic takes typing.TypedDict from Python 3.12 on only

from engine.config import Config, config_hash
from engine.formats import plain
from engine.messages import Message
from engine.plan import core_of
from engine.report.answer import Answer
from engine.report.bootstrap_answer import bootstrap_answer
from engine.report.compare_answer import compare_answer
from engine.report.html import page_locale
from engine.report.page_locale import PageLocale
from engine.report.run_answer import run_answer
from engine.report.summary import flag_texts
from engine.report.windows_answer import windows_answer
from engine.result import Result
from engine.studies.bootstrap.results import Bootstrap
from engine.studies.compare import Comparison
from engine.web.link import link_of
from engine.web.starts import Along

Figure = float | int | str | None
Column = list[Figure]


class Said(TypedDict):
    """The answer in sentences, as the command says it first."""

    answer: list[str]
    sureness: list[str]


class PlanTold(TypedDict):
    """A plan that is understood: every key with its value, its identity, and the link that holds it."""

    config: dict[str, Any]
    config_sha256: str
    link: str
    yaml: str


class RunTold(Said):
    """What ``backtest run`` gives: its ``metrics`` and the columns of ``years.csv`` and ``quota.csv``."""

    name: str
    config_sha256: str
    link: str
    currency: str
    metrics: dict[str, Figure]
    reasons: dict[str, str]
    core: NotRequired[dict[str, Figure]]
    years: dict[str, Column]
    quota: dict[str, Column]
    warnings: list[str]
    assumptions: list[str]


class Curve(TypedDict):
    """A list each, a figure a point: at the weight of that place, over all windows.

    ``better``, ``same``  share of windows that ended with more than, or the same as, the core alone
    ``below``       share that ended below the money paid in
    ``median``, ``worst``, ``best``  of the final value; ``_times`` of what it is to the money paid in
    ``mean``, ``half_width``  mean difference of the final value from the core's, a fraction, and half the width of
                    its 95 % interval (null: too few windows that do not overlap)
    ``half_width_together``  the same of intervals that hold for all weights at once: for who looks for the best
    ``is_told``, ``is_noise``  1 where the interval says anything, where no difference is within it
    """

    below: Column
    median: Column
    worst: Column
    best: Column
    median_times: Column
    worst_times: Column
    best_times: Column
    better: NotRequired[Column]
    same: NotRequired[Column]
    mean: NotRequired[Column]
    half_width: NotRequired[Column]
    half_width_together: NotRequired[Column]
    is_told: NotRequired[Column]
    is_noise: NotRequired[Column]


class StartsTold(Said):
    """All start months: ``windows`` of ``years`` each, no more than ``independent`` of which share no day.

    ``weights``  of the satellite at the curve's points; empty where the plan has none at a fixed weight
    ``chosen``   the point that is the plan itself; the first point is the core alone, where there is a core
    """

    name: str
    config_sha256: str
    years: int
    every: str
    windows: int
    independent: int
    first_start: str
    last_start: str
    core: str | None
    weights: list[float]
    chosen: int
    curve: Curve


class FuturesTold(Said):
    """What ``backtest bootstrap`` gives as JSON, and the ``fan``: strategy by percentile by year."""

    figures: dict[str, Any]
    years: list[int]
    percentiles: list[float]
    fan: list[list[Column]]
    assumptions: list[str]


class CompareTold(Said):
    """Plans on the period that all of them cover."""

    start: str
    end: str
    notes: list[str]
    plans: list[RunTold]


class SaveTold(TypedDict):
    """The folder below the server's ``--out`` that now holds what ``backtest run`` writes."""

    folder: str


class Refusal(TypedDict):
    """Why there is no answer, in one sentence; ``exit_code`` is that of the commands."""

    error: str
    exit_code: int


def plan_told(config: Config) -> PlanTold:
    """A plan that is understood."""
    from engine.config import dump_yaml

    return {
        "config": config.resolved(),
        "config_sha256": config_hash(config),
        "link": link_of(config),
        "yaml": dump_yaml(config),
    }


def run_told(result: Result, config: Config, lang: str) -> RunTold:
    """What a run came to."""
    locale = page_locale(lang, config.currency)
    answer = said(run_answer(result), locale)
    told: RunTold = {
        "answer": answer["answer"],
        "sureness": answer["sureness"],
        "name": result.name,
        "config_sha256": config_hash(config),
        "link": link_of(config),
        "currency": config.currency,
        "metrics": plain(result.metrics),
        "reasons": {name: locale.sentence(reason) for name, reason in result.reasons.items()},
        "years": columns(result.years),
        "quota": columns(result.quota),
        "warnings": warnings(result.manifest, locale),
        "assumptions": [locale.sentence(text) for text in result.manifest["assumptions"]],
    }
    if result.benchmark is not None:
        told["core"] = plain(result.benchmark.metrics)
    return told


def starts_told(found: Along, lang: str, every: str) -> StartsTold:
    """What all start months came to."""
    locale = page_locale(lang, found.config.currency)
    windows = found.grid.windows
    curve: Any = columns(found.curve)
    return {
        **said(windows_answer(found.pair()), locale),
        "name": found.config.name,
        "config_sha256": config_hash(found.config),
        "years": found.grid.horizons[0],
        "every": every,
        "windows": len(windows),
        "independent": found.independent,
        "first_start": str(windows[0].start)[:7],
        "last_start": str(windows[-1].start)[:7],
        "core": core_of(found.config),
        "weights": list(found.weights),
        "chosen": found.chosen,
        "curve": curve,
    }


def futures_told(found: Bootstrap, lang: str) -> FuturesTold:
    """What the futures came to."""
    from engine.studies.bootstrap.results import PERCENTILES

    locale = page_locale(lang, found.currency)
    return {
        **said(bootstrap_answer(found), locale),
        "figures": found.plain(),
        "years": list(found.years),
        "percentiles": list(PERCENTILES),
        "fan": plain(found.fan.tolist()),
        "assumptions": [locale.sentence(text) for text in found.manifest["assumptions"]],
    }


def compare_told(found: Comparison, configs: Sequence[Config], lang: str) -> CompareTold:
    """What plans side by side came to."""
    locale = page_locale(lang, configs[0].currency)
    return {
        **said(compare_answer(found.results), locale),
        "start": str(found.start),
        "end": str(found.end),
        "notes": [locale.sentence(note) for note in found.notes],
        "plans": [run_told(result, config, lang) for result, config in zip(found.results, configs)],
    }


def said(found: Answer, locale: PageLocale) -> Said:
    """An answer as lists of sentences."""
    return {
        "answer": [locale.sentence(one) for one in found.answer],
        "sureness": [locale.sentence(one) for one in found.sureness],
    }


def warnings(manifest: Mapping[str, Any], locale: PageLocale) -> list[str]:
    """What every output must carry: a sample was used, what is counterfactual, doubtful data."""
    return [text for texts in flag_texts([manifest], locale) for text in texts]


def columns(table: Mapping[str, Any]) -> dict[str, Column]:
    """Columns of numbers and texts as JSON has them."""
    return {name: plain(np.asarray(values).tolist()) for name, values in table.items()}


def refusal(what: Message | str, exit_code: int, locale: PageLocale) -> Refusal:
    """A refusal in one sentence."""
    text = what if isinstance(what, str) else what.translate(locale)
    return {"error": " ".join(text.split()), "exit_code": exit_code}
