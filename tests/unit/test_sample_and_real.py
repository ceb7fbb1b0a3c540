"""The sample answers what real prices answer, and says what it cannot: the tables of docs/sample.md."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from docs.sample_and_real import ANSWERS, DAYS, Told, answers, both, days, table
from engine.config import Config
from engine.market.sample_limits import BAND, DAY, SIGNAL, beyond_the_sample
from engine.report.page_locale import PageLocale
from engine.run import run

DOCUMENTS = Path(__file__).parents[2] / "docs"
MOMENTUM = {"type": "momentum", "months": 12}
AVERAGE = {"type": "moving_average", "sessions": 200}
market = [
    pytest.mark.market,
    pytest.mark.skipif("BACKTEST_MARKET_DATA" not in os.environ, reason="BACKTEST_MARKET_DATA is not set"),
]


@pytest.fixture(scope="module")
def told() -> Told:
    return both(answers, os.environ["BACKTEST_MARKET_DATA"])


class TestTheSameAnswers:
    pytestmark = market

    def test_nobody_is_sent_the_other_way(self, told: Told) -> None:
        shares = {question: pair for question, pair in told.items() if question.en.endswith("higher in")}
        gaps = {question: pair for question, pair in told.items() if question.en.endswith("difference")}
        assert (len(shares), len(gaps)) == (8, 8)
        for sample, real in shares.values():
            assert (sample < 0.5) == (real < 0.5)  # type: ignore[operator]
            assert sample == pytest.approx(real, abs=0.06)
        for sample, real in gaps.values():
            assert (sample < 0) == (real < 0)  # type: ignore[operator]
            assert sample == pytest.approx(real, abs=0.01)

    def test_returns_and_risk_are_of_the_same_size(self, told: Told) -> None:
        sizes = {"XIRR": 0.002, "xirr": 0.002, "volatility": 0.015, "max_drawdown": 0.01}
        seen = 0
        for question, (sample, real) in told.items():
            allowed = sizes.get(question.en.split()[-1])
            if allowed is not None:
                assert sample == pytest.approx(real, abs=allowed), question
                seen += 1
        assert seen == 10
        assert [pair for question, pair in told.items() if question.en.startswith("Best satellite")] == [
            ("IJR", "IJR")
        ]

    def test_the_documents_show_these_tables(self, told: Told) -> None:
        hangs_on_days = both(days, os.environ["BACKTEST_MARKET_DATA"])
        for lang, name in (("en", "sample.md"), ("ja", "sample.ja.md")):
            text = (DOCUMENTS / name).read_text(encoding="utf-8")
            assert table(ANSWERS, told, lang) in text
            assert table(DAYS, hangs_on_days, lang) in text


def config(day: int = 1, signal: dict[str, object] | None = None, rebalancing: object = "no_sell") -> Config:
    held = {"core": "VOO", "satellite": "IJR"}
    tilt = {"type": "tilt", **held, "base_weight": 0.1, "max_weight": 0.2, "signal": signal}
    plain = {"type": "core_satellite", **held, "satellite_weight": 0.1}
    return Config.model_validate(
        {
            "name": "asked",
            "period": {"start": "2023-01-01", "end": "2023-12-31"},
            "strategy": {
                "allocation": tilt if signal else plain,
                "contributions": {"type": "monthly", "amount": 100_000, "day": day},
                "rebalancing": rebalancing,
            },
        }
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (config(), ()),
        (config(day=31), ()),
        (config(day=15), (DAY,)),
        (config(signal=MOMENTUM), ()),
        (config(signal=MOMENTUM | {"lag_sessions": 5}), (SIGNAL,)),
        (config(signal=AVERAGE), (SIGNAL,)),
        (config(rebalancing={"type": "band", "width": 0.05, "check": "monthly"}), ()),
        (config(day=15, rebalancing={"type": "band", "width": 0.05, "check": "daily"}), (BAND, DAY)),
    ],
)
def test_a_plan_that_hangs_on_single_days_is_told_so(asked: Config, said: tuple[str, ...]) -> None:
    assert beyond_the_sample([asked, asked]) == said


def test_a_run_on_the_sample_carries_it() -> None:
    assert run(config(day=15), source="sample", offline=True).manifest["flags"]["sample_limits"] == [
        DAY.plain()
    ]


@pytest.mark.parametrize("sentence", [SIGNAL, BAND, DAY])
def test_it_is_said_in_japanese(sentence: str) -> None:
    said = PageLocale("ja").sentence(sentence)
    assert "模擬データ" in said
    assert "サンプルでは分かりません" in said
