"""The audit's own arithmetic against closed forms, and its corners."""

from __future__ import annotations

from datetime import date

import pytest

from engine.audit import again, audit
from engine.config import parse_config
from engine.run import run

YEAR = [date(2023, 1, 1), date(2024, 1, 1)]
THREE = [date(2021, 1, 1), date(2022, 1, 1), date(2023, 1, 1), date(2024, 1, 1)]


@pytest.mark.parametrize(
    ("dates", "flow", "final", "rate"),
    [
        (YEAR, [100.0, 0.0], 110.0, 0.1),
        (YEAR, [100.0, 0.0], 50.0, -0.5),
        (YEAR, [100.0, -110.0], 0.0, 0.1),
        (THREE, [100.0, 100.0, 0.0, 0.0], 100.0 * 1.05**3 + 100.0 * 1.05**2, 0.05),
        (YEAR, [100.0, 0.0], 0.0, -1.0),  # nothing came back
        (YEAR, [0.0, 0.0], 0.0, None),  # nothing ever moved
        ([date(2024, 1, 1), date(2024, 1, 2)], [1.0, 0.0], 1e6, None),  # beyond +999,900 %
        (THREE, [1e6, -2.3e6, 1.4e6, 0.0], 160.0, None),  # the return of a loan
    ],
)
def test_the_rate_of_flows(dates: list[date], flow: list[float], final: float, rate: float | None) -> None:
    assert again.internal_rate(dates, flow, final) == (
        None if rate is None else pytest.approx(rate, abs=1e-12)
    )


def test_statistics_of_few_numbers() -> None:
    assert again.deviation([1.0, 3.0]) == pytest.approx(2.0**0.5)
    assert [again.quantile([4.0, 1.0, 3.0, 2.0], share) for share in (0.0, 0.5, 1.0)] == [1.0, 2.5, 4.0]
    assert again.worst_drawdown([1.2, 0.6, 0.9, 1.2]) == (pytest.approx(-0.5), 0, 1, 3)
    assert again.worst_drawdown([0.9, 0.8, 0.85]) == (pytest.approx(-0.2), -1, 1, None)


@pytest.mark.parametrize("symbol", ["JP_SP500", "VOO"])
def test_a_life_in_dollars(symbol: str) -> None:
    """A yen fund counted in dollars has a currency return, a dollar fund has none."""
    config = parse_config(
        "name: usd\ncurrency: USD\nperiod: {start: 2019-01-01, end: 2021-12-31}\naccounts: [plain]\n"
        f"strategy: {{allocation: {{type: fixed_mix, weights: {{{symbol}: 1}}}},"
        " contributions: {type: monthly, amount: 500}}\n"
    )
    result = run(config, source="sample")
    assert (result.metrics["twr_fx"] is None) == (symbol == "VOO")
    audit(result).require()
