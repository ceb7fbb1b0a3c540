"""Where the fund flows come from that a tilt watches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.config import Config, load_config
from engine.context import flows_of
from engine.errors import NotFound
from tests.study_helpers import CONFIGS

FLOWS = "date,flow_usd\n2024-01-31,1000000\n2024-02-29,-250000\n"


def plan(signal: str) -> Config:
    return load_config(CONFIGS / "tilt_momentum.yaml", (f"strategy.allocation.signal={signal}",))


def test_from_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(FLOWS)
    found = flows_of(plan(f"{{type: flows, file: {tmp_path / 'mine.csv'}}}"))
    assert found is not None
    np.testing.assert_array_equal(found.flow, [1_000_000, -250_000])


def test_from_the_folder_of_the_prices(tmp_path: Path) -> None:
    (tmp_path / "IWM_FLOWS_MONTHLY.csv").write_text(FLOWS)
    config = plan("{type: flows, symbol: IWM}")
    found = flows_of(config, f"csv:{tmp_path}")
    assert found is not None
    assert (found.symbol, found.source) == ("IWM", "csv:IWM_FLOWS_MONTHLY.csv")
    with pytest.raises(NotFound, match=r"there are no fund flows of IWM in sample \(use --data csv:DIR"):
        flows_of(config, "sample")


def test_a_plan_that_watches_no_flows_has_none() -> None:
    assert flows_of(load_config(CONFIGS / "tilt_momentum.yaml"), "sample") is None
