"""A simulation cut at any session goes on from its state as if nothing had been cut: every movement, to the yen.

The state goes through everything it goes through on disk: the block ``holdings``, its YAML, and back.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.config import dump_yaml, parse_config
from engine.ledger.inputs import make_market_data, slice_market
from engine.ledger.invariants import Ledger
from engine.ledger.simulation import simulate_one, state_after
from engine.plan import Plan
from engine.rules.opening import Opening, make_opening
from engine.state import holdings_of
from tests import kernel_checks, lives, oracle
from tests.lives import Life

FEW, MANY = int(os.environ.get("BACKTEST_CUTS", "120")), 500
OPTIONS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def rest_of(plan: Plan, cut: int) -> Plan:
    return plan.cut(slice(cut, None))


def on_disk(life: Life, opening: Opening, config: Any) -> Opening:
    """An opening that was written as a configuration's holdings and read again."""
    held = holdings_of(opening, life.panel.symbols, life.terms.buckets, since=opening.day.item())
    written = dump_yaml(config.model_copy(update={"holdings": held}))
    again = parse_config(written)
    assert again.holdings == held
    cut = int(np.searchsorted(life.panel.sessions, opening.day)) + 1
    found = make_opening(
        again,
        life.panel,
        life.terms,
        life.panel.sessions[cut],
        opening.day,
        life.panel.base_price[cut],
        goes_on=True,
    )
    assert found is not None
    return found


def cut_at(life: Life, cut: int, config: Any) -> tuple[Ledger, Ledger]:
    """The whole life, and what goes on from its state after ``cut`` sessions."""
    panel, plan, terms = life
    data = make_market_data(panel, terms)
    size = len(panel.sessions)
    whole_data = slice_market(data, 0, size)
    whole = simulate_one(whole_data, plan)
    ends_year = bool(panel.years[cut] > panel.years[cut - 1])
    opening = state_after(whole_data, plan, None, cut, ends_year=ends_year)
    opening = on_disk(life, opening, config)
    return whole, simulate_one(slice_market(data, cut, size), rest_of(plan, cut), opening)


def check(life: Life, cut: int, config: Any) -> None:
    whole, rest = cut_at(life, cut, config)
    scale = max(1.0, float(np.abs(whole.value).max()))
    atol = 1e-9 * scale
    for name in ("value", "cash", "units"):
        np.testing.assert_allclose(getattr(rest, name), getattr(whole, name)[cut:], rtol=1e-9, atol=atol)
    np.testing.assert_allclose(rest.flow[1:], whole.flow[cut + 1 :], rtol=0, atol=atol)
    assert abs(rest.flow[0] - rest.opening - whole.flow[cut]) <= atol
    later = (whole.moves["session"] >= cut) & (whole.moves["kind"] != "interest")
    new = ~np.isin(rest.moves["kind"], ("opening", "interest"))
    assert rest.moves["kind"][new].tolist() == whole.moves["kind"][later].tolist()
    for name in ("bucket", "asset"):
        assert rest.moves[name][new].tolist() == whole.moves[name][later].tolist()
    assert (rest.moves["session"][new] + cut).tolist() == whole.moves["session"][later].tolist()
    for name in ("units", "amount", "cost", "cash_after"):
        np.testing.assert_allclose(
            rest.moves[name][new], whole.moves[name][later], rtol=1e-9, atol=atol, err_msg=name
        )
    years = whole.quota["year"] >= int(life.panel.years[cut])
    for name in whole.quota:
        np.testing.assert_allclose(rest.quota[name], whole.quota[name][years], rtol=1e-9, atol=1e-4)
    near = {"rtol": 1e-9, "atol": atol}
    for name in ("final_value", "liquidation_value"):
        np.testing.assert_allclose(rest.stats[name], whole.stats[name], **near)
    before = whole.moves["session"] < cut
    for name, kinds in (
        ("tax_paid", ("tax", "tax_refund")),
        ("dividend_tax_paid", ("source_tax", "dividend_tax", "interest_tax")),
    ):
        paid = -whole.moves["amount"][before & np.isin(whole.moves["kind"], kinds)].sum()
        np.testing.assert_allclose(rest.stats[name] + paid, whole.stats[name], **near)


@st.composite
def cuts(draw: st.DrawFn, some: st.SearchStrategy[Life] | None = None) -> tuple[Life, int]:
    """A life, of ``some`` or any, and the number of its sessions before a cut; 0 where there is none."""
    life = draw(lives.lives() if some is None else some)
    first = int(np.flatnonzero(life.plan.deposit > 0.0)[0])
    size = len(life.panel.sessions)
    return life, draw(st.integers(first + 1, size - 1)) if first + 1 < size else 0


def part_of(life: Life, cut: int) -> Life:
    """The sessions of a life from ``cut`` on."""
    size = len(life.panel.sessions)
    rows = ("sessions", "price", "dividend", "fx", "usdjpy")
    panel = dataclasses.replace(life.panel, **{name: getattr(life.panel, name)[cut:] for name in rows})
    return Life(panel, rest_of(life.plan, cut), lives.slice_terms(life.terms, cut, size))


@st.composite
def openings(draw: st.DrawFn, some: st.SearchStrategy[Life] | None = None) -> tuple[Life, Opening] | None:
    """What a life owns at some time, of which some is known by its value; the life from there on."""
    life, cut = draw(cuts(some))
    if not cut:
        return None
    size = len(life.panel.sessions)
    data = slice_market(make_market_data(life.panel, life.terms), 0, size)
    opening = state_after(data, life.plan, None, cut, ends_year=False)
    rest = part_of(life, cut)
    ended = life.terms.term[[lot.bucket for lot in opening.lots]] if opening.lots else np.zeros(0)
    price = rest.panel.base_price[0]
    share = draw(st.sampled_from([0.3, 1.0, 2.5]))
    lots = tuple(
        lot._replace(units=float("nan"), value=float(round(lot.units * price[lot.asset] * share)))
        if draw(st.booleans())
        else lot
        for lot, term in zip(opening.lots, ended, strict=True)
        if not term or lot.year + term > int(rest.panel.years[0])
    )
    lots = tuple(lot for lot in lots if lot.value != 0.0)
    if draw(st.booleans()):
        opening = dataclasses.replace(
            opening,
            day=None,
            year=int(rest.panel.years[0]),
            losses={},
            gain={},
            withheld={},
            dividends={},
            dividend_tax={},
            given_back={},
            bought={},
            refund=0.0,
            dividend_refund=0.0,
        )
    return rest, dataclasses.replace(opening, lots=lots)


def config_of(life: Life) -> Any:
    """A configuration whose accounts, rules and currency are those of a life."""
    buckets = life.terms.buckets
    rules = next((f"historical_{b.removeprefix('nisa.old_')}" for b in buckets if ".old_" in b), "nisa_2024")
    accounts = [name for name in ("plain", "nisa", "taxable") if any(b.startswith(name) for b in buckets)]
    return parse_config(
        f"name: cut\ncurrency: {life.panel.currency}\naccounts: [{', '.join(accounts)}]\n"
        f"account_rules: {{rules: {rules}}}\nstrategy: {{allocation: {{type: fixed_mix, weights: {{A: 1}}}}, "
        "contributions: none}\nholdings: {cash: 1}\n"
    )


# Two thirds of the few are short: a long life takes the oracle, and its state, several times as long.
MOSTLY_SHORT = st.one_of(lives.lives(longest=110), lives.lives(longest=110), lives.lives())


@settings(max_examples=FEW, **OPTIONS)
@given(cuts(MOSTLY_SHORT))
def test_a_life_goes_on_from_its_state(drawn: tuple[Life, int]) -> None:
    life, cut = drawn
    if cut:
        check(life, cut, config_of(life))


@pytest.mark.long
@settings(max_examples=MANY, **OPTIONS)
@given(cuts())
def test_five_hundred_lives_go_on_from_their_states(drawn: tuple[Life, int]) -> None:
    life, cut = drawn
    if cut:
        check(life, cut, config_of(life))


@settings(max_examples=FEW, **OPTIONS)
@given(openings(MOSTLY_SHORT))
def test_a_life_from_holdings_is_the_oracle(drawn: tuple[Life, Opening] | None) -> None:
    if drawn is not None:
        compare(*drawn)


def compare(life: Life, opening: Opening) -> None:
    """Every movement and every figure of what goes on from holdings is the oracle's, to the yen."""
    data = slice_market(make_market_data(life.panel, life.terms), 0, len(life.panel.sessions))
    ledger = simulate_one(data, life.plan, opening)
    kernel_checks.check_against_oracle(life, oracle.live(*life, opening), ledger, opens=True)
    kernel_checks.check_figures(life, ledger, opens=True)
