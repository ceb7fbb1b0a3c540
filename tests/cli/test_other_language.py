"""Whatever the program says is in the catalogues: in a language made of them, no other word is left."""

from __future__ import annotations

import calendar
import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from engine.metrics import METRICS
from tests import pseudo
from tests.fake_studies import noise
from tests.person import CONFIGS

# The user's own words in the files below, names of programs and of sources.
KNOWN = {
    "mine", "own", "swept", "windowed", "claimed", "retired", "fresh", "results", "prices", "alocation",
    "nothing", "rnu", "xir", "objective",
    "yahoo", "sample", "csv", "xls", "xlsx", "ecb", "fred", "french", "auto", "sbi", "rakuten", "monex",
    "vectorbt", "numba", "rust", "empyrical", "pyxirr", "numpy", "pyarrow", "engine", "python",
    "bash", "zsh", "fish",
    "backtest", "run", "data", "examples", "config", "sweep", "windows", "claims", "withdraw", "share",
    "fetch", "import", "completion", "source", "eval",
    *METRICS, *(name.lower() for name in (*calendar.month_name, *calendar.month_abbr)),
}  # fmt: skip
PLAN = """
name: mine
description: own
period: {start: 2006-01-01, end: 2016-12-31}
strategy:
  allocation: {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.1}
  contributions: {type: monthly, amount: 100000}
"""
RETIRED = PLAN.replace("mine", "retired") + "  withdrawals: {type: fixed, amount: 900000, every: monthly}\n"
CLAIMS = """
name: claimed
title: own
claims:
  - {type: return, text: own, symbol: IWM, start: 2009-12-31, end: 2019-12-31, total: 2.1}
  - {type: cheaper_and_better, text: own, symbol: IJR, than: IWM, start: 2013-12-31, end: 2023-12-29}
"""
SWEEP = """
name: swept
base: mine.yaml
axes:
  strategy.allocation.satellite_weight: [0, 0.1, 0.2]
windows: {every: year, horizons: [3, 5]}
objective: xirr
"""
WINDOWS = """
name: windowed
base: mine.yaml
strategies:
  - {name: mine}
  - {name: own, set: {strategy.spread_months: 12}}
windows: {every: year, horizons: [3, 5]}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Iterator[pseudo.Speaker]:
    folder = pseudo.make(tmp_path_factory.mktemp("program"))
    for name, text in (
        ("mine", PLAN),
        ("retired", RETIRED),
        ("claimed", CLAIMS),
        ("swept", SWEEP),
        ("windowed", WINDOWS),
    ):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    month = np.datetime64("2005-01", "M") + np.arange(120)
    ends = (month + 1).astype("datetime64[D]") - 1
    rows = [f"{day},{amount:.0f}" for day, amount in zip(ends, noise(2, 120)[1] * 1e9)]
    # Its first month is a part of one, and a month is missing: the notes say so.
    (folder / "IWM_FLOWS_MONTHLY.csv").write_text("\n".join(["date,flow_usd", *rows[:50], *rows[51:], ""]))
    speaker = pseudo.Speaker(folder)
    speaker.say("run", "mine.yaml", "--data", "sample")
    with speaker.process:  # whose end is that of its input
        yield speaker


@cache
def known() -> set[str]:
    """Keys and values of configurations, which are the same in every language."""
    schema = json.dumps(json.loads((CONFIGS / "schema.json").read_text("utf-8")))
    keys = re.findall(r'"(?:const|enum)": (\[[^]]*\]|"[^"]*")', schema) + re.findall(r'"(\w+)": {', schema)
    named = ""
    for table in ("assets.csv", "funds.csv"):
        with (pseudo.PACKAGE / "market" / "data" / table).open(encoding="utf-8", newline="") as file:
            named += " ".join(f" {row['name_en']} {row['tracks']}" for row in csv.DictReader(file))
    names = {word.lower() for word in re.findall(r"[^\W\d_]{3,}", named)}
    return KNOWN | names | {word.lower() for key in keys for word in re.findall(r"[a-z]{3,}", key)}


COMMANDS = [
    ("--help",), ("run", "--help"), ("new", "--help"), ("data", "--help"), ("data", "import", "--help"),
    ("run", "mine.yaml", "--data", "sample", "--audit"),
    ("run", "retired.yaml", "--data", "sample"),
    ("run", "mine.yaml", "retired.yaml", "--data", "sample", "--set", "accounts=[taxable]"),
    ("compare", "mine.yaml", "retired.yaml", "--data", "sample"),
    ("compare", "mine.yaml", "retired.yaml", "--data", "sample", "--format", "csv"),
        ("audit", "results/mine"),
    ("sweep", "swept.yaml", "--data", "sample"),
    ("windows", "windowed.yaml", "--data", "sample"),
    ("bootstrap", "mine.yaml", "--data", "sample", "--paths", "200", "--years", "5"),
    ("flows", "IWM", "--data", "sample", "--flows", "."),
    ("flows", "IWM", "--data", "sample", "--flows", ".", "--base", "JPY"),
    ("data", "import", "IWM_FLOWS_MONTHLY.csv", "--flows", "--as", "IWM", "--dry-run"),
    ("check", "claimed.yaml", "--data", "sample"),
    ("assets", "small"),
    ("data", "verify"),
    ("new", "fresh", "--yes"),
    # what is refused
    ("run", "none.yaml"), ("rnu",), ("run",), ("run", "mine.yaml", "--foo"),
    ("bootstrap", "mine.yaml", "--years", "0"),
    ("flows", "IWM", "--data", "sample"), ("flows", "IWM", "--data", "sample", "--flows", "IWM_FLOWS_MONTHLY.csv",
                                           "--relative-to", "assets"),
    ("data", "import", "IWM_FLOWS_MONTHLY.csv", "--flows", "--as", "IWM", "--kind", "us_etf"),
    ("run", "mine.yaml", "--set", "strategy.alocation=1"), ("run", "mine.yaml", "--set", "accounts=nisa"),
    ("run", "mine.yaml", "--data", "sample", "--set", "period.start=1950-01-01"),
    ("run", "mine.yaml", "--data", "csv:/none"), ("report", "results/none"), ("data", "show", "NONE"),
    ("run", "mine.yaml", "--data", "sample", "--set", "strategy.allocation.core=VOOO"),
    ("compare", "mine.yaml", "--data", "sample", "--sort", "xir"),
    ("sweep", "swept.yaml", "--data", "sample", "--objective", "nothing"),
]  # fmt: skip


MAKERS = ("run", "compare", "sweep", "windows", "bootstrap", "withdraw", "flows", "check")


def short(arguments: tuple[object, ...]) -> str:
    return "-".join(str(part).split("/")[-1] for part in arguments)


@pytest.mark.parametrize("arguments", COMMANDS, ids=short)
def test_a_command_says_nothing_that_is_in_no_catalogue(
    program: pseudo.Speaker, tmp_path: Path, arguments: tuple[object, ...]
) -> None:
    makes_pages = arguments[0] in MAKERS and "--help" not in arguments
    said = program.say(*arguments, *(("--out", tmp_path) if makes_pages else ()))
    assert pseudo.left(said, known()) == [], said
    assert "⟦" in said
    for page in tmp_path.rglob("*.html"):
        assert pseudo.left(pseudo.page_texts(page.read_text("utf-8")), known()) == [], page
