"""The year that docs/nisa.md follows: every amount it names is in the results, or follows from them."""

import csv
import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path

import pytest

from docs.make_docs import ROOT, run_here

LAW = {1_200_000, 2_400_000}
PLAN = {350_000, 315_000, 35_000, 500_000}  # of configs/nisa_year.yaml, and its 90 and 10 %
NATIONAL, LOCAL = Decimal("0.15315"), Decimal("0.05")


def floor(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_FLOOR))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("year")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        code, _, error = run_here(
            ["run", "configs/nisa_year.yaml", "--data", "sample", "--out", str(out)], "en"
        )
    assert code == 0, error
    return out / "nisa_year"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def derived(movements: list[dict[str, str]]) -> set[Decimal]:
    """What the text works out by hand, worked out again from the movements of the taxable account."""
    taxable = [row for row in movements if row["account"] == "taxable"]
    bought = {
        symbol: [
            (Decimal(row["units"]), -Decimal(row["amount"]))
            for row in taxable
            if row["asset"] == symbol and row["kind"] == "buy"
        ]
        for symbol in ("IJR", "JP_SP500")
    }
    sold = {
        symbol: [
            sum(Decimal(row[name]) for row in taxable if row["asset"] == symbol and row["kind"] == "sell")
            for name in ("units", "amount")
        ]
        for symbol in ("IJR", "JP_SP500")
    }
    (fund_out, fund_in), (etf_out, etf_in) = sold["JP_SP500"], sold["IJR"]
    units, cost = (sum(column) for column in zip(*bought["IJR"]))
    average = cost / units
    unit_cost = average.to_integral_value(ROUND_CEILING)
    cost_sold = unit_cost * -etf_out
    gain_etf = etf_in - cost_sold
    fund_units, fund_cost = (sum(column) for column in zip(*bought["JP_SP500"]))
    gain_fund = fund_in - fund_cost / fund_units * -fund_out
    first = [floor(gain_fund * rate) for rate in (NATIONAL, LOCAL)]
    both = [floor((gain_fund + gain_etf) * rate) for rate in (NATIONAL, LOCAL)]
    dividend, source = (
        next(abs(int(row["amount"])) for row in taxable if row["kind"] == kind)
        for kind in ("dividend", "source_tax")
    )
    rest = Decimal(dividend - source)
    return {
        Decimal(cost),
        round(average, 1),
        unit_cost,
        cost_sold,
        gain_etf,
        Decimal(floor(gain_fund)),
        *map(Decimal, [*first, sum(first), *both, sum(both), sum(both) - sum(first)]),
        Decimal(floor(gain_fund + gain_etf)),
        rest,
        Decimal(floor(rest * NATIONAL)),
        Decimal(floor(rest * LOCAL)),
    }


@pytest.mark.parametrize(
    ("name", "start", "end", "amount"),
    [
        ("nisa.md", "## A worked year", "## Years before", r"¥([\d,]+(?:\.\d+)?)"),
        ("nisa.ja.md", "## 1年をたどる", "## 2024年より前", r"([\d,]+(?:\.\d+)?)円"),
    ],
)
def test_every_amount_of_the_worked_year_is_in_the_results(
    folder: Path, name: str, start: str, end: str, amount: str
) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    story = re.sub(r"```.*?```", "", text[text.index(start) : text.index(end)], flags=re.DOTALL)
    told = {Decimal(found.replace(",", "")) for found in re.findall(amount, story)}
    movements = rows(folder / "transactions.csv")
    known = {abs(Decimal(row[key])) for row in movements for key in ("amount", "cash_after")}
    known |= {Decimal(row["tax"]) for row in rows(folder / "years.csv")}
    metrics = (folder / "metrics.json").read_text(encoding="utf-8")
    known |= {Decimal(floor(Decimal(found))) for found in re.findall(r"_value\": ([\d.]+)", metrics)}
    known |= {Decimal(figure) for figure in LAW | PLAN} | derived(movements)
    assert len(told) >= 30
    assert not told - known


def test_december_belongs_to_the_year_in_which_it_settles(folder: Path) -> None:
    movements = rows(folder / "transactions.csv")
    late = [row for row in movements if row["date"] == "2024-12-27" and row["kind"] == "buy"]
    assert {row["asset"]: row["settlement"] for row in late} == {
        "JP_SP500": "2025-01-10",
        "IJR": "2025-01-07",
    }
    used = {(row["year"], row["frame"]): int(row["used"]) for row in rows(folder / "quota.csv")}
    assert used["2024", "T"] == 1_200_000
    assert used["2024", "G"] == 2_400_000
