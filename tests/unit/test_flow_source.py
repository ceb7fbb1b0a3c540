"""Where the fund flows come from that a tilt watches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.config import Config, dump_yaml, load_config, parse_config
from engine.context import flows_of
from engine.errors import ConfigError, NotFound
from engine.locale import Locale
from engine.plan import flow_source
from tests.study_helpers import CONFIGS

FLOWS = "date,flow_usd\n2024-01-31,1000000\n2024-02-29,-250000\n"


def plan(signal: str) -> Config:
    return load_config(CONFIGS / "tilt_momentum.yaml", (f"strategy.allocation.signal={signal}",))


def test_from_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(FLOWS)
    found = flows_of(plan(f"{{type: flows, file: {tmp_path / 'mine.csv'}}}"))
    assert found is not None
    np.testing.assert_array_equal(found.flow, [1_000_000, -250_000])


PLAN = """name: a
strategy:
  allocation:
    {type: tilt, core: VOO, satellite: IWM, base_weight: 0.1, min_weight: 0, max_weight: 0.2,
     signal: {type: flows, file: data/mine.csv}}
  contributions: {type: lump_sum, amount: 1}
"""


def test_a_file_lies_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plans" / "data").mkdir(parents=True)
    (tmp_path / "plans" / "data" / "mine.csv").write_text(FLOWS)
    (tmp_path / "plans" / "a.yaml").write_text(PLAN)
    monkeypatch.chdir(tmp_path)
    config = load_config("plans/a.yaml")
    monkeypatch.chdir("/")
    found = flows_of(config)
    assert found is not None
    assert found.source == "csv:mine.csv"
    kept = parse_config(dump_yaml(config))  # that of a result, wherever it is run again
    assert flow_source(kept) == ("file", str(tmp_path / "plans" / "data" / "mine.csv"))
    (tmp_path / "again.yaml").write_text(dump_yaml(config))
    assert load_config(tmp_path / "again.yaml") == config


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        (
            "en",
            "plans/a.yaml:5: strategy.allocation.signal.file: plans/data/mine.csv: no such file "
            "(it is looked for beside the configuration; allowed: ../data/mine.csv)",
        ),
        (
            "ja",
            "plans/a.yaml:5：strategy.allocation.signal.file：plans/data/mine.csv：ファイルがありません。"
            "設定ファイルのある場所から探します。../data/mine.csv と書いてください",
        ),
    ],
)
def test_a_file_of_the_working_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("plans", "data"):
        (tmp_path / folder).mkdir()
    (tmp_path / "plans" / "a.yaml").write_text(PLAN)
    (tmp_path / "data" / "mine.csv").write_text(FLOWS)
    with pytest.raises(ConfigError) as caught:
        load_config("plans/a.yaml")
    assert caught.value.translate(Locale(lang)) == line
    # A result of before has the path as it was written: it is read as it is.
    assert flow_source(parse_config(PLAN)) == ("file", "data/mine.csv")


@pytest.mark.parametrize("name", ["mine.csv", "a" * 300, "data", "あ\u3099.csv"])
def test_no_such_file_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "a.yaml").write_text(PLAN.replace("data/mine.csv", name), "utf-8")
    with pytest.raises(ConfigError, match=r"a\.yaml:5: strategy\.allocation\.signal\.file: .*no such file"):
        load_config(tmp_path / "a.yaml")


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
