"""The plan of a page that was opened without one, and how a plan stands in a page's address."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from engine.config import Config
from engine.web.link import link_of

PLAN = """
name: plan
period: {start: 2001-01-01, end: 2025-12-31}
strategy:
  allocation: {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.10}
  contributions: {type: monthly, amount: 100_000, day: 1}
  rebalancing: {type: no_sell}
accounts: [nisa, taxable]
"""


def fragment(plans: Sequence[Config]) -> str:
    """What stands behind the ``#`` of a page's address: its plan, then those that are pinned beside it."""
    first, *others = plans
    return urlencode([("plan", link_of(first)), *(("pin", link_of(each)) for each in others)])
