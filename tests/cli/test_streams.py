"""What is printed reaches every encoding, closed streams and early interrupts, in both languages."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from engine.cli import main
from engine.cli.streams import Readable, can_print, readable
from tests.child import ROOT, call, environment

CONFIGS = ROOT / "configs"
ENCODINGS = ("cp932", "cp1252", "latin-1", "ascii", "euc_jp", "utf-8")
SHORT = ("--data", "sample", "--set", "period.start=2024-01-01")
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX descriptors and signals")


def test_what_it_wraps_may_be_closed_before_it_goes():
    """Python 3.14 says so where the end of a stream fails."""
    wrapped = io.StringIO()
    stream = Readable(wrapped)
    wrapped.close()
    stream.__del__()  # calls flush unless told otherwise
    other = io.StringIO("kept")
    Readable(other).__del__()
    assert not other.closed


class Printed:
    """What a command writes to streams of one encoding: a file's, not a terminal's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.monkeypatch, self.folder = monkeypatch, folder

    def __call__(self, encoding: str, *arguments: object, code: int = 0) -> tuple[bytes, str]:
        out, err = io.BytesIO(), io.BytesIO()
        with self.monkeypatch.context() as patch:
            patch.chdir(self.folder)
            patch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding=encoding, newline="\n"))
            patch.setattr(sys, "stderr", io.TextIOWrapper(err, encoding=encoding, newline="\n"))
            with pytest.raises(SystemExit) as stop:
                main([str(argument) for argument in arguments])
            sys.stdout.flush()
            sys.stderr.flush()
            assert not isinstance(sys.stdout, Readable)  # as it was before
            told, said = out.getvalue(), err.getvalue().decode(encoding)
        assert stop.value.code == code, said
        assert "defect" not in said
        return told, said


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Printed:
    return Printed(monkeypatch, tmp_path)


COMMANDS = {
    "run": ("run", CONFIGS / "satellite10.yaml", *SHORT),
    "compare": ("compare", CONFIGS / "core100.yaml", CONFIGS / "satellite10.yaml", *SHORT),
    "markdown": ("compare", CONFIGS / "core100.yaml", *SHORT, "--format", "markdown"),
    "assets": ("assets", "VOO", "IJR"),
    "data": ("data", "list"),
    "audit": ("audit", "results/satellite10"),
    "new": ("new", "x", "--yes", "--force", "--to", "x.yaml"),
}


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("encoding", ["cp932", "cp1252", "latin-1", "ascii"])
def test_every_command_in_every_encoding(
    encoding: str, lang: str, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTEST_CACHE", str(printed.folder / "cache"))
    cannot = lang == "ja" and encoding in ("cp1252", "latin-1", "ascii")
    for name, arguments in COMMANDS.items():
        if name == "audit" and encoding != "cp932":
            continue  # its second engine takes seconds to load
        out, said = printed(encoding, *arguments, "--lang", lang)
        text = out.decode(encoding)
        assert text.strip(), name
        assert ("this output" in said) == cannot, name
        assert "\\u" not in text, name
        is_japanese = any("\u3040" <= char <= "\u30ff" for char in text)
        assert is_japanese == (lang == "ja" and not cannot), name
    page = (printed.folder / "results" / "satellite10" / "report.html").read_text(encoding="utf-8")
    assert f'lang="{lang}"' in page  # files are in the language that was asked for


def test_yen_and_lines_have_neighbours_in_ascii(printed: Printed) -> None:
    arguments = ("run", CONFIGS / "core100.yaml", *SHORT, "--lang", "en")
    whole = printed("utf-8", *arguments)[0].decode()
    assert "¥" in whole
    assert printed("ascii", *arguments)[0].decode("ascii") == readable(whole, "ascii")
    assert readable("¥1,234 − 5 │ 小", "ascii") == "JPY1,234 - 5 | \\u5c0f"
    assert readable("¥1,234 – 5 ✓ 小", "cp932") == "\\1,234 - 5 v 小"
    assert readable("¥1,234 é Ａ①", "cp1252") == "¥1,234 é A1"
    assert readable("a\udcffb", "utf-8") == "a\\udcffb"  # a file's name that is no text
    assert [can_print("ja", io.TextIOWrapper(io.BytesIO(), encoding=name)) for name in ENCODINGS] == [
        True, False, False, False, True, True
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp932", "ascii"])
def test_a_csv_in_a_file_is_utf_8_for_excel(encoding: str, printed: Printed) -> None:
    arguments = (*COMMANDS["compare"], "--format", "csv", "--lang", "ja")
    out, _ = printed(encoding, *arguments)
    assert out.startswith(b"\xef\xbb\xbf")
    assert out.count(b"\n") == out.count(b"\r\n") == 3
    rows = list(csv.DictReader(io.StringIO(out.decode("utf-8-sig"))))
    assert [row["プラン" if "プラン" in row else next(iter(row))] for row in rows] == [
        "core100",
        "satellite10",
    ]
    assert any("\u3040" <= char <= "\u30ff" for char in "".join(rows[0]))


@pytest.mark.parametrize("encoding", ["cp932", "ascii"])
def test_json_and_html_mean_the_same_in_every_encoding(encoding: str, printed: Printed) -> None:
    import html

    for arguments in (
        (*COMMANDS["run"], "--json", "--lang", "ja"),
        (*COMMANDS["compare"], "--format", "json", "--lang", "ja"),
        ("schema",),
    ):
        out, said = printed(encoding, *arguments)
        assert json.loads(out.decode("ascii")) == json.loads(printed("utf-8", *arguments)[0])
        assert "this output" not in said or "--format" in arguments
    arguments = (*COMMANDS["compare"], "--format", "html", "--lang", "ja")
    told = printed(encoding, *arguments)[0].decode("ascii")
    assert html.unescape(told) == html.unescape(printed("utf-8", *arguments)[0].decode())


def test_an_error_with_a_japanese_name(printed: Printed) -> None:
    for encoding in ENCODINGS:
        out, said = printed(encoding, "run", "小型株.yaml", "--lang", "ja", code=2)
        assert out == b""
        assert said.count("\n") == 1
        assert ("小型株.yaml" in said) or "\\u5c0f\\u578b\\u682a.yaml: no such file" in said


def test_the_help_too(printed: Printed) -> None:
    for encoding in ENCODINGS:
        for arguments in (["--help"], ["run", "--help"], []):
            out, said = printed(encoding, *arguments, code=0 if arguments else 2)
            assert "Usage: backtest" in out.decode(encoding) + said


def test_as_a_child_in_the_code_page_of_japanese_windows(tmp_path: Path) -> None:
    """One of the commands in a process of its own, its streams made by Python."""
    done = subprocess.run(
        [sys.executable, "-m", "engine", *map(str, COMMANDS["assets"]), "--lang", "ja"],
        env=environment(PYTHONIOENCODING="cp932"), cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert "名称" in done.stdout.decode("cp932")


# --- closed streams -----------------------------------------------------------------------------------------


def closing(*numbers: int) -> Callable[[], None]:
    def before() -> None:
        for number in numbers:
            os.close(number)

    return before


@posix
@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)], ids=str)
def test_a_stream_that_is_closed(closed: Sequence[int], tmp_path: Path) -> None:
    arguments = (*COMMANDS["run"], "--out", tmp_path)
    done = call(*arguments, before=closing(*closed))
    assert done.returncode == 0
    assert done.stderr == ""
    assert (tmp_path / "satellite10" / "manifest.json").is_file()
    done = call("run", tmp_path / "none.yaml", before=closing(*closed))
    assert done.returncode == 2
    assert (done.stderr == "") == (2 in closed)


# --- an early interrupt -------------------------------------------------------------------------------------

AT_AN_IMPORT = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
from engine.__main__ import main
main()
"""


@posix
@pytest.mark.parametrize("module", ["engine.cli", "click", "click.core", "engine.errors"])
def test_an_interrupt_while_the_program_is_loaded(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_AN_IMPORT, module],
        env=environment(), capture_output=True, text=True, check=False, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "backtest: interrupted\n")


def test_python_m_engine_is_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engine", "nonsense"],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("backtest: there is no command 'nonsense'")
