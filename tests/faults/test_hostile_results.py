"""A result of somebody who means harm, its checksums right: shown rightly, or one line and exit code 4."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import store
from engine.audit import audit
from engine.cli import main
from engine.config import load_config
from engine.errors import StoreError
from engine.locale import ENGLISH
from engine.report.run_text import run_table
from engine.report.terminal import Screen
from engine.result import Result
from engine.run import run
from tests.child import ROOT
from tests.hostile import bomb, dumps, is_one_line, mutated, mutated_columns, no_file
from tests.memory import at_most

MOST = 800_000  # kB beside the program itself, which has some 200 MB
SPAN = ["period.start=2021-06-01", "period.end=2024-03-28", "costs.broker=monex"]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small result with both NISA frames, a core beside it, and all the files there are."""
    config = load_config(ROOT / "configs" / "satellite10.yaml", SPAN)
    result = run(config, source="sample")
    audit(result)  # the other engines are compiled and imported once
    return store.save(result, tmp_path_factory.mktemp("good"), {"report.html": b"old"})


def spoil(folder: Path, rng: random.Random) -> str:
    """One thing wrong in a result, its checksums right; what was done."""
    path = rng.choice([path for path in sorted(folder.iterdir()) if path.name != "report.html"])
    manifest = json.loads((folder / "manifest.json").read_bytes())
    kind = rng.choice(["content"] * 6 + ["bytes", "no file", "extra"])
    if kind == "extra":
        path = folder / rng.choice(["extra.bin", "flows.parquet", "benchmark_flows.parquet"])
        path.write_bytes(b"" if rng.random() < 0.5 else bomb(rng))
        manifest["files"][path.name] = ""
        if rng.random() < 0.5:
            no_file(path, rng)
    elif kind == "no file":
        kind += " " + no_file(path, rng)
    elif kind == "bytes":
        text = bytearray(path.read_bytes())
        for _ in range(rng.randrange(1, 9)):
            text[rng.randrange(len(text))] = rng.randrange(256)
        path.write_bytes(bytes(text))
    elif path.name == "manifest.json":
        sums = manifest.pop("files")
        manifest = mutated(manifest, rng)
        manifest["files"] = sums
    else:
        path.write_bytes(other(path, rng))
    for name in manifest["files"]:
        held = folder / name
        if held.is_file() and not held.is_symlink() and held.stat().st_size < 10**8:
            manifest["files"][name] = hashlib.sha256(held.read_bytes()).hexdigest()
    if path.name != "manifest.json" or kind == "content":
        (folder / "manifest.json").write_bytes(dumps(manifest))
    return f"{kind} of {path.name}"


def other(path: Path, rng: random.Random) -> bytes:
    """What a file might hold instead of what it does."""
    content = path.read_bytes()
    if path.suffix == ".parquet":
        return (
            bomb(rng)
            if rng.random() < 0.2
            else store.to_parquet(mutated_columns(store.from_parquet(content), rng))
        )
    if path.suffix == ".json":
        return dumps(mutated(json.loads(content), rng))
    if path.suffix == ".csv":
        columns = mutated_columns(store.from_csv(content, path.name), rng)
        return store.csv_files({path.name: columns}, ENGLISH)[path.name]
    import io

    from ruamel.yaml import YAML

    plain = YAML(typ="safe", pure=True).load(content)
    text = io.BytesIO()
    YAML(typ="safe", pure=True).dump(json.loads(json.dumps(mutated(plain, rng))), text)
    return text.getvalue()


def look(folder: Path, capsys: pytest.CaptureFixture[str], lang: str, *, audited: bool) -> int:
    """What the commands that read a result say of it: the exit code of ``report``."""
    call = partial(_call, capsys)
    code, error = call("report", str(folder), "--lang", lang)
    assert code in (0, 4)
    if code == 4:
        assert is_one_line(error)
        return 4
    text = run_table([store.load(folder)], lang, screen=Screen(100, color=False))
    assert all(char.isprintable() or char in "\n\u3000" for char in text)
    if audited:
        code, error = call("audit", str(folder), "--lang", "en", "--quiet")
        assert code in (0, 1, 4)
        assert code == 0 or is_one_line(error)
        assert "defect" not in error
    return 0


def _call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[Any, str]:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    said = capsys.readouterr()
    assert all(char.isprintable() or char == "\n" for char in said.out + said.err), said
    return end.value.code, said.err


def test_records_of_an_asset_without_values_are_refused(good: Path, tmp_path: Path) -> None:
    result = store.load(good)
    moves = {**result.transactions, "asset": np.where(result.transactions["asset"] == "VOO", "QQQ", "")}
    folder = store.save(replace(result, transactions=moves), tmp_path)
    with pytest.raises(StoreError, match="column 'asset' has 'QQQ', which no run writes"):
        store.load(folder)


def changed(result: Result, name: str, change: Any) -> Result:
    """With another column of the sessions, the first of its figures changed."""
    column = result.equity[name].copy()
    column[0] = change
    return replace(result, equity={**result.equity, name: column})


def flagged(result: Result, **flags: Any) -> Result:
    """With flags of other kinds."""
    return replace(result, manifest={**result.manifest, "flags": {**result.manifest["flags"], **flags}})


UNLIKE: dict[str, Callable[[Result], Result]] = {
    "equity.parquet: column 'value' has a gap": lambda one: changed(one, "value", np.nan),
    "equity.parquet: column 'twr' has a gap": lambda one: changed(one, "twr", np.nan),
    "equity.parquet: column 'cash' has a figure that no money has": lambda one: changed(one, "cash", 2e18),
    "equity.parquet: its dates are not in order": lambda one: changed(one, "date", "2023-01-04"),
    "equity.parquet: its dates are none that this program knows": lambda one: changed(one, "date", "0900-01-01"),
    "equity.parquet: column 'cash' is of another kind": lambda one: replace(
        one, equity={**one.equity, "cash": one.equity["date"]}
    ),
    "equity.parquet: it has no column 'flow'": lambda one: replace(
        one, equity={name: column for name, column in one.equity.items() if name != "flow"}
    ),
    "years.csv: its dates are not in order": lambda one: replace(
        one, years={name: column[::-1] for name, column in one.years.items()}
    ),
    "metrics.json: final_value is of another kind": lambda one: replace(
        one, metrics={**one.metrics, "final_value": "2024-01-04"}
    ),
    "manifest.json: flags: not what it may be": lambda one: flagged(one, sample=[]),
    "manifest.json: flags: not what it may be\n": lambda one: flagged(one, more=True),
}  # fmt: skip


@pytest.mark.parametrize("line", UNLIKE)
def test_what_no_run_writes_is_one_line_and_no_table(
    good: Path, tmp_path: Path, capsys: Any, line: str
) -> None:
    folder = store.save(UNLIKE[line](store.load(good)), tmp_path)
    code, error = _call(capsys, "report", str(folder), "--lang", "en")
    assert (code, is_one_line(error)) == (4, True)
    assert line in error


@at_most(MOST)
def hostile_results(good: Path, folder: Path, capsys: Any, number: int, first: int, every: int) -> None:
    refused = 0
    broken = []
    for seed in range(first, first + number):
        rng = random.Random(seed)
        victim = folder / str(seed)
        shutil.copytree(good, victim)
        kind = spoil(victim, rng)
        begun = time.monotonic()
        try:
            refused += look(victim, capsys, ("en", "ja")[seed % 2], audited=seed % every == 0) == 4
        except BaseException as error:
            if not os.environ.get("HOSTILE_ALL"):
                raise AssertionError(f"seed {seed}: {kind}") from error
            broken.append(f"seed {seed}: {kind}: {error!r:.300}")
            capsys.readouterr()
        assert time.monotonic() - begun < 10, f"seed {seed}: {kind}"
        shutil.rmtree(victim)
    assert not broken, "\n".join(broken)
    assert refused > number / 2  # what is left changes nothing that has a bound


def test_hostile_results(good: Path, tmp_path: Path, capsys: Any) -> None:
    hostile_results(good, tmp_path, capsys, 40, 0, every=10)


@pytest.mark.long
def test_1000_hostile_results(good: Path, tmp_path: Path, capsys: Any) -> None:
    hostile_results(good, tmp_path, capsys, 1000, 1000, every=4)
