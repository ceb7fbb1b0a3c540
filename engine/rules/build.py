"""From the dated tables and a configuration's choices to the ``Terms`` arrays that the ledger reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import ConfigError
from engine.rules import tables
from engine.rules.calendar import Dates, covers, settlement_years
from engine.rules.costs import Commission, cost_arrays
from engine.rules.limits import frame_arrays
from engine.rules.sentences import assumptions, counterfactuals
from engine.rules.tables import FrameRow
from engine.rules.terms import BucketKind, Floats, Ints, Overflow, Terms

ACCOUNTS = ("nisa", "taxable", "plain")
SELL_FROM = ("taxable_first", "nisa_first")
TAX_AMOUNTS = ("mid", "tts_ttb")
OVERFLOW = tuple(mode.name.lower() for mode in Overflow)
TTS_TTB = 1.0  # yen per dollar between mid and TTS, and between mid and TTB


def make_terms(
    *,
    sessions: Dates,
    symbols: Sequence[str],
    kind: Sequence[str],
    frames: Sequence[Sequence[str]],
    asset_currency: Sequence[str],
    base_currency: str,
    accounts: Sequence[str],
    rules: str = "nisa_2024",
    overflow: str = "split",
    sell_from: str = "taxable_first",
    tax_amounts: str = "mid",
    offset_dividends: bool = True,
    broker: str = "none",
    commission_rate: float | None = None,
    commission_min: float | None = None,
    commission_cap: float | None = None,
    fx_spread: float | None = None,
    whole_shares: bool = True,
    source_tax: float | Mapping[str, float] | None = None,
    annual_limits: Mapping[str, float] | None = None,
    lifetime_limits: Mapping[str, float] | None = None,
) -> Terms:
    """The terms of a life on ``sessions`` (T,) with A assets, in the words of a configuration.

    ``accounts``         in filling order: ``plain`` alone, or ``nisa`` and ``taxable`` in any order
    ``rules``            ``nisa_2024`` (today's law in every year), ``historical_general`` or
                         ``historical_tsumitate`` (the law of each year, tax rates included)
    ``commission_*``     own numbers in place of the broker's, for every asset, in the asset's currency
    ``fx_spread``        own number in place of the broker's: base units per unit of currency, each way
    ``source_tax``       own rate for every asset, or by symbol
    ``annual_limits``    yen by frame; ``lifetime_limits``: yen by frame, ``shared`` for the shared limit

    Raises ConfigError, one line, on an unknown name, a number out of bounds or an impossible combination.
    """
    for key, value, allowed in (
        ("overflow", overflow, OVERFLOW),
        ("sell_from", sell_from, SELL_FROM),
        ("tax_amounts", tax_amounts, TAX_AMOUNTS),
    ):
        if value not in allowed:
            raise tables.unknown(key, value, allowed)
    rows = tables.frame_rows(rules)
    _check_accounts(accounts, base_currency, rows, rules)

    buckets = _buckets(accounts, rows)
    in_nisa = np.array([name.startswith("nisa.") for name in buckets])
    foreign = np.array([currency != base_currency for currency in asset_currency])
    years = sessions.astype("datetime64[Y]").astype(np.int64) + 1970
    first_year, span = int(years[0]), int(years[-1] - years[0]) + 2
    by_kind = {name: settlement_years(sessions, name) for name in dict.fromkeys(kind)}
    profile = tables.broker(broker, sessions[-1])
    own = Commission(commission_rate, commission_min, commission_cap, fx_spread)
    whole = np.array([whole_shares and name == "us_etf" for name in kind])
    historical = not any(row.retroactive for row in rows)
    national, local = _tax_rates(rows, first_year, span)
    unlawful = counterfactuals(accounts, rows, first_year, offset_dividends=offset_dividends)
    return Terms(
        buckets=buckets,
        kind=np.array([_bucket_kind(name) for name in buckets], dtype=np.int64),
        route=_routes(buckets, symbols, frames, barred=()),
        route_once=_routes(
            buckets, symbols, frames, barred=[row.frame for row in rows if row.recurring_only]
        ),
        sell_order=_sell_order(in_nisa, sell_from),
        commission_free=in_nisa & profile.nisa_free,
        national=national,
        local=local,
        source_tax=_source_tax(symbols, kind, source_tax),
        tax_spread=np.where(foreign & (tax_amounts == "tts_ttb"), TTS_TTB, 0.0),
        whole=whole,
        settle_year=np.stack([by_kind[name] for name in kind], axis=1),
        year=years,
        first_year=first_year,
        overflow=Overflow[overflow.upper()],
        offset_dividends=offset_dividends,
        counterfactual=tuple(unlawful),
        lawful_from=tuple(unlawful.values()),
        assumptions=assumptions(
            accounts=accounts,
            rules=rules,
            historical=historical,
            overflow=overflow,
            sell_from=sell_from,
            tax_amounts=tax_amounts,
            offset_dividends=offset_dividends,
            profile=profile,
            own=own,
            limits={"annual": annual_limits or {}, "lifetime": lifetime_limits or {}},
            whole=bool(whole.any()),
            weekday_rule=not covers(sessions),
        ),
        **cost_arrays(profile, own, symbols, kind, asset_currency, base_currency),
        **frame_arrays(buckets, rows, first_year, span, annual_limits or {}, lifetime_limits or {}),
    )


def slice_terms(terms: Terms, start: int, end: int) -> Terms:
    """The terms of the life on sessions ``start`` to ``end`` (excluded) of the same panel: views, no copies.

    The year tables still count from ``first_year`` of the whole. Sentences about rules that did exist from
    the first session of the part on are dropped. The broker's profile stays that of the whole.
    """
    year = terms.year[start:end]
    keep = [since > year[0] for since in terms.lawful_from]
    return replace(
        terms,
        year=year,
        settle_year=terms.settle_year[start:end],
        counterfactual=tuple(s for s, kept in zip(terms.counterfactual, keep, strict=True) if kept),
        lawful_from=tuple(s for s, kept in zip(terms.lawful_from, keep, strict=True) if kept),
    )


def _check_accounts(accounts: Sequence[str], base: str, rows: tuple[FrameRow, ...], rules: str) -> None:
    for name in accounts:
        if name not in ACCOUNTS:
            raise tables.unknown("accounts", name, ACCOUNTS)
    listed = f"accounts: [{', '.join(accounts)}]"
    if not accounts or len(set(accounts)) < len(accounts):
        raise ConfigError(f"{listed} must name each account once, and at least one of {', '.join(ACCOUNTS)}")
    if "plain" in accounts and len(accounts) > 1:
        raise ConfigError(f"{listed}: plain knows no tax and stands alone", hint="[plain] or [nisa, taxable]")
    if "plain" not in accounts and base != "JPY":
        raise ConfigError(
            f"{listed} keeps books in yen, currency is {base}", hint="currency: JPY, or [plain]"
        )
    if "nisa" in accounts and "taxable" not in accounts and any(row.term for row in rows):
        raise ConfigError(
            f"{listed} under rules {rules}: units must move to a taxable account when tax-free years end",
            hint="accounts: [nisa, taxable]",
        )


def _buckets(accounts: Sequence[str], rows: tuple[FrameRow, ...]) -> tuple[str, ...]:
    frames = tuple(dict.fromkeys(f"nisa.{row.frame}" for row in rows))
    return tuple(bucket for name in accounts for bucket in (frames if name == "nisa" else (name,)))


def _bucket_kind(name: str) -> BucketKind:
    return {"plain": BucketKind.PLAIN, "taxable": BucketKind.TAXABLE}.get(name, BucketKind.NISA)


def _routes(
    buckets: tuple[str, ...],
    symbols: Sequence[str],
    frames: Sequence[Sequence[str]],
    *,
    barred: Sequence[str],
) -> Ints:
    """(A, B) bucket numbers in filling order, then -1; without the frames in ``barred``."""
    routes = np.full((len(symbols), len(buckets)), -1, dtype=np.int64)
    for a, symbol in enumerate(symbols):
        closed = {name for name in buckets if name.startswith("nisa.")} - {
            f"nisa.{frame}" for frame in frames[a]
        }
        if closed.issuperset(buckets):
            raise ConfigError(
                f"accounts: [nisa] cannot hold {symbol}: its frames are [{', '.join(frames[a])}], "
                f"the rules have [{', '.join(name.removeprefix('nisa.') for name in buckets)}]",
                hint="accounts: [nisa, taxable]",
            )
        closed.update(f"nisa.{frame}" for frame in barred)
        route = [b for b, name in enumerate(buckets) if name not in closed]
        routes[a, : len(route)] = route
    return routes


def _sell_order(in_nisa: NDArray[np.bool_], sell_from: str) -> Ints:
    """Taxable before or after the frames; the frames backwards, so that the oldest scheme is sold last."""
    outside, inside = np.flatnonzero(~in_nisa), np.flatnonzero(in_nisa)[::-1]
    return np.concatenate([outside, inside] if sell_from == "taxable_first" else [inside, outside])


def _tax_rates(rows: tuple[FrameRow, ...], first_year: int, span: int) -> tuple[Floats, Floats]:
    """(Y,) national and local rates: of each year, or never older than a retroactive rule set itself."""
    since = max((row.from_year for row in rows if row.retroactive), default=first_year)
    found = [tables.tax_row(max(since, first_year + y)) for y in range(span)]
    return np.array([row.national for row in found]), np.array([row.local for row in found])


def _source_tax(
    symbols: Sequence[str], kind: Sequence[str], own: float | Mapping[str, float] | None
) -> Floats:
    """(A,) rate withheld from dividends where they are paid."""
    if isinstance(own, Mapping):
        for symbol in own:
            if symbol not in symbols:
                raise tables.unknown("source_tax", symbol, tuple(symbols))
        rates = [own.get(s, tables.source_tax(k)) for s, k in zip(symbols, kind, strict=True)]
    else:
        rates = [tables.source_tax(name) if own is None else own for name in kind]
    for symbol, rate in zip(symbols, rates, strict=True):
        if not 0 <= rate <= 1:
            raise ConfigError(f"source_tax: {symbol} is {rate}; it must be a fraction from 0 to 1")
    return np.array(rates, dtype=np.float64)
