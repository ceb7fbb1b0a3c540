import time

import numpy as np
import pytest

from engine.errors import ConfigError
from engine.market import sources
from engine.market.build import build_panel
from engine.market.providers import ecb

HEADER = "symbol,kind,currency,expense_percent,first_date,frames,name_en\n"


def test_a_folder_with_its_own_rate_and_assets(tmp_path):
    (tmp_path / "MYFUND.csv").write_text("date,close\n2024-01-04,10000\n2024-01-05,10100\n")
    (tmp_path / "USDJPY.csv").write_text("date,close\n2024-01-04,200\n2024-01-05,210\n")
    (tmp_path / "assets.csv").write_text(HEADER + "MYFUND,jp_fund,JPY,0.1,,T G,My fund\n")
    panel = build_panel(["MYFUND"], source=f"csv:{tmp_path}", currency="USD")
    assert panel.kind == ("jp_fund",)
    np.testing.assert_array_equal(panel.usdjpy, [200, 210])
    assert [entry.source for entry in panel.provenance] == ["csv:MYFUND.csv", "csv:USDJPY.csv"]


def test_a_folder_without_a_rate_takes_the_ecbs_and_names_it(tmp_path):
    (tmp_path / "AAA.csv").write_text("date,close,dividend\n2024-01-04,10,0\n2024-01-05,11,0\n")
    panel = build_panel(["AAA"], source=f"csv:{tmp_path}")
    assert [entry.source for entry in panel.provenance] == ["csv:AAA.csv", "ecb"]
    assert panel.provenance[1].sha256 == ecb.load().sha256


@pytest.mark.parametrize("spec", ["", "csv", "csv:", "Yahoo", "http://x"])
def test_unknown_sources(spec):
    with pytest.raises(ConfigError, match="auto, yahoo, sample, csv:DIR"):
        sources.open_source(spec)


def test_the_probe_is_bounded_and_says_no_where_nobody_answers():
    begun = time.perf_counter()
    assert not sources.online("127.0.0.1", 9, seconds=0.5)
    assert time.perf_counter() - begun < 2


def test_the_probe_says_yes_to_a_listening_host():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        assert sources.online("127.0.0.1", server.getsockname()[1])
