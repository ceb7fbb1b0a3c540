"""A cache of somebody who means harm: one line, the other histories stay, nothing outside the cache is touched."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.errors import BacktestError, DataError, StoreError
from engine.market import series_parquet
from engine.market.cache import Cache, Policy, Request
from engine.market.cache_entry import EntryManifest
from tests.hostile import bomb, dumps, is_one_line, mutated, mutated_columns, no_file
from tests.made_up_source import Source, history, pay, split
from tests.memory import at_most

MOST = 800_000  # kB beside the program itself, which has some 200 MB


def good(root: Path) -> None:
    cache = Cache(root)
    paid = split(pay(history(symbol="VOO", days=400), "2030-05-15", 1.5), "2030-04-15", 2.0)
    cache.get("VOO", "yahoo", Source(paid).fetch)
    cache.get("IJR", "yahoo", Source(history(symbol="IJR")).fetch)


def sealed(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def spoil(folder: Path, rng: random.Random) -> str:
    """One thing wrong in the entry of VOO, its checksums right; what was done."""
    pointer_path = folder / "pointer"
    pointer = json.loads(pointer_path.read_bytes().partition(b"\n")[2])
    file = folder / f"{pointer['file']}.parquet"
    kind = rng.choice(["pointer"] * 4 + ["values", "about", "bomb", "no file", "bytes"])
    if kind == "pointer":
        pointer_path.write_bytes(sealed(dumps(mutated(pointer, rng))))
    elif kind == "no file":
        kind += " " + no_file(rng.choice([pointer_path, file]), rng)
    elif kind == "bytes":
        text = bytearray(pointer_path.read_bytes().partition(b"\n")[2])
        for _ in range(rng.randrange(1, 9)):
            text[rng.randrange(len(text))] = rng.randrange(256)
        pointer_path.write_bytes(sealed(bytes(text)))
    else:
        content = bomb(rng) if kind == "bomb" else repacked(file.read_bytes(), kind, rng)
        file.unlink()
        pointer["file"] = hashlib.sha256(content).hexdigest()
        if rng.random() < 0.5:
            try:
                series = series_parquet.decode(content)
                pointer |= {"sha256": series.sha256, "rows": len(series.dates)}
                pointer |= {"first": str(series.dates[0]), "last": str(series.dates[-1])}
            except DataError:
                pass
        (folder / f"{pointer['file']}.parquet").write_bytes(content)
        pointer_path.write_bytes(sealed(dumps(pointer)))
    return kind


def repacked(content: bytes, kind: str, rng: random.Random) -> bytes:
    """A history's file with other values, or with other words about them."""
    import io

    import pyarrow.parquet as pq

    from engine.arrow import from_arrow, to_table

    table = pq.read_table(io.BytesIO(content))
    about = table.schema.metadata[b"backtest"]
    columns = {name: from_arrow(table.column(name)) for name in table.column_names}
    if kind == "values":
        columns = mutated_columns(columns, rng)
    else:
        about = dumps(mutated(json.loads(about), rng))
    sink = io.BytesIO()
    pq.write_table(
        to_table(columns).replace_schema_metadata({b"backtest": about}), sink, write_page_checksum=True
    )
    return sink.getvalue()


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[Any, str, str]:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    said = capsys.readouterr()
    assert all(char.isprintable() or char == "\n" for char in said.out)
    return end.value.code, said.out, said.err


def check(root: Path, capsys: pytest.CaptureFixture[str]) -> set[int]:
    """What every command says of the cache; the exit codes of those that look at the spoilt history."""
    code, out, error = call(capsys, "data", "list", "--lang", "en")
    assert (code, error) == (0, "")
    assert "IJR" in out
    assert call(capsys, "data", "show", "IJR", "--lang", "en")[0] == 0
    shown, _, error = call(capsys, "data", "show", "VOO", "--lang", "en")
    assert shown in (0, 3)
    assert shown == 0 or is_one_line(error)
    is_gone = "is not in the cache" in error
    verified, _, error = call(capsys, "data", "verify", "--lang", "en")
    assert verified in (0, 1)
    assert verified == 0 or is_one_line(error)
    assert shown == 0 or verified == 1 or is_gone
    found = Cache(root).get_many([Request("VOO", "yahoo", Source(history()).fetch)], Policy(offline=True))
    (answer,) = found.values()
    if isinstance(answer, BacktestError):
        assert is_one_line(f"{answer}\n")
        assert answer.exit_code in (3, 4)
        return {shown, answer.exit_code}
    return {shown}


@at_most(MOST)
def hostile_caches(tmp_path: Path, monkeypatch: Any, capsys: Any, number: int, first: int) -> None:
    good(tmp_path / "good" / "market")
    victim = tmp_path / "precious.parquet"
    victim.write_text("precious")
    refused = 0
    for seed in range(first, first + number):
        home = tmp_path / "hostile"
        shutil.copytree(tmp_path / "good", home)
        monkeypatch.setenv("BACKTEST_CACHE", str(home))
        kind = spoil(home / "market" / "yahoo" / "VOO", random.Random(seed))
        begun = time.monotonic()
        try:
            refused += 3 in check(home / "market", capsys)
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {kind}") from error
        assert time.monotonic() - begun < 10, f"seed {seed}: {kind}"
        assert victim.read_text() == "precious"
        shutil.rmtree(home)
    assert refused > number * 0.7  # what is left changes nothing that matters


def test_hostile_caches(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    hostile_caches(tmp_path, monkeypatch, capsys, 40, 0)


@pytest.mark.long
def test_1000_hostile_caches(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    hostile_caches(tmp_path, monkeypatch, capsys, 1000, 1000)


def test_a_pointer_that_names_a_file_elsewhere_moves_nothing(tmp_path: Path) -> None:
    """Its name is a path: what lies there was moved to the quarantine by the next fetch."""
    root = tmp_path / "cache"
    good(root)
    victim = tmp_path / "precious.parquet"
    victim.write_text("precious")
    path = root / "yahoo" / "VOO" / "pointer"
    pointer = json.loads(path.read_bytes().partition(b"\n")[2])
    path.write_bytes(sealed(dumps(pointer | {"file": str(victim.with_suffix(""))})))
    answer = Cache(root).get("VOO", "yahoo", Source(history()).fetch)
    assert "is damaged: it cannot be read: file" in str(answer.notes[0])
    assert victim.read_text() == "precious"


def test_a_slot_that_is_a_link_is_not_written(tmp_path: Path) -> None:
    """Somebody who may write to a shared cache leads it into another's folder: nothing there is removed."""
    root = tmp_path / "cache"
    good(root)
    private = tmp_path / "private"
    private.mkdir()
    (private / "a.parquet").write_text("precious")
    (private / "lock").touch()
    shutil.rmtree(root / "yahoo" / "VOO")
    (root / "yahoo" / "VOO").symlink_to(private)
    with pytest.raises(StoreError, match="is a link to another folder"):
        Cache(root).get("VOO", "yahoo", Source(history()).fetch)
    assert [found.symbol for found in Cache(root).find()] == ["IJR"]
    assert (private / "a.parquet").read_text() == "precious"


def test_what_is_not_the_caches_stays_in_its_folder(tmp_path: Path) -> None:
    good(tmp_path)
    (tmp_path / "yahoo" / "VOO" / "notes.txt").write_text("mine")
    Cache(tmp_path).get("VOO", "yahoo", Source(history(symbol="VOO", days=400)).fetch, Policy(refresh=True))
    assert (tmp_path / "yahoo" / "VOO" / "notes.txt").read_text() == "mine"


def test_every_field_of_a_pointer_comes_back(tmp_path: Path) -> None:
    good(tmp_path)
    content = (tmp_path / "yahoo" / "VOO" / "pointer").read_bytes()
    assert EntryManifest.decode(content).encode() == content
