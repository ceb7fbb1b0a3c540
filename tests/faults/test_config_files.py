"""Files that are no configuration: one line each, soon, and nothing else happens."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.config import load_config, parse_config
from engine.errors import ConfigError


def message(path: Path) -> str:
    began = time.monotonic()
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert time.monotonic() - began < 60
    text = str(caught.value)
    assert "\n" not in text
    assert caught.value.exit_code == 2
    return text


def test_missing(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    assert message(path) == f"{path}: no such file"
    nowhere = tmp_path / "no" / "none.yaml"
    assert message(nowhere) == f"{nowhere}: no such file"


def test_folder(tmp_path: Path) -> None:
    assert str(tmp_path) in message(tmp_path)


def test_a_folder_on_the_way_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    assert "x.yaml: " in message(tmp_path / "x" / "x.yaml")


def test_a_path_with_nul(tmp_path: Path) -> None:
    assert "cannot be read" in message(tmp_path / "a\0b.yaml")


def test_a_path_of_many_characters(tmp_path: Path) -> None:
    assert "cannot be read" in message(tmp_path / ("x" * 300))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("name: x")
    path.chmod(0)
    assert "cannot be read" in message(path)


def test_shift_jis(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("name: x\ndescription: 小型株\n".encode("shift_jis"))
    assert message(path) == f"{path}:2: the file is in Shift_JIS, not in UTF-8 (save the file as UTF-8)"


def test_utf16(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("name: x\n".encode("utf-16"))
    assert message(path) == f"{path}:1: the file is in UTF-16, not in UTF-8 (save the file as UTF-8)"


def test_fifty_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert message(path) == f"{path}: longer than 1 MB, allowed: up to 1 MB"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_device_without_end() -> None:
    assert message(Path("/dev/zero")) == "/dev/zero: longer than 1 MB, allowed: up to 1 MB"


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi")
)
LADDER = "a0: &a0 {x: y}\n" + "".join(f"a{n}: &a{n} {{x: *a{n - 1}}}\n" for n in range(1, 200))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[" * 3000, "x.yaml:1: nested more than 50 levels deep"),
        ("{a: " * 2000, "x.yaml:1: nested more than 50 levels deep"),
        ("- " * 3000, "x.yaml:1: nested more than 50 levels deep"),
        ("\n".join(" " * n + "a:" for n in range(900)), "x.yaml:51: nested more than 50 levels deep"),
        (BOMB, "x.yaml:5: aliases stand for more than 50,000 values"),
        (LADDER, "x.yaml:49: nested more than 50 levels deep"),
        ("a: &a [*a]", "x.yaml:1: *a has no anchor &a before it"),
        ("- a\n" * 60_000, "x.yaml:50000: more than 50,000 values"),
        ("a: " + "x" * 20_000, "x.yaml:1: a line of 20,003 characters, allowed: 10,000"),
        ("a: |" + " " * 900_000, "x.yaml:1: a line of 900,004 characters, allowed: 10,000"),
        ("%YAML 1.1\n---\nname: NO", "x.yaml:2: a % directive, allowed: plain YAML 1.2 without directives"),
        ("%TAG ! x\n---\na", "x.yaml:2: a % directive, allowed: plain YAML 1.2 without directives"),
    ],
)
def test_bombs(text: str, line: str) -> None:
    began = time.monotonic()
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "x.yaml")
    assert str(caught.value) == line
    assert time.monotonic() - began < 60


def test_a_deep_file_that_is_allowed() -> None:
    with pytest.raises(ConfigError, match="allowed keys: name"):
        parse_config("[" * 49 + "]" * 49, "x.yaml")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("name: ..\n".encode("utf-8-sig"))
    assert ":1: strategy: missing" in message(path)


def test_loading_needs_neither_prices_nor_compilers() -> None:
    code = (
        "import engine.config, engine.errors, sys;"
        "heavy = {'pandas', 'numba', 'numpy', 'pyarrow', 'ruamel.yaml', 'plotly'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_a_link_that_leads_nowhere_is_not_suggested(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").symlink_to("none")
    assert message(tmp_path / "x.yaml") == f"{tmp_path / 'x.yaml'}: no such file"
