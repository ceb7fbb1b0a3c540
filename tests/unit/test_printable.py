"""What a file says is shown on a terminal and never steers it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from engine.cli import main
from engine.cli.output import say, say_json
from engine.printable import printable
from engine.report.terminal import Screen, section

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x1b[31m\u202enote\x9b5m\x7f\r\b\ufeff\U000e0041"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 100 % ¥1,000 円　全角 é 👨‍👩 a\u00a0b\tc\nd",) * 2,
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("a\u202eb\u2066c\u200fd", "a\\u202eb\\u2066c\\u200fd"),
        ("\x9b\x7f\r\U000e0041", "\\x9b\\x7f\\r\\U000e0041"),
    ],
)
def test_spelt_out(text: str, shown: str) -> None:
    assert printable(text) == shown


def is_harmless(text: str) -> bool:
    return all(char.isprintable() or char == "\n" for char in text)


def test_say(capsys: pytest.CaptureFixture[str]) -> None:
    say(HOSTILE)
    assert is_harmless(capsys.readouterr().out)


def test_json_means_what_it_meant(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({HOSTILE: [HOSTILE, float("nan"), 1.5, True, None, Path("a")]})
    out = capsys.readouterr().out
    assert is_harmless(out)
    assert json.loads(out) == {HOSTILE: [HOSTILE, None, 1.5, True, None, "a"]}


def test_colours_of_a_table_are_ours_alone() -> None:
    from rich.text import Text

    from engine.report.terminal import printed

    text = printed([Text("ours \x1b[31m theirs", "bold red")], Screen(80, color=True))
    assert "\\x1b[31m theirs" in text
    assert text.count("\x1b[") == 2
    assert is_harmless(printed([HOSTILE], Screen(80, color=False)))
    assert is_harmless(section(HOSTILE, [HOSTILE], Screen(80, color=False)))


def test_a_note_of_a_foreign_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "AAA.csv").write_text("date,close,adj_close,dividend\n2020-01-06,100,100,0\n")
    with io.StringIO(newline="") as text:
        text.write(f'symbol,kind,currency,note\nAAA,us_etf,USD,"{HOSTILE.replace(chr(13), "")}"\n')
        (tmp_path / "assets.csv").write_bytes(text.getvalue().encode())
    for more in ([], ["--json"]):
        with pytest.raises(SystemExit):
            main(["assets", "AAA", "--data", f"csv:{tmp_path}", *more])
        said = capsys.readouterr()
        assert is_harmless(said.out + said.err)
