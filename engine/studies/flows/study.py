"""Do flows lead returns or follow them? Each fund for itself, by calendar month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import numpy as np

from engine.config import leaves
from engine.config.arguments import checked, closed, one_word
from engine.errors import ConfigError, DataError, NotFound
from engine.manifest import versions
from engine.market.assets import CURRENCIES, asset, check_symbol
from engine.market.flows import Flows, file_name, frequency_there, load_flows
from engine.market.panel import Panel
from engine.market.panel_builder import build_panel
from engine.market.series import Dates, Floats, Ints, Provenance
from engine.market.sources import Access, Source, open_source
from engine.messages import Message, listed, message, to_plain
from engine.studies.flows import measures
from engine.studies.flows.measures import LEAST_MEMORY, MEMORY, Resampling
from engine.studies.flows.months import REACH, FundMonths, fund_months
from engine.studies.flows.results import ASSETS, FIFTHS, INFLOW, OUTFLOW, VOLATILITY, FlowStudy, FundFlows

SEED, DRAWS = 1, 2000
LEAST = 60  # months with a flow and a return: twelve in a fifth


@closed(Access)
def flow_study(
    symbols: Sequence[str],
    *,
    source: str | Source = "auto",
    flows: Path | None = None,
    base: str | None = None,
    relative_to: str | None = None,
    seed: int = SEED,
    draws: int = DRAWS,
    **access: Unpack[Access],
) -> FlowStudy:
    """Leads, lags and returns around the largest flows of each of ``symbols``.

    ``flows``        a folder with ``SYMBOL_FLOWS_MONTHLY.csv`` (``_WEEKLY``, ``_DAILY``), or the file of one fund;
                     None: the folder of ``csv:DIR``
    ``base``         currency of the returns, JPY or USD; None: each fund's own, which its investors looked at
    ``relative_to``  what a month's flow is held against: ``assets``, ``volatility``; None: assets where known
    ``seed, draws``  of the bootstrap
    ``access``       what the cache may do; see :class:`engine.market.sources.Access`

    :raises ConfigError: an argument that cannot be. :raises DataError: no flows, no prices, fewer than 60 months
        with both, flows that cannot be ranked.
    """
    checked("seed", seed, leaves.whole(0, 2**63 - 1))
    checked("draws", draws, leaves.whole(100, 1_000_000))
    if base is not None:
        one_word("base", base, CURRENCIES)
    if relative_to is not None:
        one_word("relative_to", relative_to, (ASSETS, VOLATILITY))
    if not symbols or len(set(symbols)) < len(symbols):
        came = listed(symbols) if symbols else message("none", context="symbols")
        raise ConfigError(message("symbols: came {came}, allowed one or more, each once", came=came))
    for symbol in symbols:
        check_symbol(symbol)
    if flows is None and isinstance(source, str) and source.startswith("csv:"):
        flows = Path(source.removeprefix("csv:"))
    # Whether there are flows is known before any price is asked for.
    records = [_record(symbol, flows, source) for symbol in symbols]
    opened = open_source(source, symbols, **access) if isinstance(source, str) else source
    found = [_fund(record, opened, base, relative_to, seed, draws) for record in records]
    funds = tuple(fund for fund, _, _ in found)
    name = f"flows-{'+'.join(symbol.lstrip('^') for symbol in symbols)}"
    provenance = {(item.symbol, item.sha256): item for _, _, used in found for item in used}
    panels = [panel for _, panel, _ in found]
    manifest = {
        "name": name,
        "data": [item.plain() for item in provenance.values()],
        "versions": versions(),
        "seed": seed,
        "flags": {
            "sample": any(panel.is_sample for panel in panels),
            "sample_limits": [],
            "counterfactual": [],
            "data": [to_plain(text) for text in dict.fromkeys(t for panel in panels for t in panel.warnings)],
        },
        "assumptions": [text.plain() for text in _assumptions(funds, seed, draws)],
    }
    return FlowStudy(name, funds, seed, draws, manifest)


def _record(symbol: str, place: Path | None, source: str | Source) -> Flows:
    """The flows of a fund, by month where there are such. Raises NotFound: what is missing, and how to get it."""
    if place is not None and place.is_file():
        return load_flows(place, symbol)
    if place is not None and (frequency := frequency_there(place, symbol)):
        return load_flows(place, symbol, frequency=frequency)
    where = source if isinstance(source, str) else source.name
    raise NotFound(
        message("there are no fund flows of {symbol} in {source}", symbol=symbol, source=str(place or where)),
        hint=message(
            "{command} keeps a file of flows as {file}; then --data csv:DIR, or --flows DIR",
            command=f"backtest data import FILE --flows --as {symbol} --into DIR",
            file=file_name(symbol, "monthly"),
        ),
    )


def _fund(
    record: Flows, source: Source, base: str | None, relative_to: str | None, seed: int, draws: int
) -> tuple[FundFlows, Panel, list[Provenance]]:
    """One fund, its prices, and where everything came from."""
    symbol, currency = record.symbol, asset(record.symbol, source.assets).currency
    panel = build_panel([symbol], currency=base or currency, source=source, total_return=True)
    months = fund_months(record, panel.sessions, panel.base_price[:, 0], _closes(symbol, source))
    fund = study_fund(
        symbol,
        months,
        currency=currency,
        base=base or currency,
        relative_to=relative_to,
        seed=seed,
        draws=draws,
    )
    own = record.provenance
    return fund, panel, [*panel.provenance, replace(own, notes=(*own.notes, *months.notes))]


def study_fund(
    symbol: str,
    months: FundMonths,
    *,
    currency: str = "USD",
    base: str = "USD",
    relative_to: str | None = None,
    seed: int = SEED,
    draws: int = DRAWS,
) -> FundFlows:
    """What the months of one fund say. Raises DataError: too few, or their flows cannot be ranked."""
    measure = relative_to or (ASSETS if np.isfinite(months.assets).any() else VOLATILITY)
    relative = _relative(symbol, months, measure)
    fifth = measures.fifths(relative)
    _refuse_unranked(symbol, fifth)
    span = slice(REACH + 1, months.month.size - REACH)
    resampling = Resampling(span.stop - span.start, seed, draws)
    lags = measures.lags(relative, months.returns, span, resampling)
    pairs = np.array([item.pairs for item in lags])
    one_band, band = measures.chance_band(relative, months.returns, span, pairs, resampling)
    held = [relative[fifth == k] for k in range(1, FIFTHS + 1) if (fifth == k).any()]
    return FundFlows(
        symbol=symbol,
        currency=currency,
        base=base,
        measure=measure,
        month=months.month,
        flow=months.flow,
        assets=months.assets,
        level=months.level,
        relative=relative,
        fifth=fifth,
        limits=np.array([(part.min(), part.max()) for part in held]),
        block=resampling.block,
        lags=lags,
        one_band=one_band,
        band=band,
        events=measures.events(fifth, months.level, span, resampling),
    )


def _closes(symbol: str, source: Source) -> tuple[Dates, Floats]:
    """Days and closes as quoted; none where the fund is modelled after another."""
    try:
        series = source.load(symbol)
    except DataError:
        return np.empty(0, "datetime64[D]"), np.empty(0)
    known = np.isfinite(series.close)
    return series.dates[known], series.close[known]


def _relative(symbol: str, months: FundMonths, measure: str) -> Floats:
    """(M,) flows as they are ranked. Raises DataError: unknown, all the same, or of too few months."""
    known = months.flow[np.isfinite(months.flow)]
    if measure == ASSETS and not np.isfinite(months.assets).any():
        what = message("{symbol}: its net assets are unknown", symbol=symbol)
        raise DataError(what, hint=message("--relative-to volatility"))
    of_assets = measure == ASSETS
    relative = (
        measures.of_assets(months.flow, months.assets) if of_assets else measures.of_volatility(months.flow)
    )
    both = np.isfinite(relative) & np.isfinite(months.returns)
    if (n := int(both.sum())) < LEAST:
        raise DataError(
            message(
                "{symbol}: {n} months have a flow and a return; at least {least} are needed",
                symbol=symbol,
                n=n,
                least=LEAST,
            )
        )
    if not known.std() > 0:
        raise DataError(message("{symbol}: its flows are all the same", symbol=symbol))
    if not months.returns[both].std() > 0:
        raise DataError(message("{symbol}: its price does not move", symbol=symbol))
    return relative


def _refuse_unranked(symbol: str, fifth: Ints) -> None:
    """Raise DataError where so many months have one flow that no fifth is the largest or the least."""
    if not ((fifth == INFLOW).any() and (fifth == OUTFLOW).any()):
        raise DataError(
            message("{symbol}: too many months have the same flow to rank them by fifths", symbol=symbol)
        )


def _assumptions(funds: Sequence[FundFlows], seed: int, draws: int) -> list[Message]:
    """What the figures rest on."""
    said = []
    for measure in dict.fromkeys(fund.measure for fund in funds):
        names = listed(fund.symbol for fund in funds if fund.measure == measure)
        if measure == ASSETS:
            said.append(
                message(
                    "{names}: a month's flow is a share of the net assets of the month before.", names=names
                )
            )
        else:
            said.append(
                message(
                    "{names}: a month's flow is a multiple of the standard deviation of the up to {most} months' "
                    "flows before it, at least {least} of them.",
                    names=names,
                    most=MEMORY,
                    least=LEAST_MEMORY,
                )
            )
    own = all(fund.base == fund.currency for fund in funds)
    said.append(
        message(
            "Returns are of whole months, dividends reinvested before tax, in the fund's own currency, which its "
            "investors looked at."
        )
        if own
        else message(
            "Returns are of whole months, dividends reinvested before tax, in {currency}.",
            currency=funds[0].base,
        )
    )
    blocks = dict.fromkeys(str(fund.block) for fund in funds)
    return [
        *said,
        message(
            "Flows are shares made and redeemed, for whatever reason: dealers who lend or hedge make them too."
        ),
        message("Correlations are of ranks (Spearman): a few months of a young fund decide nothing."),
        message(
            "Intervals hold 95 %: circular block bootstrap of months, {draws} draws, blocks of {blocks} months, "
            "seed {seed}; the estimate ± Student's t times the standard error of the draws.",
            draws=draws,
            blocks=listed(blocks),
            seed=str(seed),
        ),
        message(
            "{n} correlations are looked at: by chance alone one or two of the intervals leave out 0. A lead or a "
            "lag is told only beyond what the largest of all {n} reaches in 5 of 100 cases where flows and "
            "returns have nothing to do with each other.",
            n=2 * REACH + 1,
        ),
        message("A flow and the return of its own month say nothing of which came first."),
    ]
