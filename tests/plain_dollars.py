"""A plain dollar plan on monthly returns that lives on a million: the one that others' loops and programs know."""

PLAN = """
name: plain_dollars
currency: USD
period: {start: 1926-06-30, end: 1975-12-31}
strategy:
  allocation: {type: fixed_mix, weights: {FF_HI30: 1.0}}
  contributions: {type: lump_sum, amount: 1_000_000}
  withdrawals: {type: fixed, amount: 9_000, every: monthly}
  rebalancing: none
accounts: [plain]
execution: {whole_shares: false}
dividends: total_return
"""
