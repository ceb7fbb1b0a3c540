"""Withdrawals of every kind: what a plan has of them, by a calendar, and what they do in years told by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audit import audit
from engine.config import dump_yaml, override, parse_config
from engine.config.models import Period
from engine.errors import ConfigError
from engine.ledger.inputs import make_market_data, slice_market
from engine.ledger.simulation import simulate_one
from engine.locale import Locale
from engine.plan import make_plan
from engine.report.windows_answer import windows_answer
from engine.run import run
from engine.state import state_at
from engine.studies.grid.windows import windows
from engine.takings import Memory, SaleOrder, Taking
from strategies.withdrawals import by_the_year, inflation_linked
from tests import by_hand, oracle
from tests.lives import tiny_panel, tiny_plan, tiny_terms

HEAD = """
name: taking
period: {start: 2001-01-01, end: 2008-12-31}
accounts: [nisa, taxable]
strategy:
  allocation: {type: fixed_mix, weights: {VOO: 1}}
  contributions: {type: lump_sum, amount: 30_000_000}
"""


def weekdays(first: str, last: str) -> Any:
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    return days[np.is_busday(days)]


@st.composite
def withdrawals(draw: st.DrawFn) -> str:
    """Up to three withdrawals and a goal, as a file has them."""
    keys = {
        "fixed": "amount: 123_456", "inflation_linked": "amount: 123_457, inflation: 0.03",
        "percent": "rate: 0.07", "over_years": "years: 4", "annuity": "rate: 0.03, years: 5",
        "percent_with_limits": "rate: 0.05", "guardrails": "rate: 0.05, inflation: 0.01",
    }  # fmt: skip
    lines = ["  withdrawals:"]
    for n in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(sorted(keys)))
        more = f", name: w{n}, every: {draw(st.sampled_from(['monthly', 'yearly']))}"
        day = draw(st.dates(dt.date(1999, 6, 1), dt.date(2005, 12, 31)))
        more += draw(st.sampled_from(["", f", from: {day}"]))
        until = dt.date(2006, 1, 1) + dt.timedelta(days=draw(st.integers(0, 900)))
        own = keys[kind]
        if kind in ("over_years", "annuity") and draw(st.booleans()):
            own = own.replace("years: 4", f"until: {until}").replace("years: 5", f"until: {until}")
        elif kind not in ("over_years", "annuity") and draw(st.booleans()):
            more += f", until: {until}"
        lines.append(f"    - {{type: {kind}, {own}{more}}}")
    goal = draw(st.dates(dt.date(2001, 1, 1), dt.date(2006, 12, 1)))
    lines.append(f"  goals: [{{name: g, date: {goal}, amount: 1_000_000, in: real, inflation: 0.02}}]")
    return HEAD + "\n".join(lines) + "\n"


@settings(max_examples=60, deadline=None)
@given(withdrawals(), st.sampled_from([1, 7]))
def test_what_is_taken_is_what_a_calendar_says(text: str, step: int) -> None:
    config = parse_config(text)
    sessions = weekdays("2001-01-01", "2006-12-29")[::step]
    plan = make_plan(config, sessions, ["VOO"])
    assert [item.name for item in plan.takings] == [item.called for item in config.strategy.taken] + ["g"]
    start = dt.date(2001, 1, 1)
    for item, taking in zip(config.strategy.taken, plan.takings):
        wanted = by_hand.withdrawal(item, sessions.tolist(), start)
        for name, column in wanted.items():
            np.testing.assert_allclose(
                getattr(taking, name), [float(x) for x in column], rtol=1e-12, atol=1e-12
            )
    goal, due = config.strategy.goals[0], plan.takings[-1].amount
    months = (goal.date.year - 2001) * 12 + goal.date.month - 1
    at = int(np.searchsorted(sessions, np.datetime64(goal.date)))
    assert np.flatnonzero(due).tolist() == [at]
    assert due[at] == np.floor(1_000_000 * 1.02 ** (months / 12.0) + 1e-7)


def test_one_plain_withdrawal_is_what_it_was() -> None:
    text = HEAD + "  withdrawals: {type: fixed, amount: 1, start: 2002-01-01}\n"
    plan = make_plan(parse_config(text), weekdays("2001-01-01", "2003-12-31"), ["VOO"])
    assert plan.takings == ()
    assert plan.withdrawal.sum() == 24.0
    assert parse_config(text.replace("amount: 1, start", "amount: 1, from")).strategy.taken[
        0
    ].first == dt.date(2002, 1, 1)
    said = parse_config(text).resolved()["strategy"]
    assert said["withdrawals"] == {"type": "fixed", "amount": 1.0, "every": "monthly", "start": "2002-01-01"}
    assert "goals" not in said


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("withdrawals: {type: fixed, amount: 1, start: 2002-01-01, from: 2002-01-01}",
         "x.yaml:8: strategy.withdrawals: came both, allowed either from or start"),
        ("withdrawals: {type: over_years}", "x.yaml:8: strategy.withdrawals: came neither, allowed either"),
        ("withdrawals: {type: over_years, years: 3, until: 2005-01-01}",
         "x.yaml:8: strategy.withdrawals: came both, allowed either years or until"),
        ("withdrawals: [{type: percent, rate: 0.1}, {type: percent, rate: 0.1}]",
         "x.yaml:8: strategy.withdrawals.1.name: 'percent' is the name of another"),
        ("withdrawals: {type: guardrail, rate: 0.1}",
         'x.yaml:8: strategy.withdrawals.type: came "guardrail", allowed fixed, percent, inflation_linked,'),
        ("withdrawals: {type: fixed, amount: 1, from_account: nisa}",
         'x.yaml:8: strategy.withdrawals.from_account: came "nisa", allowed taxable_first, nisa_first or'),
        ("withdrawals: {type: guardrails, rate: 0.04, inflation: prices}",
         'x.yaml:8: strategy.withdrawals.inflation: came "prices", allowed a rate a year, or prices'),
        ("goals: [{name: fees, date: 2005-01-01, amount: 1, in: real}]",
         'x.yaml:8: strategy.goals.0.in: came "real", allowed nominal, or real with inflation'),
        ("goals: [{date: 2005-01-01, amount: 1}]", "x.yaml:8: strategy.goals.0.name: missing"),
        ("goals: [{name: fees, date: 2005-01-01, amount: 1.5}]", "x.yaml:8: strategy.goals.0.amount: came 1.5"),
        ("goals: [{name: fees, date: age 50, amount: 1}]", 'x.yaml:8: strategy.goals.0.date: came "age 50"'),
    ],
)  # fmt: skip
def test_a_wrong_withdrawal_is_told_in_one_line(lines: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"{HEAD}  {lines}\n", "x.yaml")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(told), str(caught.value)


def test_one_account_has_no_order() -> None:
    config = parse_config(HEAD + "  withdrawals: {type: fixed, amount: 1, from_account: nisa_first}\n")
    with pytest.raises(ConfigError, match=r"from_account: with accounts \[nisa, taxable\] only"):
        override(config, {"accounts": ["taxable"]})


# --- years told by hand -------------------------------------------------------------------------------------

YEARS = [f"{year}-06-03" for year in range(2024, 2032)]


def lived(prices: list[float], taking: dict[str, Any], *accounts: str) -> Any:
    """¥10,000,000 in a fund on the first day; its prices; what a taking with its look on every day takes."""
    panel = tiny_panel(YEARS[: len(prices)], {"A": prices}, kind="jp_fund")
    size = len(prices)
    ones = np.ones(size)
    ones[0] = 0.0
    columns = {"amount": np.zeros(size), "share": ones, "growth": ones, "spared": np.zeros(size)}
    item = Taking("w", **{**columns, **taking})
    plan = tiny_plan(panel, deposit={YEARS[0]: 10_000_000.0}, takings=(item,))
    terms = tiny_terms(panel, *(accounts or ("taxable",)))
    data = slice_market(make_market_data(panel, terms), 0, size)
    ledger = simulate_one(data, plan)
    expected = oracle.live(panel, plan, terms)
    kinds = ledger.moves["kind"] == "withdrawal"
    assert [float(row.amount) for row in expected.rows("withdrawal")] == ledger.moves["amount"][
        kinds
    ].tolist()
    return (-ledger.moves["amount"][kinds]).tolist(), ledger


def test_guardrails_freeze_cut_and_raise() -> None:
    rules = {"memory": Memory.GUARDRAILS, "rate": 0.05, "floor": 0.2, "ceiling": 0.2, "cut": 0.1, "rise": 0.1}
    growth = np.array([0.0, 1.0, 1.02, 1.02, 1.02])
    taken, _ = lived([100.0, 100.0, 95.0, 60.0, 150.0], {**rules, "growth": growth}, "plain")
    # 500,000; then 9,025,000 left after a loss: 510,000 would be more than 5 % of it, so no raise; then some
    # 5,384,211: 500,000 is more than 6 % of it and is cut to 450,000; then a year of gain: 459,000 is less
    # than 4 % of some 12,335,526 and is raised by a tenth.
    assert taken == [500_000.0, 500_000.0, 450_000.0, 504_900.0]


def test_guardrails_cut_no_more_after_a_day() -> None:
    rules = {"memory": Memory.GUARDRAILS, "rate": 0.05, "floor": 0.2, "ceiling": 0.2, "cut": 0.1, "rise": 0.1}
    spared = np.array([0.0, 0.0, 0.0, 1.0, 1.0])
    taken, _ = lived([100.0, 100.0, 95.0, 60.0, 60.0], {**rules, "spared": spared}, "plain")
    assert taken == [500_000.0] * 4


def test_a_share_within_limits() -> None:
    rules = {"memory": Memory.LIMITS, "rate": 0.04, "floor": 0.025, "ceiling": 0.05}
    growth = np.array([0.0, 1.0, 1.02, 1.02, 1.02])
    taken, _ = lived([100.0, 100.0, 50.0, 200.0, 200.0], {**rules, "growth": growth}, "plain")
    # 4 % of ten million; half of it would be too little: 400,000 x 1.02 x 0.975; then 1.02 x 1.05 of it, twice
    assert taken == [400_000.0, 397_800.0, 426_043.0, 456_292.0]


def test_gross_takes_the_tax_out_of_the_amount() -> None:
    amount = np.array([0.0, 1_000_000.0])
    quiet = {"share": np.zeros(2), "growth": np.zeros(2), "amount": amount}
    net, paid = lived([100.0, 200.0], quiet)
    gross, less = lived([100.0, 200.0], {**quiet, "gross": True})
    # One million sold at twice its cost: half of it is gain, and 20.315 % of that is tax.
    assert net == [1_000_000.0]
    assert gross == [1_000_000.0 - 76_575.0 - 25_000.0]
    assert less.stats["tax_paid"] == 101_575.0 < paid.stats["tax_paid"]
    assert less.stats["unpaid"] == 0.0


def test_several_are_paid_in_the_order_of_the_file() -> None:
    panel = tiny_panel(YEARS[:2], {"A": [100.0, 100.0]}, kind="jp_fund")
    nothing, due = np.zeros(2), np.array([0.0, 1.0])
    takings = tuple(
        Taking(name, due * amount, nothing, nothing, nothing)
        for name, amount in (("first", 7e6), ("second", 2e6), ("third", 4e6))
    )
    plan = tiny_plan(panel, deposit={YEARS[0]: 10_000_000.0}, takings=takings)
    terms = tiny_terms(panel, "nisa", "taxable")
    ledger = simulate_one(slice_market(make_market_data(panel, terms), 0, 2), plan)
    assert ledger.moves["amount"][ledger.moves["kind"] == "withdrawal"].tolist() == [-7e6, -2e6, -1e6]
    assert ledger.stats["unpaid"] == 3e6
    assert ledger.stats["wanted"] == 13e6
    assert ledger.stats["depleted"] == 1.0


@pytest.mark.parametrize(
    ("order", "nisa", "taxable"),
    [(SaleOrder.ACCOUNT, 0.0, 1e6), (SaleOrder.TAXABLE_FIRST, 0.0, 1e6), (SaleOrder.NISA_FIRST, 1e6, 0.0),
     (SaleOrder.PROPORTIONAL, 240_000.0, 760_000.0)],
)  # fmt: skip
def test_which_account_pays(order: SaleOrder, nisa: float, taxable: float) -> None:
    panel = tiny_panel(YEARS[:2], {"A": [100.0, 100.0]}, kind="jp_fund", frames={"A": ("G",)})
    nothing = np.zeros(2)
    taking = Taking("w", np.array([0.0, 1e6]), nothing, nothing, nothing, order=order)
    plan = tiny_plan(panel, deposit={YEARS[0]: 10_000_000.0}, takings=(taking,))
    terms = tiny_terms(panel, "nisa", "taxable")
    ledger = simulate_one(slice_market(make_market_data(panel, terms), 0, 2), plan)
    sold = {terms.buckets[b]: 0.0 for b in range(len(terms.buckets))}
    for kind, b, amount in zip(*(ledger.moves[name] for name in ("kind", "bucket", "amount"))):
        if kind == "sell":
            sold[terms.buckets[int(b)]] += float(amount)
    assert sum(x for name, x in sold.items() if name.startswith("nisa")) == nisa
    assert sold["taxable"] == taxable


# --- on the way through the program -------------------------------------------------------------------------

RULES = """
name: rules
period: {start: 2005-01-01, end: 2012-12-31}
person: {born: 1950-03-03}
accounts: [nisa, taxable]
strategy:
  allocation: {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.2}
  contributions: {type: lump_sum, amount: 30_000_000}
  incomes: [{name: pension, amount: 100_000, from: age 60}]
  withdrawals:
    - {type: guardrails, rate: 0.05, every: monthly, from: age 55, net: false}
    - {type: percent_with_limits, rate: 0.02, from: age 56, from_account: proportional}
    - {type: over_years, years: 30, from: age 57}
  goals: [{name: roof, date: age 58, amount: 1_000_000}]
"""


def test_a_run_goes_on_from_what_its_withdrawals_remember() -> None:
    config = parse_config(RULES)
    whole = run(config, source="sample", offline=True)
    held = state_at(config, dt.date(2009, 5, 14), source="sample", offline=True)
    assert set(held.taken) == {"guardrails", "percent_with_limits"}
    later = config.model_copy(
        update={"holdings": held, "period": Period(start=dt.date(2009, 5, 15), end=config.period.end)}
    )
    rest = run(parse_config(dump_yaml(later)), source="sample", offline=True)
    for result in (whole, rest):
        assert result.metrics["final_value"] == pytest.approx(whole.metrics["final_value"], rel=1e-9)
    sums = []
    for result in (whole, rest):
        moves = result.transactions
        taken = (moves["kind"] == "withdrawal") & (moves["date"] >= np.datetime64("2009-05-15"))
        sums.append(moves["amount"][taken].tolist())
    assert sums[0] == sums[1]


def test_an_audit_replays_them() -> None:
    found = audit(run(parse_config(RULES), source="sample", offline=True))
    found.require()


@pytest.mark.parametrize("kind", [inflation_linked, by_the_year])
def test_prices_of_years_without_a_withdrawal_are_not_asked_for(kind: Any) -> None:
    """A withdrawal that begins years after the last session, where consumer prices have no figure yet."""

    def unknown(months: Any) -> Any:
        raise AssertionError(months)

    amount = {"amount": 100_000.0} if kind is inflation_linked else {}
    days, start = weekdays("2001-01-01", "2005-12-30"), np.datetime64("2001-01-01")
    first = np.datetime64("2027-04-02")
    for found in kind(days, start, inflation=unknown, first=first, **amount):
        assert found.tolist() == [0.0] * len(days)


def test_windows_before_a_withdrawal_do_not_ask_what_prices_will_be(tmp_path: Any) -> None:
    """Who is 46 in 2001 takes out from 55 on: from 2020, that is in 2029. Its five years have no withdrawal."""
    config = parse_config(
        HEAD.replace("2008", "2025")
        + "  withdrawals: {type: inflation_linked, amount: 100_000, inflation: prices, from: age 55}\n"
        + "inflation: cpi_jp\nperson: {born: 1955-04-02}\n"
    )
    found = windows([config], horizons=[5], every="year", source="sample", out=tmp_path)
    assert found.outcome["withdrawn"][0, 0].tolist() == [0.0] * len(found.starts)
    # No money is taken out, so that none running out says nothing.
    told = windows_answer(found)
    english, japanese = (
        " ".join(item.translate(Locale(lang)) for item in told.answer) for lang in ("en", "ja")
    )
    assert english.startswith("No withdrawal is due within 5 years of any start")
    assert "ran out" not in english
    assert "取り崩しが始まらない" in japanese
    assert told.sureness
