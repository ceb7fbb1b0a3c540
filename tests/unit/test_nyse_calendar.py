import numpy as np

from engine.market import exchanges
from scripts import make_nyse_closures


def test_the_committed_table_is_what_the_script_writes():
    assert make_nyse_closures.TARGET.read_text(encoding="ascii") == make_nyse_closures.text()


def test_known_closures():
    sessions = set(exchanges.nyse_sessions(exchanges.FIRST, exchanges.LAST).astype(str))
    assert not sessions & {"2001-09-11", "2001-09-14", "2012-10-29", "2007-01-02", "2025-01-09", "2022-06-20"}
    assert {"2001-09-10", "2001-09-17", "2021-12-31", "2024-11-29"} <= sessions


def test_next_and_previous_session():
    day = np.datetime64
    assert exchanges.first_session(day("2001-01-01")) == day("2001-01-02")
    assert exchanges.first_session(day("2001-09-11")) == day("2001-09-17")
    assert exchanges.last_session(day("2023-12-31")) == day("2023-12-29")
    assert (
        exchanges.first_session(day("2024-01-05"))
        == exchanges.last_session(day("2024-01-05"))
        == day("2024-01-05")
    )


def test_outside_the_table_a_day_stands_for_itself():
    for text in ("1985-06-15", "2040-06-16"):
        assert exchanges.first_session(np.datetime64(text)) == np.datetime64(text)
        assert exchanges.last_session(np.datetime64(text)) == np.datetime64(text)
