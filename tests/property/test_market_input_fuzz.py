"""Any bytes at all: a value or one of our own one-line errors, never anything else."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import BacktestError
from engine.market.importer import import_csv
from engine.market.providers import csv_folder

SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CELLS = st.one_of(
    st.sampled_from(
        [
            "2024/01/05",
            "2024-01-05",
            "20240106",
            "令和6年1月9日",
            "平成99年1月1日",
            "12/25/2023",
            "05/01/2024",
            "2024/2/30",
            "10,038",
            "１０",
            "-5",
            "0",
            "-",
            "nan",
            "inf",
            "1e400",
            "1_000",
            "基準日",
            "基準価額",
            "分配金",
            "¥5",
            "5円",
            '"',
        ]
    ),
    st.text(max_size=8),
)
TABLES = st.lists(st.lists(CELLS, max_size=5).map(",".join), max_size=12).map("\n".join)


def one_line(error):
    assert len(str(error).splitlines()) == 1


@SETTINGS
@given(
    body=st.one_of(TABLES, st.text(max_size=60)),
    encoding=st.sampled_from(["utf-8", "cp932", "utf-8-sig", "utf-16"]),
)
def test_any_text_under_fund_headings(tmp_path, body, encoding):
    path = tmp_path / "fund.csv"
    path.write_bytes(f"基準日,基準価額,分配金\n{body}".encode(encoding, "ignore"))
    try:
        series, understood = import_csv(path, "FUND")
    except BacktestError as error:
        one_line(error)
        return
    assert np.all(np.diff(series.dates.astype(int)) > 0)
    priced = np.isfinite(series.close)
    assert np.all(series.close[priced] > 0)
    assert np.all(series.dividend >= 0)
    assert np.all(priced | (series.dividend > 0))
    assert understood.rows == np.count_nonzero(priced)


@SETTINGS
@given(content=st.binary(max_size=200))
def test_any_bytes(tmp_path, content):
    for name, read in (
        ("fund", import_csv),
        ("AAA", lambda path, symbol: csv_folder.load(path.parent, symbol)),
    ):
        path = tmp_path / f"{name}.csv"
        path.write_bytes(content)
        try:
            read(path, "AAA")
        except BacktestError as error:
            one_line(error)


@SETTINGS
@given(body=TABLES, header=st.sampled_from(["date,close", "date,close,adj_close,dividend", "date,adj_close"]))
def test_any_table_in_a_folder(tmp_path, body, header):
    path = tmp_path / "AAA.csv"
    path.write_bytes(f"{header}\n{body}".encode("utf-8", "ignore"))
    try:
        series = csv_folder.load(tmp_path, "AAA")
    except BacktestError as error:
        one_line(error)
        return
    assert np.all(np.diff(series.dates.astype(int)) > 0)
    assert not np.isinf(series.close).any()


@SETTINGS
@given(
    values=st.lists(
        st.tuples(
            st.floats(1e-3, 1e6), st.one_of(st.just(float("nan")), st.floats(1e-3, 1e6)), st.floats(0, 100)
        ),
        min_size=1,
        max_size=40,
    )
)
def test_what_is_saved_is_what_is_loaded(tmp_path, values):
    from tests.market_helpers import made, save_csv

    dates = np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-01-01") + len(values))
    close, adjusted, paid = (np.array(column) for column in zip(*values, strict=True))
    series = made("AAA", dates, close, paid, adjusted)
    save_csv(tmp_path, series)
    assert csv_folder.load(tmp_path, "AAA").sha256 == series.sha256
