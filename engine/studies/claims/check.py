"""Published statements held against the data: a document of claims in, a verdict for each out.

A claim **holds** if the figure measured is within 0.5 points a year of the one stated (flows: 10 %), is
**close** within 1.5 points (flows: 25 %), and **does not hold** otherwise; statements without a figure have
the rule of their type in the docstring of its check, which ``claims_report.rules`` says to the reader. What
cannot be measured says why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from engine.config.arguments import closed
from engine.errors import DataError
from engine.market.assets import asset
from engine.market.flows import Flows, load_flows
from engine.market.panel import Panel, Provenance
from engine.market.panel_builder import build_panel
from engine.market.sources import Access, Source, open_source
from engine.studies.claims import claim_measures as measure
from engine.studies.claims.claim_documents import (
    AnyClaim,
    CheaperAndBetterClaim,
    Claims,
    DiversifyClaim,
    DownturnClaim,
    FlowClaim,
    GuideClaim,
    InstalmentsClaim,
    PeakClaim,
    ReturnClaim,
    load_claims,
)

HOLDS_POINTS, CLOSE_POINTS = 0.005, 0.015
HOLDS_FLOW, CLOSE_FLOW = 0.10, 0.25
DEEPER = 0.75  # share of the downturns in which a symbol must have fallen more than the core
MONTH = np.timedelta64(31, "D")
HOLIDAYS = np.timedelta64(7, "D")


class Judgement(StrEnum):
    """What the data say of a claim."""

    HOLDS = "holds"
    CLOSE = "close"
    DOES_NOT_HOLD = "does_not_hold"
    CANNOT_BE_CHECKED = "cannot_be_checked"


@dataclass(frozen=True)
class Verdict:
    """One claim and what was measured.

    ``figures``   name -> number (fractions, dollars, counts); dates as ISO text
    ``why``       one sentence: the comparison, or why it cannot be checked
    ``first, last``  the days the figures are of; '' where nothing was measured
    ``source``    the series they come from, such as ``csv:IWM.csv``; a sample is called a sample
    """

    claim: Any
    judgement: Judgement
    why: str
    figures: Mapping[str, float | str] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    source: str = ""


@dataclass(frozen=True)
class ClaimsResult:
    """All verdicts of a document, in its order, and where the data came from."""

    document: Claims
    verdicts: tuple[Verdict, ...]
    provenance: tuple[Provenance, ...]
    is_sample: bool

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The claims that do not hold: ``--strict`` wants none."""
        return tuple(item for item in self.verdicts if item.judgement is Judgement.DOES_NOT_HOLD)


@closed(Access)
def check_claims(
    path: Path, source: str | Source = "auto", *, flows: Path | None = None, **access: Unpack[Access]
) -> ClaimsResult:
    """A verdict for every claim of the document at ``path``.

    ``flows``    a folder with ``SYMBOL_FLOWS_MONTHLY.csv``; without it, the folder of ``csv:DIR``
    ``access``   what the cache may do; see :class:`engine.market.sources.Access`

    :raises ConfigError: the document is wrong. :raises DataError: there is no source at all. A claim whose
        data are missing is not an error: it cannot be checked, and says why.
    """
    document = load_claims(path)
    if isinstance(source, str):
        flows = flows or (Path(source.removeprefix("csv:")) if source.startswith("csv:") else None)
        source = open_source(source, _symbols(document), **access)
    desk = _Desk(document.currency, source, flows)
    verdicts = tuple(_verdict(claim, desk) for claim in document.claims)
    entries = {(item.symbol, item.sha256): item for item in desk.used}
    return ClaimsResult(
        document, verdicts, tuple(entries.values()), any(item.is_sample for item in desk.used)
    )


def _symbols(document: Claims) -> list[str]:
    """Every asset whose prices the claims need."""
    found: list[str] = []
    for claim in document.claims:
        if claim.type != "flow":
            plain = claim.model_dump()
            found += [plain[key] for key in ("core", "symbol", "than") if key in plain]
            found += plain.get("symbols", ())
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class _Desk:
    """Where a check gets its data; remembers what was used."""

    currency: str
    source: Source
    flow_folder: Path | None
    used: list[Provenance] = field(default_factory=list)

    def panel(self, claim: AnyClaim, symbols: Sequence[str]) -> tuple[Panel, int, int]:
        """Total-return prices, and the sessions of the claim's first and last close.

        The first is the last one on or before the claim's start. :raises DataError: there is none near.
        """
        panel = build_panel(
            symbols,
            currency=self.currency,
            source=self.source,
            start=claim.start,
            end=claim.end,
            total_return=True,
            splices="auto",
        )
        self.used.extend(panel.provenance)
        start = np.datetime64(claim.start)
        s = int(np.searchsorted(panel.sessions, start, side="right")) - 1
        if s < 0:
            raise DataError(f"prices begin on {panel.sessions[0]}, after {claim.start}, from which it counts")
        if start - panel.sessions[s] > HOLIDAYS:
            raise DataError(f"the last close before {claim.start} is of {panel.sessions[s]}")
        return panel, s, panel.sessions.size - 1

    def flows(self, symbol: str) -> Flows:
        """Monthly flows of a fund."""
        if self.flow_folder is None:
            raise DataError("there are no fund flows in this source", hint="use csv:DIR with a file of flows")
        flows = load_flows(self.flow_folder, symbol)
        self.used.append(flows.provenance)
        return flows


def _verdict(claim: Any, desk: _Desk) -> Verdict:
    checks: Mapping[str, Callable[[Any, _Desk], Verdict]] = {
        "return": _return,
        "peak": _peak,
        "flow": _flow,
        "downturn": _downturn,
        "diversify": _diversify,
        "instalments": _instalments,
        "cheaper_and_better": _cheaper_and_better,
        "guide": _guide,
    }
    try:
        return checks[claim.type](claim, desk)
    except DataError as error:
        return Verdict(claim, Judgement.CANNOT_BE_CHECKED, str(error))


def _judged(distance: float, holds: float, close: float) -> Judgement:
    """By how far the figure measured is from the one stated, with a thousandth of tolerance for rounding."""
    if distance <= holds * 1.001:
        return Judgement.HOLDS
    return Judgement.CLOSE if distance <= close * 1.001 else Judgement.DOES_NOT_HOLD


def _made(claim: Any, panel: Panel, s: int, e: int) -> Callable[..., Verdict]:
    """A verdict on prices: dates and sources are filled in."""
    source = ", ".join(dict.fromkeys(item.source for item in panel.provenance))
    first, last = str(panel.sessions[s]), str(panel.sessions[e])
    return partial(Verdict, claim, first=first, last=last, source=source)


def _return(claim: ReturnClaim, desk: _Desk) -> Verdict:
    """Stated and measured rates a year; a total is turned into its rate. The worse of the two counts."""
    panel, s, e = desk.panel(claim, [claim.symbol])
    total = measure.total_return(panel.base_price[:, 0], s, e)
    yearly = measure.per_year(total, panel.sessions, s, e)
    stated = [] if claim.per_year is None else [claim.per_year]
    if claim.total is not None:
        stated.append(measure.per_year(claim.total, panel.sessions, s, e))
    distance = max((abs(yearly - rate) for rate in stated), default=0.0)
    why = f"measured {total:+.2%} ({yearly:.2%} a year), {distance * 100:.2f} points a year from the claim"
    figures: dict[str, float | str] = {"total": total, "per_year": yearly, "distance_per_year": distance}
    return _made(claim, panel, s, e)(_judged(distance, HOLDS_POINTS, CLOSE_POINTS), why, figures)


def _peak(claim: PeakClaim, desk: _Desk) -> Verdict:
    """Holds if the gain was reached, is close if it was missed by at most 1.5 points."""
    panel, s, e = desk.panel(claim, [claim.symbol])
    level = panel.base_price[:, 0]
    top = s + int(np.argmax(level[s : e + 1]))
    gain = measure.total_return(level, s, top)
    day = str(panel.sessions[top])
    why = f"the highest close was {gain:+.2%} since {panel.sessions[s]}, on {day}"
    figures: dict[str, float | str] = {"highest": gain, "date": day}
    return _made(claim, panel, s, e)(_judged(max(0.0, claim.above - gain), 0.0, CLOSE_POINTS), why, figures)


def _flow(claim: FlowClaim, desk: _Desk) -> Verdict:
    """An amount within 10 % holds, within 25 % is close; a direction or a least amount holds or does not."""
    flows = desk.flows(claim.symbol)
    start, end = np.datetime64(claim.start), np.datetime64(claim.end or dt.date.max)
    if flows.dates[0] > start + MONTH or (claim.end is not None and flows.dates[-1] < end):
        raise DataError(f"{flows.source} has {flows.dates[0]} to {flows.dates[-1]}, not the whole period")
    inside = flows.dates[(flows.dates >= start) & (flows.dates <= end)]
    net = flows.between(start, end)
    verdict = Judgement.HOLDS
    if claim.amount is not None:
        verdict = _judged(abs(net - claim.amount) / max(abs(claim.amount), 1.0), HOLDS_FLOW, CLOSE_FLOW)
    elif claim.at_least is not None:
        verdict = _judged(max(0.0, 1.0 - net / claim.at_least), 0.0, CLOSE_FLOW)
    elif claim.direction is not None and not (net > 0 if claim.direction == "in" else net < 0):
        verdict = Judgement.DOES_NOT_HOLD
    why = f"measured a net {'inflow' if net > 0 else 'outflow'} of {abs(net) / 1e9:.2f} billion dollars"
    why = why if net else "measured no net flow"
    days = {"first": str(inside[0]), "last": str(inside[-1])} if inside.size else {}
    return Verdict(claim, verdict, why, {"net_flow": net}, source=flows.source, **days)


def _downturn(claim: DownturnClaim, desk: _Desk) -> Verdict:
    """By symbol over the core's downturns: holds if each fell more in three of four of them and on average.

    Close if each did in most. Two symbols in one downturn are two cases and one downturn.
    """
    panel, s, e = desk.panel(claim, [claim.core, *claim.symbols])
    level, dates = panel.base_price[s : e + 1], panel.sessions[s : e + 1]
    found = [
        measure.falls(dates, level[:, 0], level[:, column], claim.depth)
        for column in range(1, len(claim.symbols) + 1)
    ]
    count = len(found[0])
    if not count:
        raise DataError(f"{claim.core} has no fall of {claim.depth:.0%} from {dates[0]} to {dates[-1]}")
    deeper = [sum(fall.other < fall.core for fall in falls) for falls in found]
    means = [float(np.mean([fall.other for fall in falls])) for falls in found]
    core = float(np.mean([fall.core for fall in found[0]]))
    verdict = Judgement.CLOSE if min(deeper) > 0.5 * count else Judgement.DOES_NOT_HOLD
    if min(deeper) >= DEEPER * count and max(means) < core:
        verdict = Judgement.HOLDS
    each = (f"{symbol} fell more in {n}" for symbol, n in zip(claim.symbols, deeper))
    why = (
        f"{count} downturns of {claim.core} by {claim.depth:.0%} or more: {', '.join(each)} "
        f"({sum(deeper)} of {count * len(found)} cases); on average {np.mean(means):.1%} against {core:.1%}"
    )
    figures = _falls(claim, found)
    totals = {"downturns": count, "deeper": sum(deeper), "cases": count * len(found)}
    return _made(claim, panel, s, e)(
        verdict, why, {**totals, "core_mean": core, "mean": float(np.mean(means)), **figures}
    )


def _falls(claim: DownturnClaim, found: Sequence[Sequence[measure.Fall]]) -> dict[str, float]:
    """Every fall of the core and of each symbol, by name and dates."""
    figures: dict[str, float] = {}
    for symbol, falls in zip(claim.symbols, found):
        for fall in falls:
            figures[f"{claim.core} {fall.peak} to {fall.trough}"] = fall.core
            figures[f"{symbol} {fall.peak} to {fall.trough}"] = fall.other
    return figures


def _diversify(claim: DiversifyClaim, desk: _Desk) -> Verdict:
    """Holds if the mix is less volatile than the core with every symbol, close if with any (monthly)."""
    panel, s, e = desk.panel(claim, [claim.core, *claim.symbols])
    ends = measure.month_ends(panel.sessions[s : e + 1])
    level = panel.base_price[s : e + 1][ends]
    figures: dict[str, float | str] = {}
    lower, words = 0, []
    for column, symbol in enumerate(claim.symbols, start=1):
        core, mixed, correlation = measure.mix_volatility(level[:, 0], level[:, column], claim.weight)
        lower += mixed < core
        figures |= {
            "core_volatility": core,
            f"{symbol} mix_volatility": mixed,
            f"{symbol} correlation": correlation,
        }
        words.append(f"{symbol} correlation {correlation:.2f}, volatility {core:.2%} becomes {mixed:.2%}")
    verdict = Judgement.DOES_NOT_HOLD if not lower else Judgement.CLOSE
    if lower == len(claim.symbols):
        verdict = Judgement.HOLDS
    why = f"with {claim.weight:.0%}: {'; '.join(words)}"
    return _made(claim, panel, s, e)(verdict, why, figures)


def _instalments(claim: InstalmentsClaim, desk: _Desk) -> Verdict:
    """Holds if instalments end higher from most starts, with every symbol; close if with any."""
    panel, s, e = desk.panel(claim, claim.symbols)
    ends = measure.month_ends(panel.sessions[s : e + 1])
    level = panel.base_price[s : e + 1][ends]
    figures: dict[str, float | str] = {}
    better, words = 0, []
    for column, symbol in enumerate(claim.symbols):
        ratio = measure.instalments_against_lump(level[:, column], claim.months)
        if ratio.size == 0:
            raise DataError(f"fewer than {claim.months} months from {claim.start}")
        share, middle = float(np.mean(ratio > 1)), float(np.median(ratio))
        better += share > 0.5 and middle > 1
        figures |= {f"{symbol} share_better": share, f"{symbol} median_ratio": middle, "starts": ratio.size}
        words.append(
            f"{symbol} ends higher from {share:.0%} of {ratio.size} starts, median {middle - 1:+.1%}"
        )
    verdict = Judgement.DOES_NOT_HOLD if not better else Judgement.CLOSE
    if better == len(claim.symbols):
        verdict = Judgement.HOLDS
    why = f"{claim.months} instalments against the same money at once: {'; '.join(words)}"
    return _made(claim, panel, s, e)(verdict, why, figures)


def _cheaper_and_better(claim: CheaperAndBetterClaim, desk: _Desk) -> Verdict:
    """Holds if both are so, is close if one is."""
    panel, s, e = desk.panel(claim, [claim.symbol, claim.than])
    total = [measure.total_return(panel.base_price[:, column], s, e) for column in (0, 1)]
    cost = [asset(name, desk.source.assets).expense_ratio for name in (claim.symbol, claim.than)]
    right = (cost[0] < cost[1]) + (total[0] > total[1])
    verdict = (Judgement.DOES_NOT_HOLD, Judgement.CLOSE, Judgement.HOLDS)[right]
    why = (
        f"{claim.symbol} costs {cost[0] * 100:.2f} % a year and returned {total[0]:+.2%}, "
        f"{claim.than} {cost[1] * 100:.2f} % and {total[1]:+.2%}"
    )
    names = ("expense_ratio", "than_expense_ratio", "total", "than_total")
    return _made(claim, panel, s, e)(verdict, why, dict(zip(names, (*cost, *total), strict=True)))


def _guide(claim: GuideClaim, desk: _Desk) -> Verdict:
    """Never judged: shows what each share would have done, rebalanced monthly."""
    panel, s, e = desk.panel(claim, [claim.core, *claim.symbols])
    ends = measure.month_ends(panel.sessions[s : e + 1])
    level, dates = panel.base_price[s : e + 1][ends], panel.sessions[s : e + 1][ends]
    monthly = level[1:] / level[:-1] - 1.0
    figures: dict[str, float | str] = {}
    for column, symbol in enumerate(claim.symbols, start=1):
        for weight in (0.0, *claim.weights):
            growth = np.prod(1.0 + (1.0 - weight) * monthly[:, 0] + weight * monthly[:, column])
            rate = measure.per_year(float(growth) - 1.0, dates, 0, dates.size - 1)
            figures[f"{symbol} {weight:.0%} per_year"] = rate
    why = "advice is neither true nor false; the figures show what each share would have returned a year"
    return _made(claim, panel, s, e)(Judgement.CANNOT_BE_CHECKED, why, figures)
