"""The script that pages carry: kept once deflated, and never trusted for what it is not."""

from __future__ import annotations

import base64
import hashlib
import zlib
from pathlib import Path

import pytest

from engine.report import plotly_script
from engine.report.plotly_script import deflated, plotly


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BACKTEST_CACHE", str(tmp_path))
    plotly.cache_clear()
    return tmp_path


def unfolded() -> bytes:
    plotly.cache_clear()
    return zlib.decompress(base64.b64decode(plotly().folded), -zlib.MAX_WBITS)


def test_it_is_the_installed_script_and_its_hash(own_cache: Path) -> None:
    import plotly as package

    script = (Path(package.__file__).parent / "package_data" / "plotly.min.js").read_bytes()
    assert unfolded() == script
    assert base64.b64decode(plotly().digest) == hashlib.sha256(script).digest()
    (kept,) = (own_cache / "pages").iterdir()
    assert kept.read_bytes() == deflated(script)


def test_it_is_deflated_once(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = unfolded()
    monkeypatch.setattr(plotly_script, "deflated", lambda content: pytest.fail("deflated again"))
    assert unfolded() == first


@pytest.mark.parametrize(
    "planted", [b"", b"no deflate", deflated(b"alert(1)"), deflated(b"x" * 30_000_000)], ids=range(4)
)
def test_a_planted_or_damaged_file_is_not_used(own_cache: Path, planted: bytes) -> None:
    script = unfolded()
    (kept,) = (own_cache / "pages").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(planted)
    assert unfolded() == script
    assert kept.read_bytes() == whole


def test_a_folder_that_cannot_be_written(own_cache: Path) -> None:
    (own_cache / "pages").write_text("a file is in the way", encoding="utf-8")
    assert len(unfolded()) > 1_000_000
