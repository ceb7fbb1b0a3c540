"""The same command gives the same bytes wherever, whenever and in whatever language it is typed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.child import BACKTEST, ROOT, call, environment

CONFIG = ROOT / "configs" / "satellite10.yaml"
TOKYO = {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}
ARGUMENTS = ("run", CONFIG, "--data", "sample", "--set", "period.end=2004-12-31", "--lang", "en")


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "satellite10").iterdir()}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, bytes]]:
    out = tmp_path_factory.mktemp("expected") / "results"
    done = call(*ARGUMENTS, "--out", out, env=environment(**TOKYO))
    assert done.returncode == 0, done.stderr
    return done.stdout.replace(str(out), "OUT"), bytes_of(out)


@pytest.mark.parametrize(
    "changes",
    [
        {"TZ": "Pacific/Kiritimati"},
        {"TZ": "America/St_Johns"},
        {"TZ": "nonsense"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "ja_JP.SJIS", "PYTHONIOENCODING": "utf-8"},
        {"LC_ALL": "tr_TR.UTF-8"},
        {"LANG": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8"},
        {"COLUMNS": "37", "TERM": "dumb", "NO_COLOR": "1"},
        {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"},
        {"PYTHONHASHSEED": "12345", "OMP_NUM_THREADS": "1"},
    ],
    ids=str,
)
def test_any_zone_locale_and_home(
    changes: dict[str, str], expected: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    done = call(*ARGUMENTS, "--out", tmp_path, env=environment(**{**TOKYO, **changes}))
    assert done.returncode == 0, done.stderr
    assert bytes_of(tmp_path) == expected[1]
    if "PYTHONUTF8" not in changes:
        assert done.stdout.replace(str(tmp_path), "OUT") == expected[0]
    assert done.stderr == ""


CLOCK = """
import sys, time, datetime
moment = float(sys.argv.pop(1))
time.time = lambda: moment
time.localtime_ = time.localtime
time.localtime = lambda at=None: time.localtime_(moment if at is None else at)
day, instant = datetime.date, datetime.datetime
class Real(type):  # what was made before, or by C, is a date too
    def __instancecheck__(cls, made): return isinstance(made, instant if cls.__name__ == "Moment" else day)
class Day(datetime.date, metaclass=Real):
    @classmethod
    def today(cls): return cls(1970, 1, 1) + datetime.timedelta(days=int(moment // 86400))
class Moment(datetime.datetime, metaclass=Real):
    @classmethod
    def now(cls, tz=None): return datetime.datetime.fromtimestamp(moment, tz)
datetime.date, datetime.datetime = Day, Moment
from engine.cli import main
main()
"""


@pytest.mark.parametrize(
    "moment", [0, 86399, 1709164800, 4102444800], ids=["1970", "midnight", "leap day", "2100"]
)
def test_any_clock(moment: int, expected: tuple[str, dict[str, bytes]], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLOCK, str(moment), *map(str, ARGUMENTS), "--out", str(tmp_path)],
        env=environment(**TOKYO), capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert bytes_of(tmp_path) == expected[1]


def test_from_any_folder(expected: tuple[str, dict[str, bytes]], tmp_path: Path) -> None:
    """Relative and Japanese paths, with spaces."""
    folder = tmp_path / "投資 の folder"
    folder.mkdir()
    (folder / "設定.yaml").write_bytes(CONFIG.read_bytes())
    arguments = ["run", "設定.yaml", *map(str, ARGUMENTS[2:]), "--out", "結果"]
    done = call(*arguments, cwd=folder, env=environment(**TOKYO))
    assert done.returncode == 0, done.stderr
    assert bytes_of(folder / "結果") == expected[1]


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell")
def test_a_pipe_that_closes(tmp_path: Path) -> None:
    command = '"$@" | head -c 1 >/dev/null; echo ${PIPESTATUS[0]}'
    done = subprocess.run(
        ["bash", "-c", command, "bash", *BACKTEST, *map(str, ARGUMENTS), "--out", str(tmp_path)],
        env=environment(**TOKYO), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "0\n"
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_an_error_that_cannot_be_told_has_its_code_all_the_same() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*BACKTEST, "run", "none.yaml"], env=environment(), stderr=full, check=False)
    assert done.returncode == 2


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["bash", "-c", 'cd "$1"; rmdir "$1"; shift; exec "$@"', "bash", str(gone), sys.executable, "-c",
         "from engine.cli import main; main()", *map(str, ARGUMENTS)],
        env=environment(**TOKYO), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


NO_NETWORK = """
import socket, sys
def refuse(*args, **kwargs):
    print("NETWORK", args, file=sys.stderr)
    raise OSError("no network in this test")
socket.socket.connect = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
from engine.cli import main
main()
"""


@pytest.mark.parametrize("more", [("--data", "sample"), ("--offline",)], ids=str)
def test_no_network_unless_asked(more: tuple[str, ...], tmp_path: Path) -> None:
    """Neither the sample nor ``--offline`` opens a connection, and nothing is reported to anyone."""
    done = subprocess.run(
        [sys.executable, "-c", NO_NETWORK, "run", str(CONFIG), "--out", str(tmp_path), "--quiet", *more],
        env=environment(XDG_CACHE_HOME=str(tmp_path / "cache"), HOME=str(tmp_path)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 0
