"""What a person gets wrong before a run begins: one line, the right exit code, and nothing written."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from engine.cli import main
from engine.market.exchanges import nyse_sessions

GOOD = (Path(__file__).parents[2] / "configs" / "core100.yaml").read_text(encoding="utf-8")


class Call:
    """``backtest`` in this process: what it said and how it ended."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def __call__(self, *arguments: object, out: str = "results") -> tuple[int, str]:
        with pytest.raises(SystemExit) as stop:
            main([*map(str, arguments), "--out", str(self.folder / out), "--quiet"])
        said = self.capsys.readouterr()
        assert said.out == ""
        return int(stop.value.code or 0), said.err

    def refused(self, code: int, *arguments: object, out: str = "results") -> str:
        """The one line of a call that fails with ``code`` and writes nothing."""
        came, err = self(*arguments, out=out)
        assert came == code, err
        assert err.startswith("backtest: ")
        assert err.count("\n") == 1
        assert "Traceback" not in err
        assert "defect" not in err
        assert not (self.folder / "results").exists()
        return err.removeprefix("backtest: ").rstrip("\n")


@pytest.fixture
def call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    return Call(tmp_path, capsys)


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "x.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# --- files that are no configuration ------------------------------------------------------------------------


BOMB = b"a: &a [x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (new, new, b",".join([b"*%c" % (new - 1)] * 10)) for new in range(98, 106)
)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "x.yaml: empty, allowed: keys: name, "),
        (b"\xff\xfe\x00", "x.yaml:1: the file is in UTF-16, not in UTF-8"),
        ("name: 小型株\n".encode("shift_jis"), "x.yaml:1: the file is in Shift_JIS, not in UTF-8"),
        (b"name: x\nstrategy: [a\n", "x.yaml:2:11: not YAML: "),
        (b"name: x\n  bad: y\n", "x.yaml:2:3: not YAML: "),
        (b"name: x\n\tstrategy: y\n", "x.yaml:2:1: not YAML: "),
        (b"name: x\nname: y\n", "x.yaml:2: name: "),
        (b"[" * 3000, "x.yaml:1: nested more than 50 levels deep"),
        (BOMB, "x.yaml:6: aliases stand for more than 50,000 values"),
        (b"- " + b"x" * 50_000_000, "x.yaml: longer than 1 MB"),
        (b"!!python/object/apply:os.system ['touch pwned']", "x.yaml:1: "),
        (b"name: !!python/name:os.system x\n", "x.yaml:1: "),
    ],
    ids=[
        "empty",
        "utf16",
        "sjis",
        "open",
        "indent",
        "tab",
        "twice",
        "nested",
        "bomb",
        "50MB",
        "object",
        "tag",
    ],
)
def test_no_configuration(call: Call, content: bytes, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(call.folder)
    began = time.monotonic()
    said = call.refused(2, "run", written(call.folder, content))
    assert line in said
    assert time.monotonic() - began < 10
    assert not (call.folder / "pwned").exists()


def test_missing_and_misspelt(call: Call) -> None:
    written(call.folder, GOOD)
    said = call.refused(2, "run", call.folder / "y.yaml")
    assert said == f"{call.folder}/y.yaml: no such file (did you mean {call.folder}/x.yaml?)"


# --- values that mean nothing -------------------------------------------------------------------------------

AMOUNT = "strategy.contributions.amount"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *((AMOUNT, value) for value in (".nan", ".inf", "-.inf", "1e400", "-1", "0", "1e300", "0x", "'1'")),
        *((AMOUNT, value) for value in ("[1]", "{a: 1}", "null", "true", "100_000.5")),
        ("strategy.allocation.weights", "{VOO: .nan}"),
        ("strategy.allocation.weights", "{VOO: 1.5, IJR: -0.5}"),
        ("strategy.allocation.weights", "{VOO: 0.99}"),
        ("strategy.allocation.weights", "{}"),
        ("strategy.allocation.weights", "{'../../x': 1.0}"),
        ("idle_cash.yield", ".inf"),
        ("risk_free", ".nan"),
        ("costs.commission_rate", "-.inf"),
        ("costs.fx_spread", "1e99"),
        ("period.start", "9999-99-99"),
        ("period.start", "2030-01-01"),
        ("period.end", "yesterday"),
        ("period", "{start: 2010-01-02, end: 2010-01-01}"),
        ("strategy.contributions.day", "32"),
        ("data.source", "http://example.com"),
        ("data.source", "csv:"),
        ("accounts", "[taxable, nisa]"),
        ("accounts", "[]"),
        ("strategy.rebalancing", "{type: band, width: .nan}"),
    ],
)
def test_values_that_mean_nothing(call: Call, key: str, value: str) -> None:
    said = call.refused(2, "run", written(call.folder, GOOD), "--set", f"{key}={value}")
    assert "allowed" in said


# --- names --------------------------------------------------------------------------------------------------


UNSAFE = [
    *("../../x", "..", ".", "/etc/x", "a/b", r"a\b", r"C:\x", "x" * 300, "", " ", "x ", "x.", ".x", "-x"),
    *("CON", "nul", "aux.txt", "COM1", "lpt9.log", "con.", "a:b", "a*", "a?", 'a"b', "a|b", "<x>"),
    *("a\tb", "a\u202eb", "a\0b", "a\nb", "\ud800"),
]


@pytest.mark.parametrize("name", UNSAFE, ids=ascii)
def test_names_that_are_no_folder(call: Call, name: str) -> None:
    text = GOOD.replace("name: core100", f"name: {json.dumps(name)}")
    assert text != GOOD
    call.refused(2, "run", written(call.folder, text), "--data", "sample")
    assert sorted(path.name for path in call.folder.iterdir()) == ["x.yaml"]


@pytest.mark.parametrize("name", ["小型株10", "ＡＢ", "a_b-c.d", "x" * 80, "Ünï"])
def test_names_that_are(call: Call, name: str) -> None:
    text = GOOD.replace("name: core100", f'name: "{name}"')
    code, said = call("run", written(call.folder, text), "--data", "sample")
    assert (code, said) == (0, "")
    assert [path.name for path in (call.folder / "results").iterdir()] == [name]


# --- data that do not reach ---------------------------------------------------------------------------------


def prices(folder: Path, symbol: str, first: str, last: str) -> None:
    days = nyse_sessions(np.datetime64(first), np.datetime64(last))
    rows = "".join(f"{day},{100 + number % 7},0\n" for number, day in enumerate(days))
    (folder / f"{symbol}.csv").write_text("date,close,dividend\n" + rows)


def rates(folder: Path, first: str, last: str, without: tuple[str, str] | None = None) -> None:
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    if without is not None:
        days = days[(days < np.datetime64(without[0])) | (days > np.datetime64(without[1]))]
    (folder / "USDJPY.csv").write_text("date,close\n" + "".join(f"{day},150\n" for day in days))


def run_on(call: Call, start: str, end: str, code: int = 3) -> str:
    arguments = ("--data", f"csv:{call.folder}", "--set", f"period={{start: {start}, end: {end}}}")
    asset = "strategy.allocation={type: fixed_mix, weights: {AAA: 1.0}}"
    path = written(call.folder, GOOD)
    return call.refused(code, "run", path, *arguments, "--set", asset, "--set", "data.splice=none")


def test_a_strategy_that_starts_before_its_data(call: Call) -> None:
    prices(call.folder, "AAA", "2024-03-01", "2024-12-31")
    rates(call.folder, "2024-01-01", "2024-12-31")
    said = run_on(call, "2024-01-02", "2024-12-31")
    assert said == (
        "AAA (csv:AAA.csv) begins on 2024-03-01; the period starts on 2024-01-02 "
        "(a start of 2024-03-01 or later)"
    )


def test_a_strategy_that_ends_after_its_data(call: Call) -> None:
    prices(call.folder, "AAA", "2024-01-02", "2024-10-31")
    rates(call.folder, "2024-01-01", "2024-12-31")
    assert "ends on 2024-10-31; the period ends on 2024-12-31" in run_on(call, "2024-01-02", "2024-12-31")


def test_missing_days_of_the_yen(call: Call) -> None:
    prices(call.folder, "AAA", "2024-01-02", "2024-12-31")
    rates(call.folder, "2024-01-01", "2024-12-31", without=("2024-06-03", "2024-06-12"))
    said = run_on(call, "2024-01-02", "2024-12-31")
    assert "the last fixing up to 2024-06-10 is of 2024-06-02" in said
    assert "5 are allowed" in said


def test_a_yen_that_begins_too_late(call: Call) -> None:
    prices(call.folder, "AAA", "2024-01-02", "2024-12-31")
    rates(call.folder, "2024-02-01", "2024-12-31")
    assert "no rate of 2024-01-02 or earlier" in run_on(call, "2024-01-02", "2024-12-31")


def test_no_such_folder_of_prices(call: Call) -> None:
    said = call.refused(3, "run", written(call.folder, GOOD), "--data", f"csv:{call.folder}/none")
    assert "no such folder" in said


def test_a_period_without_a_session(call: Call) -> None:
    prices(call.folder, "AAA", "2024-01-02", "2024-12-31")
    rates(call.folder, "2024-01-01", "2024-12-31")
    run_on(call, "2024-06-08", "2024-06-09")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["runn"], "did you mean run?"),
        (["run"], ": missing"),
        (["run", "x.yaml", "--nope"], "--nope"),
        (["run", "x.yaml", "--max-age", "-1"], "--max-age"),
        (["run", "x.yaml", "--data", "ftp:x"], "ftp:x"),
        (["audit"], ": missing"),
    ],
)
def test_command_lines_that_are_none(call: Call, arguments: list[str], line: str) -> None:
    arguments = [str(written(call.folder, GOOD)) if part == "x.yaml" else part for part in arguments]
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    said = call.capsys.readouterr()
    assert stop.value.code in (2, 3)
    assert line in said.err
    assert said.err.count("\n") == 1


def test_two_configurations_of_one_name(call: Call) -> None:
    one = written(call.folder, GOOD)
    other = call.folder / "y.yaml"
    other.write_text(GOOD, encoding="utf-8")
    said = call.refused(2, "run", one, other)
    assert "two configurations are named 'core100'" in said
