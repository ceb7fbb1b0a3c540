"""Published statements held against the data: a document of claims in, a verdict for each out.

A claim **holds** if the figure measured is within 0.5 points a year of the one stated (flows: 10 %), is
**close** within 1.5 points (flows: 25 %), and **does not hold** otherwise; statements without a figure have
the rule of their type in the docstring of its check, which ``ClaimsResult.rules`` says to the reader. What
cannot be measured says why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from engine.config.arguments import closed
from engine.errors import DataError
from engine.market.assets import asset
from engine.market.flows import Flows, load_months
from engine.market.panel import Panel
from engine.market.panel_builder import build_panel
from engine.market.series import Floats, Provenance
from engine.market.sources import Access, Source, open_source
from engine.messages import Billions, Message, Number, Percent, listed, message
from engine.studies.claims import claim_measures as measure
from engine.studies.claims.claim_documents import (
    AnyClaim,
    CheaperAndBetterClaim,
    Claims,
    CurrencyClaim,
    DiversifyClaim,
    DownturnClaim,
    FlowClaim,
    GuideClaim,
    InstalmentsClaim,
    PeakClaim,
    ReturnClaim,
    load_claims,
)
from engine.studies.claims.results import (
    CLOSE_FLOW,
    CLOSE_POINTS,
    DEEPER,
    HOLDS_FLOW,
    HOLDS_POINTS,
    MOST,
    ClaimsResult,
    Judgement,
    Verdict,
)

MONTH = np.timedelta64(31, "D")
HOLIDAYS = np.timedelta64(7, "D")


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
    data = _Data(document.currency, source, flows)
    verdicts = tuple(_verdict(claim, data) for claim in document.claims)
    entries = {(item.symbol, item.sha256): item for item in data.used}
    return ClaimsResult(
        document, verdicts, tuple(entries.values()), any(item.is_sample for item in data.used)
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
class _Data:
    """Where a check gets its data; remembers what was used."""

    currency: str
    source: Source
    flow_folder: Path | None
    used: list[Provenance] = field(default_factory=list)

    def panel(
        self, claim: AnyClaim, symbols: Sequence[str], currency: str | None = None
    ) -> tuple[Panel, int, int]:
        """Total-return prices in the document's or another currency; the claim's first and last session.

        The first is the last one on or before the claim's start. :raises DataError: there is none near.
        """
        panel = build_panel(
            symbols,
            currency=currency or self.currency,
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
            text = message(
                "prices begin on {first}, after {day}, from which it counts",
                first=panel.sessions[0],
                day=claim.start,
            )
            raise DataError(text)
        if start - panel.sessions[s] > HOLIDAYS:
            last = panel.sessions[s]
            raise DataError(message("the last close before {day} is of {last}", day=claim.start, last=last))
        return panel, s, panel.sessions.size - 1

    def month_ends(self, claim: AnyClaim, symbols: Sequence[str]) -> tuple[_Made, Any, Any]:
        """A verdict's maker, and (M,) month ends with (M, A) levels of total return on them."""
        panel, s, e = self.panel(claim, symbols)
        ends = s + measure.month_ends(panel.sessions[s : e + 1])
        return _made(claim, panel, s, e), panel.sessions[ends], panel.base_price[ends]

    def flows(self, symbol: str) -> Flows:
        """Monthly flows of a fund."""
        if self.flow_folder is None:
            raise DataError(
                message("there are no fund flows in this source"),
                hint=message("use csv:DIR with a file of flows"),
            )
        flows = load_months(self.flow_folder, symbol)
        self.used.append(flows.provenance)
        return flows


_Made = Callable[[Judgement, Message, Mapping[str, float | str]], Verdict]


def _verdict(claim: Any, data: _Data) -> Verdict:
    checks: Mapping[str, Callable[[Any, _Data], Verdict]] = {
        "return": _return,
        "peak": _peak,
        "flow": _flow,
        "downturn": _downturn,
        "diversify": _diversify,
        "instalments": _instalments,
        "cheaper_and_better": _cheaper_and_better,
        "currency": _currency,
        "guide": _guide,
    }
    try:
        return checks[claim.type](claim, data)
    except DataError as error:
        return Verdict(claim, Judgement.CANNOT_BE_CHECKED, error.line)


def _by_distance(distance: float, holds: float, close: float) -> Judgement:
    """By how far the figure measured is from the one stated, with a thousandth of tolerance for rounding."""
    if distance <= holds * 1.001:
        return Judgement.HOLDS
    return Judgement.CLOSE if distance <= close * 1.001 else Judgement.DOES_NOT_HOLD


def _by_count(right: int, of: int) -> Judgement:
    """Holds where all are so, close where some are."""
    if right == of:
        return Judgement.HOLDS
    return Judgement.CLOSE if right else Judgement.DOES_NOT_HOLD


def _made(claim: AnyClaim, panel: Panel, s: int, e: int) -> _Made:
    """A verdict on prices: dates and sources are filled in."""
    source = ", ".join(dict.fromkeys(item.source for item in panel.provenance))
    first, last = str(panel.sessions[s]), str(panel.sessions[e])
    return partial(Verdict, claim, first=first, last=last, source=source)


def _return(claim: ReturnClaim, data: _Data) -> Verdict:
    """Stated and measured rates a year; a total is turned into its rate. The worse of the two counts."""
    panel, s, e = data.panel(claim, [claim.symbol])
    total = measure.total_return(panel.base_price[:, 0], s, e)
    yearly = measure.per_year(total, panel.sessions, s, e)
    stated = [] if claim.per_year is None else [claim.per_year]
    if claim.total is not None:
        stated.append(measure.per_year(claim.total, panel.sessions, s, e))
    distance = max((abs(yearly - rate) for rate in stated), default=0.0)
    why = message(
        "measured {total} ({yearly} a year), {gap} points a year from the claim",
        total=Percent(total, 2, sign=True),
        yearly=Percent(yearly, 2),
        gap=Number(distance * 100, 2),
    )
    figures = {"total": total, "per_year": yearly, "distance_per_year": distance}
    return _made(claim, panel, s, e)(_by_distance(distance, HOLDS_POINTS, CLOSE_POINTS), why, figures)


def _peak(claim: PeakClaim, data: _Data) -> Verdict:
    """Holds if the gain was reached, is close if it was missed by at most 1.5 points."""
    panel, s, e = data.panel(claim, [claim.symbol])
    level = panel.base_price[:, 0]
    top = s + int(np.argmax(level[s : e + 1]))
    gain = measure.total_return(level, s, top)
    why = message(
        "the highest close was {gain} since {first}, on {day}",
        gain=Percent(gain, 2, sign=True),
        first=panel.sessions[s],
        day=panel.sessions[top],
    )
    judged = _by_distance(max(0.0, claim.above - gain), 0.0, CLOSE_POINTS)
    return _made(claim, panel, s, e)(judged, why, {"highest": gain, "date": str(panel.sessions[top])})


def _flow(claim: FlowClaim, data: _Data) -> Verdict:
    """An amount within 10 % holds, within 25 % is close; a least amount holds or does not.

    A direction holds if it is that of the whole period and, in a period of whole years, of each of them; it is
    close where a year went the other way.
    """
    flows = data.flows(claim.symbol)
    start, end = np.datetime64(claim.start), np.datetime64(claim.end or dt.date.max)
    if flows.dates[0] > start + MONTH or (claim.end is not None and flows.dates[-1] < end):
        first, last = flows.dates[0], flows.dates[-1]
        raise DataError(
            message(
                "{file} has {first} to {last}, not the whole period",
                file=flows.source,
                first=first,
                last=last,
            )
        )
    inside = flows.dates[(flows.dates >= start) & (flows.dates <= end)]
    net = flows.between(start, end)
    judged = Judgement.HOLDS
    if claim.amount is not None:
        judged = _by_distance(abs(net - claim.amount) / max(abs(claim.amount), 1.0), HOLDS_FLOW, CLOSE_FLOW)
    elif claim.at_least is not None:
        judged = _by_distance(max(0.0, 1.0 - net / claim.at_least), 0.0, CLOSE_FLOW)
    years = measure.flow_by_year(flows.dates, flows.flow, start, end)
    if claim.direction is not None:
        sign = 1 if claim.direction == "in" else -1
        agree = all(sign * flow > 0 for flow in years.values())
        judged = (
            (Judgement.HOLDS if agree else Judgement.CLOSE) if sign * net > 0 else Judgement.DOES_NOT_HOLD
        )
    why = message(
        "measured a net inflow of {amount}" if net > 0 else "measured a net outflow of {amount}",
        amount=Billions(abs(net)),
    )
    why = why if net else message("measured no net flow")
    if years:
        each = [
            message(
                "in {year} a net inflow of {amount}" if flow >= 0 else "in {year} a net outflow of {amount}",
                year=str(year),
                amount=Billions(abs(flow)),
            )
            for year, flow in years.items()
        ]
        why = message("{whole}; {years}", whole=why, years=listed(each))
    days = {"first": str(inside[0]), "last": str(inside[-1])} if inside.size else {}
    figures = {"net_flow": net, **{f"net_flow_{year}": flow for year, flow in years.items()}}
    return Verdict(claim, judged, why, figures, source=flows.source, **days)


def _downturn(claim: DownturnClaim, data: _Data) -> Verdict:
    """By symbol over the core's downturns: holds if each fell more in three of four of them and on average.

    Close if each did in most. Two symbols in one downturn are two cases and one downturn.
    """
    panel, s, e = data.panel(claim, [claim.core, *claim.symbols])
    level, dates = panel.base_price[s : e + 1], panel.sessions[s : e + 1]
    found = [
        measure.drawdowns(dates, level[:, 0], level[:, column], claim.depth)
        for column in range(1, len(claim.symbols) + 1)
    ]
    count, depth = len(found[0]), Percent(claim.depth, 0)
    if not count:
        first, last = dates[0], dates[-1]
        raise DataError(
            message(
                "{core} has no fall of {depth} from {first} to {last}",
                core=claim.core,
                depth=depth,
                first=first,
                last=last,
            )
        )
    deeper = [sum(item.other < item.core for item in items) for items in found]
    means = [float(np.mean([item.other for item in items])) for items in found]
    core, mean = float(np.mean([item.core for item in found[0]])), float(np.mean(means))
    judged = Judgement.CLOSE if min(deeper) > 0.5 * count else Judgement.DOES_NOT_HOLD
    if min(deeper) >= DEEPER * count and max(means) < core:
        judged = Judgement.HOLDS
    totals = {"downturns": count, "deeper": sum(deeper), "cases": count * len(found)}
    each = [
        message("{symbol} fell more in {n}", symbol=symbol, n=n) for symbol, n in zip(claim.symbols, deeper)
    ]
    why = message(
        "{downturns} downturns of {core} by {depth} or more: {each} ({deeper} of {cases} cases); on average "
        "{mean} against {core_mean}",
        core=claim.core,
        depth=depth,
        each=listed(each),
        mean=Percent(mean, 1),
        core_mean=Percent(core, 1),
        downturns=count,
        deeper=sum(deeper),
        cases=count * len(found),
    )
    figures = {**totals, "core_mean": core, "mean": mean, **_drawdowns(claim, found)}
    return _made(claim, panel, s, e)(judged, why, figures)


def _drawdowns(claim: DownturnClaim, found: Sequence[Sequence[measure.Drawdown]]) -> dict[str, float]:
    """Every drawdown of the core and of each symbol, by name and dates."""
    figures: dict[str, float] = {}
    for symbol, items in zip(claim.symbols, found):
        for item in items:
            figures[f"{claim.core} {item.peak} to {item.trough}"] = item.core
            figures[f"{symbol} {item.peak} to {item.trough}"] = item.other
    return figures


def _diversify(claim: DiversifyClaim, data: _Data) -> Verdict:
    """Holds if the mix is less volatile than the core with every symbol, close if with any (monthly)."""
    made, _, level = data.month_ends(claim, [claim.core, *claim.symbols])
    figures: dict[str, float | str] = {}
    lower, each = 0, []
    for column, symbol in enumerate(claim.symbols, start=1):
        core, mixed, correlation = measure.mix_volatility(level[:, 0], level[:, column], claim.weight)
        lower += mixed < core
        figures |= {
            "core_volatility": core,
            f"{symbol} mix_volatility": mixed,
            f"{symbol} correlation": correlation,
        }
        each.append(
            message(
                "{symbol} correlation {correlation}, volatility {core} becomes {mixed}",
                symbol=symbol,
                correlation=Number(correlation, 2),
                core=Percent(core, 2),
                mixed=Percent(mixed, 2),
            )
        )
    why = message("with {weight}: {each}", weight=Percent(claim.weight, 0), each=listed(each, ";"))
    return made(_by_count(lower, len(claim.symbols)), why, figures)


def _instalments(claim: InstalmentsClaim, data: _Data) -> Verdict:
    """Holds if instalments end higher from most starts, with every symbol; close if with any."""
    made, _, level = data.month_ends(claim, claim.symbols)
    figures: dict[str, float | str] = {}
    better, each = 0, []
    for column, symbol in enumerate(claim.symbols):
        ratio = measure.instalments_against_lump(level[:, column], claim.months)
        if ratio.size == 0:
            raise DataError(message("fewer than {n} months from {day}", n=claim.months, day=claim.start))
        share, middle = float(np.mean(ratio > 1)), float(np.median(ratio))
        better += share > 0.5 and middle > 1
        figures |= {f"{symbol} share_better": share, f"{symbol} median_ratio": middle, "starts": ratio.size}
        each.append(
            message(
                "{symbol} ends higher from {share} of {n} starts, median {gap}",
                symbol=symbol,
                share=Percent(share, 0),
                n=ratio.size,
                gap=Percent(middle - 1, 1, sign=True),
            )
        )
    why = message(
        "{n} instalments against the same money at once: {each}", n=claim.months, each=listed(each, ";")
    )
    return made(_by_count(better, len(claim.symbols)), why, figures)


def _cheaper_and_better(claim: CheaperAndBetterClaim, data: _Data) -> Verdict:
    """Holds if both are so, is close if one is."""
    panel, s, e = data.panel(claim, [claim.symbol, claim.than])
    total = [measure.total_return(panel.base_price[:, column], s, e) for column in (0, 1)]
    cost = [asset(name, data.source.assets).expense_ratio for name in (claim.symbol, claim.than)]
    why = message(
        "{symbol} costs {cost} % a year and returned {total}, {than} {than_cost} % and {than_total}",
        symbol=claim.symbol,
        cost=Number(cost[0] * 100, 2),
        total=Percent(total[0], 2, sign=True),
        than=claim.than,
        than_cost=Number(cost[1] * 100, 2),
        than_total=Percent(total[1], 2, sign=True),
    )
    names = ("expense_ratio", "than_expense_ratio", "total", "than_total")
    judged = _by_count((cost[0] < cost[1]) + (total[0] > total[1]), 2)
    return _made(claim, panel, s, e)(judged, why, dict(zip(names, (*cost, *total), strict=True)))


def _currency(claim: CurrencyClaim, data: _Data) -> Verdict:
    """Holds if the dollar rose over the whole period and in three of four shorter ones, close if over the whole.

    (1 + return in yen) = (1 + return in dollars) × (1 + change of the dollar): the currency's part is the same
    for every asset in dollars.
    """
    others = [name for name in claim.symbols if asset(name, data.source.assets).currency != "USD"]
    if others:
        raise DataError(message("{symbols}: allowed assets in dollars", symbols=listed(others)))
    panel, s, e = data.panel(claim, claim.symbols, "JPY")
    rate = panel.fx[:, 0]
    periods = measure.yearly_changes(rate[s + measure.month_ends(panel.sessions[s : e + 1])], claim.years)
    if not periods.size:
        raise DataError(message("fewer than {n} years from {day}", n=claim.years, day=claim.start))

    def yearly(level: Floats) -> float:
        return measure.per_year(measure.total_return(level, s, e), panel.sessions, s, e)

    change, rose = yearly(rate), float(np.mean(periods > 0))
    figures: dict[str, float | str] = {
        "rate_first": float(rate[s]),
        "rate_last": float(rate[e]),
        "currency_per_year": change,
        "periods": periods.size,
        "share_added": rose,
        "least_per_year": float(periods.min()),
        "most_per_year": float(periods.max()),
    }
    each = []
    for column, symbol in enumerate(claim.symbols):
        dollars, yen = yearly(panel.price[:, column]), yearly(panel.base_price[:, column])
        figures |= {f"{symbol} usd_per_year": dollars, f"{symbol} jpy_per_year": yen}
        each.append(
            message(
                "{symbol} {dollars} a year in dollars, {yen} in yen",
                symbol=symbol,
                dollars=Percent(dollars, 2, sign=True),
                yen=Percent(yen, 2, sign=True),
            )
        )
    why = message(
        "the currency made {change} a year, for all of them the same (the dollar went from ¥{first} to ¥{last}): "
        "{each}. Over {n} periods of {years} years it added to the return in {share} and made from {least} to "
        "{most} a year",
        each=listed(each, ";"),
        first=Number(float(rate[s]), 1),
        last=Number(float(rate[e]), 1),
        change=Percent(change, 2, sign=True),
        n=periods.size,
        years=claim.years,
        share=Percent(rose, 0),
        least=Percent(float(periods.min()), 2, sign=True),
        most=Percent(float(periods.max()), 2, sign=True),
    )
    judged = Judgement.CLOSE if change > 0 else Judgement.DOES_NOT_HOLD
    if change > 0 and rose >= MOST:
        judged = Judgement.HOLDS
    return _made(claim, panel, s, e)(judged, why, figures)


def _guide(claim: GuideClaim, data: _Data) -> Verdict:
    """Never judged: shows what each share would have done, rebalanced monthly."""
    made, dates, level = data.month_ends(claim, [claim.core, *claim.symbols])
    monthly = level[1:] / level[:-1] - 1.0
    figures: dict[str, float | str] = {}
    for column, symbol in enumerate(claim.symbols, start=1):
        for weight in (0.0, *claim.weights):
            growth = np.prod(1.0 + (1.0 - weight) * monthly[:, 0] + weight * monthly[:, column])
            rate = measure.per_year(float(growth) - 1.0, dates, 0, dates.size - 1)
            figures[f"{symbol} {weight:.0%} per_year"] = rate
    why = message(
        "advice is neither true nor false; the figures show what each share would have returned a year"
    )
    return made(Judgement.CANNOT_BE_CHECKED, why, figures)
