"""True prices with one thing wrong: nearly all that change a result are refused, or said in the banner."""

import pytest

from tests.market_helpers import market_folder
from tests.mutation import data_mutants

pytestmark = pytest.mark.market


def caught(count: int) -> tuple[int, int]:
    market_folder()
    found = [data_mutants.outcome(number, seed=1) for number in range(count)]
    grave = [item for item in found if item.matters]
    assert len(grave) > count / 3
    return sum(item.fate != "silent" for item in grave), len(grave)


def test_true_series_are_neither_refused_nor_warned_of():
    market_folder()
    for symbol in data_mutants.SYMBOLS:
        for total_return in (False, True):
            results, warnings = data_mutants.right(symbol, total_return)
            assert (results > 0).all()
            assert warnings == frozenset()


def test_mutants_that_change_results_are_caught():
    count, of = caught(80)
    assert count >= 0.98 * of


@pytest.mark.long
def test_99_of_100_mutants_that_change_results_are_caught():
    count, of = caught(2000)
    assert count >= 0.99 * of
