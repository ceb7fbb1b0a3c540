"""ETFs of Tokyo, deposits and New York in one plan: the kernel is the oracle, and no price is used early."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import ledger as kernel
from tests import kernel_checks, oracle
from tests.lives import Life
from tests.property.test_states import check, config_of
from tests.tokyo_lives import tokyo_lives
from tests.variations import examples

EXAMPLES = int(os.environ.get("BACKTEST_TOKYO_LIVES", "50"))
OPTIONS = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def compare(life: Life) -> None:
    ledger = kernel_checks.record(kernel, life)
    kernel_checks.check_against_oracle(life, oracle.live(*life), ledger)
    kernel_checks.check_figures(life, ledger)


@settings(max_examples=EXAMPLES, **OPTIONS)
@given(tokyo_lives())
def test_the_kernel_is_the_oracle(life: Life) -> None:
    compare(life)


@pytest.mark.long
@settings(max_examples=1000, **OPTIONS)
@given(tokyo_lives())
def test_the_kernel_is_the_oracle_in_a_thousand_lives(life: Life) -> None:
    compare(life)


@examples(10)
@given(tokyo_lives(longest=120))
def test_lives_side_by_side_and_seen_before_their_end(life: Life) -> None:
    ledger = kernel_checks.record(kernel, life)
    kernel_checks.check_lanes(kernel, life, ledger, lane=36, count=40)
    kernel_checks.check_ends(kernel, life, ledger)


@examples(30)
@given(tokyo_lives(longest=120), st.data())
def test_a_life_cut_anywhere_goes_on(life: Life, data: st.DataObject) -> None:
    begun = int(np.flatnonzero(life.plan.deposit)[0])
    size = len(life.panel.sessions)
    if begun + 1 < size:
        cut = data.draw(st.integers(begun + 1, size - 1))
        check(life, cut, config_of(life))


TOKYO = ("jp_etf", "jp_fund", "cash", "deposit")
BEFORE = (
    "dividend",
    "source_tax",
    "dividend_tax",
    "opening",
)  # rows of New York's assets that come before all orders


@examples(40)
@given(tokyo_lives(longest=120), st.data())
def test_no_price_is_used_before_it_exists(life: Life, data: st.DataObject) -> None:
    """New York's close of a session changes nothing of that session in Tokyo; later closes nothing before them."""
    panel = life.panel
    at = data.draw(st.integers(0, len(panel.sessions) - 1))
    new_york = ~np.isin(panel.kind, TOKYO)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    noise = rng.uniform(0.5, 2.0, panel.price.shape)
    noise[:at] = 1.0
    noise[at, ~new_york] = 1.0  # Tokyo's close of the session itself is known
    noise[:, np.isin(panel.kind, ("cash", "deposit"))] = 1.0
    later = noise.copy()
    later[at] = 1.0
    fx = np.where(panel.fx == 1.0, 1.0, panel.fx * later[:, :1])  # its rate was fixed before
    changed = dataclasses.replace(
        panel,
        price=panel.price * noise,
        dividend=panel.dividend * later,
        fx=fx,
        known=None if panel.known is None else panel.known * later,
    )
    one, other = (kernel_checks.record(kernel, life._replace(panel=each)) for each in (panel, changed))

    def orders(ledger) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:  # type: ignore[no-untyped-def]
        """What is done before the session's price of New York is known; what is of the session's turn of Tokyo."""
        moves = ledger.moves
        rows = list(zip(*(moves[name].tolist() for name in ("session", "kind", "asset", "units", "amount"))))
        of_session = [row for row in rows if row[0] == at and panel.known is not None]
        abroad = [row[2] >= 0 and new_york[row[2]] and row[1] not in BEFORE for row in of_session]
        begun = abroad.index(True) if any(abroad) else len(abroad)
        told = [row for row in rows if row[0] < at]
        told += [row for row in of_session if row[2] >= 0 and not new_york[row[2]]]
        return told, of_session[:begun]

    (known, turn), (other_known, other_turn) = orders(one), orders(other)
    assert known == other_known
    both = min(len(turn), len(other_turn))  # where New York's price buys nothing it has no first row
    assert turn[:both] == other_turn[:both]
    np.testing.assert_array_equal(one.value[:at], other.value[:at])
    np.testing.assert_array_equal(one.cash[:at], other.cash[:at])
