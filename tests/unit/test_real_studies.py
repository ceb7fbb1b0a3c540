"""Studies in today's money: each simulation against the reading of the run that it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import engine
from engine.config import Config, load_config, override
from engine.ledger.simulation import simulate_one
from engine.market.price_level import load_price_level
from engine.real import in_real_money
from engine.report.bootstrap_page import bootstrap_page
from engine.report.bootstrap_text import bootstrap_text
from engine.report.terminal import Screen
from engine.report.windows_page import windows_page
from engine.report.windows_tables import windows_text
from engine.run import run
from engine.studies.bootstrap.futures import draw
from engine.studies.bootstrap.study import bootstrap
from engine.studies.bootstrap.workload import make_workload, shared_past
from engine.studies.grid.sweep import sweep
from engine.studies.grid.windows import windows

CONFIGS = Path(engine.__file__).parents[1] / "configs"
PRICES = ("inflation=cpi_jp",)
# In the money of a month: the study's, where a run's own is that of the run.
AMOUNTS = (
    "final_value", "liquidation_value", "contributed", "withdrawn", "profit", "cost_paid", "tax_paid",
    "dividend_tax_paid", "idle_cash_average", "unpaid",
)  # fmt: skip
SAME = (
    "value_to_contributed", "xirr", "twr_cagr", "volatility", "sharpe", "max_drawdown", "days_below_principal",
    "years_lasted",
)  # fmt: skip


def worth(month: str, now: str = "2025-12") -> float:
    """What an amount of a month's money is in that of another."""
    level = load_price_level("cpi_jp").on(np.array([now, month], "datetime64[M]"))
    return float(level[0] / level[1])


def check(row: pd.Series, config: Config, core: bool) -> None:
    """A row of a study against today's money of the run of its window."""
    period = {"period.start": str(row["start"])[:10], "period.end": str(row["end"])[:10]}
    result = in_real_money(run(override(config, period), source="sample", offline=True))
    factor = worth(str(result.dates[-1])[:7])
    for name in AMOUNTS:
        assert row[name] == pytest.approx(float(result.metrics[name]) * factor, rel=1e-9, abs=1e-6), name  # type: ignore[literal-required]
    for name in SAME:
        known = result.metrics[name]  # type: ignore[literal-required]
        assert row[name] == pytest.approx(np.nan if known is None else known, rel=1e-8, nan_ok=True), name
    if core:
        assert result.benchmark is not None
        assert row["core_xirr"] == pytest.approx(result.benchmark.metrics["xirr"], rel=1e-8)


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("retirement_withdrawals", ("strategy.withdrawals.amount=250_000",)),
        ("retirement_real_30_years", ()),
        ("nisa_monthly", ()),
        ("satellite10", ("strategy.allocation={type: fixed_mix, weights: {VOO: 0.5, DEPOSIT: 0.5}}",)),
    ],
)
def test_a_window_is_read_as_its_run_is(name: str, overrides: tuple[str, ...], tmp_path: Path) -> None:
    config = load_config(CONFIGS / f"{name}.yaml", (*PRICES, *overrides))
    found = windows([config], horizons=[4], every="year", source="sample", out=tmp_path, real=True)
    rows = found.study.frame()
    for number in (0, len(rows) // 2, len(rows) - 1):
        check(rows.iloc[number], config, core=name in ("retirement_withdrawals", "nisa_monthly"))
    assert found.manifest["real"]["money_of"] == "2025-12"
    assert (tmp_path / f"windows-{name}-real" / "windows.csv").exists()


def test_a_sweep_is_read_as_its_runs_are(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        f"name: s\nbase: {CONFIGS / 'satellite10.yaml'}\n"
        "axes: {strategy.allocation.satellite_weight: [0, 0.2]}\nwindows: {every: year, horizons: [3, 5]}\n"
    )
    with pytest.raises(engine.errors.ConfigError, match="today's money needs consumer prices"):
        sweep(path, source="sample", out=tmp_path, real=True)
    text = path.read_text().replace(str(CONFIGS / "satellite10.yaml"), "base.yaml")
    base = (CONFIGS / "satellite10.yaml").read_text() + "\ninflation: cpi_jp\n"
    (tmp_path / "base.yaml").write_text(base)
    path.write_text(text)
    found = sweep(path, source="sample", out=tmp_path, real=True)
    rows = found.study.frame()
    for number in (1, len(rows) - 2):
        row = rows.iloc[number]
        weight = f"strategy.allocation.satellite_weight={row['satellite_weight']}"
        check(row, load_config(CONFIGS / "satellite10.yaml", (*PRICES, weight)), core=True)


RETIRED = load_config(
    CONFIGS / "retirement_withdrawals.yaml", (*PRICES, "strategy.withdrawals.amount=200_000")
)


def rate_of(flow: np.ndarray, day: np.ndarray, end: float) -> float:
    """The XIRR by halving an interval; ``flow`` in less out on each ``day``, ``end`` what is there at last."""
    left, (low, high) = (day[-1] - day) / 365.0, (-0.9, 2.0)
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if (flow * (1.0 + middle) ** left).sum() < end else (low, middle)
    return middle


def test_a_future_is_read_in_today_s_yen_by_hand() -> None:
    """Prices of each future month from those of the drawn days' own months, day by day; then every amount."""
    years, seed, number = 12, 5, 3
    found = bootstrap(
        [RETIRED], source="sample", paths=5, years=years, seed=seed, block=60.0, real=True, offline=True
    )
    panel, start, stop = shared_past([RETIRED], "sample", {"offline": True})
    workload = make_workload([RETIRED], panel, start, stop, years=years, seed=seed, block=60.0)
    days = draw(seed, number, len(workload.sessions), 60.0, workload.days)
    cpi = pd.read_csv(engine.market.price_level.CPI_JP, comment="#").set_index("date")["index"]
    cpi.index = cpi.index.str[:7]
    past = panel.sessions[start:stop].astype("datetime64[M]").astype(str)
    months = {month: int((past[1:] == month).sum()) for month in np.unique(past[1:])}

    def change(day: int) -> float:
        """What a past day adds: its part of the change of its month over the one before."""
        month = past[1 + day]
        before = str(np.datetime64(month, "M") - 1)
        return float((cpi[month] / cpi[before]) ** (1.0 / max(months[month], 21)))

    coming = workload.sessions.astype("datetime64[M]").astype(str)
    level, prices = {past[-1]: 1.0}, 1.0
    for month in dict.fromkeys(coming):
        for session in np.flatnonzero(coming == month):
            prices *= change(int(days[session])) if month != past[-1] else 1.0
        level[month] = prices
    worth = 1.0 / np.array([level[month] for month in coming])
    strategy = workload.strategies[0]
    market, plan = strategy.in_future(days)
    ledger = simulate_one(market, plan)
    moved = ledger.moves
    outside = np.isin(moved["kind"], ("deposit", "withdrawal"))
    real = moved["amount"].astype(float) * worth[moved["session"]]
    paid = real[moved["kind"] == "deposit"].sum()
    taken = -real[moved["kind"] == "withdrawal"].sum()
    final = ledger.value[-1] * worth[-1]
    told = {name: float(values[0, number]) for name, values in found.outcomes.items()}
    assert told["contributed"] == pytest.approx(paid, rel=1e-9)
    assert told["withdrawn"] == pytest.approx(taken, rel=1e-9)
    assert told["final_value"] == pytest.approx(final, rel=1e-9)
    assert told["value_to_contributed"] == pytest.approx((final + taken) / paid, rel=1e-9)
    day = workload.sessions.astype(int)[np.append(moved["session"][outside], len(worth) - 1)]
    flow = np.append(real[outside], 0.0)
    assert told["xirr"] == pytest.approx(rate_of(flow, day.astype(float), final), abs=1e-9)
    value, flows = ledger.value * worth, ledger.flow * worth
    first = int(np.flatnonzero(flows > 0)[0])
    ratios = (value[first + 1 :] - flows[first + 1 :]) / value[first:-1]
    index = np.cumprod(np.append(value[first] / flows[first], ratios[value[first:-1] > 0]))
    deepest = (index / np.maximum(np.maximum.accumulate(index), 1.0) - 1.0).min()
    assert told["max_drawdown"] == pytest.approx(deepest, rel=1e-9)
    point = found.points[6]
    assert found.values[0, number, 6] == pytest.approx(value[point], rel=1e-9)
    assert found.manifest["real"]["money_of"] == past[-1]
    assert found.name == "retirement_withdrawals-real"


def test_without_inflation_both_readings_of_a_future_are_one() -> None:
    still = override(RETIRED, {"inflation": 0.0})
    both = [
        bootstrap([still], source="sample", paths=6, years=8, real=real, offline=True)
        for real in (False, True)
    ]
    for name, values in both[0].outcomes.items():
        assert both[1].outcomes[name] == pytest.approx(values, rel=1e-9, abs=1e-9, nan_ok=True), name
    assert both[1].values == pytest.approx(both[0].values, rel=1e-9)
    assert both[1].contributed == pytest.approx(both[0].contributed, rel=1e-9)


def test_a_month_without_a_figure_is_said(tmp_path: Path) -> None:
    short = tmp_path / "cpi.csv"
    short.write_text(
        "date,index\n" + "".join(f"{m},100\n" for m in np.arange("2000-11", "2020-06", dtype="M8[M]"))
    )
    config = override(RETIRED, {"inflation": f"csv:{short}"})
    for study in (
        lambda: windows([config], horizons=[4], source="sample", real=True),
        lambda: bootstrap([config], source="sample", paths=2, years=2, real=True),
    ):
        with pytest.raises(engine.errors.DataError, match="has no figure for 2020-06"):
            study()
    with pytest.raises(engine.errors.ConfigError, match="today's money needs consumer prices"):
        bootstrap([override(RETIRED, {"inflation": None})], source="sample", paths=2, years=2, real=True)


@pytest.mark.parametrize(
    ("lang", "unit", "label"),
    [
        ("en", "are in the money of Dec 2025 (real)", "(real)"),
        ("ja", "2025年12月のお金の価値（実質）", "（実質）"),
    ],
)
def test_pages_and_texts_say_their_unit(lang: str, unit: str, label: str, tmp_path: Path) -> None:
    found = windows([RETIRED], horizons=[4], every="year", source="sample", real=True)
    drawn = bootstrap([RETIRED], source="sample", paths=3, years=3, real=True)
    texts = [windows_text(found, lang, Screen(100)), bootstrap_text(drawn, None, lang, Screen(100))]
    for text in (windows_page(found, lang), bootstrap_page(drawn, lang), *texts):
        assert unit in " ".join(text.split()) or unit in "".join(text.split())
        assert label in text
    assert label not in windows_page(windows([RETIRED], horizons=[4], every="year", source="sample"), lang)


def test_a_plan_that_pays_nothing_in_says_so() -> None:
    owned = load_config(CONFIGS / "retirement_real_30_years.yaml")
    found = windows([owned], horizons=[20], every="year", source="sample")
    said = str(found.statements[0])
    assert said.startswith("retirement_real_30_years: nothing is paid in, taken out: ¥150,000 a month")
