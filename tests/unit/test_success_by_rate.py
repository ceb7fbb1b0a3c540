"""The tables of success by rate: against a loop over the same returns, and the published one on its own starts."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.market_helpers import market_folder

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import success_by_rate as script


def market() -> tuple[Path, Path]:
    """The folder of prices and that of the history beside it."""
    folder = market_folder()
    history = folder.parent / "history"
    if not (history / script.SHILLER).is_file():
        pytest.skip("no folder history beside the market's")
    return folder, history


def lasting(returns: np.ndarray, months: int, rate: float, rise: np.ndarray) -> bool:
    value = 1.0
    for month in range(months):
        value = value * (1.0 + returns[month]) - rate / 12.0 * rise[month]
        if value < -1e-9:
            return False
    return True


@pytest.mark.parametrize("kind", ["fixed", "real"])
def test_every_share_is_counted(kind: str, tmp_path: Path) -> None:
    folder, history = market()
    mix = script.prepared(folder, history, tmp_path)[0]
    with (folder / script.SIZES).open() as file:
        rows = [(row["date"][:7], float(row["Hi30"]) / 100.0) for row in csv.DictReader(file)]
    rows = [row for row in rows if row[0] <= "1995-12"]
    with (tmp_path / "cpi_us.csv").open() as file:
        level = {row["date"]: float(row["index"]) for row in csv.DictReader(file)}
    months = list(level)
    returns = np.array([each for _, each in rows])
    lasted = []
    for start in range(len(rows) - 359):
        # Prices are known two months later, and an amount rises on each anniversary of the first payment.
        known = [level[months[months.index(rows[start][0]) + 12 * year - 2]] for year in range(30)]
        rise = np.repeat(np.array(known) / known[0], 12) if kind == "real" else np.ones(360)
        lasted.append([lasting(returns[start:], 360, rate, rise) for rate in script.RATES])
    prices = tmp_path / "cpi_us.csv"
    ((count, shares, _),) = script.of_months(mix, kind, [30], prices).values()
    assert count == len(lasted)
    assert shares == np.mean(lasted, axis=0).tolist()
    ((of_years, whole),) = script.of_years(mix, kind, [30], prices).values()
    januaries = [each for each, (month, _) in zip(lasted, rows) if month.endswith("-01")]
    assert of_years == len(januaries)
    assert whole == np.mean(januaries, axis=0).tolist()


def test_the_published_table_on_the_same_starts(tmp_path: Path) -> None:
    """Whole years of the S&P from the end of 1925: the published shares, to a start."""
    folder, history = market()
    mix = script.prepared(folder, history, tmp_path)[1]
    published = script.PUBLISHED["fixed", "stocks"]
    off = 0
    for span, (count, shares) in script.of_years(
        mix, "fixed", list(published), tmp_path / "cpi_us.csv"
    ).items():
        starts = {15: 56, 20: 51, 25: 46, 30: 41}[span]
        assert count == starts
        for share, told in zip(shares, published[span], strict=True):
            off += round(100.0 * share) != told
            assert abs(100.0 * share - told) <= 100.0 / starts + 0.5
            assert span < 25 or round(100.0 * share) == told
    assert off == 3


def test_the_pages_hold_the_marks() -> None:
    for name in ("retirement.md", "retirement.ja.md"):
        text = (script.ROOT / "docs" / name).read_text(encoding="utf-8")
        assert script.BEGIN in text
        assert "| 30 | " in text.partition(script.BEGIN)[2].partition(script.END)[0]
