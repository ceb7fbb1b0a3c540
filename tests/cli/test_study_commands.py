"""``backtest sweep`` and ``backtest windows`` as a person would call them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine.cli import main
from tests.study_helpers import CONFIGS, SMALL, written


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and what was told as an error."""
    with pytest.raises(SystemExit) as stop:
        main([*arguments])
    out, err = capsys.readouterr()
    code = stop.value.code
    return (code if isinstance(code, int) else 1), out, err


def test_sweep_answers_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(written(tmp_path))
    code, out, err = call(capsys, "sweep", path, "--data", "sample", "--out", str(tmp_path), "--lang", "en")
    assert code == 0
    assert err == ""
    assert out.startswith("SAMPLE")
    for said in (
        "Best is the highest median of Annual return on the money (XIRR) over 5 years.",
        "cannot be told from the best one",
        "this is noise.",
        "Walk-forward, 5 choices judged on",
        "Windows overlap: of the 81 of 5 years, no more than 5 can be picked that share no day.",
        "Idle cash earns nothing.",
        str(tmp_path / "small"),
    ):
        assert said in out
    assert out.count("Idle cash") == 1
    assert max(len(line) for line in out.splitlines() if re.match(r"\s*(No\.|\d+  )", line)) <= 100


def test_sweep_answers_in_japanese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(written(tmp_path))
    code, out, _ = call(capsys, "sweep", path, "--data", "sample", "--out", str(tmp_path), "--lang", "ja")
    assert code == 0
    for said in (
        "サンプル",
        "最良とは、5年運用したときの",
        "誤差の範囲",
        "ウォークフォワード",
        "サテライト比率",
        "待機資金に利息はつきません",
    ):
        assert said in out


def test_sweep_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sweep", str(written(tmp_path)), "--data", "sample", "--out", str(tmp_path), "--json"]
    code, out, _ = call(capsys, *arguments, "--objective", "max_drawdown", "--set", "windows.horizons=[2]")
    assert code == 0
    told = json.loads(out)
    assert told["objective"] == "max_drawdown"
    assert told["windows"]["horizons"] == [2]
    assert told["rows"] == 6 * 93
    assert len(told["ranking"]) == 6
    worst = [cell["objective"] for cell in told["ranking"]]
    assert worst == sorted(worst, reverse=True)
    assert max(worst) < 0
    assert told["flags"]["sample"] is True
    assert call(capsys, *arguments, "--quiet")[1] == ""


def test_wrong_sweeps_end_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, SMALL.replace("0.2]", "2]"))
    code, out, err = call(capsys, "sweep", str(path), "--data", "sample", "--out", str(tmp_path))
    assert (code, out) == (2, "")
    assert err == (
        f"backtest: {path}:5: strategy.allocation.satellite_weight: came 2, allowed 0 to 1 (2 % is 0.02)\n"
    )
    path = written(tmp_path)
    code, _, err = call(capsys, "sweep", str(path), "--data", "sample", "--objective", "xir")
    assert code == 2
    assert "did you mean xirr?" in err
    code, _, err = call(capsys, "sweep", str(path), "--data", "sample", "--workers", "0")
    assert code == 2
    assert "allowed 1 to 1024" in err
    code, _, err = call(capsys, "sweep", str(path), "--data", f"csv:{tmp_path}", "--out", str(tmp_path))
    assert code == 3
    assert err.count("\n") == 1


def test_windows_states_its_design(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(CONFIGS / "windows" / "vanguard_1y_3m_jpy.yaml")
    common = ["--data", "sample", "--out", str(tmp_path), "--lang", "en"]
    code, out, _ = call(capsys, "windows", path, *common)
    assert code == 0
    for said in (
        "3 parts against At once, 1 year: higher in",
        "invested in 3 equal parts a month apart",
        "idle cash earns 0.00% a year",
        "starts a month apart from Jan 2001, held for 1 year",
        "All money is in JPY.",
        "Known design",
        "Finlay and Zorn",
    ):
        assert said in out


def test_windows_of_configurations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(CONFIGS / "windfall_lump.yaml"), str(CONFIGS / "windfall_spread12.yaml")]
    common = ["--data", "sample", "--out", str(tmp_path), "--json"]
    code, out, _ = call(capsys, "windows", *files, *common, "--horizons", "2,5", "--every", "year")
    assert code == 0
    told = json.loads(out)
    assert [pair["horizon"] for pair in told["paired"]] == [2, 5]
    assert told["paired"][0]["windows"] == 24
    code, _, err = call(capsys, "windows", *files, *common, "--horizons", "2,x")
    assert code == 2
    assert "allowed whole years" in err
