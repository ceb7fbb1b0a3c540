"""From the dated tables and a configuration's choices to the ``Terms`` arrays that the ledger reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import ConfigError
from engine.market.series import Floats, Ints, Mask
from engine.messages import listed, message
from engine.rules import tables
from engine.rules.assumptions import assumptions, counterfactuals
from engine.rules.calendar import settlement_years
from engine.rules.costs import cost_arrays
from engine.rules.deposits import deposit_rates
from engine.rules.frames import frame_rows
from engine.rules.limits import frame_arrays
from engine.rules.tables import FrameRow
from engine.rules.terms import BucketKind, Overflow, Terms, sale_order

if TYPE_CHECKING:
    from engine.config import Config
    from engine.market.panel import Panel

BESIDE = {"cash", "deposit"}  # kinds that are no securities: held beside the accounts
TTS_TTB = 1.0  # yen per dollar between mid and TTS, and between mid and TTB


def make_terms(config: Config, panel: Panel) -> Terms:
    """The law and the costs of a configuration on the sessions and the assets of a panel.

    The broker's price list is that of the last session. Raises ConfigError, one line, where assets, accounts
    and price list do not belong together.
    """
    rules, sessions, years = config.account_rules, panel.sessions, panel.years
    rows = frame_rows(config)
    beside = "plain" not in config.accounts and not BESIDE.isdisjoint(panel.kind)
    buckets = (*(("deposit",) if beside else ()), *_buckets(config.accounts, rows))
    kinds = np.array([_bucket_kind(name) for name in buckets], dtype=np.int64)
    in_nisa = kinds == BucketKind.NISA
    foreign = np.array([currency != panel.currency for currency in panel.asset_currency])
    # What is owned at the start may be of the year before, which is closed on the first session.
    first_year = int(years[0]) - (config.holdings is not None)
    span = int(years[-1]) - first_year + 2
    profile = tables.broker(config.costs.broker, sessions[-1])
    deposits = [a for a, kind in enumerate(panel.kind) if kind == "deposit"]
    own_tax = config.dividends.source_tax
    parts = 1 if config.liquidation is None else config.liquidation.years
    law_years = _law_years(rows, first_year, span)
    taxes = [tables.tax_row(year) for year in law_years]
    interest = np.array([tables.interest_tax(year) for year in law_years])
    settled = {kind: settlement_years(sessions, kind) for kind in set(panel.kind)}
    recurring_only = {row.frame for row in rows if row.recurring_only}
    route_once = _routes(buckets, panel, barred=recurring_only)
    _check_transfer(config, panel, in_nisa[route_once[route_once >= 0]])
    return Terms(
        buckets=buckets,
        kind=kinds,
        route=_routes(buckets, panel),
        route_once=route_once,
        sell_order=sale_order(kinds, nisa_first=rules.sell_from == "nisa_first"),
        commission_free=in_nisa & profile.nisa_free,
        recurring_only=np.array([name.removeprefix("nisa.") in recurring_only for name in buckets]),
        national=np.array([row.national for row in taxes]),
        local=np.array([row.local for row in taxes]),
        interest_national=interest[:, 0],
        interest_local=interest[:, 1],
        lowers_foreign=np.array(law_years) >= tables.foreign_tax_year(),
        foreign_tax=np.array(panel.foreign_tax),
        turn=_turns(panel),
        deposit=deposits[0] if deposits else -1,
        deposit_rates=deposit_rates(config.own_deposit_rates),
        liquidation_years=parts,
        **_minimum_tax(first_year, span + 2 + parts),
        source_tax=np.array(panel.source_tax) if own_tax is None else np.full(len(panel.symbols), own_tax),
        tax_spread=np.where(foreign & (rules.tax_amounts == "tts_ttb"), TTS_TTB, 0.0),
        lot=_lots(config, panel),
        settle_year=np.stack([settled[kind] for kind in panel.kind], axis=1),
        year=years,
        first_year=first_year,
        overflow=Overflow[rules.overflow.upper()],
        offset_dividends=rules.offset_dividends,
        counterfactual=counterfactuals(config, panel),
        assumptions=assumptions(config, profile, panel),
        **cost_arrays(config.costs, profile, panel),
        **frame_arrays(rows, rules, buckets, first_year, span),
    )


def _buckets(accounts: Sequence[str], rows: Sequence[FrameRow]) -> tuple[str, ...]:
    frames = tuple(dict.fromkeys(f"nisa.{row.frame}" for row in rows))
    return tuple(bucket for name in accounts for bucket in (frames if name == "nisa" else (name,)))


def _bucket_kind(name: str) -> BucketKind:
    other = {"plain": BucketKind.PLAIN, "taxable": BucketKind.TAXABLE, "deposit": BucketKind.DEPOSIT}
    return other.get(name, BucketKind.NISA)


def _turns(panel: Panel) -> Ints:
    """(A,) 1 for what New York trades in a plan of two clocks, else 0."""
    abroad = [
        currency == "USD" and kind not in BESIDE for currency, kind in zip(panel.asset_currency, panel.kind)
    ]
    return np.array(abroad, dtype=np.int64) * (panel.known is not None)


def _lots(config: Config, panel: Panel) -> Floats:
    """(A,) units that are traded together, 0 = by amount. Cash and deposits in yen are whole yen."""
    whole = config.execution.whole_shares
    yen = float(panel.currency == "JPY")
    by_kind = {"cash": yen, "deposit": yen} | {kind: 1.0 for kind in ("us_etf", "jp_etf") if whole}
    return np.array([by_kind.get(kind, 0.0) * unit for kind, unit in zip(panel.kind, panel.trading_unit)])


def _routes(buckets: Sequence[str], panel: Panel, barred: Collection[str] = ()) -> Ints:
    """(A, B) bucket numbers in filling order, then -1; without the frames in ``barred``."""
    routes = np.full((len(panel.symbols), len(buckets)), -1, dtype=np.int64)
    names = [bucket.removeprefix("nisa.") for bucket in buckets]
    for a, (symbol, frames, kind) in enumerate(zip(panel.symbols, panel.frames, panel.kind)):
        usable = {"plain", "deposit"} if kind in BESIDE else {*frames, "plain", "taxable"}
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


def _minimum_tax(first_year: int, span: int) -> dict[str, Floats]:
    """The minimum tax of each calendar year: it is never applied to years before it."""
    rows = [tables.minimum_tax(first_year + y) for y in range(span)]
    return {
        "exempt": np.array([row.exempt for row in rows]),
        "minimum_rate": np.array([row.rate for row in rows]),
        "ordinary_rate": np.array([row.ordinary for row in rows]),
    }


def _check_transfer(config: Config, panel: Panel, in_nisa: Mask) -> None:
    """Raise ConfigError for a transfer that cannot be; ``in_nisa``: of the buckets that take single purchases."""
    from engine.config.wording import refused

    if config.strategy.transfer is None:
        return
    if not in_nisa.any():
        raise refused(
            message("NISA takes none of {symbols} in a single purchase", symbols=listed(panel.symbols)),
            key="strategy.transfer",
        )


def _law_years(rows: Sequence[FrameRow], first_year: int, span: int) -> list[int]:
    """The year whose tax law each year has: its own, or never an older one than a retroactive rule set."""
    since = max((row.from_year for row in rows if row.retroactive), default=first_year)
    return [max(since, first_year + y) for y in range(span)]
