"""How many starts of history lasted, by the rate taken out a year, beside published tables: docs/retirement.md.

    BACKTEST_MARKET_DATA=FOLDER python scripts/success_by_rate.py [--years 15,20,25,30,35,40] [--docs]

The folder holds FF_SIZE_PORTFOLIOS_VW_MONTHLY.csv and FF3_FACTORS_MONTHLY.csv (Ken French's library); its sibling
``history`` SHILLER_SP500_MONTHLY.csv, whose consumer prices are taken too. A plain account of $1,000,000, paid out
at the end of each month, of 1926 to 1995 as the published periods are: every start month, and starts that are a
year apart, each at the end of a December.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.config import Config, parse_config
from engine.studies.grid.windows import windows
from engine.studies.withdraw.study import withdraw

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- success: begin -->\n", "<!-- success: end -->\n"
POT, RATES, YEARS = 1_000_000, (0.03, 0.04, 0.05, 0.06, 0.07), (15, 20, 25, 30, 35, 40)
SIZES, FACTORS, SHILLER = (
    "FF_SIZE_PORTFOLIOS_VW_MONTHLY.csv",
    "FF3_FACTORS_MONTHLY.csv",
    "SHILLER_SP500_MONTHLY.csv",
)
PLAN = """
name: {name}
currency: USD
period: {{start: {start}, end: 1995-12-31}}
strategy:
  allocation: {{type: fixed_mix, weights: {weights}}}
  contributions: {{type: lump_sum, amount: {pot}}}
  withdrawals: {withdrawals}
  rebalancing: {{type: calendar, every: yearly}}
accounts: [plain]
execution: {{whole_shares: false}}
dividends: total_return
inflation: "csv:{prices}"
"""
# Cooley, Hubbard and Walz, AAII Journal, February 1998: starts of whole years 1926 to 1995, percent that lasted.
PUBLISHED: Mapping[tuple[str, str], Mapping[int, Sequence[int]]] = {
    ("fixed", "stocks"): {
        15: (100, 100, 98, 98, 93),
        20: (100, 98, 96, 94, 92),
        25: (100, 98, 96, 91, 87),
        30: (100, 98, 95, 90, 85),
    },
    ("fixed", "half"): {
        15: (100, 100, 100, 100, 100),
        20: (100, 100, 100, 100, 96),
        25: (100, 100, 100, 98, 96),
        30: (100, 100, 100, 98, 90),
    },
}


@dataclass(frozen=True)
class Mix:
    """What is held: a source, weights, and the first day that there are prices of."""

    name: str
    source: str
    weights: str
    start: str
    like: str  # which of the published mixes


def prepared(market: Path, history: Path, folder: Path) -> tuple[Mix, ...]:
    """The mixes, their files made in ``folder``: returns by size, bills as a fund, consumer prices."""
    (folder / SIZES).write_bytes((market / SIZES).read_bytes())
    with (market / FACTORS).open(newline="", encoding="utf-8") as file:
        rows = [(row["date"], float(row["RF"])) for row in csv.DictReader(file) if row["RF"]]
    value = 100.0 * np.cumprod([1.0 + rate / 100.0 for _, rate in rows])
    lines = ["date,close,adj_close,dividend", "1926-06-30,100,100,0"]
    lines += [f"{day},{each:.10f},{each:.10f},0" for (day, _), each in zip(rows, value, strict=True)]
    (folder / "BILLS.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with (history / SHILLER).open(newline="", encoding="utf-8") as file:
        prices = [(row["date"][:7], row["cpi_us"]) for row in csv.DictReader(file) if row["cpi_us"]]
    known = [f"{month},{level}" for month, level in prices if float(level) > 0.0]
    (folder / "cpi_us.csv").write_text("\n".join(["date,index", *known]) + "\n", encoding="utf-8")
    french, shiller = f"csv:{folder}", f"shiller:{history / SHILLER}"
    return (
        Mix("FF_HI30", french, "{FF_HI30: 1.0}", "1926-06-30", "stocks"),
        Mix("SP500_SHILLER", shiller, "{SP500_SHILLER: 1.0}", "1925-12-31", "stocks"),
        Mix("FF_HI30", french, "{FF_HI30: 0.5, BILLS: 0.5}", "1926-06-30", "half"),
    )


def plan(mix: Mix, kind: str, rate: float, prices: Path, start: str = "") -> Config:
    """A plan that takes out ``rate`` of the pot a year: ``fixed``, or ``real``, rising with consumer prices."""
    rising = "type: inflation_linked, inflation: prices" if kind == "real" else "type: fixed"
    amount = rate * POT / 12.0
    return parse_config(
        PLAN.format(
            name=f"r{rate * 1000:.0f}",
            start=start or mix.start,
            weights=mix.weights,
            pot=POT,
            withdrawals=f"{{{rising}, amount: {amount!r}, every: monthly}}",
            prices=prices,
        )
    )


def of_months(
    mix: Mix, kind: str, years: Sequence[int], prices: Path
) -> dict[int, tuple[int, list[float], float]]:
    """By years: how many start months, the share that lasted at each rate, the highest at which none failed."""
    found = withdraw(plan(mix, kind, 0.04, prices), source=mix.source, years=years, futures=0, rates=RATES)
    rows = {}
    for limit in found.limits:
        own = [item for item in found.rates if item.years == limit.years]
        highest = (limit.value or 0.0) * 12.0 / POT
        rows[limit.years] = limit.simulations, [item.share for item in own], highest
    return rows


def of_years(mix: Mix, kind: str, years: Sequence[int], prices: Path) -> dict[int, tuple[int, list[float]]]:
    """By years: how many starts at the ends of Decembers, and the share that lasted at each rate."""
    first = f"{mix.start[:4]}-12-31"
    configs = [plan(mix, kind, rate, prices, first) for rate in RATES]
    with tempfile.TemporaryDirectory() as out:
        study = windows(configs, horizons=list(years), every="year", source=mix.source, out=Path(out)).study
        lasted = np.isnan(study.cubes(("years_lasted",))["years_lasted"])
        grid = study.plan.grid
    inside = {span: grid.of(h) for h, span in enumerate(grid.horizons)}
    return {
        span: (len(numbers), lasted[:, numbers].mean(axis=1).tolist()) for span, numbers in inside.items()
    }


Words = Mapping[str, str]
LANGUAGES: Mapping[str, Words] = {
    "en": {
        "years": "years",
        "starts": "starts",
        "edge": "none failed up to",
        "published": "published",
        "months": "{name}, {n} months",
        "decembers": "{name}, {n} ends of years",
        "fixed": "The same amount every month:",
        "real": "Rising with US consumer prices once a year:",
        "half fixed": "Half of it in bills, the same amount every month:",
        "half real": "Half of it in bills, rising with US consumer prices once a year:",
    },
    "ja": {
        "years": "年数",
        "starts": "開始",
        "edge": "失敗なしの上限",
        "published": "公表値",
        "months": "{name}、{n}の月",
        "decembers": "{name}、{n}の年末",
        "fixed": "毎月同じ額：",
        "real": "米国の物価に合わせて年1回増やす：",
        "half fixed": "半分を短期国債に置き、毎月同じ額：",
        "half real": "半分を短期国債に置き、米国の物価に合わせて年1回増やす：",
    },
}
Found = tuple[dict[int, tuple[int, list[float], float]], dict[int, tuple[int, list[float]]]]


def table(kind: str, found: Mapping[Mix, Found], years: Sequence[int], words: Words) -> list[str]:
    """Lines of a Markdown table: by years the published shares, those of whole years, those of every month."""
    head = [words["years"], words["starts"], *(f"{rate:.0%}" for rate in RATES), words["edge"]]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for span in years:
        known = PUBLISHED.get((kind, next(iter(found)).like), {}).get(span)
        if known:
            lines.append(f"| {span} | {words['published']} | {' | '.join(map(str, known))} | |")
        for mix, (months, whole) in found.items():
            count, shares = whole[span]
            lines.append(_line(span, words["decembers"].format(name=mix.name, n=count), shares, ""))
            count, shares, highest = months[span]
            lines.append(
                _line(span, words["months"].format(name=mix.name, n=count), shares, f"{highest:.2%}")
            )
    return lines


def _line(span: int, who: str, shares: Sequence[float], edge: str) -> str:
    return f"| {span} | {who} | {' | '.join(f'{100 * share:.1f}' for share in shares)} | {edge} |"


def tables(found: Mapping[tuple[str, Mix], Found], years: Sequence[int], words: Words) -> str:
    """All tables: stocks, then half of them in bills, each with amounts that stay and that rise."""
    parts = []
    for like in ("stocks", "half"):
        for kind in ("fixed", "real"):
            own = {mix: each for (said, mix), each in found.items() if said == kind and mix.like == like}
            if own:
                title = words[kind if like == "stocks" else f"{like} {kind}"]
                parts += ["", title, "", *table(kind, own, years, words)]
    return "\n".join(parts[1:])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    market = Path(os.environ.get("BACKTEST_MARKET_DATA", "market"))
    parser.add_argument("--market", type=Path, default=market)
    parser.add_argument("--history", type=Path, default=market.parent / "history")
    parser.add_argument("--years", default=",".join(map(str, YEARS)))
    parser.add_argument("--only", default="", help="mixes whose name holds this")
    parser.add_argument("--docs", action="store_true", help="write docs/retirement.md and its Japanese twin")
    asked = parser.parse_args()
    years = [int(span) for span in asked.years.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        mixes = prepared(asked.market, asked.history, Path(folder))
        prices = Path(folder) / "cpi_us.csv"
        found = {
            (kind, mix): (of_months(mix, kind, years, prices), of_years(mix, kind, years, prices))
            for mix in mixes
            if asked.only in mix.name
            for kind in ("fixed", "real")
        }
    print(tables(found, years, LANGUAGES["en"]))
    if asked.docs:
        for lang, name in (("en", "retirement.md"), ("ja", "retirement.ja.md")):
            write(ROOT / "docs" / name, tables(found, years, LANGUAGES[lang]))


def write(page: Path, text: str) -> None:
    """Put tables between the marks of a page. Raises ValueError where the marks are missing."""
    before, opens, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, closes, after = rest.partition(END)
    if not opens or not closes:
        raise ValueError(f"{page.name}: has no marks")
    page.write_text(f"{before}{BEGIN}\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
