"""A life built step by step under NISA and tax, its books checked after each step.

Every step adds a session: money in or out, a rebalance, a dividend, a move of prices or of the yen, a jump
over weeks or a year's end. What was recorded before must stay; limits hold; units and book values add up;
tax is never negative in sum; and at the end a full sale gives back exactly what was bought.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.ledger.inputs import make_market_data, slice_market
from engine.ledger.invariants import Ledger
from engine.ledger.simulation import simulate_one
from engine.plan import Plan, Policy
from engine.rules.terms import BucketKind, Terms
from tests.lives import tiny_panel, tiny_terms
from tests.variations import examples

KINDS = {"FUND": "jp_fund", "ETF": "us_etf"}
LIMITS: dict[str, Any] = {
    "lawful": {},
    "tight": {"annual_limits": {"T": 300_000, "G": 500_000}},
    "very tight": {
        "annual_limits": {"T": 300_000, "G": 500_000},
        "lifetime": {"G": 600_000, "total": 900_000},
    },
}
Money = st.integers(1, 300).map(lambda n: 10_000.0 * n)


class LedgerMachine(RuleBasedStateMachine):
    """Sessions in lists; the life is lived again, whole, after each."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, float]] = []
        self.days: list[np.datetime64] = []
        self.ledger: Ledger | None = None
        self.before: Ledger | None = None

    @initialize(
        first=st.integers(2024, 2026),
        amount=Money,
        weight=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
        policy=st.sampled_from(list(Policy)),
        accounts=st.sampled_from([("nisa", "taxable"), ("nisa",), ("taxable",)]),
        limits=st.sampled_from(sorted(LIMITS)),
        overflow=st.sampled_from(["split", "whole_order", "skip", "hold_cash"]),
        sell_from=st.sampled_from(["taxable_first", "nisa_first"]),
        broker=st.sampled_from(["none", "sbi"]),
        whole=st.booleans(),
    )
    def begin(self, first: int, amount: float, weight: float, policy: Policy, **options: Any) -> None:
        self.weight, self.policy, self.options = weight, policy, options
        self.price = {"FUND": 12_000.0, "ETF": 100.0}
        self.fx = 150.0
        self.day = np.datetime64(f"{first}-11-04")
        self.session(deposit=amount)

    def session(self, gap: int = 1, **row: float) -> None:
        """One more session, ``gap`` weekdays after the last."""
        if self.days:
            self.day = np.busday_offset(self.day, gap, roll="forward")
        self.days.append(self.day)
        self.rows.append({"fx": self.fx, **self.price, **row})
        self.before, self.ledger = self.ledger, self.lived()

    def column(self, name: str) -> np.ndarray:
        return np.array([row.get(name, 0.0) for row in self.rows])

    def terms_of(self, panel: Any) -> Terms:
        options = self.options
        return tiny_terms(
            panel,
            *options["accounts"],
            overflow=options["overflow"],
            sell_from=options["sell_from"],
            broker=options["broker"],
            whole_shares=options["whole"],
            **LIMITS[options["limits"]],
        )

    def lived(self) -> Ledger:
        panel = tiny_panel(
            np.array(self.days),
            {symbol: self.column(symbol) for symbol in KINDS},
            dividends={"ETF": self.column("dividend")},
            fx=self.column("fx"),
            kind=KINDS,
        )
        deposit = self.column("deposit")
        row = self.column("turned").cumsum().astype(np.int32) % 2
        plan = Plan(
            deposit=deposit,
            release=deposit,
            withdrawal=self.column("withdrawal"),
            withdrawal_share=self.column("share"),
            targets=np.array([[1.0 - self.weight, self.weight], [self.weight, 1.0 - self.weight]]),
            target_row=row,
            rebalance=self.column("rebalance") > 0,
            transfer=np.zeros(len(deposit), np.bool_),
            kept_room=np.zeros(len(deposit)),
            policy=self.policy,
            band_width=0.05,
        )
        self.terms = self.terms_of(panel)
        return simulate_one(slice_market(make_market_data(panel, self.terms), 0, len(self.days)), plan)

    @rule(amount=Money, gap=st.integers(1, 30))
    def deposit(self, amount: float, gap: int) -> None:
        self.session(gap, deposit=amount)

    @rule(amount=Money)
    def withdraw(self, amount: float) -> None:
        self.session(withdrawal=amount)

    @rule(share=st.sampled_from([0.01, 0.3, 1.0]))
    def withdraw_a_share(self, share: float) -> None:
        self.session(share=share)

    @rule(moves=st.tuples(*[st.floats(0.7, 1.4)] * 3), gap=st.integers(1, 60))
    def prices_move(self, moves: tuple[float, float, float], gap: int) -> None:
        fund, etf, fx = moves
        self.price = {
            "FUND": round(self.price["FUND"] * fund) + 1.0,
            "ETF": round(self.price["ETF"] * etf, 2) + 0.01,
        }
        self.fx = min(max(round(self.fx * fx, 2), 60.0), 300.0)
        self.session(gap)

    @rule(amount=st.floats(0.001, 0.02))
    def dividend(self, amount: float) -> None:
        self.session(dividend=round(amount * self.price["ETF"], 4))

    @rule(turned=st.booleans(), amount=st.one_of(st.just(0.0), Money))
    def rebalance(self, turned: bool, amount: float) -> None:
        self.session(rebalance=1.0, turned=float(turned), deposit=amount)

    @rule(day=st.sampled_from(["12-26", "12-30", "01-02", "03-31", "04-01"]), amount=Money)
    def turn_of_a_year(self, day: str, amount: float) -> None:
        """The next such day of the calendar, with money: settlement may fall into another year."""
        year = int(str(self.day)[:4])
        target = np.datetime64(f"{year}-{day}")
        target = target if target > self.day else np.datetime64(f"{year + 1}-{day}")
        target = np.busday_offset(target, 0, roll="forward")
        self.day = np.busday_offset(target, -1, roll="backward")
        self.session(1, deposit=amount)

    # --- what always holds --------------------------------------------------------------------------------

    @invariant()
    @precondition(lambda self: self.before is not None)
    def what_was_recorded_stays(self) -> None:
        assert self.ledger is not None
        assert self.before is not None
        size = len(self.before.value)
        np.testing.assert_array_equal(self.ledger.value[:size], self.before.value)
        kept = self.ledger.moves["session"] < size
        for name, column in self.before.moves.items():
            np.testing.assert_array_equal(self.ledger.moves[name][kept], column)

    @invariant()
    @precondition(lambda self: self.ledger is not None)
    def limits_hold(self) -> None:
        assert self.ledger is not None
        quota = self.ledger.quota
        assert (quota["used"] <= quota["limit"]).all()
        assert (quota["lifetime_left"] >= 0).all()
        assert (quota["given_back"] >= 0).all()

    @invariant()
    @precondition(lambda self: self.ledger is not None)
    def books_add_up(self) -> None:
        """Units from the trades; NISA book = bought less given back, each frame's average by asset."""
        assert self.ledger is not None
        moves, terms = self.ledger.moves, self.terms
        units: dict[tuple[int, int], float] = defaultdict(float)
        book: dict[tuple[int, int], float] = defaultdict(float)
        given: dict[int, float] = defaultdict(float)
        for kind, bucket, asset, n, t in zip(
            moves["kind"], moves["bucket"], moves["asset"], moves["units"], moves["session"]
        ):
            if kind not in ("buy", "sell"):
                continue
            key = int(bucket), int(asset)
            if kind == "buy":
                rate = 1.0 if asset == 0 else self.rows[t]["fx"]
                price = self.rows[t]["FUND" if asset == 0 else "ETF"]
                book[key] += math.floor(n * price * rate + 1e-6)
                units[key] += n
            else:
                left = units[key] + n
                out = book[key] if left <= 1e-9 * units[key] else book[key] * -n / units[key]
                given[key[0]] += out
                book[key] -= out
                units[key] = max(left, 0.0)
        for (bucket, asset), n in units.items():
            assert math.isclose(n, self.ledger.units[-1, bucket, asset], rel_tol=1e-9, abs_tol=1e-9)
        for b, kind in enumerate(terms.kind):
            if kind == BucketKind.NISA:
                mine = self.ledger.quota["bucket"] == b
                used = float(self.ledger.quota["used"][mine].sum())
                back = float(self.ledger.quota["given_back"][mine].sum())
                held = sum(amount for (bucket, _), amount in book.items() if bucket == b)
                assert math.isclose(used - back, held, rel_tol=1e-9, abs_tol=1e-3)
                assert math.isclose(back, given[b], rel_tol=1e-9, abs_tol=1e-3)

    @invariant()
    @precondition(lambda self: self.ledger is not None)
    def tax_is_never_negative(self) -> None:
        """In no tax year, in no life; none in NISA; nothing but whole yen."""
        assert self.ledger is not None
        moves = self.ledger.moves
        assert self.ledger.stats["tax_paid"] >= 0
        assert self.ledger.stats["dividend_tax_paid"] >= 0
        by_year: dict[int, float] = defaultdict(float)
        for kind, bucket, asset, t, amount in zip(
            moves["kind"], moves["bucket"], moves["asset"], moves["session"], moves["amount"]
        ):
            assert float(amount).is_integer()
            if kind in ("tax", "tax_refund") and bucket >= 0:
                assert self.terms.kind[bucket] == BucketKind.TAXABLE
                by_year[int(self.terms.settle_year[t, asset])] -= amount
        assert all(tax >= 0 for tax in by_year.values())

    def teardown(self) -> None:
        """Everything is sold: no unit stays, every frame's book has come back, no cost is left to tax."""
        if self.ledger is None:
            return
        self.session(withdrawal=1e10)  # more than there is: all of it
        assert self.ledger.units[-1].max() == 0.0
        assert self.ledger.cash[-1] == 0.0
        self.books_add_up()
        quota = self.ledger.quota
        for b, kind in enumerate(self.terms.kind):
            if kind == BucketKind.NISA:
                mine = quota["bucket"] == b
                assert math.isclose(
                    quota["used"][mine].sum(), quota["given_back"][mine].sum(), rel_tol=1e-12, abs_tol=1e-6
                )
        # With nothing held, the life is worth its cash and the refunds that wait.
        assert self.ledger.stats["liquidation_value"] >= self.ledger.cash[-1]


LedgerMachine.TestCase.settings = examples(40, stateful_step_count=25)
TestLedger = LedgerMachine.TestCase
