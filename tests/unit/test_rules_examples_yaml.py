"""The worked examples of the rules through the front door: a YAML file, a folder of prices, a run.

The prices are made up: ``FUND`` and its like are yen funds with a row on the days that matter, ``AAA`` is a
US-listed ETF with a price on every session of New York, and the yen per dollar is what the example says.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from engine.config import load_config
from engine.market.exchanges import nyse_sessions
from engine.result import Result
from engine.run import run

Prices = Mapping[str, float]
TOKYO = "symbol,kind,currency,frames,tracks,name_en\n"


class Folder:
    """A folder of made-up prices and the configurations that use it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.assets: list[str] = []

    def fund(self, symbol: str, prices: Prices, frames: str = "T G") -> None:
        """A yen fund, priced on these days only."""
        self.assets.append(f"{symbol},jp_fund,JPY,{frames},,{symbol}\n")
        rows = "".join(f"{day},{price},0\n" for day, price in prices.items())
        (self.path / f"{symbol}.csv").write_text("date,close,dividend\n" + rows)

    def etf(self, symbol: str, prices: Prices, paid: Prices | None = None, end: str = "") -> None:
        """A US ETF: each price holds from its day on; between them it trembles, as prices do."""
        days = list(prices)
        sessions = nyse_sessions(np.datetime64(days[0]), np.datetime64(end or days[-1]))
        rows, price = "", 0.0
        for number, session in enumerate(map(str, sessions)):
            price = prices.get(session, price)
            close = price if session in prices else price * (1.0 + 0.001 * (number % 3 - 1))
            rows += f"{session},{close},{(paid or {}).get(session, 0.0)}\n"
        (self.path / f"{symbol}.csv").write_text("date,close,dividend\n" + rows)

    def rate(self, rates: Prices, end: str = "") -> None:
        """Yen per dollar, every day; each rate holds from its day on."""
        days = list(rates)
        every = np.arange(
            np.datetime64(days[0]) - np.timedelta64(3, "D"),
            np.datetime64(end or days[-1]) + np.timedelta64(1, "D"),
        )
        rows, rate = "", rates[days[0]]
        for day in map(str, every):
            rate = rates.get(day, rate)
            rows += f"{day},{rate}\n"
        (self.path / "USDJPY.csv").write_text("date,close\n" + rows)

    def run(self, strategy: str, accounts: str = "[nisa, taxable]", more: str = "") -> Result:
        """Write the configuration, load it and run it."""
        (self.path / "assets.csv").write_text(TOKYO + "".join(self.assets))
        path = self.path / "example.yaml"
        path.write_text(
            f"name: example\nstrategy:\n{strategy}accounts: {accounts}\n{more}"
            f"data: {{source: 'csv:{self.path}', splice: none}}\n"
        )
        return run(load_config(path))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def all_in(symbol: str) -> str:
    return f"  allocation: {{type: fixed_mix, weights: {{{symbol}: 1.0}}}}\n"


def arriving(flows: Mapping[str, int]) -> str:
    entries = ", ".join(f"{{date: {day}, amount: {amount}}}" for day, amount in flows.items())
    return f"  contributions: {{type: schedule, entries: [{entries}]}}\n"


def taking(amount: int, first: str, every: str = "yearly") -> str:
    return f"  withdrawals: {{type: fixed, amount: {amount}, every: {every}, start: {first}}}\n"


def amounts(result: Result, *kinds: str) -> list[tuple[str, str, int]]:
    """(date, account, amount) of some kinds of movement; every amount is a whole number of yen."""
    moves = result.transactions
    mine = np.isin(moves["kind"], kinds)
    told = zip(moves["date"][mine], moves["account"][mine], moves["amount"][mine])
    assert all(float(amount).is_integer() for amount in moves["amount"][mine])
    return [(str(day), str(account), int(amount)) for day, account, amount in told]


def quota(result: Result, year: int, frame: str) -> dict[str, float]:
    rows = result.quota
    at = np.flatnonzero((rows["year"] == year) & (rows["frame"] == frame))
    return {name: column[at[0]] for name, column in rows.items() if name not in ("year", "frame")}


def taxes(result: Result) -> list[tuple[str, int]]:
    return [(day, amount) for day, _, amount in amounts(result, "tax", "tax_refund")]


def test_1_what_is_sold_comes_back_next_year(folder: Folder) -> None:
    folder.fund("FUND", {"2024-02-01": 100, "2025-06-02": 120, "2025-07-01": 120, "2026-02-02": 120}, "G")
    flows = arriving({"2024-02-01": 2_400_000}) + taking(1_440_000, "2025-06-02")
    result = folder.run(all_in("FUND") + flows, "[nisa]")
    assert amounts(result, "sell") == [("2025-06-02", "nisa.G", 1_440_000)]
    assert result.metrics["tax_paid"] == 0
    assert quota(result, 2024, "T")["lifetime_left"] == 15_600_000
    assert quota(result, 2025, "T")["lifetime_left"] == 15_600_000
    assert quota(result, 2026, "T")["lifetime_left"] == 16_800_000
    assert quota(result, 2026, "G")["lifetime_left"] == 10_800_000
    assert quota(result, 2026, "G")["limit"] == 2_400_000


FULL = {f"{year}-02-01": 3_600_000 for year in range(2024, 2029)}


def test_2_a_full_lifetime_limit_opens_the_year_after_a_sale(folder: Folder) -> None:
    """GROWTH rises to 150 in 2029, so that all of what is taken out comes from it: a book of 3,000,000."""
    days = [*FULL, "2029-02-01", "2029-03-01", "2029-06-01", "2029-07-02", "2030-02-01"]
    folder.fund("GROWTH", dict(zip(days, [100, 100, 100, 100, 100, 100, 120, 150, 150, 150])), "G")
    folder.fund("BOTH", dict.fromkeys(days, 100) | {"2029-03-01": 100.5}, "T G")
    flows = {**FULL, "2029-02-01": 300_000, "2029-07-02": 300_000, "2030-02-01": 3_600_000}
    result = folder.run(
        "  allocation: {type: fixed_mix, weights: {GROWTH: 0.666666666667, BOTH: 0.333333333333}}\n"
        "  rebalancing: none\n" + arriving(flows) + taking(4_500_000, "2029-06-01"),
        more="account_rules: {sell_from: nisa_first}\n",
    )
    assert quota(result, 2028, "T")["lifetime_left"] == pytest.approx(0, abs=5)
    ((day, account, sold),) = amounts(result, "sell")
    assert (day, account) == ("2029-06-01", "nisa.G")
    assert sold == pytest.approx(4_500_000, abs=5)  # a third is no decimal number: some yen stay cash
    assert quota(result, 2029, "G")["given_back"] == pytest.approx(3_000_000, abs=5)
    for frame in "TG":
        assert quota(result, 2029, frame)["used"] <= 5
    assert quota(result, 2030, "G")["used"] == pytest.approx(2_400_000, abs=5)
    assert quota(result, 2030, "T")["used"] == pytest.approx(600_000, abs=10)


def test_3_the_growth_frame_alone_is_full_after_five_years(folder: Folder) -> None:
    days = [*FULL, "2029-02-01"]
    folder.fund("FUND", dict.fromkeys(days, 100), "G")
    result = folder.run(all_in("FUND") + arriving(dict.fromkeys(days, 2_400_000)))
    assert [quota(result, year, "G")["used"] for year in range(2024, 2030)] == [2_400_000] * 5 + [0]
    assert amounts(result, "buy")[-1] == ("2029-02-01", "taxable", -2_400_000)
    tsumitate = quota(result, 2029, "T")
    assert min(tsumitate["limit"], tsumitate["lifetime_left"]) == 1_200_000


def test_4_an_annual_limit_never_comes_back_within_its_year(folder: Folder) -> None:
    prices = {"2025-01-15": 100, "2025-06-16": 125, "2025-07-01": 125, "2026-01-15": 125}
    folder.fund("FUND", prices, "G")
    flows = {"2025-01-15": 2_400_000, "2025-07-01": 500_000, "2026-01-15": 2_400_000}
    result = folder.run(all_in("FUND") + arriving(flows) + taking(3_000_000, "2025-06-16"))
    assert amounts(result, "withdrawal") == [("2025-06-16", "", -3_000_000)]
    assert result.metrics["tax_paid"] == 0
    assert amounts(result, "buy") == [
        ("2025-01-15", "nisa.G", -2_400_000),
        ("2025-07-01", "taxable", -500_000),
        ("2026-01-15", "nisa.G", -2_400_000),
    ]
    assert quota(result, 2026, "T")["lifetime_left"] == 18_000_000 - 2_400_000


def test_5_the_book_given_back_is_the_average(folder: Folder) -> None:
    folder.etf("AAA", {"2026-02-02": 40, "2027-02-01": 50, "2028-02-01": 50, "2029-02-01": 50})
    folder.rate({"2026-02-02": 150, "2027-02-01": 160}, "2029-02-01")
    flows = arriving({"2026-02-02": 6_000, "2027-02-01": 8_000}) + taking(8_000, "2028-02-01")
    more = "period: {start: 2026-02-02, end: 2029-01-31}\n"
    result = folder.run(all_in("AAA") + flows, "[nisa]", more)
    assert amounts(result, "buy", "sell") == [
        ("2026-02-02", "nisa.G", -6_000),
        ("2027-02-01", "nisa.G", -8_000),
        ("2028-02-01", "nisa.G", 8_000),
    ]
    assert quota(result, 2028, "G")["given_back"] == 7_000
    assert quota(result, 2028, "T")["lifetime_left"] == 18_000_000 - 14_000
    assert quota(result, 2029, "T")["lifetime_left"] == 18_000_000 - 7_000


@pytest.mark.parametrize(
    ("overflow", "price", "rate", "money", "bought"),
    [
        ("whole_order", 310, 1000, 310_000, [("taxable", -310_000)]),
        ("split", 400, 150, 420_000, [("nisa.G", -300_000), ("taxable", -120_000)]),
        ("skip", 400, 150, 420_000, []),
        ("hold_cash", 400, 150, 420_000, [("nisa.G", -300_000)]),
    ],
)
def test_6_an_order_over_the_room(
    folder: Folder, overflow: str, price: float, rate: float, money: int, bought: list[tuple[str, int]]
) -> None:
    folder.etf("AAA", {"2024-02-01": price}, end="2024-02-02")
    folder.rate({"2024-02-01": rate}, "2024-02-02")
    more = f"account_rules: {{overflow: {overflow}, annual_limits: {{G: 300_000}}}}\n"
    result = folder.run(all_in("AAA") + arriving({"2024-02-01": money}), more=more)
    assert [(account, amount) for _, account, amount in amounts(result, "buy")] == bought


def sixty_of_150(folder: Folder, first: int, second: int, more: str) -> Result:
    """100 at $50 (110), 50 at $60 (120); then 40 % of 150 at $80 (150) goes elsewhere: 60 are sold."""
    folder.etf("OTHER", {"2025-02-03": 1, "2025-03-03": 1, "2025-04-01": 1})
    folder.etf("AAA", {"2025-02-03": 50, "2025-03-03": 60, "2025-04-01": 80})
    folder.rate({"2025-02-03": 110, "2025-03-03": 120, "2025-04-01": 150})
    return folder.run(
        "  allocation: {type: glide_path, from: {AAA: 1.0}, to: {AAA: 0.6, OTHER: 0.4},"
        " start: 2025-03-31, end: 2025-04-01}\n"
        "  rebalancing: {type: calendar, every: monthly}\n"
        + arriving({"2025-02-03": first, "2025-03-03": second}),
        "[taxable]",
        more,
    )


def test_7_a_sale_in_the_taxable_account(folder: Folder) -> None:
    result = sixty_of_150(folder, 550_000, 360_000, "")
    assert amounts(result, "buy")[:2] == [
        ("2025-02-03", "taxable", -550_000),
        ("2025-03-03", "taxable", -360_000),
    ]
    assert amounts(result, "sell") == [("2025-04-01", "taxable", 720_000)]
    assert taxes(result) == [("2025-04-01", -72_317)]
    # 90 units are left at a unit cost of 6,067; sold at 12,000 they would be taxed with the 60 in one year.
    gain = 355_980 + 90 * (12_000 - 6_067)
    left = result.metrics["final_value"] - (gain * 15315 // 100000 + gain * 5 // 100 - 72_317)
    assert result.metrics["liquidation_value"] == pytest.approx(left, abs=1e-6)


def test_8_the_same_with_commissions_and_the_banks_rates(folder: Folder) -> None:
    more = "costs: {commission_rate: 0.00495, commission_cap: 22}\naccount_rules: {tax_amounts: tts_ttb}\n"
    result = sixty_of_150(folder, 552_420, 361_782, more)
    assert amounts(result, "buy")[:2] == [
        ("2025-02-03", "taxable", -552_420),
        ("2025-03-03", "taxable", -361_782),
    ]
    assert amounts(result, "sell") == [("2025-04-01", "taxable", (4_800 - 22) * 150)]
    assert taxes(result) == [("2025-04-01", -69_676)]
    moves = result.transactions
    costs = moves["cost"][(moves["asset"] == "AAA") & (moves["kind"] != "dividend")]
    assert costs[costs > 0].tolist() == pytest.approx([22 * 110, 14.85 * 120, 22 * 150])


@pytest.mark.parametrize(
    ("account", "movements"),
    [
        ("taxable", [("taxable", 15_000), ("taxable", -1_500), ("taxable", -2_742)]),
        ("nisa", [("nisa.G", 15_000), ("nisa.G", -1_500)]),
    ],
)
def test_9_a_dividend_of_100_dollars(folder: Folder, account: str, movements: list[tuple[str, int]]) -> None:
    folder.etf("AAA", {"2025-02-03": 10, "2025-03-03": 10}, {"2025-03-03": 1.0})
    folder.rate({"2025-02-03": 150}, "2025-03-03")
    more = "dividends: {mode: cash, reinvest: with_contributions}\n"
    result = folder.run(all_in("AAA") + arriving({"2025-02-03": 150_000}), f"[{account}]", more)
    paid = amounts(result, "dividend", "source_tax", "dividend_tax")
    assert paid == [("2025-03-03", where, amount) for where, amount in movements]
    assert float(result.equity["cash"][-1]) == sum(amount for _, amount in movements)


EVERYTHING = 100_000_000


def test_10_gains_and_losses_net_within_the_year(folder: Folder) -> None:
    folder.fund("FUND", {"2025-02-03": 100, "2025-03-03": 110, "2025-03-17": 100, "2025-04-03": 90})
    flows = arriving({"2025-02-03": 100_000, "2025-03-17": 100_000})
    taken = taking(EVERYTHING, "2025-03-03", "monthly")
    result = folder.run(all_in("FUND") + flows + taken, "[taxable]")
    assert taxes(result) == [("2025-03-03", -2_031), ("2025-04-03", 2_031)]
    assert result.metrics["tax_paid"] == 0


def test_10_losses_carry_forward_and_are_refunded_in_april(folder: Folder) -> None:
    """A loss of 300,000 in 2025, gains of 200,000 in 2026 and of 500,000 in 2027."""
    prices = {
        "2025-02-03": 100, "2025-02-10": 85, "2025-03-03": 70,
        "2026-02-03": 70, "2026-02-10": 80, "2026-03-03": 90,
        "2027-02-03": 90, "2027-02-10": 105, "2027-02-17": 125, "2027-03-03": 140,
        "2027-03-31": 140, "2027-04-01": 140, "2028-02-28": 140, "2028-04-03": 140, "2028-04-04": 140,
    }  # fmt: skip
    folder.fund("FUND", prices)
    flows = arriving({"2025-02-03": 1_000_000, "2026-02-03": 700_000, "2027-02-03": 900_000})
    taken = taking(EVERYTHING, "2025-03-03")
    result = folder.run(all_in("FUND") + flows + taken, "[taxable]")
    assert taxes(result) == [
        ("2026-03-03", -40_630),
        ("2027-03-03", -101_575),
        ("2027-04-01", 40_630),
        ("2028-04-03", 101_575 - 81_260),
    ]
    assert result.metrics["tax_paid"] == 81_260


@pytest.mark.parametrize(
    ("session", "settled", "year"), [("2024-12-24", "2024-12-27", 2024), ("2024-12-26", "2025-01-06", 2025)]
)
def test_11_the_quota_year_is_that_of_the_settlement(
    folder: Folder, session: str, settled: str, year: int
) -> None:
    folder.etf("AAA", {session: 100}, end="2024-12-31")
    folder.rate({session: 150}, "2024-12-31")
    result = folder.run(all_in("AAA") + arriving({session: 30_000}), "[nisa]")
    bought = result.transactions["kind"] == "buy"
    assert [str(day) for day in result.transactions["settlement"][bought]] == [settled]
    used = result.quota["used"] > 0
    assert result.quota["year"][used].tolist() == [year]
    assert result.quota["used"][used].tolist() == [30_000]


TO_120_80 = ([110, 120], [90, 80])
TO_300_50 = ([120, 150, 187.5, 225, 270, 300], [90, 75, 62, 56, 52, 50])


@pytest.mark.parametrize(
    ("one", "other", "bought"), [(*TO_120_80, [30_000, 70_000]), (*TO_300_50, [0, 100_000])]
)
def test_12_new_money_goes_to_the_shortfall(
    folder: Folder, one: list[float], other: list[float], bought: list[int]
) -> None:
    """100,000 each, then prices that make them 120,000 and 80,000, or 300,000 and 50,000; 100,000 arrive."""
    days = ["2025-02-03", *(f"2025-03-{3 + n:02d}" for n in range(len(one)))]
    folder.fund("ONE", dict(zip(days, [100, *one])))
    folder.fund("OTHER", dict(zip(days, [100, *other])))
    result = folder.run(
        "  allocation: {type: fixed_mix, weights: {ONE: 0.5, OTHER: 0.5}}\n  rebalancing: no_sell\n"
        + arriving({days[0]: 200_000, days[-1]: 100_000}),
        "[taxable]",
    )
    moves = result.transactions
    last = (moves["kind"] == "buy") & (moves["date"] == np.datetime64(days[-1]))
    spent = dict(zip(moves["asset"][last].tolist(), (-moves["amount"][last]).tolist()))
    assert [spent.get("ONE", 0), spent.get("OTHER", 0)] == bought
