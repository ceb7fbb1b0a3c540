"""``backtest flows`` as a person types it."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from engine.cli import main
from tests.fake_studies import noise


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["flows", *map(str, arguments), "--lang", "en"])
    return int(stop.value.code or 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Flows of IWM that have nothing to do with the sample's prices, 240 months of them, in dollars alone."""
    made = tmp_path_factory.mktemp("flows")
    month = np.datetime64("2002-01", "M") + np.arange(240)
    days = (month + 1).astype("datetime64[D]") - 1
    rows = [f"{day},{amount:.0f}" for day, amount in zip(days, noise(4, 240)[1] * 1e10)]
    (made / "IWM_FLOWS_MONTHLY.csv").write_text("\n".join(["date,flow_usd", *rows, ""]))
    return made


def test_the_answer_comes_first_and_the_files_follow(folder, tmp_path, capsys) -> None:
    assert call("IWM", "--data", "sample", "--flows", folder, "--out", tmp_path) == 0
    out, err = capsys.readouterr()
    assert err == ""
    said = " ".join(out.split())
    assert "SAMPLE" in said.split("IWM")[0]
    assert (
        "IWM: this is noise: neither that flows lead returns nor that they follow them can be told." in said
    )
    for words in (
        "hold 18 independent periods of 12 months",  # the first 24 months have no volatility before them
        "a month's flow is a multiple of the standard deviation",
        "circular block bootstrap of months, 2,000 draws, blocks of 24 months, seed 1",
        "25 correlations are looked at",
        "Around the 43 months of the largest inflow",
    ):
        assert words in said, words
    made = tmp_path / "flows-IWM"
    manifest = json.loads((made / "manifest.json").read_text())
    assert (manifest["kind"], manifest["seed"], manifest["flags"]["sample"]) == ("flows", 1, True)
    assert [item["symbol"] for item in manifest["data"]] == ["IWM", "IWM flows"]
    for name, sum_ in manifest["files"].items():
        assert hashlib.sha256((made / name).read_bytes()).hexdigest() == sum_
    assert (made / "flows.html").read_text().startswith("<!doctype html>")
    with (made / "months.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["symbol", "month", "flow", "assets", "flow_to_volatility", "fifth", "level"]
    assert {"2002-01-31", "2021-12-31"} <= {row["month"] for row in rows}
    with (made / "lags.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [int(row["months"]) for row in csv.DictReader(file)] == list(range(-12, 13))


def test_the_same_command_writes_the_same_bytes(folder, tmp_path) -> None:
    for name in ("one", "other"):
        assert call("IWM", "--data", "sample", "--flows", folder, "--out", tmp_path / name, "--quiet") == 0
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name / "flows-IWM").iterdir()}
        for name in ("one", "other")
    )
    assert one == other


def test_json_for_programs(folder, tmp_path, capsys) -> None:
    given = (
        "--data",
        "sample",
        "--flows",
        folder,
        "--out",
        tmp_path,
        "--base",
        "JPY",
        "--seed",
        "7",
        "--json",
    )
    assert call("IWM", *given) == 0
    told = json.loads(capsys.readouterr().out)
    (fund,) = told["funds"]
    assert (fund["relation"], fund["base"], fund["currency"], told["seed"]) == ("noise", "JPY", "USD", 7)
    assert (fund["measure"], len(fund["lags"]), len(fund["events"])) == ("volatility", 25, 18)
    assert told["manifest"]["assumptions"][1]["english"].endswith("in JPY.")


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (("IWM", "--data", "sample"), 3, "there are no fund flows of IWM in sample (backtest data import"),
        (("IJR", "--flows", "FOLDER"), 3, "there are no fund flows of IJR in"),
        (("IWM", "--flows", "FOLDER", "--relative-to", "assets"), 3, "its net assets are unknown"),
        (("IWM", "IWM"), 2, "allowed one or more, each once"),
        (("IWM", "--base", "EUR"), 2, "--base"),
        ((), 2, "SYMBOL...: missing"),
    ],
)
def test_what_is_refused_is_one_line_and_nothing_is_written(
    folder, tmp_path, capsys, given, code, words
) -> None:
    given = [folder if word == "FOLDER" else word for word in given]
    more = () if "--data" in given else ("--data", "sample")
    assert call(*given, *more, "--out", tmp_path / "out") == code
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert words in err
    assert not (tmp_path / "out").exists()


def test_a_short_history_runs_nothing(tmp_path, capsys) -> None:
    rows = [f"2020-{month:02}-28,{month}" for month in range(1, 13)]
    (tmp_path / "IWM_FLOWS_MONTHLY.csv").write_text("\n".join(["date,flow_usd", *rows, ""]))
    assert call("IWM", "--data", "sample", "--flows", tmp_path, "--out", tmp_path / "out") == 3
    assert "IWM: 0 months have a flow and a return; at least 60 are needed" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
