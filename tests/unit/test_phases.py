"""Phases of a life: from and until, several contributions, incomes, ages."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import config_hash, dump_yaml, load_config, override, parse_config
from engine.config.models import Period
from engine.config.phases import age_of, birthday
from engine.errors import ConfigError
from engine.plan import make_plan
from engine.studies.grid.workload import begun_in
from tests import by_hand

HEAD = """
name: phases
period: {start: 2001-01-01, end: 2020-12-31}
person: {born: 1960-04-15}
strategy:
  allocation: {type: fixed_mix, weights: {VOO: 1}}
"""
PHASES = f"""{HEAD}
  contributions:
    - {{type: monthly, name: 積立, amount: 50_000, until: 55歳}}
    - {{type: annual, amount: 300_000, month: 6, from: 2005-01-01, until: age 55}}
  incomes:
    - {{name: 年金, amount: 120_000, every: even_months, day: 15, from: age 60}}
"""


def config_of(text: str = PHASES, *changes: str) -> Any:
    return parse_config(text, "x.yaml", changes)


def weekdays(first: str, last: str) -> Any:
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    return days[np.is_busday(days)]


def test_ages_are_dates_when_a_configuration_is_loaded() -> None:
    config = config_of()
    monthly, annual = config.strategy.arriving
    assert (monthly.from_, monthly.until) == (None, dt.date(2015, 4, 15))
    assert (annual.from_, annual.until) == (dt.date(2005, 1, 1), dt.date(2015, 4, 15))
    assert config.strategy.incomes[0].from_ == dt.date(2020, 4, 15)
    assert parse_config(dump_yaml(config)) == config
    assert config_hash(config) == config_hash(config_of(PHASES.replace("55歳", "2015-04-15")))
    later = config_of(PHASES, "period.end=age 58", "strategy.contributions.積立.until=2014-01-31")
    assert later.period.end == dt.date(2018, 4, 15)
    assert later.strategy.arriving[0].until == dt.date(2014, 1, 31)


@pytest.mark.parametrize(
    ("text", "age"),
    [("age 65", 65), ("Age 65", 65), ("65歳", 65), ("６５歳", 65), ("満65歳", 65), ("65 歳", 65), ("65", None),
     ("aged 65", None), ("age 131", None), ("歳", None), (65, None), (None, None)],
)  # fmt: skip
def test_what_an_age_is(text: Any, age: int | None) -> None:
    assert age_of(text) == age


def test_birthdays() -> None:
    assert birthday(dt.date(1985, 4, 15), 65) == dt.date(2050, 4, 15)
    assert birthday(dt.date(1984, 2, 29), 65) == dt.date(2049, 2, 28)
    assert birthday(dt.date(1984, 2, 29), 64) == dt.date(2048, 2, 29)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "person: {born: 1960-04-15}", "",
            'x.yaml:9: strategy.contributions.0.until: came "55歳", allowed a date such as 2001-01-31 '
            "(an age needs the date of birth: person: {born: 1985-04-15})",
        ),
        (
            "until: 55歳", "until: 55",
            "x.yaml:9: strategy.contributions.0.until: came 55, allowed a date such as 2001-01-31",
        ),
        (
            "name: 積立, ", "name: 年金, ",
            "x.yaml:12: strategy.incomes.0.name: '年金' is the name of another; each needs its own name",
        ),
        (
            "from: 2005-01-01, until: age 55", "from: 2005-01-01, until: 2004-12-31",
            "x.yaml:10: strategy.contributions.1.until: came 2004-12-31, allowed a date from 2005-01-01 on",
        ),
        (
            "{type: annual, amount: 300_000, month: 6, from: 2005-01-01, until: age 55}", "{type: none}",
            "x.yaml:10: strategy.contributions.1.type: came none among others, allowed none alone",
        ),
        ("amount: 120_000", "amount: 0.5", "x.yaml:12: strategy.incomes.0.amount: came 0.5, allowed whole yen"),
        ("born: 1960-04-15", "born: 1960-04-31", 'x.yaml:4: person.born: came "1960-04-31", allowed a date'),
        ("{born: 1960-04-15}", "{name: a}", 'x.yaml:9: strategy.contributions.0.until: came "55歳", allowed'),
    ],
)  # fmt: skip
def test_a_wrong_phase_is_told_in_one_line(old: str, new: str, line: str) -> None:
    assert old in PHASES
    with pytest.raises(ConfigError) as caught:
        config_of(PHASES.replace(old, new))
    told = str(caught.value)
    assert "\n" not in told
    assert told.startswith(line), told


def test_a_birthday_cannot_be_changed_when_ages_are_dates() -> None:
    with pytest.raises(ConfigError, match=r"person\.born: ages are dates by now"):
        override(config_of(), {"person.born": "1970-01-01"})
    assert override(config_of(), {"strategy.contributions.0.until": "age 50"}).strategy.arriving[0].until == (
        dt.date(2010, 4, 15)
    )


def test_several_schedules_are_read_from_their_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("date,amount\n2001-03-01,1000\n")
    (tmp_path / "b.csv").write_text("date,amount\n2002-03-01,2000\n")
    path = tmp_path / "x.yaml"
    path.write_text(
        f"{HEAD}  contributions:\n    - {{type: schedule, name: a, file: a.csv}}\n"
        "    - {type: schedule, name: b, file: b.csv}\n"
    )
    assert [item.entries[0].amount for item in load_config(path).strategy.arriving] == [1000, 2000]
    (tmp_path / "b.csv").unlink()
    with pytest.raises(ConfigError, match=r"strategy\.contributions\.1\.file"):
        load_config(path)


def test_a_configuration_without_phases_is_written_as_before() -> None:
    config = parse_config(f"{HEAD}  contributions: {{type: monthly, amount: 1}}\n".replace("person", "#"))
    assert set(config.resolved()["strategy"]) == {
        "allocation", "contributions", "deploy", "withdrawals", "rebalancing",
    }  # fmt: skip
    assert set(config.resolved()["strategy"]["contributions"]) == {
        "type", "amount", "day", "growth", "bonus", "initial",
    }  # fmt: skip


@st.composite
def money(draw: st.DrawFn) -> str:
    """Random contributions and incomes, as a file has them."""

    def day(name: str) -> str:
        value = draw(st.dates(dt.date(1999, 1, 1), dt.date(2007, 12, 31)))
        return f", {name}: {value}"

    def span() -> str:
        how = draw(st.integers(0, 3))
        if how == 3:
            one, other = sorted(draw(st.dates(dt.date(1999, 1, 1), dt.date(2007, 1, 1))) for _ in range(2))
            return f", from: {one}, until: {other}"
        return ("", day("from") if how == 1 else day("until"))[min(how, 1)]

    def growth() -> str:
        return f", growth: {draw(st.sampled_from([0, 0.02, -0.03, 0.5]))}, day: {draw(st.integers(1, 31))}"

    lines = []
    for n in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["monthly", "annual"]))
        own = f", month: {draw(st.integers(1, 12))}" if kind == "annual" else ""
        if kind == "monthly" and draw(st.booleans()):
            own += ", bonus: {months: [6, 12], amount: 77_777}"
        amount = draw(st.integers(1, 999_999))
        lines.append(f"    - {{type: {kind}, name: c{n}, amount: {amount}{own}{growth()}{span()}}}")
    lines.append("  incomes:")
    for n in range(draw(st.integers(1, 2))):
        every = draw(st.sampled_from(["monthly", "even_months", "yearly"]))
        own = f", month: {draw(st.integers(1, 12))}, amount: {draw(st.integers(1, 999_999))}"
        lines.append(f"    - {{name: i{n}, every: {every}{own}{growth()}{span()}}}")
    return f"{HEAD}  contributions:\n" + "\n".join(lines) + "\n"


@settings(max_examples=60, deadline=None)
@given(money(), st.integers(0, 400))
def test_what_arrives_is_what_a_calendar_says(text: str, skip: int) -> None:
    config = parse_config(text)
    sessions = weekdays("2001-01-01", "2006-12-29")[skip:]
    plan = make_plan(config, sessions, ["VOO"])
    first = max(dt.date(2001, 1, 1), sessions[0].item() - dt.timedelta(days=10))
    first = dt.date(2001, 1, 1) if skip == 0 else sessions[0].item() if first > dt.date(2001, 1, 1) else first
    expected = by_hand.on_sessions(by_hand.arrivals(config, first, sessions[-1].item()), sessions.tolist())
    assert plan.deposit.tolist() == [float(amount) for amount in expected]
    assert (plan.release == plan.deposit).all()


def test_a_window_finds_its_person_as_old() -> None:
    config = config_of()
    moved = begun_in(config, Period(start=dt.date(1991, 3, 1), end=dt.date(2000, 12, 31)))
    assert moved.strategy.arriving[0].until == dt.date(2005, 6, 15)
    assert moved.strategy.incomes[0].from_ == dt.date(2010, 6, 15)
    alone = config.model_copy(update={"person": None})
    assert begun_in(alone, Period(start=dt.date(1991, 3, 1))).strategy == config.strategy
