"""Where foreign bytes come in, the bytes to try there, and what must hold of each: one home for both fuzzers.

A door reads a file. It may give a value or raise one of our errors, in one line. While it reads, nothing is
written, started, connected to or executed, and it is done within seconds.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.ma

from engine.config import config_hash, dump_yaml, load_config, load_model, parse_config
from engine.errors import BacktestError
from engine.locale import catalogue, languages
from engine.market.assets import read_assets
from engine.market.flows import load_flows
from engine.market.importer import ImportOptions, Understanding, import_csv
from engine.market.importer.flow_files import import_flows
from engine.market.providers import csv_folder
from engine.market.series import Series
from engine.studies.claims.claim_documents import Claims
from engine.studies.grid.sweep import Sweep
from engine.studies.grid.windows import WindowsFile
from tests.translated import OWN

CONFIGS = Path(__file__).parents[2] / "configs"
SECONDS = 10.0  # for one input; the largest that is accepted takes under two


def read_plan(path: Path) -> None:
    """A plan, by ``run``. What is accepted is the same plan when written out and read again."""
    config = load_config(path)
    assert config_hash(parse_config(dump_yaml(config))) == config_hash(config)


def read_fund(path: Path) -> None:
    """A price history, by ``data import``: rising days, positive finite prices or none."""
    _check_fund(*import_csv(path, "FUND"))


def read_download(path: Path) -> None:
    """The same of a US ETF, whose payouts are rebuilt where it has adjusted closes."""
    payouts = "adjusted" if b"Adj" in path.read_bytes() else ""
    _check_fund(*import_csv(path, "FUND", ImportOptions(kind="us_etf", payouts=payouts, closes="raw")))


def _check_fund(series: Series, understood: Understanding) -> None:
    price = np.where(np.isnan(series.close), series.adj_close, series.close)
    assert 0 < understood.rows == np.count_nonzero(price > 0)
    assert (series.dates[1:] > series.dates[:-1]).all()
    for values in (series.close, series.adj_close):
        assert (np.isnan(values) | ((values > 0) & (values < float("inf")))).all()
    assert (np.isnan(series.dividend) | (series.dividend >= 0)).all()
    assert (np.isfinite(price) | (series.dividend > 0)).all()


def read_flows(path: Path) -> None:
    """Fund flows, by ``data import --flows``: rising days, and a table of them."""
    found = import_flows(path, "AAA", currency="USD")
    assert (found.dates[1:] > found.dates[:-1]).all()
    assert found.text.count("\n") == found.dates.size + 1


def read_prices(path: Path) -> None:
    """Prices, by ``csv:DIR``: rising days."""
    series = csv_folder.load(path.parent, path.stem)
    assert (series.dates[1:] > series.dates[:-1]).all()


def read_schedule(path: Path) -> None:
    """The dates and amounts of a plan's contributions."""
    load_config(path.with_suffix(".yaml"))


SCHEDULED = """name: a
period: {start: 2001-01-01, end: 2003-12-31}
strategy:
  allocation: {type: fixed_mix, weights: {VOO: 1}}
  contributions: {type: schedule, file: AAA.csv}
"""
Door = Callable[[Path], object]
DOORS: Mapping[str, tuple[Door, ...]] = {
    "yaml": (read_plan,),
    "study": tuple(
        lambda path, model=model: load_model(model, path) for model in (Sweep, WindowsFile, Claims)
    ),
    "csv": (
        read_fund,
        read_download,
        read_assets,
        read_prices,
        lambda path: load_flows(path, "AAA"),
        read_flows,
        read_schedule,
    ),
}

FUNDS = (
    "年月日,基準価額(円),純資産総額（百万円）,分配金,決算期\n2024年01月04日,10000,10,,\n2024年01月05日,\"10,100\",11,50,1\n",
    "見本ファンド\n基準日,基準価額(円),基準価額（分配金再投資）(円),分配金（税引前）(円)\n令和6年1月4日,10000,10000,\n"
    "令和6年1月5日,10050,10150,50\n",
    "基準日,基準価額（円）,前日比,純資産総額,直近決算日,直近分配金\n20240105,10100,100,11,20240105,30\n20240104,10000,0,9,,\n",
    "年月日,\"基準価額\n(円)\",\"分配金\n(円)\"\n2015/01/02,4092,0\n2015/01/05,4000,50\n",
    "基準日,2019/12/30,基準価額,2270円\n\n年月日,基準価額(落ち後),基準価額（分配金再投資）\n2015/01/02,4092,4092.0\n2015/01/05,4000,4050.5\n",
)  # fmt: skip
TABLES = (
    "date,close,adj_close,dividend\n2024-01-04,100,99.5,\n2024-01-05,101,100.5,0.5\n2024-01-08,102.25,,0\n",
    "Date,Close,Adj Close,Dividends,Volume\n2024-01-04,10000,9950.2,0,5\n2024-01-05,10100,10049.7,0,5\n",
    "date,flow_usd\n2024-01-31,1000000\n2024-02-29,-250000\n",
    "date,nav,shares_outstanding\n2024-01-31,100,1000\n2024-02-29,101,1100\n2024-03-29,99,1050\n",
    "As Of,Flow ($mn),Shares Outstanding\nJan 31 2024,(1.5),-\n2024-02-29,△2,5\n2024年3月,3,6\n",
    "Date,Close,Adj Close\nJan 4, 2024,404.12,401.103198\n5-Jan-2024,408.81,408.81\n",
    "Price,Close,High\nTicker,VOO,VOO\nDate,,\n2023-01-03 00:00:00-05:00,365.31,365.3\n2023-01-04,362.13,362.1\n",
    "Date,Close,Dividends,Stock Splits\n2024-01-02,404.12,0.0,0.0\n2024-01-03,408.81,1.0,2.0\n",
    "symbol,kind,currency,expense_percent,first_date,frames,note\nFUND,jp_fund,JPY,0.1,2015/1/2,T G,memo\n",
    "date,amount\n2001-01-10,1000000\n2002-01-10,500000\n",
)


def seeds(kind: str) -> list[bytes]:
    """Good inputs of a kind."""
    if kind == "csv":
        funds = [text.encode(encoding) for text in FUNDS for encoding in ("utf-8-sig", "cp932")]
        return [*funds, *(text.encode() for text in TABLES)]
    folders = {"yaml": (".",), "study": ("sweeps", "windows", "claims")}[kind]
    return [path.read_bytes() for name in folders for path in sorted((CONFIGS / name).glob("*.yaml"))]


# Pieces that mean something to a reader of YAML, of tables, of numbers, of dates or of paths.
WORDS = tuple(
    word.encode()
    for line in (
        "- ? : # & * ! | > @ ` % { } [ ] ' \" --- ... << !!python/object/apply:os.system !!binary *a &a {a: [",
        "null ~ true .inf -.inf .nan 0 -1 1e400 1_0 0x10 9999999999999999999999 1.5e-320 1,000 ¥5 5円 ００ ; ,,",
        "2024-02-30 2024-13-01 0001-01-01 9999-12-31 2024/1/4 令和0年 平成99年1月1日 昭和64年1月8日 nan inf --",
        "../../x /etc/passwd C:\\ con \0 \x85 \u2028 \ufeff \U0001f4b9 \u202e type weights: period: \r \r\n \t",
        "基準日 基準価額 分配金 date close",
    )
    for word in line.split(" ")
)


def torn(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """A good input with a few things done to it that an editor, a bad disk or a stranger would do."""
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        lines = data.split(b"\n")
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        spot = chance.randrange(len(data) + 1)
        match chance.randrange(9):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[other])
            case 2:
                lines[at] = b" " * chance.randrange(9) + lines[at].lstrip()
            case 3:  # another value
                key, colon, _ = lines[at].partition(b":")
                lines[at] = key + colon + b" " + chance.choice(WORDS)
            case 4:  # another cell
                cells = lines[at].split(b",")
                cells[chance.randrange(len(cells))] = chance.choice(WORDS)
                lines[at] = b",".join(cells)
            case 5:
                lines = [data[:spot] + chance.choice(WORDS) + data[spot:]]
            case 6:
                lines = [data[:spot] + chance.randbytes(chance.randrange(4)) + data[spot + 1 :]]
            case 7:
                lines = [data[:spot]]
            case 8:
                lines = lines[:at] + chance.choice(others).split(b"\n")[other:]
        data = b"\n".join(lines)
    return data


# --- what must not happen meanwhile -------------------------------------------------------------------------

_WRITES = (
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.truncate",
    "os.link",
    "os.symlink",
    "os.chmod",
)
_FORBIDDEN = (
    *_WRITES,
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
    "socket.connect",
    "exec",
    "compile",
)
_seen: list[str] = []
_watching = False


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if not _watching:
        return
    if event == "exec":  # a module of the library that is imported on first use is no code of the file's
        harm = not Path(getattr(arguments[0], "co_filename", "")).is_file()
    elif event == "open":
        harm = isinstance(arguments[1], str) and bool(set(arguments[1]) & set("wax+"))
    else:
        harm = event in _FORBIDDEN
    if harm:
        _seen.append(f"{event} {str(arguments)[:200]}")


@contextmanager
def watched() -> Iterator[None]:
    """Nothing is written, started, connected to or executed inside. (An audit hook cannot be taken away.)"""
    global _watching
    _seen.clear()
    _watching = True
    try:
        yield
    finally:
        _watching = False
    assert not _seen, _seen


for _lang in languages():
    catalogue(_lang)  # gettext compiles the plurals of its catalogues when it reads them
sys.addaudithook(_hook)


def placed(data: bytes, folder: Path) -> Path:
    """``data`` as a file, beside a plan whose contributions it may be."""
    path = folder / "AAA.csv"
    path.write_bytes(data)
    path.with_suffix(".yaml").write_text(SCHEDULED)
    return path


def knock(kind: str, data: bytes, folder: Path) -> None:
    """Bring ``data`` to every door of a kind. Raises AssertionError, or what a door should not have raised."""
    path = placed(data, folder)
    text = data.decode("utf-8", "replace")
    OWN.extend((text, text.lower()))  # it may hold a sentence that the program says too; headings are lowered
    for door in DOORS[kind]:
        began = time.perf_counter()
        try:
            with watched():
                door(path)
        except BacktestError as error:
            said = str(error)
        else:
            said = "fine"
        assert said.isprintable(), f"not one printable line: {said!r}"
        took = time.perf_counter() - began
        assert took < SECONDS, f"{took:.1f} s"
