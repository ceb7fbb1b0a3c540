"""``backtest audit`` as a person types it."""

from __future__ import annotations

import dataclasses
import json
from importlib import import_module
from pathlib import Path

import pytest

from engine import store
from engine.audit.checks import Audit, Check
from engine.cli import main
from engine.cli.audit import lines
from engine.config import load_config
from engine.run import run

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("results")
    for name in ("core100", "retirement_withdrawals"):
        store.save(run(load_config(CONFIGS / f"{name}.yaml"), source="sample"), out)
    return out


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


def tampered(results: Path, out: Path, name: str) -> None:
    """A result whose records were changed by someone who also made its checksums right."""
    whole = store.load(results / name)
    amounts = whole.transactions["amount"].copy()
    amounts[0] += 1.0
    store.save(dataclasses.replace(whole, transactions={**whole.transactions, "amount": amounts}), out)


def test_results_that_hold(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("audit", results / "core100", "retirement_withdrawals", "--out", results, "--lang", "en") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("core100: holds — largest relative difference ")
    assert "retirement_withdrawals: holds" in out
    for by in ("vectorbt", "(numba)", "(rust)", "empyrical", "pyxirr", "transactions"):
        assert by in out
    assert "calendar days" in out


def test_in_japanese(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("audit", results / "core100", "--lang", "ja") == 0
    out = capsys.readouterr().out
    assert out.startswith("core100：一致 — 最大の相対差")
    assert "日次" in out


def test_for_programs(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("audit", results / "core100", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["name"] == "core100"
    assert told["holds"] is True
    assert 0 <= told["largest"] < 1e-9
    assert set(told["checks"][0]) == {"what", "by", "difference", "allowed", "where", "holds"}


def test_quiet(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("audit", results / "core100", "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_one_that_does_not_hold(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tampered(results, tmp_path, "core100")
    assert call("audit", tmp_path / "core100", results / "retirement_withdrawals", "--lang", "en") == 1
    out, err = capsys.readouterr()
    assert out.startswith("core100: DOES NOT HOLD")
    assert "retirement_withdrawals: holds" in out
    assert err.count("\n") == 1
    assert err.startswith("backtest: core100: ")
    assert "allowed: 1e-09" in err


def test_several_that_do_not_hold(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("core100", "retirement_withdrawals"):
        tampered(results, tmp_path, name)
    assert call("audit", tmp_path / "core100", tmp_path / "retirement_withdrawals", "--json") == 1
    out, err = capsys.readouterr()
    assert [one["holds"] for one in json.loads(out)] == [False, False]
    assert err == "backtest: 2 of 2 results do not hold: core100, retirement_withdrawals\n"


@pytest.mark.parametrize("name", ["none", "../core100.yaml"])
def test_no_result(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("audit", tmp_path / "x" / name) == 4
    line = f"{name}: holds no result (manifest.json is missing) (make one with: backtest run)"
    assert line in capsys.readouterr().err


RUN = ("run", CONFIGS / "core100.yaml", "--data", "sample", "--lang", "en", "--audit")


def test_a_run_that_is_audited_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*RUN, "--out", tmp_path) == 0
    out, err = capsys.readouterr()
    assert "core100: holds — largest relative difference " in out
    assert "Final value" in out
    assert err == ""


def test_an_audited_run_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*RUN, "--out", tmp_path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["name"] == "core100"
    assert told["audit"]["holds"] is True
    assert told["audit"]["largest"] < 1e-9


def test_an_audited_run_that_does_not_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("engine.audit.figures"), "_xirr", lambda result: 0.5)
    assert call(*RUN, "--out", tmp_path) == 1
    out, err = capsys.readouterr()
    assert "core100: DOES NOT HOLD" in out
    assert "XIRR" in err
    assert (tmp_path / "core100" / "manifest.json").exists()


@pytest.mark.parametrize(("per_year", "said"), [(252, "252 days"), (237, "237 days"), (12, "12 months")])
def test_a_figure_is_named_by_the_sessions_of_its_year(per_year: int, said: str):
    wrong = Check("sharpe", "empyrical", 0.5)
    told = lines(Audit("x", (wrong,), (), per_year), "en")
    assert any(f"Sharpe ratio ({said})" in line for line in told)
