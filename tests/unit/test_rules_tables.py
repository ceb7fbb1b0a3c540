"""The dated tables: what the law and the brokers say, and how a wrong name is answered."""

from __future__ import annotations

import csv
import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from engine.config.models import AccountRules, Costs
from engine.locale import ENGLISH
from engine.market.assets import KINDS
from engine.market.exchanges import tokyo_holidays
from engine.rules import assumptions, tables
from engine.rules.terms import Overflow
from scripts.make_tokyo_holidays import FILE, text


def limits(rules: str, frame: str) -> dict[int, float]:
    rows = [row for row in tables.frames()[rules] if row.frame == frame]
    years = range(2010, 2031)
    return {year: row.annual_limit for year in years for row in rows if row.holds_in(year)}


def test_nisa_2024_holds_in_every_year():
    assert limits("nisa_2024", "T") == dict.fromkeys(range(2010, 2031), 1_200_000)
    assert limits("nisa_2024", "G") == dict.fromkeys(range(2010, 2031), 2_400_000)
    growth = next(row for row in tables.frames()["nisa_2024"] if row.frame == "G")
    assert (growth.lifetime_limit, growth.shared_lifetime, growth.term) == (12_000_000, 18_000_000, 0)
    assert growth.restores
    assert not growth.recurring_only


def test_the_old_schemes_end_in_2023_and_the_new_one_follows():
    general = limits("historical_general", "old_general")
    assert general == {2014: 1_000_000, 2015: 1_000_000} | dict.fromkeys(range(2016, 2024), 1_200_000)
    tsumitate = limits("historical_tsumitate", "old_tsumitate")
    assert tsumitate == dict.fromkeys(range(2018, 2024), 400_000)
    for rules in ("historical_general", "historical_tsumitate"):
        assert limits(rules, "T") == dict.fromkeys(range(2024, 2031), 1_200_000)
        assert limits(rules, "G") == dict.fromkeys(range(2024, 2031), 2_400_000)
    terms = {row.frame: row.term for rows in tables.frames().values() for row in rows}
    assert terms == {"T": 0, "G": 0, "old_general": 5, "old_tsumitate": 20}
    assert not any(row.restores for row in tables.frames()["historical_general"] if row.term)


def test_a_configuration_knows_the_names_of_the_tables():
    """The child's frame is a row that is off until it is law."""
    assert get_args(AccountRules.model_fields["rules"].annotation) == tuple(tables.frames())
    names = dict.fromkeys(row.name for row in tables._broker_rows())
    assert get_args(Costs.model_fields["broker"].annotation) == tuple(names)
    assert set(tables.settlements()) == {*KINDS, "cash", "deposit"}
    assert set(assumptions.RULES) == set(tables.frames())
    assert set(assumptions.OVERFLOW) == {mode.name.lower() for mode in Overflow}
    assert all(ENGLISH.has(f"broker_{row.name}") for row in tables._broker_rows() if row.valid_from)


@pytest.mark.parametrize(
    ("year", "rate"),
    [
        (1999, 0.10),
        (2003, 0.10),
        (2012, 0.10),
        (2013, 0.10147),
        (2014, 0.20315),
        (2024, 0.20315),
        (2040, 0.20315),
    ],
)
def test_tax_rates_by_year(year, rate):
    row = tables.tax_row(year)
    assert row.national + row.local == pytest.approx(rate, abs=1e-12)


def test_losses_against_dividends_since_2009():
    years = (1999, 2003, 2008, 2009, 2024)
    assert [tables.tax_row(year).dividend_offset for year in years] == [False, False, False, True, True]


def test_brokers():
    today = np.datetime64("2025-01-06")
    profiles = {name: tables.broker(name, today) for name in ("none", "sbi", "rakuten", "monex")}
    assert {name: p.commission_rate for name, p in profiles.items()} == {
        "none": 0,
        "sbi": 0.00495,
        "rakuten": 0.00495,
        "monex": 0.00495,
    }
    assert [p.commission_cap for p in profiles.values()] == [float("inf"), 22, 22, 22]
    assert [p.fx_spread for p in profiles.values()] == [0, 0, 0, 0.25]
    assert all(p.nisa_free for p in profiles.values())
    # Before its first date a profile is still the only one there is.
    assert tables.broker("sbi", np.datetime64("2001-01-04")) == profiles["sbi"]


def test_the_newest_price_list_in_force_is_used(monkeypatch):
    old, new = (np.datetime64(day) for day in ("2020-01-01", "2024-01-01"))
    first = dataclasses.replace(tables.broker("sbi", new), valid_from=old, commission_cap=20.0)
    second = dataclasses.replace(first, valid_from=new, commission_cap=22.0)
    monkeypatch.setattr(tables, "_broker_rows", lambda: (first, second))
    days = ("2019-06-03", "2020-01-01", "2023-12-29", "2024-01-01", "2025-01-06")
    assert [tables.broker("sbi", np.datetime64(day)).commission_cap for day in days] == [20, 20, 20, 22, 22]


def test_every_row_has_a_certainty_and_a_note():
    for file in sorted(tables.DATA.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                assert row["certainty"] in {"H", "M", "L"}, file.name
                assert row["note"], file.name
                assert None not in row, file.name


def test_the_holiday_file_is_what_the_exchange_calendar_says():
    assert FILE.read_text(encoding="utf-8") == text(), "run python -m scripts.make_tokyo_holidays"


def test_the_holidays_are_all_of_the_file_and_shared_by_all():
    holidays = tokyo_holidays()
    assert holidays[0] == np.datetime64("1997-01-01")
    assert len(holidays) == len(text().split()) - 1
    with pytest.raises(ValueError, match="read-only"):
        holidays[0] = holidays[1]


def test_holidays_known_from_the_exchange():
    holidays = set(tokyo_holidays().astype(str).tolist())
    golden_week_2019 = {"2019-04-29", "2019-04-30", "2019-05-01", "2019-05-02", "2019-05-03", "2019-05-06"}
    olympics = {"2020-07-23", "2020-07-24", "2021-07-22", "2021-07-23", "2021-08-09"}
    year_end = {"2024-12-31", "2025-01-01", "2025-01-02", "2025-01-03"}
    assert golden_week_2019 | olympics | year_end <= holidays
    assert not holidays & {"2024-12-30", "2025-01-06", "2021-10-11", "2020-10-12", "1998-05-06", "2020-10-01"}


def test_nothing_heavy_is_imported():
    code = (
        "import sys, engine.rules.build; "
        "print(sorted({'pandas', 'exchange_calendars', 'numba', 'pydantic'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"
