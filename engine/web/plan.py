"""The plan of a page that was opened without one."""

PLAN = """
name: plan
period: {start: 2001-01-01, end: 2025-12-31}
strategy:
  allocation: {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.10}
  contributions: {type: monthly, amount: 100_000, day: 1}
  rebalancing: {type: no_sell}
accounts: [nisa, taxable]
"""
