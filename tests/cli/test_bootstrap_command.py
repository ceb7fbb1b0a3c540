"""``backtest bootstrap`` as a person types it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from engine.cli import main

CONFIGS = Path(__file__).parents[2] / "configs"
SHORT = ("--paths", "60", "--years", "2", "--data", "sample", "--lang", "en")


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["bootstrap", *map(str, arguments)])
    return int(stop.value.code or 0)


def test_one_configuration_beside_its_core(tmp_path, capsys):
    assert call(CONFIGS / "satellite10.yaml", *SHORT, "--block", "40", "--out", tmp_path) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for said in (
        "SAMPLE",
        "60 drawn futures of 2 years.",
        "Core alone (VOO)",
        "Chance below the money paid in",
        "satellite10 against",
        "mean block 40 sessions, seed 1",
        "Shares are never split",
    ):
        assert " ".join(said.split()) in " ".join(out.split())
    folder = tmp_path / "satellite10-bootstrap"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["flags"]["sample"] is True
    assert manifest["seed"] == 1
    for name, sum_ in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sum_
    assert (folder / "bootstrap.html").read_text().startswith("<!doctype html>")


def test_the_same_bytes_on_any_number_of_workers(tmp_path):
    for workers in ("1", "3"):
        given = (*SHORT, "--block", "40", "--quiet", "--threads", workers, "--out", tmp_path / workers)
        assert call(CONFIGS / "satellite10.yaml", *given) == 0
    one, other = (
        {file.name: file.read_bytes() for file in (tmp_path / n / "satellite10-bootstrap").iterdir()}
        for n in ("1", "3")
    )
    assert one == other


def test_several_configurations_as_json(tmp_path, capsys):
    names = ("core100", "satellite05", "satellite15")
    given = (*SHORT, "--json", "--block", "40", "--out", tmp_path)
    assert call(*(CONFIGS / f"{name}.yaml" for name in names), *given) == 0
    told = json.loads(capsys.readouterr().out)
    assert [item["strategy"] for item in told["strategies"]] == list(names)
    assert {item["first"] for item in told["paired"]} == {"core100"}
    assert told["strategies"][0]["contributed"] == 24 * 100_000
    assert told["folder"] == str(tmp_path / "core100-bootstrap")


def test_what_cannot_be(tmp_path, capsys):
    configs = (CONFIGS / "core100.yaml", CONFIGS / "nisa_monthly.yaml")
    assert call(*configs, *SHORT, "--set", "strategy.contributions.amount=1", "--years", "99") == 2
    assert "--years: came '99', allowed a whole number from 1 to 70" in capsys.readouterr().err
    config = CONFIGS / "schedule_own_dates.yaml"
    assert call(config, *SHORT, "--out", tmp_path) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "nothing is paid in after" in err
    assert list(tmp_path.iterdir()) == []
