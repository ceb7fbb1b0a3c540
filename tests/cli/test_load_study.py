"""A study read back from its folder is the value that was written; nothing in a folder is believed unseen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.cli import main
from engine.errors import ConfigError, StoreError
from engine.report.deliverables import of_bootstrap, of_flows
from engine.studies.stored import KINDS, load_study
from tests.fake_studies import fake_bootstrap, fake_flows
from tests.person import CONFIGS

PLAN = CONFIGS / "satellite10.yaml"
SHORT = {"source": "sample", "threads": 1, "period": ("2009-01-01", "2016-12-31")}


def small(name: str, tmp_path: Path, **changes: Any) -> Path:
    """A shipped sweep or windows study, cut down."""
    from ruamel.yaml import YAML

    values = YAML(typ="safe").load((CONFIGS / name).read_text("utf-8"))
    values["base"] = str((CONFIGS / name).parent / values["base"])
    path = tmp_path / f"{Path(name).stem}.yaml"
    path.write_text(json.dumps({**values, **changes}), "utf-8")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, Path]]:
    """Each kind of study as a view, and the folder that it left."""
    out = tmp_path_factory.mktemp("made")
    windows = {"every": "year", "horizons": [5]}
    axes = {
        "strategy.allocation.satellite_weight": [0.0, 0.1],
        "strategy.allocation.satellite": ["IJR", "IWM"],
    }
    sweep = small("sweeps/allocation.yaml", out, axes=axes, windows=windows, objective="xirr")
    windfall = small("windows/windfall.yaml", out, windows=windows)
    found: dict[str, Any] = {
        "sweep": engine.sweep(sweep, out=out, **SHORT),
        "windows": engine.windows(windfall, out=out, **SHORT),
        "bootstrap": engine.bootstrap(PLAN, paths=20, years=2, fan_paths=7, out=out, **SHORT),
        "withdraw": engine.withdraw(
            CONFIGS / "retirement_withdrawals.yaml", years=[2], futures=4, rates=[0.04], out=out, **SHORT
        ),
        "check": engine.check(CONFIGS / "claims" / "small_cap_article.yaml", source="sample", out=out),
    }  # fmt: skip
    folders = {json.loads(path.read_text())["kind"]: path.parent for path in out.glob("*/manifest.json")}
    return {kind: (view, folders[kind]) for kind, view in found.items()}


@pytest.mark.parametrize("kind", ["sweep", "windows", "bootstrap", "withdraw", "check"])
def test_read_back_it_is_the_same(kind: str, made: dict[str, tuple[Any, Path]]) -> None:
    view, folder = made[kind]
    again = engine.load_study(folder)
    assert again.result == view.result
    assert again == view
    assert hash(again) == hash(view)
    assert again._repr_html_() == view._repr_html_()
    assert type(again) is type(view)
    assert again.frame.equals(view.frame)
    for name, frame in getattr(view, "frames", {}).items():
        assert again.frames[name].equals(frame), name


def test_flows_and_made_up_studies_too(tmp_path: Path) -> None:
    flows, drawn = fake_flows(), fake_bootstrap()
    for name, files, found in ((*of_flows(flows, "ja"), flows), ("drawn", of_bootstrap(drawn, "ja"), drawn)):
        write(tmp_path / name, files)
        assert load_study(tmp_path / name) == found


def write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir()
    for file, content in files.items():
        (folder / file).write_bytes(content)


def test_every_kind_that_a_command_writes_is_read() -> None:
    assert set(KINDS) == {"sweep", "windows", "bootstrap", "withdraw", "flows", "check"}


def test_other_values_are_not_equal(made: dict[str, tuple[Any, Path]]) -> None:
    results = [view.result for view, _ in made.values()]
    assert all((one == other) == (one is other) for one in results for other in results)
    drawn = made["bootstrap"][0].result
    values = drawn.values.copy()
    assert replace(drawn, values=values) == drawn
    assert replace(drawn, values=values + 1.0) != drawn
    swept = made["sweep"][0].result
    assert replace(swept, summary=replace(swept.summary, values=swept.summary.values + 1.0)) != swept
    assert replace(swept, findings=()) != swept


def test_no_array_can_be_written_to(made: dict[str, tuple[Any, Path]]) -> None:
    swept, lived, drawn = (made[kind][0].result for kind in ("sweep", "windows", "bootstrap"))
    for array in (
        swept.summary.values, swept.summary.windows, swept.tuning.x, lived.outcome["xirr"], lived.starts,
        drawn.values, drawn.outcomes["final_value"], drawn.contributed,
    ):  # fmt: skip
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_a_point_runs_again_with_the_prices_that_are_named(made: dict[str, tuple[Any, Path]]) -> None:
    view, folder = made["sweep"]
    asked = {"satellite_weight": 0.1, "satellite": "IWM"}
    assert engine.load_study(folder, source="sample").life(**asked) == view.life(**asked)  # type: ignore[union-attr]


def test_functions_of_a_folder_are_asked_only_where_that_is_allowed(
    made: dict[str, tuple[Any, Path]], tmp_path: Path
) -> None:
    folder = copied(made["windows"][1], tmp_path)
    change(folder, lambda told: told["strategies"][0]["strategy"].update(
        allocation={"type": "python", "function": "tests.own_functions:weights", "assets": ["VOO"]}
    ))  # fmt: skip
    view = engine.load_study(folder, source="sample")
    with pytest.raises(ConfigError, match="allow"):
        view.life(view.result.names[0])  # type: ignore[union-attr]


def copied(folder: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(folder, tmp_path / "copy"))


def change(folder: Path, how: Callable[[Any], Any], name: str = "study.json") -> None:
    """Change a file of a study, its checksum with it."""
    path, manifest = folder / name, json.loads((folder / "manifest.json").read_text())
    told = json.loads(path.read_text())
    how(told)
    path.write_text(json.dumps(told))
    manifest["files"][name] = sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("kind", "how", "told"),
    [
        ("sweep", lambda told: told.pop("windows"), "windows: missing"),
        ("sweep", lambda told: told.update(axes=told["axes"] * 2), None),
        ("sweep", lambda told: told["axes"].append({**told["axes"][0], "values": [*range(10_001)]}), "axes"),
        ("sweep", lambda told: told["chunks"].append([0, 1, 0, 1, 5]), "cannot be read|damaged"),
        ("sweep", lambda told: told.update(program="0" * 64), "damaged"),
        ("windows", lambda told: told.update(base={}), "is not a result"),
        ("windows", lambda told: told["axes"][0].update(labels=[[]]), "no text"),
        ("bootstrap", lambda told: told.update(years=[0, 7]), "KeyError"),
        ("bootstrap", lambda told: told.update(strategies=[]), "strategies"),
        ("check", lambda told: told["verdicts"].pop(), "ValueError"),
        ("check", lambda told: told["verdicts"][0].update(why=5), "why"),
    ],
)  # fmt: skip
def test_a_folder_that_says_something_else_is_refused_in_one_line(
    kind: str, how: Callable[[Any], Any], told: str | None, made: dict[str, tuple[Any, Path]], tmp_path: Path
) -> None:
    folder = copied(made[kind][1], tmp_path)
    change(folder, how)
    before = sorted(path.name for path in folder.rglob("*"))
    if told is None:
        assert load_study(folder).plan.points.count == 4  # type: ignore[union-attr]  # the same axis twice is one
        return
    with pytest.raises(StoreError, match=told) as error:
        load_study(folder)
    assert "\n" not in str(error.value)
    assert sorted(path.name for path in folder.rglob("*")) == before, "who only reads removes nothing"


@pytest.mark.parametrize("name", ["manifest.json", "study.json"])
def test_a_file_that_is_missing_or_has_changed(
    name: str, made: dict[str, tuple[Any, Path]], tmp_path: Path
) -> None:
    folder = copied(made["bootstrap"][1], tmp_path)
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(content.replace(b"satellite10", b"satellite11"))
    if name == "study.json":
        with pytest.raises(StoreError, match="has changed"):
            load_study(folder)
    path.unlink()
    with pytest.raises(StoreError, match=r"holds no study|cannot be read"):
        load_study(folder)


def test_a_run_is_no_study(tmp_path: Path) -> None:
    engine.run(CONFIGS / "core100.yaml", out=tmp_path, source="sample")
    with pytest.raises(StoreError, match="load_result reads a run"):
        engine.load_study(tmp_path / "core100")


def test_an_older_folder_says_so(made: dict[str, tuple[Any, Path]], tmp_path: Path) -> None:
    folder = copied(made["bootstrap"][1], tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["files"]["study.json"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match="an older version of this program wrote it"):
        load_study(folder)


def test_a_study_that_a_command_made_is_read(tmp_path: Path) -> None:
    plan = CONFIGS / "retirement_withdrawals.yaml"
    with pytest.raises(SystemExit) as stop:
        main(
            [
                "bootstrap",
                str(plan),
                "--data",
                "sample",
                "--paths",
                "9",
                "--years",
                "1",
                "--out",
                str(tmp_path),
            ]
        )
    assert not stop.value.code
    view = engine.load_study(tmp_path / "retirement_withdrawals-bootstrap", lang="ja")
    assert view.result.takes_out  # type: ignore[union-attr]
    assert np.isfinite(view.result.outcomes["final_value"]).all()  # type: ignore[union-attr]
