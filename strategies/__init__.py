"""What an investor decides, as pure functions of parameters, dates and past prices: numpy in, numpy out.

The registries map the ``type`` words of a configuration to functions, whose parameters are the keys of that
type. A new kind of decision is a function, a line here and a model in ``engine.config``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import allocations, contributions, dates, rebalancing, signals, withdrawals

ALLOCATIONS: Mapping[str, Callable[..., allocations.Targets]] = {
    "core_satellite": allocations.core_satellite,
    "fixed_mix": allocations.fixed_mix,
    "glide_path": allocations.glide_path,
    "tilt": allocations.tilt,
    "table": allocations.table,
}
SIGNALS: Mapping[str, Callable[..., dates.Floats]] = {
    "momentum": signals.momentum,
    "moving_average": signals.moving_average,
    "flows": signals.flows,
}
CONTRIBUTIONS: Mapping[str, Callable[..., contributions.Arrivals]] = {
    "lump_sum": contributions.lump_sum,
    "monthly": contributions.monthly,
    "annual": contributions.annual,
    "fill_quota": contributions.fill_quota,
    "schedule": contributions.schedule,
    "none": contributions.none,
}
WITHDRAWALS: Mapping[str, Callable[..., withdrawals.Withdrawn]] = {
    "fixed": withdrawals.fixed,
    "percent": withdrawals.percent,
    "inflation_linked": withdrawals.inflation_linked,
    "over_years": withdrawals.over_years,
    "annuity": withdrawals.annuity,
    "percent_with_limits": withdrawals.by_the_year,
    "guardrails": withdrawals.by_the_year,
}
REBALANCING: Mapping[str, Callable[..., rebalancing.Flags]] = {
    "none": rebalancing.never,
    "no_sell": rebalancing.never,
    "calendar": rebalancing.calendar,
    "band": rebalancing.band,
}
