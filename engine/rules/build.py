"""From the dated tables and a configuration's choices to the ``Terms`` arrays that the ledger reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.config.wording import refused
from engine.errors import ConfigError
from engine.messages import listed, message
from engine.rules import tables
from engine.rules.assumptions import assumptions, counterfactuals
from engine.rules.calendar import settlement_years
from engine.rules.costs import cost_arrays
from engine.rules.limits import frame_arrays, frame_rows
from engine.rules.tables import FrameRow
from engine.rules.terms import BucketKind, Floats, Ints, Overflow, Terms

if TYPE_CHECKING:
    from engine.config import Config
    from engine.market.panel import Panel

TTS_TTB = 1.0  # yen per dollar between mid and TTS, and between mid and TTB


def make_terms(config: Config, panel: Panel) -> Terms:
    """The law and the costs of a configuration on the sessions and the assets of a panel.

    The broker's price list is that of the last session. Raises ConfigError, one line, where assets, accounts
    and price list do not belong together.
    """
    rules, sessions = config.account_rules, panel.sessions
    rows = frame_rows(config)
    buckets = _buckets(config.accounts, rows)
    in_nisa = np.array([name.startswith("nisa.") for name in buckets])
    foreign = np.array([currency != panel.currency for currency in panel.asset_currency])
    # What is owned at the start may be of the year before, which is closed on the first session.
    first_year = int(panel.years[0]) - (config.holdings is not None)
    span = int(panel.years[-1]) - first_year + 2
    profile = tables.broker(config.costs.broker, sessions[-1])
    whole = np.array([config.execution.whole_shares and kind == "us_etf" for kind in panel.kind])
    own_tax = config.dividends.source_tax
    national, local = _tax_rates(rows, first_year, span)
    settled = {kind: settlement_years(sessions, kind) for kind in set(panel.kind)}
    recurring_only = {row.frame for row in rows if row.recurring_only}
    route_once = _routes(buckets, panel, barred=recurring_only)
    if config.strategy.transfer is not None and not in_nisa[route_once[route_once >= 0]].any():
        raise refused(
            message("NISA takes none of {symbols} in a single purchase", symbols=listed(panel.symbols)),
            key="strategy.transfer",
        )
    return Terms(
        buckets=buckets,
        kind=np.array([_bucket_kind(name) for name in buckets], dtype=np.int64),
        route=_routes(buckets, panel),
        route_once=route_once,
        sell_order=_sell_order(in_nisa, rules.sell_from),
        commission_free=in_nisa & profile.nisa_free,
        recurring_only=np.array([name.removeprefix("nisa.") in recurring_only for name in buckets]),
        national=national,
        local=local,
        source_tax=np.array(panel.source_tax) if own_tax is None else np.full(len(panel.symbols), own_tax),
        tax_spread=np.where(foreign & (rules.tax_amounts == "tts_ttb"), TTS_TTB, 0.0),
        whole=whole,
        settle_year=np.stack([settled[kind] for kind in panel.kind], axis=1),
        year=panel.years,
        first_year=first_year,
        overflow=Overflow[rules.overflow.upper()],
        offset_dividends=rules.offset_dividends,
        counterfactual=counterfactuals(config, int(panel.years[0])),
        assumptions=assumptions(config, profile, sessions, whole=bool(whole.any())),
        **cost_arrays(config.costs, profile, panel),
        **frame_arrays(rows, rules, buckets, first_year, span),
    )


def _buckets(accounts: Sequence[str], rows: Sequence[FrameRow]) -> tuple[str, ...]:
    frames = tuple(dict.fromkeys(f"nisa.{row.frame}" for row in rows))
    return tuple(bucket for name in accounts for bucket in (frames if name == "nisa" else (name,)))


def _bucket_kind(name: str) -> BucketKind:
    return {"plain": BucketKind.PLAIN, "taxable": BucketKind.TAXABLE}.get(name, BucketKind.NISA)


def _routes(buckets: Sequence[str], panel: Panel, barred: Collection[str] = ()) -> Ints:
    """(A, B) bucket numbers in filling order, then -1; without the frames in ``barred``."""
    routes = np.full((len(panel.symbols), len(buckets)), -1, dtype=np.int64)
    names = [bucket.removeprefix("nisa.") for bucket in buckets]
    for a, (symbol, frames) in enumerate(zip(panel.symbols, panel.frames)):
        usable = {*frames, "plain", "taxable"}
        if usable.isdisjoint(names):
            raise ConfigError(
                message(
                    "accounts: [nisa] cannot hold {symbol}: its frames are [{own}], the rules have [{frames}]",
                    symbol=symbol,
                    own=listed(frames),
                    frames=listed(names),
                ),
                hint=message("accounts: [nisa, taxable]"),
            )
        route = [b for b, name in enumerate(names) if name in usable.difference(barred)]
        routes[a, : len(route)] = route
    return routes


def _sell_order(in_nisa: NDArray[np.bool_], sell_from: str) -> Ints:
    """Taxable before or after the frames; the frames backwards, so that the oldest scheme is sold last."""
    outside, inside = np.flatnonzero(~in_nisa), np.flatnonzero(in_nisa)[::-1]
    return np.concatenate([outside, inside] if sell_from == "taxable_first" else [inside, outside])


def _tax_rates(rows: Sequence[FrameRow], first_year: int, span: int) -> tuple[Floats, Floats]:
    """(Y,) national and local rates: of each year, or never older than a retroactive rule set itself."""
    since = max((row.from_year for row in rows if row.retroactive), default=first_year)
    found = [tables.tax_row(max(since, first_year + y)) for y in range(span)]
    return np.array([row.national for row in found]), np.array([row.local for row in found])
